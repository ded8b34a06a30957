"""Phrases for several days: "semana passada", "últimos 7 dias", "em março", "de 1 a 15 de março", "since monday"."""

from datetime import date

from core.ai.slots.links import something_counted
from core.ai.slots.when.bounds import (
    between,
    fixed_span,
    last_units,
    months_between,
    next_units,
    one_day,
    since,
    unit_span,
)
from core.ai.slots.when.calendar import Day, Fixed, Monthly, UpTo, Yearly
from core.ai.slots.when.dates import existing, number_of_day, unit_at
from core.ai.slots.when.days import MOST_UNITS, day_at
from core.ai.slots.when.lexicon import (
    AFTER,
    ALL,
    ALL_IF_ALONE,
    ARTICLES,
    GOES_ON,
    LASTS,
    MONTHS,
    NEXTS,
    OF_THE,
    OPENS,
    SINCE,
    SO_FAR,
    UNITS,
    Unit,
    Which,
)
from core.ai.slots.when.months import Phrase, month_span_at, year_span_at
from core.ai.slots.when.tokens import Tokens

BEGINNING = date(1970, 1, 1)
_LEAP_YEAR = 2000
_ARTICLES = frozenset({"o", "a", "os", "el", "la", "los", "the"})


def span_at(tokens: Tokens, at: int) -> Phrase | None:
    """The longest phrase for a span at this place. Raises `NoSuchDay` if it begins or ends with one."""
    readings = (_all, _since, _range, _months, _several, _unit, month_span_at, year_span_at)
    found = [phrase for read in readings if (phrase := read(tokens, at)) is not None]
    best = max(found, key=lambda phrase: phrase[1], default=None)
    so_far = None if best is None else tokens.after(best[1], SO_FAR)
    return best if best is None or so_far is None else (best[0], so_far)


def _all(tokens: Tokens, at: int) -> Phrase | None:
    end = tokens.after(at, ALL)
    so_far = tokens.after(at, SO_FAR)
    if end is None and (tokens.alone or len(tokens) == 1):
        end = tokens.after(at, ALL_IF_ALONE)
    if end is None:
        return None
    # "So far this month" is this month.
    named = None if so_far is None else _unit(tokens, so_far) or month_span_at(tokens, so_far)
    return named or (since(fixed_span(BEGINNING, BEGINNING)), end)


def _since(tokens: Tokens, at: int) -> Phrase | None:
    begin = tokens.after(at, SINCE)
    if begin is None:
        return None
    best: Phrase | None = None
    article = tokens.after(begin, ARTICLES)
    for start in (begin, article if article is not None else begin):
        day, number = day_at(tokens, start), number_of_day(tokens, start)
        spans = [span for read in (_unit, month_span_at, year_span_at) if (span := read(tokens, start)) is not None]
        if day is not None:
            spans.append((one_day(day[0]), day[1]))
        if number is not None and not something_counted(tokens[number[1]].text):
            spans.append((one_day(Monthly(day=number[0])), number[1]))
        best = max([*spans, *([best] if best else [])], key=lambda span: span[1], default=None)
    return None if best is None else (since(best[0]), best[1])


def _range(tokens: Tokens, at: int) -> Phrase | None:
    opened = tokens.after(at, OPENS)
    first = _end_of_range(tokens, at if opened is None else opened)
    link = None if first is None else _link(tokens, at, first[1])
    last = None if link is None else _end_of_range(tokens, link)
    if first is None or last is None:
        return None
    days = _paired(first[0], last[0], opened=opened is not None)
    if days is None or (isinstance(last[0], int) and something_counted(tokens[last[1]].text)):
        return None
    return between(*days), last[1]


def _link(tokens: Tokens, start: int, at: int) -> int | None:
    """Behind the words that lead from one end of a range to the other. "1 e 15" are two days if nothing opens it."""
    if tokens[at].text in ("-", "–") and not (tokens[at].glued and tokens[at + 1].glued):
        return None
    if tokens[at].text in ("e", "y", "and") and tokens[start].text not in ("entre", "between"):
        return None
    return tokens.after(at, GOES_ON)


def _end_of_range(tokens: Tokens, at: int) -> tuple[Day | int, int] | None:
    """A day, or a number that may be one."""
    article = tokens.after(at, _ARTICLES)
    start = at if article is None else article
    day, number = day_at(tokens, start), number_of_day(tokens, start)
    if number is not None and (day is None or day[1] <= number[1]):
        return number
    return day


def _paired(first: Day | int, last: Day | int, *, opened: bool) -> tuple[Day, Day] | None:
    """The days that two ends are, each as far as the other explains it."""
    match first, last:
        case int(), int():
            return (Monthly(day=first), UpTo(day=last)) if opened and first < last else None
        case int(), Fixed(day=day):
            return Fixed(day=existing(day.year, day.month, first)), last
        case int(), Yearly(month=month):
            return Yearly(month=month, day=existing(_LEAP_YEAR, month, first).day), last
        case int(), Monthly(day=last_day):
            return _paired(Monthly(day=first), last_day, opened=opened)
        case Monthly(day=first_day), (int() | Monthly()):
            last_day = last if isinstance(last, int) else last.day
            return first, UpTo(day=last_day) if first_day < last_day else Monthly(day=last_day)
        case Fixed(day=day), int():
            return first, Fixed(day=existing(day.year, day.month, last))
        case Yearly(month=month), int():
            return first, Yearly(month=month, day=existing(_LEAP_YEAR, month, last).day)
        case (int(), _) | (_, int()):
            return None
        case _:
            return first, last


def _months(tokens: Tokens, at: int) -> Phrase | None:
    """ "de janeiro a março"."""
    opened = tokens.after(at, OPENS)
    first = tokens.value(at if opened is None else opened, MONTHS)
    link = None if first is None else _link(tokens, at, first[1])
    last = None if link is None else tokens.value(link, MONTHS)
    return None if first is None or last is None else (months_between(first[0], last[0]), last[1])


def _several(tokens: Tokens, at: int) -> Phrase | None:
    """ "últimos 7 dias", "next 3 weeks", "7 últimos días"."""
    ahead, begin = tokens[at].text in NEXTS, at + 1
    number = tokens.number(begin) if ahead or tokens[at].text in LASTS else tokens.number(at)
    if number is None:
        return None
    end = number[1]
    if number == tokens.number(at):
        ahead = tokens[end].text in NEXTS
        if not ahead and tokens[end].text not in LASTS:
            return None
        end += 1
    unit = tokens.value(end, UNITS)
    if unit is None or not 1 <= number[0] <= MOST_UNITS.get(unit[0], 0):
        return None
    return (next_units if ahead else last_units)(number[0], unit[0]), unit[1]


def _unit(tokens: Tokens, at: int) -> Phrase | None:
    """ "este mês", "la semana pasada", "next year", "do mês", "weekend"."""
    article = tokens[at].text in ("la", "el")
    named = unit_at(tokens, at + 1 if article else at)
    if named is None or named[0] is Unit.DAY:
        return _of_the(tokens, at)
    unit, which, end = named
    plain = which is Which.PLAIN and (unit is not Unit.WEEKEND or article)
    return None if plain else (unit_span(unit, which), end)


def _of_the(tokens: Tokens, at: int) -> Phrase | None:
    """ "Do mês" is this one, but not in "do mês passado" and "no mês de março"."""
    unit = tokens.value(at, OF_THE)
    if unit is None or tokens.after(unit[1], AFTER) is not None or tokens[unit[1]].text in ("de", "of"):
        return None
    return unit_span(unit[0], Which.THIS), unit[1]
