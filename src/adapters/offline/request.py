"""One thing that is wanted: a tool with what was said for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.offline.aligning import align
from adapters.offline.alignment import Alignment
from adapters.offline.fields import EXACT, Field, Kind
from adapters.offline.filling import arguments_of
from adapters.offline.match import Match, weigh
from adapters.offline.permitting import has_names, may_be_meant
from adapters.offline.repertoire import Pattern
from adapters.offline.segment import Segment
from core.ai.tool import Tool

_ENOUGH_TO_ASK, _CLEAR_ENOUGH_TO_ASK = 0.5, 0.5
"""Evidence and ratio with which one may ask for what is missing."""
_ALIKE = 0.8
_SAYS_MORE = 0.4
"""What a word tells that is not just a part of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a stretch of a burst asks for.

    `text` is the stretch; `gain` what speaks for reading it like this; `opening` the times that it begins with.
    """

    tool: Tool
    pattern: Pattern
    arguments: Mapping[str, Any]
    text: str
    gain: float
    opening: Mapping[str, Any] = field(default_factory=dict)

    @property
    def missing(self) -> Sequence[Field]:
        """What must be known and was not said."""
        fields = self.pattern.about.fields.values()
        return [field for field in fields if field.required and field.name not in self.arguments]

    def after(self, last: "Request") -> "Request":
        """This request, said in one breath after `last`: a time said first holds for all that follows."""
        if last.tool is not self.tool:
            return self
        return replace(self, arguments={**last.opening, **self.arguments}, opening=self.opening or last.opening)


def request_of(match: Match, text: str) -> Request | None:
    """What a match asks for; None if it is small talk, or too little was said to ask for the rest."""
    request = _request(match, text)
    may_ask = match.sure_evidence >= _ENOUGH_TO_ASK and match.ratio >= _CLEAR_ENOUGH_TO_ASK
    return None if request is None or (request.missing and not may_ask) else request


def go_on(last: Request, segment: Segment, text: str) -> Request | None:
    """The same again with other arguments, its words left out: `and 23 for the bus`."""
    pattern = last.pattern
    alignment = align(pattern, segment)
    is_whole = all(index in alignment.holes for index in pattern.holes) and not alignment.moved
    exact = [pattern.field(index) for index in pattern.holes if pattern.kinds[index] in EXACT]
    if not is_whole or not any(name in last.arguments for name in exact) or not may_be_meant(alignment):
        return None
    match = weigh(alignment, given=pattern.frame.words)
    return _request(match, text) if match.ratio >= _ALIKE else None


def amend(last: Request, segment: Segment, text: str) -> Request | None:
    """The last request with what was said now in the place of what was said then: `no, 12`."""
    alignment = align(last.pattern, segment)
    guessed = [*alignment.left, *(token for tokens in alignment.holes.values() for token in tokens)]
    if any(segment.known[token] >= _SAYS_MORE for token in guessed) or not has_names(alignment):
        return None
    said = {name: value for name, value in arguments_of(alignment).items() if name not in last.pattern.frame.implied}
    if not said or not all(segment.light[token] for token in alignment.left):
        return None
    return replace(last, arguments={**last.arguments, **said}, text=f"{last.text}\n{text}")


def _request(match: Match, text: str) -> Request | None:
    tool = match.pattern.about.tool
    if tool is None:
        return None
    arguments = arguments_of(match.alignment)
    opening = {name: arguments[name] for name in _opening(match.alignment) if name in arguments}
    return Request(tool=tool, pattern=match.pattern, arguments=arguments, text=text, gain=match.gain, opening=opening)


def _opening(alignment: Alignment) -> Sequence[str]:
    """The arguments that are times and stand first."""
    pattern = alignment.pattern
    said = {pattern.field(index): tokens for index, tokens in alignment.holes.items()} | alignment.fields
    fields = pattern.about.fields
    return [name for name, tokens in said.items() if name and 0 in tokens and fields[name].kind is Kind.WHEN]
