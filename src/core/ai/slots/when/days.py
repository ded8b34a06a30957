"""Phrases for a single day: "anteontem", "last friday", "há 3 dias", and dates."""

from core.ai.slots.when.bounds import Edge, unit_span
from core.ai.slots.when.calendar import Away, Weekday, away_by
from core.ai.slots.when.dates import Phrase, date_at, steps_to, unit_at
from core.ai.slots.when.lexicon import (
    AFTER,
    BEFORE,
    DAYS,
    ENDS_OF,
    FUTURE_AFTER,
    FUTURE_BEFORE,
    PAST_AFTER,
    PAST_BEFORE,
    SHORT_WEEKDAYS,
    STARTS_OF,
    UNITS,
    WEEKDAYS,
    Unit,
    Which,
)
from core.ai.slots.when.tokens import Tokens

_ANNOUNCING = frozenset({"on", "no", "na", "el", "since", "desde", "until", "by", "ate", "hasta"})
_OF_WEEK = frozenset({"da", "de la", "na", "of", "desta", "dessa", "de"})
# "Segunda via", "quinta parcela": an ordinal before what it counts.
_ORDERED = frozenset(
    {"via", "parcela", "prestacao", "vez", "fatura", "opcao", "pessoa", "conta", "mao", "classe", "categoria"}
)
# Ten years, or fifty: nobody speaks of more.
MOST_UNITS = {Unit.DAY: 3650, Unit.WEEK: 520, Unit.MONTH: 120, Unit.QUARTER: 40, Unit.YEAR: 50}


def day_at(tokens: Tokens, at: int) -> Phrase | None:
    """The longest phrase for a day at this place. Raises `NoSuchDay` for one like 31/02."""
    readings = (_relative, _weekday, date_at, _counted, _edge)
    found = [phrase for read in readings if (phrase := read(tokens, at)) is not None]
    return max(found, key=lambda phrase: phrase[1], default=None)


def count_at(tokens: Tokens, at: int) -> tuple[int, int] | None:
    """How many units of time: a number, or an article."""
    if tokens[at].text in ("a", "an") and tokens[at + 1].text != "hundred":
        return 1, at + 1
    return tokens.number(at)


def _relative(tokens: Tokens, at: int) -> Phrase | None:
    phrase = tokens.value(at, DAYS)
    if phrase is None:
        return None
    # Behind these "mañana" is the morning.
    morning = tokens[at].text == "manana" and tokens[at - 1].text in ("la", "esta", "una", "cada")
    return None if morning else (Away(days=phrase[0]), phrase[1])


def _weekday(tokens: Tokens, at: int) -> Phrase | None:
    before = tokens.value(at, BEFORE)
    which, begin = before or (Which.PLAIN, at)
    day = tokens.value(begin, WEEKDAYS)
    if day is None and (before is not None or tokens[at - 1].text in _ANNOUNCING):
        day = tokens.value(begin, SHORT_WEEKDAYS)
    if day is None or tokens[day[1]].text in _ORDERED:
        return None
    number, end = day
    if before is None and (after := tokens.value(end, AFTER)) is not None:
        which, end = after
    week = steps_to(tokens, tokens.after(end, _OF_WEEK) or end, Unit.WEEK)
    if week is not None:
        return Weekday(number=number, of_week=week[0]), week[1]
    return Weekday(number=number, which=which), end


def _counted(tokens: Tokens, at: int) -> Phrase | None:
    """ "há 3 dias", "3 days ago", "em 2 semanas", "in a month"."""
    past, future = tokens.after(at, PAST_BEFORE), tokens.after(at, FUTURE_BEFORE)
    number = count_at(tokens, next((begin for begin in (past, future) if begin is not None), at))
    unit = None if number is None else tokens.value(number[1], UNITS)
    if number is None or unit is None or unit[0] not in MOST_UNITS or number[0] > MOST_UNITS[unit[0]]:
        return None
    end = unit[1]
    ago, on = tokens.after(end, PAST_AFTER), tokens.after(end, FUTURE_AFTER)
    if ago is not None and future is None:
        return away_by(-number[0], unit[0]), ago
    if past is not None:
        return away_by(-number[0], unit[0]), end
    if on is not None:
        return away_by(number[0], unit[0]), on
    return None if future is None else (away_by(number[0], unit[0]), end)


def _edge(tokens: Tokens, at: int) -> Phrase | None:
    """ "início do mês", "end of last year"."""
    start, end = tokens.after(at, STARTS_OF), tokens.after(at, ENDS_OF)
    begin = end if start is None else start
    unit = None if begin is None else unit_at(tokens, begin)
    if unit is None or unit[0] is Unit.DAY:
        return None
    return Edge(bounds=unit_span(unit[0], unit[1]), last=start is None), unit[2]
