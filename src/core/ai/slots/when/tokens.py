"""An utterance as words, numbers and signs, each with its place."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from core.ai.slots.fold import Folded, folded
from core.ai.slots.found import Found
from core.ai.slots.numbers import below_thousand
from core.ai.slots.when.spelling import meant

_T = TypeVar("_T")
_TOKEN = re.compile(r"2day|2nite|2moro|[0-9]+|[a-z]+|[^\sa-z0-9]")
_MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is what is meant by what stands from `start` to before `end` of the folded text."""

    text: str
    start: int
    end: int
    glued: bool
    """There is no space before it."""


class Tokens:
    """The tokens of an utterance. Beyond its end there are empty ones, without end."""

    def __init__(self, text: str, *, alone: bool) -> None:
        self.alone = alone
        """The text is said to be a time, and nothing else."""
        self._source: Folded = folded(text)
        self._tokens: list[Token] = []
        end = -1
        for match in _TOKEN.finditer(self._source.text):
            self._tokens.append(Token(meant(match[0]), match.start(), match.end(), match.start() == end))
            end = match.end()
        self._sayings: dict[int, list[tuple[str, int]]] = {}
        self._beyond = Token("", len(self._source.text), len(self._source.text), False)

    def __len__(self) -> int:
        return len(self._tokens)

    def __getitem__(self, at: int) -> Token:
        return self._tokens[at] if 0 <= at < len(self._tokens) else self._beyond

    def found(self, at: int, end: int) -> Found:
        """Where the tokens from `at` to before `end` stand."""
        return self._source.found(self[at].start, self[end - 1].end)

    def written(self, at: int) -> str:
        """The token as it was written, with accents and capitals."""
        return self.found(at, at + 1).text if at < len(self) else ""

    def after(self, at: int, phrases: Collection[str]) -> int | None:
        """Behind the longest of `phrases` at this place."""
        match = self._longest(at, phrases)
        return None if match is None else match[1]

    def value(self, at: int, phrases: Mapping[str, _T]) -> tuple[_T, int] | None:
        """What the longest of `phrases` at this place stands for, and the place behind it."""
        match = self._longest(at, phrases)
        return None if match is None else (phrases[match[0]], match[1])

    def number(self, at: int) -> tuple[int, int] | None:
        """The number in digits or words at this place, and the place behind it."""
        token = self[at]
        if token.text.isdecimal():
            return (int(token.text), at + 1) if len(token.text) <= _MOST_DIGITS else None
        words = below_thousand(self._source.text, token.start) if token.text else None
        if words is None:
            return None
        return words[0], next(each for each in range(at, len(self) + 1) if self[each].start >= words[1])

    def starts_word(self, at: int) -> bool:
        """Whether nothing before this token belongs to it, such as a letter, or the point of a decimal."""
        if not self[at].glued or at == 0:
            return True
        before = self[at - 1].text
        joined = before in _JOINTS and self[at - 1].glued and self[at - 2].text.isdecimal()
        return not (before.isalnum() or before == "_" or (joined and self[at].text.isdecimal()))

    def ends_word(self, end: int) -> bool:
        """The same for what stands behind the token before `end`."""
        if not self[end].glued:
            return True
        text = self[end].text
        joined = text in _JOINTS and self[end + 1].glued and self[end + 1].text.isdecimal()
        return not (text.isalnum() or text == "_" or (joined and self[end - 1].text.isdecimal()))

    def _longest(self, at: int, phrases: Collection[str]) -> tuple[str, int] | None:
        if at not in self._sayings:
            self._sayings[at] = self._sayings_at(at)
        return next((saying for saying in self._sayings[at] if saying[0] in phrases), None)

    def _sayings_at(self, at: int) -> list[tuple[str, int]]:
        """What is said from this place on, up to each of the next places, the longest first."""
        sayings: list[tuple[str, int]] = []
        said, end = "", at
        while end - at < _LONGEST and self[end].text:
            # A hyphen joins what others write apart: "sexta-feira".
            hyphen = self[end].text == "-" and self[end].glued and self[end + 1].glued and end > at
            end += 1
            if not hyphen:
                said = f"{said} {self[end - 1].text}".lstrip()
                sayings.append((said, end))
        return sayings[::-1]


_JOINTS = frozenset("/-.,:")
_LONGEST = 7
