"""Which known words a word may be meant as: as it stands, inflected, cut short, or misspelt."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from adapters.offline.words import INVARIABLE

Likenesses = Mapping[str, float]
"""Known words, each with how surely it is meant: 1 is the word itself."""

# How surely the known word is meant.
_STRETCHED = 0.95
_ONE_SLIP = 0.9
_OTHER_LETTER = 0.8
"""One letter in the place of another often makes another word: in a short one, and at the beginning, always."""
_TWO_SLIPS = 0.7
_RELATED = 0.7
_RELATED_BUT_KNOWN = 0.5
"""Where both are known words, most often each means its own."""
_CUT_SHORT = 0.75

_RUNS = re.compile(r"(.{1,2}?)\1+")
_SOFT = re.compile(r"(?<=.)[aeiouymn]+")
_MOST_REMEMBERED = 4096


class Lexicon:
    """Known words, prepared so that a look-up touches only the few that can be meant."""

    def __init__(self, known: Iterable[str], spelt: Iterable[str]) -> None:
        """`spelt` are the known words that others may be forms and misspellings of."""
        self._known = frozenset(known)
        self._by_rest: defaultdict[str, set[str]] = defaultdict(set)
        """By what is left of a word when letters are missing: two words that share a rest are a few slips apart."""
        self._by_stem: defaultdict[str, set[str]] = defaultdict(set)
        self._by_skeleton: defaultdict[str, set[str]] = defaultdict(set)
        self._by_squeezed: defaultdict[str, set[str]] = defaultdict(set)
        for word in spelt:
            for rest in _rests(word):
                self._by_rest[rest].add(word)
            if word not in INVARIABLE:
                self._by_stem[word[:_STEM]].add(word)
            self._by_skeleton[_skeleton(word)].add(word)
            self._by_squeezed[_squeezed(word)].add(word)
        self._remembered: dict[str, Likenesses] = {}

    def like(self, word: str) -> Likenesses:
        """What `word` may be meant as. A known word is never a slip for another one."""
        found = self._remembered.get(word)
        if found is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            # In order, as sets have none that every process shares.
            found = self._remembered[word] = dict(sorted(self._search(word).items()))
        return found

    def _search(self, word: str) -> Likenesses:
        stems = () if word in INVARIABLE else self._by_stem.get(word[:_STEM], ())
        likeness = _RELATED_BUT_KNOWN if word in self._known else _RELATED
        found = {other: likeness for other in stems if _are_related(word, other)}
        if word in self._known:
            return found | {word: 1.0}
        for other, likeness in (*self._shortened(word), *self._slips(word)):
            found[other] = max(likeness, found.get(other, 0.0))
        return found

    def _shortened(self, word: str) -> Iterator[tuple[str, float]]:
        for other in self._by_skeleton.get(_skeleton(word), ()):
            if 3 <= len(word) < len(other) and word[-1] == other[-1]:
                yield other, _CUT_SHORT

    def _slips(self, word: str) -> Iterator[tuple[str, float]]:
        squeezed = _squeezed(word)
        if len(word) >= _LEAST_STRETCHED:
            yield from ((other, _STRETCHED) for other in self._by_squeezed.get(squeezed, ()))
        for other in {other for rest in _rests(word) for other in self._by_rest.get(rest, ())}:
            distance = _distance(word, other)
            if distance > _slips_allowed(min(len(word), len(other))):
                continue
            if distance > 1:
                yield other, _TWO_SLIPS
            elif len(word) != len(other) or sorted(word) == sorted(other):
                yield other, _ONE_SLIP
            elif len(word) > _SHORT and word[0] == other[0]:
                yield other, _OTHER_LETTER


_STEM = 3
_LEAST_RELATED = 4
_SHORT = 4
_LEAST_STRETCHED = 3


def _slips_allowed(length: int) -> int:
    """In short words a slip makes another word."""
    return 0 if length < 4 else 1 if length < 7 else 2


def _squeezed(word: str) -> str:
    """Every letter and syllable once: `gooood` and `good` are both `god`, and `hahaha` is `ha`."""
    return _RUNS.sub(r"\1", word)


def _rests(word: str) -> set[str]:
    """The word, and what is left of it without as many letters as may be wrong."""
    rests = last = {word}
    for _ in range(_slips_allowed(len(word))):
        last = {rest[:at] + rest[at + 1 :] for rest in last for at in range(len(rest))}
        rests = rests | last
    return rests


def _are_related(word: str, other: str) -> bool:
    """Forms of one word begin alike, for most of the shorter and at least half of the longer one."""
    alike = 0
    for mine, theirs in zip(word, other, strict=False):
        if mine != theirs:
            break
        alike += 1
    shorter, longer = sorted((len(word), len(other)))
    return alike >= _STEM and shorter >= _LEAST_RELATED and alike * 4 >= shorter * 3 - 2 and alike * 2 >= longer


def _skeleton(word: str) -> str:
    """The letters that stay when a word is cut short in a hurry."""
    return _SOFT.sub("", word)


def _distance(word: str, other: str) -> int:
    """How many letters are missing, too many, wrong, or swapped with their neighbour."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, mine in enumerate(word, 1):
        line = [row]
        for column, theirs in enumerate(other, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (mine != theirs))
            if row > 1 and column > 1 and mine == other[column - 2] and word[row - 2] == theirs:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]
