"""What may be gone by: to act takes more than to look something up, and some words forbid it."""

from collections.abc import Sequence

from adapters.offline.alignment import Alignment
from adapters.offline.fields import EXACT, Kind
from adapters.offline.match import EVIDENCE, Match, missing_words
from adapters.offline.segment import Segment
from adapters.offline.words import COURTESIES, EDGES, POSSESSIVES

_ACTS, _READS, _TALKS = 0.6, 0.5, 0.75
"""The least ratio with which to act, to look something up, and to take it for small talk."""
_READS_WITHOUT_EVIDENCE = 0.85
_MARGIN, WIDEST_MARGIN = 0.06, 0.25
"""How much more than any other it must gain to act; the wider one where it is meant only by its form."""
_FEW = 2
"""Words that a name or text may always have."""


def clear_one(matches: Sequence[Match]) -> Match | None:
    """The best of the matches, if it is clear enough and nothing else may as well be meant."""
    first = max(matches, key=lambda match: match.gain, default=None)
    if first is None or not _is_clear(first):
        return None
    if first.pattern.about.acts:
        least = first.gain - (WIDEST_MARGIN if is_by_form(first) else _MARGIN)
        rivals = (match for match in matches if match.pattern.about is not first.pattern.about)
        if any(rival.gain >= least and _is_clear(rival) for rival in rivals):
            return None
    return first


def may_be_meant(alignment: Alignment) -> bool:
    """Whether it is possible at all that this is wanted: not if it acts on what is denied, supposed or asked."""
    pattern, segment = alignment.pattern, alignment.segment
    if not pattern.about.acts:
        return True
    if segment.is_code or segment.is_supposed or any(segment.denies[token] for token in alignment.left):
        return False
    if segment.only_asks and not pattern.frame.is_question:
        return False
    unsure = [token for index, tokens in alignment.holes.items() if not alignment.is_sure(index) for token in tokens]
    if any(segment.questions[token] for token in (*alignment.left, *unsure)):
        return False
    if pattern.is_bare:
        return _fits_exactly(alignment)
    if not has_names(alignment):
        return False
    is_sure = bool(alignment.fields) or any(map(alignment.is_sure, alignment.holes))
    return is_sure or not pattern.holes or any(field.required for field in pattern.about.fields.values())


def has_names(alignment: Alignment) -> bool:
    """Whether what is taken for names can be names."""
    kinds = alignment.pattern.kinds
    return all(_may_be_name(alignment, index) for index in alignment.holes if kinds[index] is Kind.NAME)


def _may_be_name(alignment: Alignment, index: int) -> bool:
    """Whether what is in this hole can be a name. Without a capital, all else must speak for it."""
    segment, tokens = alignment.segment, alignment.holes[index]
    if any(segment.is_capital(token) for token in tokens):
        return True
    kinds = alignment.pattern.kinds
    allowed = EDGES[segment.language] | POSSESSIVES[segment.language]
    if any(segment.light[token] and segment.tokens[token].word not in allowed for token in tokens):
        return False
    has_amount = any(kinds[other] is Kind.MONEY for other in alignment.holes)
    has_all_words = len(alignment.words) == sum(kind is None for kind in kinds)
    return has_amount or has_all_words or alignment.is_led_to(index)


def is_by_form(match: Match) -> bool:
    """Whether it says the same in another word.

    One that nobody knows stands in the place of the one that is missing, all the rest is there in its place, and the
    amount cannot be anything but money.
    """
    alignment, segment, pattern = match.alignment, match.alignment.segment, match.pattern
    strange = [token for token in alignment.left if not segment.light[token]]
    missing = missing_words(alignment)
    if match.evidence >= EVIDENCE or len(missing) != 1 or len(strange) != 1 or not segment.is_strange(strange[0]):
        return False
    before = sum(pair.element < missing[0] for pair in alignment.chain)
    return (
        before == sum(pair.token < strange[0] for pair in alignment.chain)
        and all(index in alignment.holes and alignment.is_sure(index) for index in pattern.holes)
        and all(pattern.kinds[index] is Kind.WHEN for index in alignment.moved)
        and any(segment.is_written_as_money(tokens[0]) for tokens in alignment.holes.values())
    )


def _is_clear(match: Match) -> bool:
    about = match.pattern.about
    if about.talk is not None:
        return match.ratio >= _TALKS
    if not about.acts:
        return match.ratio >= (_READS if match.evidence >= EVIDENCE else _READS_WITHOUT_EVIDENCE)
    return match.ratio >= _ACTS and (match.pattern.is_bare or _has_evidence(match) or is_by_form(match))


def _has_evidence(match: Match) -> bool:
    """Whether its words are not there by chance; where only names and texts are said, forms and slips do not do."""
    alignment = match.alignment
    is_loose = bool(match.pattern.loose) and not any(match.pattern.kinds[index] in EXACT for index in alignment.holes)
    return (match.sure_evidence if is_loose else match.evidence) >= EVIDENCE


def _fits_exactly(alignment: Alignment) -> bool:
    """Without a word that says what is wanted, one may act only on a few plain words around an amount."""
    pattern, segment = alignment.pattern, alignment.segment
    if Kind.MONEY not in pattern.kinds and Kind.NUMBER not in pattern.kinds:
        return False
    if segment.asks or any(index not in alignment.holes for index in pattern.holes):
        return False
    return all(_is_plain(segment, token) for token in alignment.left) and all(
        _is_a_thing(segment, alignment.holes[index], max(_FEW, pattern.about.longest[pattern.field(index)]) + 1)
        for index in pattern.loose
    )


def _is_a_thing(segment: Segment, tokens: Sequence[int], longest: int) -> bool:
    """Whether these tokens name something: few, together, a word last, and none that says more."""
    last = next((token for token in reversed(tokens) if not segment.light[token]), tokens[-1])
    return (
        len(tokens) <= longest
        and segment.says(last)
        and tokens[-1] - tokens[0] == len(tokens) - 1
        and all(_is_plain(segment, token) or not segment.light[token] for token in tokens)
        and not any(segment.known[token] >= EVIDENCE or segment.denies[token] for token in tokens)
    )


def _is_plain(segment: Segment, token: int) -> bool:
    """Whether it may stand beside a thing and its amount without making a sentence of them."""
    word = segment.tokens[token].word
    return word in COURTESIES[segment.language] or word in EDGES[segment.language]
