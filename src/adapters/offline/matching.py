"""Which pattern explains a segment best."""

from collections import defaultdict
from collections.abc import Sequence

from adapters.offline.aligning import align
from adapters.offline.fields import EXACT, Kind
from adapters.offline.match import MISSING_HOLE, Match, weigh
from adapters.offline.permitting import WIDEST_MARGIN, clear_one, may_be_meant
from adapters.offline.repertoire import Pattern, Repertoire
from adapters.offline.segment import Segment
from adapters.offline.subject import Subject
from adapters.offline.words import is_light

_MOST_COMPARED = 40
_LEAST_GAIN = 0.15
_SLACK = 0.25
"""What neighbours, familiar and kindred words may add to what a pattern tells itself."""


def best(repertoire: Repertoire, segment: Segment) -> Match | None:
    """The match that explains most, if one may go by it."""
    matches: list[Match] = []
    most = 0.0
    for bound, pattern in _candidates(repertoire, segment):
        if bound < max(_LEAST_GAIN, most - WIDEST_MARGIN):
            break
        alignment = align(pattern, segment)
        if may_be_meant(alignment):
            match = weigh(alignment)
            most = max(most, match.gain)
            matches.append(match)
    return clear_one(matches)


def _candidates(repertoire: Repertoire, segment: Segment) -> Sequence[tuple[float, Pattern]]:
    """Patterns that may fit, each with the most that it can gain, in that order."""
    told: defaultdict[Pattern, float] = defaultdict(float)
    spoken_of: set[Subject] = set()
    for word, places in segment.places.items():
        likeness = max(likeness for _, likeness in places)
        says_something = not is_light(word, segment.language)
        for pattern, weight in repertoire.with_word.get(word, ()):
            told[pattern] += weight * likeness
            if says_something:
                spoken_of.add(pattern.about)
    for pattern in repertoire.bare:
        told[pattern] += 0.0
    has_amount = bool(segment.found(Kind.MONEY))
    bounds = [
        (_bound(pattern, told_by_words, segment), pattern)
        for pattern, told_by_words in told.items()
        # Without a word that says something, only an amount makes it worth a look.
        if has_amount or pattern.is_bare or not pattern.about.acts or pattern.about in spoken_of
    ]
    bounds.sort(key=lambda bounded: -bounded[0])
    return bounds[:_MOST_COMPARED]


def _bound(pattern: Pattern, told_by_words: float, segment: Segment) -> float:
    """The most that a pattern can gain: all that is there is in its place, and nothing is left."""
    bound = 2 * told_by_words - pattern.words_tell + _SLACK
    for kind, weight in zip(pattern.kinds, pattern.weights, strict=True):
        if kind is not None:
            bound += weight if kind not in EXACT or segment.found(kind) else -weight * MISSING_HOLE
    return bound
