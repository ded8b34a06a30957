"""From what fell into the holes of a pattern to the arguments of its tool."""

from collections.abc import Sequence
from typing import Any

from adapters.offline.alignment import Alignment
from adapters.offline.fields import Field, Kind
from adapters.offline.segment import Segment
from adapters.offline.subject import spoken
from adapters.offline.words import COURTESIES, EDGES

_MEANT = 0.7
"""How like a known word must be to imply what that implies."""


def arguments_of(alignment: Alignment) -> dict[str, Any]:
    """What was said for the tool's arguments, and what the words imply."""
    pattern, segment = alignment.pattern, alignment.segment
    said = {pattern.field(index): tokens for index, tokens in alignment.holes.items()} | alignment.fields
    values = {name: _value(segment, pattern.about.fields[name], tokens) for name, tokens in said.items() if name}
    return _implied(alignment) | {name: value for name, value in values.items() if value}


def _value(segment: Segment, field: Field, tokens: Sequence[int]) -> Any:
    text = _text(segment, tokens)
    match field.kind:
        case Kind.NUMBER:
            return text if text.isdecimal() else None
        case Kind.NAME:
            return _text(segment, segment.name_in(_trimmed(segment, tokens)))
        case Kind.TEXT:
            return _text(segment, _trimmed(segment, tokens))
        case _:
            return text


def _trimmed(segment: Segment, tokens: Sequence[int]) -> Sequence[int]:
    """Without what leads to the thing, and what hangs on after it."""
    edges = EDGES[segment.language] | COURTESIES[segment.language]
    start, end = 0, len(tokens)
    while start < end and segment.tokens[tokens[start]].word in edges:
        start += 1
    while end > start and segment.tokens[tokens[end - 1]].word in edges:
        end -= 1
    return tokens[start:end]


def _text(segment: Segment, tokens: Sequence[int]) -> str:
    """The text as it stands, on one line; stretches that another argument cuts apart are joined."""
    pieces: list[str] = []
    for at, token in enumerate(tokens):
        follows = at > 0 and token == tokens[at - 1] + 1
        start = segment.tokens[token - 1].end if follows else segment.tokens[token].start
        piece = segment.text[start : segment.tokens[token].end]
        pieces += [piece] if follows else [" ", piece]
    return " ".join("".join(pieces).split())


def _implied(alignment: Alignment) -> dict[str, Any]:
    """What the words imply: by words that only ever stood for one value, else as the pattern's own example has it."""
    about, frame = alignment.pattern.about, alignment.pattern.frame
    said = _said(alignment.segment)
    implied: dict[str, Any] = {}
    for name, field in about.fields.items():
        evidence = about.evidence[name]
        named = [choice for choice in field.choices if set(spoken(choice)) <= set(said)]
        told = [*named, *(evidence[word] for word in said if word in evidence)]
        if told:
            implied[name] = told[0]
        elif name in frame.implied and evidence.keys().isdisjoint(frame.words.union(*frame.fillers.values())):
            implied[name] = frame.implied[name]
    return implied


def _said(segment: Segment) -> Sequence[str]:
    """The words that say something, as they stand and as they may be meant."""
    return [
        word
        for token, meanings, light in zip(segment.tokens, segment.meanings, segment.light, strict=True)
        if token.word and not light
        for word in (token.word, *(known for known, likeness in meanings.items() if likeness >= _MEANT))
    ]
