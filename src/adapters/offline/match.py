"""How well a pattern explains what was said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.offline.alignment import Alignment
from adapters.offline.chaining import Pair
from adapters.offline.fields import EXACT, Kind
from adapters.offline.repertoire import Pattern
from adapters.offline.segment import STRANGE, Segment
from adapters.offline.tokens import Sort
from adapters.offline.words import EDGES, QUESTIONS

EVIDENCE = 0.3
"""What words must tell together so that they are not there by chance."""

MISSING_HOLE = 0.6
"""Of what the hole would tell: what it costs that it stays empty."""
_UNASKED = 1.2
"""What it costs that the pattern asks by a word and the text does not."""
_WITHOUT_SIGN = 0.5
"""What it costs that only a question mark makes the pattern a question, and the text has none. Where it acts, to ask
whether it can be done is to ask for it."""
_NAMED = 0.3
"""What it tells that a thing is named which the subject has an argument for, and the pattern no hole."""
_MOVED: Mapping[Kind, float] = {Kind.MONEY: 0.12, Kind.NUMBER: 0.12, Kind.WHEN: 0.04, Kind.NAME: 0.35, Kind.TEXT: 0.12}
"""What it costs that an argument does not stand in its place."""
_WITHOUT_HOLE: Mapping[Kind, float] = {
    Kind.MONEY: 0.25,
    Kind.NUMBER: 0.25,
    Kind.WHEN: 0.02,
    Kind.NAME: 0.0,
    Kind.TEXT: 0.0,
}
"""What it costs that the pattern has no hole for an argument."""
_LONGER = 0.1
"""For each word that an argument is longer than in the examples, some to spare."""
_SPARE = 2
_LOWER_CASE = 0.2
"""What it costs that a doubtful name has no capital, and for each word of a long one that has none."""
_NO_NAME = 0.15
"""What it costs that a name has a word like `me` in it."""
_SPAN_INSIDE = 0.15
"""What it costs that an amount, number or time is a part of a name or text."""
_LED_TO, _LOOSE = 0.2, 0.8
"""Of what a word tells elsewhere: what it costs to take it for a part of a name or text."""
_KINDRED = 0.5
"""Of what a word tells: what it counts where only other examples of the subject have it."""
_FAMILIAR = 0.1
"""What it tells that a word was this argument in an example."""
_AS_WRITTEN = 0.9
"""How like a word must be to count as said."""
_FOREIGN = 0.9
"""Of the gain, for a pattern in another language than the person's, where there are some in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a pattern explains (`told`), what it has and the text has not (`missing`), and the reverse (`extra`).

    `evidence` is what was told by words that mean something by themselves; `sure_evidence` by those that are no slips.
    """

    alignment: Alignment
    told: float
    missing: float
    extra: float
    evidence: float
    sure_evidence: float

    @property
    def pattern(self) -> Pattern:
        return self.alignment.pattern

    @property
    def gain(self) -> float:
        """What speaks for it: comparable between matches of the same text, and summed over stretches of it."""
        gain = self.told - self.missing - self.extra
        is_at_home = self.pattern.about.is_at_home(self.pattern.language, self.alignment.segment.language)
        return gain if is_at_home or gain < 0 else gain * _FOREIGN

    @property
    def ratio(self) -> float:
        """From 0 to 1: how much of pattern and text agree."""
        return self.told / ((self.told + self.missing + self.extra) or 1)


def weigh(alignment: Alignment, given: frozenset[str] = frozenset()) -> Match:
    """How well the pattern fits. `given` are words that need not be said again."""
    pattern, segment = alignment.pattern, alignment.segment
    kindred = [token for token in alignment.left if _is_kindred(pattern, segment, token)]
    told_by_kindred = _KINDRED * sum(segment.known[token] for token in kindred)
    is_unasked = pattern.frame.is_question and not (segment.asks or pattern.asks_by_word or pattern.about.acts)
    in_chain = {pair.element for pair in alignment.chain}
    told = sum(pair.tells for pair in alignment.chain) + told_by_kindred
    told += sum(pattern.weights[index] for index in alignment.holes if index not in in_chain)
    told += _NAMED * sum(pattern.about.fields[name].kind not in EXACT for name in alignment.fields)
    said = {pattern.field(index): alignment.holes.get(index, []) for index in pattern.loose} | alignment.fields
    told += _FAMILIAR * sum(_is_familiar(alignment, name, tokens) for name, tokens in said.items())
    heavy = [pair for pair in alignment.chain if _is_heavy(alignment, pair)]
    return Match(
        alignment=alignment,
        told=told,
        missing=_missing(alignment, given),
        extra=_left(alignment, [token for token in alignment.left if token not in kindred], given)
        + _out_of_place(alignment)
        + (_WITHOUT_SIGN if is_unasked else 0.0),
        evidence=sum(pair.tells for pair in heavy) + told_by_kindred,
        sure_evidence=sum(pair.tells for pair in heavy if pair.likeness >= _AS_WRITTEN),
    )


def missing_words(alignment: Alignment, given: frozenset[str] = frozenset()) -> Sequence[int]:
    """The elements that are words which say something, and were not found."""
    pattern = alignment.pattern
    return [
        index
        for index, element in enumerate(pattern.elements)
        if isinstance(element, str)
        and index not in alignment.words
        and element not in given
        and pattern.weights[index] >= EVIDENCE
    ]


def _is_heavy(alignment: Alignment, pair: Pair) -> bool:
    """Whether it is a word that says something, and does not just ask."""
    segment = alignment.segment
    return pair.element in alignment.words and not segment.light[pair.token] and not segment.questions[pair.token]


def _is_kindred(pattern: Pattern, segment: Segment, token: int) -> bool:
    """Whether other examples of the same subject have this word."""
    return not segment.light[token] and not segment.sure[token].isdisjoint(pattern.about.words)


def _is_familiar(alignment: Alignment, name: str, tokens: Sequence[int]) -> bool:
    """Whether one of these words was this argument in an example."""
    segment, familiar = alignment.segment, alignment.pattern.about.fillers[name]
    return any(segment.tokens[token].word in familiar and not segment.light[token] for token in tokens)


def _missing(alignment: Alignment, given: frozenset[str]) -> float:
    """What the pattern has and the text has not."""
    pattern, missing = alignment.pattern, 0.0
    questions = QUESTIONS.get(pattern.language, frozenset())
    for index, element in enumerate(pattern.elements):
        if index in alignment.words or index in alignment.holes or element in given:
            continue
        if element in questions:
            missing += _UNASKED
        else:
            missing += pattern.weights[index] * (1.0 if isinstance(element, str) else MISSING_HOLE)
    return missing


def _left(alignment: Alignment, tokens: Sequence[int], given: frozenset[str]) -> float:
    """What nothing explains. Words that nobody knows may be other words for those that are missing."""
    segment = alignment.segment
    strange = sum(segment.is_strange(token) for token in tokens)
    replaced = min(strange, len(missing_words(alignment, given)))
    return sum(segment.costs[token] for token in tokens) - replaced * STRANGE


def _out_of_place(alignment: Alignment) -> float:
    """What is explained, but not well."""
    pattern, segment = alignment.pattern, alignment.segment
    extra = sum(_MOVED[pattern.kinds[index] or Kind.TEXT] for index in alignment.moved)
    # A known word that is taken for another leaves its own meaning unexplained.
    extra += sum(
        segment.known[pair.token] * (1 - pair.likeness) for pair in alignment.chain if pair.element in alignment.words
    )
    extra += sum(_WITHOUT_HOLE[pattern.about.fields[name].kind] for name in alignment.fields)
    for index in pattern.loose:
        tokens = alignment.holes.get(index, [])
        is_led_to = alignment.is_led_to(index)
        extra += sum(_absorbed(segment, token, is_led_to) for token in tokens)
        extra += _LONGER * max(0, len(tokens) - pattern.about.longest[pattern.field(index)] - _SPARE)
        if pattern.kinds[index] is Kind.NAME and tokens:
            is_doubtful = index in alignment.moved or not alignment.cut_off.isdisjoint(tokens)
            extra += _no_name(segment, tokens, is_doubtful)
    return extra


def _no_name(segment: Segment, tokens: Sequence[int], is_doubtful: bool) -> float:
    """What speaks against these tokens being a name. `is_doubtful`: nothing but their place speaks for it."""
    edges = EDGES[segment.language]
    said = [token for token in tokens if segment.tokens[token].word not in edges]
    lower = [token for token in said if not segment.is_capital(token)]
    against = _NO_NAME * sum(segment.light[token] for token in said)
    against += _LOWER_CASE * max(0, len(lower) - _SPARE)
    return against + (_LOWER_CASE if is_doubtful and len(lower) == len(said) else 0.0)


def _absorbed(segment: Segment, token: int, is_led_to: bool) -> float:
    """What it costs that a token is taken for a part of a name or text."""
    if segment.tokens[token].sort is not Sort.WORD:
        return _SPAN_INSIDE
    if segment.denies[token] and not is_led_to:
        return segment.costs[token]
    return segment.known[token] * (_LED_TO if is_led_to else _LOOSE)
