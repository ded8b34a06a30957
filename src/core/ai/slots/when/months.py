"""Phrases for whole months and years: "março de 2026", "last march", "fev/2026", "em 2026"."""

from datetime import date

from core.ai.slots.when.bounds import Bounds, fixed_span, month_span
from core.ai.slots.when.calendar import months_on
from core.ai.slots.when.dates import YEARS, year_at
from core.ai.slots.when.lexicon import AFTER, BEFORE, MONTHS, NAMES_TOO, SHORT_MONTHS, Which
from core.ai.slots.when.tokens import Tokens

Phrase = tuple[Bounds, int]
"""A span, and the place behind the words for it."""

_MONTH_OF = frozenset({"mes de", "month of"})
_ANNOUNCING = frozenset({"em", "in", "en", "during", "durante", "of", "ano", "year"})


def month_span_at(tokens: Tokens, at: int) -> Phrase | None:
    """ "março", "março de 2026", "last march", "2026-03"."""
    numbers = _month_in_numbers(tokens, at)
    if numbers is not None:
        return numbers
    announced = tokens.after(at, _MONTH_OF)
    before = tokens.value(at, BEFORE) if announced is None else None
    begin = announced or (at if before is None else before[1])
    named = tokens.value(begin, MONTHS) or _short_month(tokens, begin)
    if named is None:
        return None
    month, end = named
    year = year_at(tokens, end)
    if year is not None:
        return _whole_month(year[0], month), year[1]
    after = None if before is not None else tokens.value(end, AFTER)
    which = before[0] if before is not None else after[0] if after is not None else Which.PLAIN
    if which is Which.PLAIN and announced is None and not _is_month(tokens, begin):
        return None
    return month_span(month, which), end if after is None else after[1]


def _is_month(tokens: Tokens, at: int) -> bool:
    """Whether the name of a month, by itself, stands for one here: "Marco" is a man, and "may" a verb."""
    if tokens.alone or tokens[at].text not in NAMES_TOO or "ç" in tokens.written(at).lower():
        return True
    return tokens[at - 1].text in _ANNOUNCING


def _short_month(tokens: Tokens, at: int) -> tuple[int, int] | None:
    """ "fev/2026", "Jan 2025": only before a year."""
    named = tokens.value(at, SHORT_MONTHS)
    if named is None:
        return None
    month, end = named
    end += tokens[end].text in ("/", ".") and tokens[end].glued
    return None if year_at(tokens, end) is None else (month, end)


def _month_in_numbers(tokens: Tokens, at: int) -> Phrase | None:
    first, sign, second = tokens[at].text, tokens[at + 1], tokens[at + 2]
    if not (first.isdecimal() and second.text.isdecimal() and sign.glued and second.glued):
        return None
    if len(first) == 4 and sign.text == "-" and len(second.text) == 2:
        year, month = int(first), int(second.text)
    elif len(first) <= 2 and sign.text == "/" and len(second.text) == 4:
        year, month = int(second.text), int(first)
    else:
        return None
    return (_whole_month(year, month), at + 3) if year in YEARS and 1 <= month <= 12 else None


def _whole_month(year: int, month: int) -> Bounds:
    first = date(year, month, 1)
    return fixed_span(first, months_on(first, 1))


def year_span_at(tokens: Tokens, at: int) -> Phrase | None:
    """ "em 2026": a number of four digits, if it is announced."""
    year = year_at(tokens, at)
    if year is None or year[1] != at + 1 or not (tokens.alone or tokens[at - 1].text in _ANNOUNCING):
        return None
    return fixed_span(date(year[0], 1, 1), date(year[0] + 1, 1, 1)), year[1]
