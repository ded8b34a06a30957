"""Where amounts stand in an utterance, among dates, counts and the numbers of other things."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.ai.slots import when
from core.ai.slots.fold import Folded, folded
from core.ai.slots.found import Found
from core.ai.slots.links import LINKS
from core.ai.slots.money.reading import read
from core.ai.slots.money.surroundings import counts, labels, other_numbers, times_in_digits
from core.ai.slots.money.writing import Writing, writing_at
from core.ai.slots.numbers import NUMBER_WORDS
from core.errors import Rejected

# Any with two decimals tells whether an amount can be read.
_USUAL = "USD"
_START = re.compile(
    r"(?<![a-z0-9_$])(?<![0-9][.,'/:-])(?=[0-9$€£¥₡₦₩₪₫₱₲₴₹₺₽]|[a-z]{1,3} ?\$|[a-z]{2,3} ?[0-9]|s/"
    rf"|(?:{'|'.join(sorted(NUMBER_WORDS))}|mil|a (?:hundred|thousand|million))(?![a-z0-9_]))"
)
_RUNS_ON = re.compile(r"[.,/:-][0-9]")
_NEXT = re.compile(r"[ \t]*([a-z]+)")
# Smaller ones in words are articles, or too often something else.
_LEAST_IN_WORDS = 10
_NOT_ALONE = frozenset({"once", "doce", "cento", "ciento"})
_LONGEST_ALONE = 7
# "50 compras" is what they cost, "2 cafés" how many there were; between them lies a guess.
_LEAST_IN_FRONT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    place: Found
    counting: int | None
    """How many there may be of what the next word names: "2 cafés"."""


def find(text: str) -> Sequence[Found]:
    """Places of amounts, in order; each can be read in a currency with two decimals.

    Dates, times, shares, counts, and the numbers of phones, invoices and the like are none; neither is what is zero or
    below. A whole number by itself is one: "almoço 35".
    """
    candidates = list(_candidates(folded(text)))
    sure = [candidate for candidate in candidates if candidate.counting is None]
    return [each.place for each in sure or candidates if each.counting is None or each.counting >= _LEAST_IN_FRONT]


def _candidates(source: Folded) -> Iterator[_Candidate]:
    text = source.text
    others = [source.found(*span) for span in other_numbers(text)]
    # A currency beside it makes the number of a day an amount; nothing does with the number of a phone.
    times = [*when.find(source.original), *(source.found(*span) for span in times_in_digits(text))]
    end = 0
    for match in _START.finditer(text):
        start = match.start()
        writing = None if start < end else writing_at(source, start)
        if writing is None:
            continue
        place = source.found(start, writing.end)
        taken = _overlapping(place, others if writing.marks else (*others, *times))
        if taken is not None:
            end = next((at for at in range(start, writing.end) if source.origins[at] >= taken.end), writing.end)
            continue
        end = writing.end
        if _is_money(source, start, writing) and _readable(place):
            yield _Candidate(place=place, counting=_counting(text, writing))


def _overlapping(place: Found, others: Sequence[Found]) -> Found | None:
    return next((each for each in others if each.start < place.end and place.start < each.end), None)


def _is_money(source: Folded, start: int, writing: Writing) -> bool:
    text = source.text
    # "café-10" is ten, "café -10" less than nothing.
    if text[max(0, start - 1) : start] == "-" and not text[max(0, start - 2) : start - 1].isalnum():
        return False
    if writing.marks or writing.cents:
        return True
    if _RUNS_ON.match(text, writing.end) or counts(text, start, writing.end):
        return False
    if writing.in_words:
        return _is_said_alone(text, start, writing)
    if writing.bare:
        return len(writing.written) <= _LONGEST_ALONE and not labels(text, start, writing.end)
    return True


def _is_said_alone(text: str, start: int, writing: Writing) -> bool:
    """Whether a number in words is an amount although no currency is named."""
    said = text[start : writing.end]
    if said in ("mil", "a thousand"):
        return text.strip() == said
    return said not in _NOT_ALONE and (writing.times > 1 or int(writing.written) >= _LEAST_IN_WORDS)


def _counting(text: str, writing: Writing) -> int | None:
    word = _NEXT.match(text, writing.end)
    if not writing.bare or word is None or word[1] in LINKS:
        return None
    counts_things = writing.written == "1" or (len(word[1]) > len("its") and word[1].endswith("s"))
    return int(writing.written) if counts_things else None


def _readable(place: Found) -> bool:
    try:
        read(place.text, _USUAL)
    except Rejected:
        return False
    return True
