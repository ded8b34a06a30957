"""A burst of messages as one text, with the places where one request may end and another begin."""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise

from adapters.offline.repertoire import Repertoire
from adapters.offline.segment import Segment
from adapters.offline.tokens import TAKEN_BACK, Sort, tokens_of
from adapters.offline.words import DENIALS, LINKS

_LONGEST = 1000
"""Characters of a burst that are read: nobody asks for things at such length."""
_MOST_CUTS = 12
"""Stretches that are looked at one by one; what follows is one more."""
_LONGEST_CONTRAST = 3
_STOPS = frozenset("\n.!?;,…")


class Burst:
    """What the person wrote since we last answered."""

    def __init__(self, messages: Sequence[str], repertoire: Repertoire, language: str) -> None:
        self.text = "\n".join(messages)[:_LONGEST]
        self.language = language
        self._repertoire = repertoire
        self.tokens = tokens_of(self.text, language)
        self._segments: dict[tuple[int, int], Segment] = {}

    @property
    def is_sign(self) -> bool:
        """Whether it is nothing but a sign, such as a thumb."""
        return not self.tokens and any(unicodedata.category(character) == "So" for character in self.text)

    @cached_property
    def cuts(self) -> Sequence[int]:
        """Where stretches may begin and end: tokens, with both ends of the burst."""
        if not self.tokens:
            return (0,)
        parted = [at for at in range(len(self.tokens) + 1) if self.is_parted(at)]
        cuts = [at for start, end in pairwise(parted) for at in (start, *self._soft_cuts(start, end))]
        return (*cuts[:_MOST_CUTS], len(self.tokens))

    def _soft_cuts(self, start: int, end: int) -> Iterator[int]:
        """Where this may part although nothing shows it: at each of several amounts, and at words that take back."""
        amounts = {at for at in range(start, end) if self.tokens[at].sort is Sort.MONEY}
        for at in range(start + 1, end):
            beside_amount = at in amounts or at - 1 in amounts
            if (len(amounts) > 1 and beside_amount) or self.tokens[at].word == TAKEN_BACK:
                yield at

    def between(self, at: int) -> str:
        """What stands before a token and after the one before it."""
        start = self.tokens[at - 1].end if at else 0
        return self.text[start : self.tokens[at].start if at < len(self.tokens) else len(self.text)]

    def stretch(self, start: int, end: int) -> str:
        """The text of these tokens."""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end]

    def begins_message(self, at: int) -> bool:
        return at == 0 or "\n" in self.between(at)

    def segment(self, start: int, end: int) -> Segment:
        """This stretch for comparing."""
        segment = self._segments.get((start, end))
        if segment is None:
            segment = self._segments[start, end] = Segment(
                self.text,
                self.tokens[start : self._before_contrast(start, end)],
                self._repertoire,
                self.language,
                before=self.between(start),
                after=self.between(end),
                opens=self.begins_message(start),
            )
        return segment

    def _before_contrast(self, start: int, end: int) -> int:
        """Where it is said what it is not, in `19, not 16`; the end, if it is not said."""
        last = self.tokens[end - 1].sort
        at = next((at for at in range(end - 2, start, -1) if self.tokens[at].word in DENIALS[self.language]), end)
        said = {token.sort for token in self.tokens[start:at]} - {Sort.WORD}
        return at if end - at <= _LONGEST_CONTRAST and last in said else end

    def after_links(self, start: int, end: int) -> int:
        """The first token that is no link to what was said before."""
        while start < end - 1 and self.tokens[start].word in LINKS[self.language]:
            start += 1
        return start

    def after_taking_back(self, start: int, end: int) -> int:
        """The first token after words that take something back; `start` if there are none."""
        return start + 1 if start < end and self.tokens[start].word == TAKEN_BACK else start

    def is_parted(self, at: int) -> bool:
        """Whether the text itself parts here, by punctuation or a word that links."""
        if at in (0, len(self.tokens)):
            return True
        return self.tokens[at].word in LINKS[self.language] or not _STOPS.isdisjoint(self.between(at))
