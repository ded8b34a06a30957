"""Dates: "12/03", "2026-03-12", "12 de março", "March 5th", "dia 5", "el 5", "5 del mes pasado"."""

from datetime import date

from core.ai.slots.links import something_counted
from core.ai.slots.when.calendar import STEPS, Day, Fixed, InMonth, Monthly, Yearly, date_of
from core.ai.slots.when.lexicon import (
    AFTER,
    BEFORE,
    ENGLISH_BEFORE,
    MONTHS,
    ORDINALS,
    SHORT_MONTHS,
    UNITS,
    WORDS_TOO,
    Unit,
    Which,
)
from core.ai.slots.when.tokens import Tokens

Phrase = tuple[Day, int]
"""A day, and the place behind the words for it."""

YEARS = range(1900, 2200)
_CENTURY_FROM = 70
_LEAP_YEAR = 2000
_ORDINAL_ENDS = frozenset({"o", "a", "st", "nd", "rd", "th"})
_OF = frozenset({"de", "do", "da", "of", "del", "d", "do mes de", "del mes de", "the", "of the"})
_BEFORE_YEAR = frozenset({"de", "del", "of", ",", "do"})
_GREETING = frozenset({"bom", "buen", "good", "otimo", "lindo"})
# What has a number and an article, and is no day.
_THINGS = frozenset({"salario", "lugar", "andar", "piso", "hijo", "filho", "por"})
_ENGLISH = ENGLISH_BEFORE | {"since", "from", "to", "between", "and", "starting", "through"}


class NoSuchDay(Exception):
    """It is written like a day, but the calendar has none like it."""


def date_at(tokens: Tokens, at: int) -> Phrase | None:
    """The longest date at this place. Raises `NoSuchDay` for one like 31/02."""
    found = [
        phrase for read in (_written, _of_month, _month_first, _numbered) if (phrase := read(tokens, at)) is not None
    ]
    return max(found, key=lambda phrase: phrase[1], default=None)


def number_of_day(tokens: Tokens, at: int) -> tuple[int, int] | None:
    """The number that a day of a month has, "5", "5th", "1º" or "cinco", and the place behind it."""
    if tokens[at].text in ORDINALS:
        return 1, at + 1
    number = tokens.number(at)
    if number is None or not 1 <= number[0] <= 31:
        return None
    day, end = number
    ordinal = tokens[end].glued and tokens[end].text in _ORDINAL_ENDS and tokens[at].text.isdecimal()
    return day, end + 1 if ordinal else end


def month_at(tokens: Tokens, at: int) -> tuple[int, int] | None:
    """The month that is named in full or short, and the place behind its name."""
    named = tokens.value(at, MONTHS) or tokens.value(at, SHORT_MONTHS)
    if named is None:
        return None
    dotted = tokens[at].text in SHORT_MONTHS and tokens[named[1]].text == "." and tokens[named[1]].glued
    return named[0], named[1] + 1 if dotted and tokens[named[1] + 1].text else named[1]


def year_at(tokens: Tokens, at: int) -> tuple[int, int] | None:
    """A year in four digits, with what links it to a month before, and the place behind it."""
    start = tokens.after(at, _BEFORE_YEAR) or at
    text = tokens[start].text
    if len(text) != 4 or not text.isdecimal() or int(text) not in YEARS or not tokens.ends_word(start + 1):
        return None
    # "Março 2000 reais" names an amount.
    return None if something_counted(tokens[start + 1].text) else (int(text), start + 1)


def existing(year: int, month: int, day: int) -> date:
    """The day, if the calendar has it. Raises `NoSuchDay`."""
    found = date_of(year, month, day)
    if found is None:
        raise NoSuchDay
    return found


def unit_at(tokens: Tokens, at: int) -> tuple[Unit, Which, int] | None:
    """A unit, which of them, as in "mês passado" or "next week", and the place behind it."""
    before = tokens.value(at, BEFORE)
    named = tokens.value(at if before is None else before[1], UNITS)
    if named is None:
        return None
    unit, end = named
    if before is not None:
        return unit, before[0], end
    after = tokens.value(end, AFTER)
    return (unit, Which.PLAIN, end) if after is None else (unit, *after)


def steps_to(tokens: Tokens, at: int, unit: Unit) -> tuple[int, int] | None:
    """How many of these units from this one, if it says which, and the place behind it."""
    named = unit_at(tokens, at)
    if named is None or named[0] is not unit or named[1] is Which.PLAIN:
        return None
    return STEPS[named[1]], named[2]


