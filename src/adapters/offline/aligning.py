"""Laying a pattern along what was said: the words that both have, and what falls into the holes between them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from adapters.offline.alignment import Alignment
from adapters.offline.chaining import Pair, chain
from adapters.offline.fields import EXACT, Kind
from adapters.offline.leftovers import fill_from_left, fill_with_familiar, give_back
from adapters.offline.repertoire import Pattern
from adapters.offline.segment import Segment
from core.ai.slots import when
from core.errors import Rejected

_SOME_TIME = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""Whether words are a time does not depend on the time they are said at."""


def align(pattern: Pattern, segment: Segment) -> Alignment:
    """The best way to lay `pattern` along `segment`."""
    alignment = Alignment(pattern=pattern, segment=segment, chain=chain(pattern, segment))
    found = {pair.element: pair.token for pair in alignment.chain}
    alignment.words = frozenset(index for index in found if pattern.kinds[index] is None)
    alignment.holes = {index: [token] for index, token in found.items() if pattern.kinds[index] is not None}
    _place_exact_ones(alignment, set(found.values()))
    _join_times(alignment)
    _fill_gaps(alignment)
    give_back(alignment)
    fill_from_left(alignment)
    fill_with_familiar(alignment)
    return alignment


def _place_exact_ones(alignment: Alignment, used: set[int]) -> None:
    """Amounts and times are what they are wherever they stand: those left over fill the holes and arguments left."""
    pattern, segment = alignment.pattern, alignment.segment
    for kind in EXACT:
        free = [token for token in segment.found(kind) if token not in used]
        if not free:
            continue
        for index, other in enumerate(pattern.kinds):
            if free and other is kind and index not in alignment.holes:
                alignment.holes[index] = [free.pop(0)]
                alignment.moved.add(index)
        named = {pattern.field(index) for index in pattern.holes}
        for each in pattern.about.fields.values():
            if free and each.kind is kind and each.name not in named:
                token = _best_led(pattern, segment, each.name, free)
                alignment.fields[each.name] = [token]
                free.remove(token)


def _join_times(alignment: Alignment) -> None:
    """A day and an hour that stand apart are one time, if they can be read as one."""
    segment, pattern = alignment.segment, alignment.pattern
    times = [tokens for index, tokens in alignment.holes.items() if pattern.kinds[index] is Kind.WHEN]
    times += [tokens for name, tokens in alignment.fields.items() if pattern.about.fields[name].kind is Kind.WHEN]
    free = [token for token in segment.found(Kind.WHEN) if [token] not in times]
    if len(times) == 1 and len(free) == 1:
        both = sorted([*times[0], *free])
        try:
            when.read(" ".join(segment.text_of(token) for token in both), _SOME_TIME)
        except Rejected:
            return
        times[0][:] = both


def _best_led(pattern: Pattern, segment: Segment, name: str, tokens: Sequence[int]) -> int:
    """The token before which stands what led to this argument in the examples; else the first."""
    leads = pattern.about.leads.get((name, pattern.language), ())
    return next((at for at in tokens if at and segment.tokens[at - 1].word in leads), tokens[0])


def _fill_gaps(alignment: Alignment) -> None:
    """What stands between two things found goes into the holes that stand between them in the pattern."""
    pattern, segment = alignment.pattern, alignment.segment
    used = {token for tokens in (*alignment.holes.values(), *alignment.fields.values()) for token in tokens}
    at_element, at_token = -1, -1
    for pair in (*alignment.chain, Pair(len(pattern.elements), len(segment.tokens), 0)):
        tokens = [token for token in range(at_token + 1, pair.token) if token not in used]
        if tokens:
            _share(alignment, [index for index in pattern.loose if at_element < index < pair.element], tokens)
        at_element, at_token = pair.element, pair.token


def _share(alignment: Alignment, holes: Sequence[int], tokens: Sequence[int]) -> None:
    """Of two holes without a word between them the first takes as much as a name does, and the rest goes on."""
    segment, rest = alignment.segment, list(tokens)
    for index in holes:
        is_cut_off = index + 1 in holes
        taken = _name_length(segment, rest) if is_cut_off else len(rest)
        said = [token for token in rest[:taken] if segment.says(token)]
        if said:
            alignment.holes[index] = rest[:taken]
            rest = rest[taken:]
            if is_cut_off and rest:
                alignment.cut_off.add(said[0])
    alignment.left += rest


def _name_length(segment: Segment, tokens: Sequence[int]) -> int:
    """How many of the tokens a name at their beginning takes: one that says something, and the capitals after it."""
    first = next((at for at, token in enumerate(tokens) if not segment.light[token]), len(tokens) - 1)
    return segment.end_of_name(tokens, first)
