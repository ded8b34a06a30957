"""Which elements of a pattern are the same as which tokens of a segment, in the order of both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.offline.fields import EXACT
from adapters.offline.repertoire import Pattern
from adapters.offline.segment import Segment
from adapters.offline.tokens import Sort

_NEIGHBOUR = 0.04
"""What it counts that the same stands on one side: it decides which of two equal words is meant."""

_EDGE, _OPEN = "<edge>", "<open>"


@dataclass(frozen=True, slots=True)
class Pair:
    """An element and the token it is found in; `tells` is what that counts, `likeness` how surely it is meant."""

    element: int
    token: int
    tells: float
    likeness: float = 1.0


def chain(pattern: Pattern, segment: Segment) -> Sequence[Pair]:
    """The pairs that tell most together."""
    pairs = list(_pairs(pattern, segment))
    totals: list[float] = []
    before: list[int] = []
    for at, pair in enumerate(pairs):
        total, last = 0.0, -1
        for earlier in range(at):
            other = pairs[earlier]
            if other.element < pair.element and other.token < pair.token and totals[earlier] > total:
                total, last = totals[earlier], earlier
        totals.append(total + pair.tells)
        before.append(last)
    links: list[Pair] = []
    at = max(range(len(pairs)), key=totals.__getitem__, default=-1)
    while at >= 0:
        links.append(pairs[at])
        at = before[at]
    return links[::-1]


def _pairs(pattern: Pattern, segment: Segment) -> Iterator[Pair]:
    for index, (element, kind) in enumerate(zip(pattern.elements, pattern.kinds, strict=True)):
        weight = pattern.weights[index]
        if isinstance(element, str):
            for token, likeness in segment.places.get(element, ()):
                yield Pair(index, token, weight * likeness + _agreement(pattern, index, segment, token), likeness)
        elif kind in EXACT:
            for token in segment.found(kind):
                yield Pair(index, token, weight + _agreement(pattern, index, segment, token))


def _agreement(pattern: Pattern, index: int, segment: Segment, token: int) -> float:
    sides = (_in_pattern(pattern, index + step) == _in_segment(segment, token + step) for step in (-1, 1))
    return _NEIGHBOUR * sum(sides)


def _in_pattern(pattern: Pattern, index: int) -> str:
    if not 0 <= index < len(pattern.elements):
        return _EDGE
    element = pattern.elements[index]
    if isinstance(element, str):
        return element
    return element.kind if element.kind in EXACT else _OPEN


def _in_segment(segment: Segment, at: int) -> str:
    if not 0 <= at < len(segment.tokens):
        return _EDGE
    token = segment.tokens[at]
    if token.sort is not Sort.WORD:
        return token.sort
    return token.word if segment.light[at] or segment.known[at] else _OPEN
