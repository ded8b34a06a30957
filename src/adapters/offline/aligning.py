"""Laying a pattern along what was said: the words that both have, and what falls into the holes between them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.offline.chaining import Pair, chain
from adapters.offline.fields import EXACT, Kind
from adapters.offline.repertoire import Pattern
from adapters.offline.segment import Segment
from core.ai.slots import when
from core.errors import Rejected

_SOME_TIME = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""Whether words are a time does not depend on the time they are said at."""


@dataclass(slots=True)
class Alignment:
    """What was found of `pattern` in `segment`, and where."""

    pattern: Pattern
    segment: Segment
    chain: Sequence[Pair]
    holes: dict[int, list[int]] = field(default_factory=dict)
    """By element, the tokens in it."""
    fields: dict[str, list[int]] = field(default_factory=dict)
    """Tokens for arguments that this pattern has no hole for, but its subject has."""
    moved: set[int] = field(default_factory=set)
    """Holes that were filled from another place."""
    cut_off: set[int] = field(default_factory=set)
    """Tokens where a name begins that ends only because more had to go into the next hole."""
    left: list[int] = field(default_factory=list)
    """Tokens that nothing explains."""
    words: frozenset[int] = frozenset()
    """The elements that are words and were found."""

    def is_led_to(self, index: int) -> bool:
        """Whether a word of the pattern stands beside this hole, so that what is in it is there for a reason."""
        return index not in self.moved and (index - 1 in self.words or index + 1 in self.words)

    def is_sure(self, index: int) -> bool:
        """Whether what is in this hole is seen as such, or led to."""
        return self.pattern.kinds[index] in EXACT or self.is_led_to(index)


def align(pattern: Pattern, segment: Segment) -> Alignment:
    """The best way to lay `pattern` along `segment`."""
    alignment = Alignment(pattern=pattern, segment=segment, chain=chain(pattern, segment))
    found = {pair.element: pair.token for pair in alignment.chain}
    alignment.words = frozenset(index for index in found if pattern.kinds[index] is None)
    alignment.holes = {index: [token] for index, token in found.items() if pattern.kinds[index] is not None}
    _place_exact_ones(alignment, set(found.values()))
    _join_times(alignment)
    _fill_gaps(alignment)
    _give_back(alignment)
    _fill_from_left(alignment)
    _fill_with_familiar(alignment)
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


def _give_back(alignment: Alignment) -> None:
    """What is in a hole but no part of the argument: what is not of the name, and words of the subject at the ends."""
    pattern, segment = alignment.pattern, alignment.segment
    for index in pattern.loose:
        tokens = alignment.holes.get(index, [])
        if pattern.kinds[index] is Kind.NAME:
            kept = list(segment.name_in(tokens))
        else:
            # They say the same as the words of the pattern, where none of these stands beside them.
            own = pattern.about.words - pattern.about.fillers[pattern.field(index)]
            start = 0 if index - 1 in alignment.words else _said_twice(segment, tokens, own)
            end = 0 if index + 1 in alignment.words else _said_twice(segment, tokens[::-1], own)
            kept = tokens[start : len(tokens) - end]
        if len(kept) < len(tokens) and any(segment.says(token) for token in kept):
            alignment.holes[index] = kept
            alignment.left += [token for token in tokens if token not in kept]


def _said_twice(segment: Segment, tokens: Sequence[int], own: frozenset[str]) -> int:
    """How many of the tokens at the beginning are words of `own`, or light words before one of them."""
    taken = 0
    for count, token in enumerate(tokens, 1):
        if not segment.light[token]:
            if segment.tokens[token].word not in own:
                break
            taken = count
    return taken


def _fill_from_left(alignment: Alignment) -> None:
    """A hole with nothing in its place takes the longest stretch that nothing explains.

    What is written like a name goes where a name is wanted, also if the pattern has no hole for it.
    """
    pattern, segment = alignment.pattern, alignment.segment
    named = {pattern.field(index) for index in pattern.holes} | alignment.fields.keys()
    names = [each.name for each in pattern.about.fields.values() if each.kind is Kind.NAME and each.name not in named]
    for index in pattern.loose:
        run = max(_runs(alignment), key=len, default=[])
        if index in alignment.holes or not run:
            continue
        if names and pattern.kinds[index] is Kind.TEXT and run[0] > 0 and segment.is_capital(run[0]):
            alignment.fields[names.pop()] = run
        else:
            alignment.holes[index] = run
            alignment.moved.add(index)
        alignment.left = [token for token in alignment.left if token not in run]


def _runs(alignment: Alignment) -> Sequence[list[int]]:
    """Stretches of unexplained tokens that stand together, without the light words around them."""
    segment = alignment.segment
    runs: list[list[int]] = []
    for token in sorted(alignment.left):
        if runs and token == runs[-1][-1] + 1:
            runs[-1].append(token)
        elif segment.says(token):
            runs.append([token])
    for run in runs:
        while segment.light[run[-1]]:
            run.pop()
    return runs


def _fill_with_familiar(alignment: Alignment) -> None:
    """A word that was this argument in an example is so again, where the pattern has no hole for it.

    Who asks names what it is about: there a word that nobody knows is this name too.
    """
    about, segment = alignment.pattern.about, alignment.segment
    holes = {alignment.pattern.field(index) for index in alignment.pattern.holes}
    asks = not about.acts and (segment.asks or any(segment.questions))
    for name, familiar in about.fillers.items() if alignment.left else ():
        if name in holes or name in alignment.fields or about.fields[name].kind not in (Kind.NAME, Kind.TEXT):
            continue
        own = familiar - about.words
        is_guessed = asks and name == about.usual and about.fields[name].kind is Kind.TEXT
        tokens = [
            at
            for at in alignment.left
            if (segment.tokens[at].word in own and segment.says(at)) or (is_guessed and segment.is_strange(at))
        ]
        if tokens:
            alignment.fields[name] = tokens
            alignment.left = [token for token in alignment.left if token not in tokens]