def _written(tokens: Tokens, at: int) -> Phrase | None:
    """ "2026-03-12", "12/3/26", "12/03", "12.03.2026"; in digits only."""
    first, sign, second = tokens[at], tokens[at + 1], tokens[at + 2]
    if first.text == "dia":
        return _written(tokens, at + 1)
    if first.text in ENGLISH_BEFORE:
        return _written(tokens, at + 1) if tokens[at + 2].text == "/" else None
    if not (first.text.isdecimal() and second.text.isdecimal() and sign.glued and second.glued and sign.text in "/-."):
        return None
    third = (
        tokens[at + 4] if tokens[at + 3].text == sign.text and tokens[at + 3].glued and tokens[at + 4].glued else None
    )
    if third is not None and third.text.isdecimal():
        return _with_year(tokens, at, (first.text, second.text, third.text))
    if sign.text != "/" or len(first.text) > 2 or len(second.text) > 2:
        return None
    day, month = _day_and_month(tokens, at, int(first.text), int(second.text))
    return Yearly(month=month, day=existing(_LEAP_YEAR, month, day).day), at + 3


def _with_year(tokens: Tokens, at: int, parts: tuple[str, str, str]) -> Phrase | None:
    if max(map(len, parts)) > len("2026"):
        return None
    first, second, third = map(int, parts)
    if len(parts[0]) == 4:
        year, month, day = first, second, third
    elif len(parts[2]) in (2, 4):
        year = third if len(parts[2]) == 4 else third + (1900 if third >= _CENTURY_FROM else 2000)
        day, month = _day_and_month(tokens, at, first, second)
    else:
        return None
    if year not in YEARS:
        return None
    return Fixed(day=existing(year, month, day)), at + 5


def _day_and_month(tokens: Tokens, at: int, first: int, second: int) -> tuple[int, int]:
    """The day comes first, unless that is impossible, or an English word before it says who is writing."""
    month_first = tokens[at - 1].text in _ENGLISH
    if second > 12 or (month_first and first <= 12):
        return second, first
    return first, second


def _of_month(tokens: Tokens, at: int) -> Phrase | None:
    """ "5 de março de 2026", "dia 5 do mês passado", "5th of March", "5/mar", "5 mar"."""
    number = number_of_day(tokens, at + 1 if tokens[at].text == "dia" else at)
    if number is None:
        return None
    day, end = number
    of = tokens.after(end, _OF)
    begin = end if of is None else of
    month = steps_to(tokens, begin, Unit.MONTH)
    if month is not None:
        return InMonth(day=day, months=month[0]), month[1]
    joined = tokens[end].text in ("/", "-") and tokens[end].glued and tokens[end + 1].glued
    named = month_at(tokens, end + 1 if joined else begin)
    if named is None or (of is None and not joined and tokens[begin].text in WORDS_TOO):
        return None
    if joined and tokens[named[1]].text == tokens[end].text and tokens[named[1] + 1].text.isdecimal():
        return _in_year(tokens, day, named[0], named[1] + 1, named[1])
    return _in_year(tokens, day, named[0], named[1], named[1])


def _month_first(tokens: Tokens, at: int) -> Phrase | None:
    """ "March 5th, 2026", "Dec 25"."""
    month = None if tokens[at].text in WORDS_TOO else month_at(tokens, at)
    number = None if month is None else number_of_day(tokens, month[1])
    if month is None or number is None or not tokens[month[1]].text.isdecimal():
        return None
    end = number[1]
    if something_counted(tokens[end].text) or not (tokens.ends_word(end) or tokens[end].text in ("-", "–")):
        return None
    return _in_year(tokens, number[0], month[0], number[1], number[1])


def _in_year(tokens: Tokens, day: int, month: int, at: int, end: int) -> Phrase:
    """The day in the year at `at`; in any, behind `end`, if none stands there."""
    year = year_at(tokens, at)
    if year is None:
        return Yearly(month=month, day=existing(_LEAP_YEAR, month, day).day), end
    return Fixed(day=existing(year[0], month, day)), year[1]


def _numbered(tokens: Tokens, at: int) -> Phrase | None:
    """ "dia 5", "the 5th", "el 5"; a bare number only if it is all that is said."""
    named = tokens[at].text in ("dia", "dias") and tokens[at - 1].text not in _GREETING
    number = number_of_day(tokens, at + 1 if named else at)
    if number is None:
        return None
    day, end = number
    ordinal = tokens[end - 1].text in _ORDINAL_ENDS and tokens[end - 1].text not in ("o", "a")
    with_article = tokens[at - 1].text in ("el", "o") and tokens[at].text.isdecimal()
    if not (named or ordinal or with_article or (tokens.alone and tokens[at].text.isdecimal())):
        return None
    if with_article and not named and (something_counted(tokens[end].text) or tokens[end].text in _THINGS):
        return None
    return Monthly(day=day), end
