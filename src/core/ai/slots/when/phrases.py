"""Any phrase for a time, at one place of an utterance: days with their hours, spans, and what is minutes away."""

from collections.abc import Callable
from datetime import date, timedelta

from core.ai.slots.numbers import NUMBER_WORDS
from core.ai.slots.when.calendar import Away, Day
from core.ai.slots.when.clock import hour_at
from core.ai.slots.when.days import count_at, day_at
from core.ai.slots.when.lexicon import (
    AND_A_HALF,
    FIRST_WORDS,
    FUTURE_AFTER,
    FUTURE_BEFORE,
    HALF_AN_HOUR,
    LAST_NIGHT,
    LASTS,
    NOW,
    PARTS,
    PARTS_ALONE,
    PARTS_OF_TODAY,
    PAST_AFTER,
    PAST_BEFORE,
    SMALL_UNITS,
    Part,
    Unit,
)
from core.ai.slots.when.period import Period, Seen
from core.ai.slots.when.spans import span_at
from core.ai.slots.when.tokens import Tokens

Meaning = Callable[[Seen], Period]
Phrase = tuple[Meaning, int]
"""What the words mean, and the place behind them."""

_TODAY = Away()
_OF_DAY = frozenset({"de", "da", "do", "del", "of", "on", "no", "na", "el", "em", ",", "de la"})
_MOST_MINUTES = 60 * 24 * 366
# Most words of an utterance begin no phrase for a time, and need no closer look.
_FIRST_WORDS = FIRST_WORDS | NUMBER_WORDS


def phrase_at(tokens: Tokens, at: int) -> Phrase | None:
    """The longest phrase at this place. Raises `NoSuchDay` where there is one for a day that does not exist."""
    text = tokens[at].text
    if not (text.isdecimal() or text in _FIRST_WORDS) or not tokens.starts_word(at):
        return None
    readings = (_span, _hour, _day, _part_of_today, _part_of_day, _part, _away, _last_hours, _now)
    found = [phrase for read in readings if (phrase := read(tokens, at)) is not None]
    return max((each for each in found if tokens.ends_word(each[1])), key=lambda each: each[1], default=None)


def _span(tokens: Tokens, at: int) -> Phrase | None:
    span = span_at(tokens, at)
    if span is None:
        return None
    bounds, end = span
    return lambda seen: seen.days(*bounds(seen)), end


def _day(tokens: Tokens, at: int) -> Phrase | None:
    day = day_at(tokens, at)
    return None if day is None else _with_time(tokens, day[0], day[1])


def _with_time(tokens: Tokens, day: Day, end: int, part: Part | None = None) -> Phrase:
    """The day at `end`, with the part of it and the hour that follow."""
    if part is None and (told := tokens.value(end, PARTS)) is not None:
        part, end = told
    # "2026-03-12T15:00" is how programs write it.
    joined = tokens[end].text == "," or (tokens[end].text == "t" and tokens[end].glued)
    hour = hour_at(tokens, end + 1 if joined else end, part, beside_day=True)
    if hour is not None:
        clock = hour.clock
        return lambda seen: seen.minute(day.on(seen), clock), hour.end
    if part is not None:
        first, past = part.value
        return lambda seen: seen.hours(day.on(seen), first, past), end
    return lambda seen: seen.day(day.on(seen)), end


def _part_of_today(tokens: Tokens, at: int) -> Phrase | None:
    night = tokens.after(at, LAST_NIGHT)
    if night is not None:
        return _with_time(tokens, Away(days=-1), night, Part.EVENING)
    part = tokens.value(at, PARTS_OF_TODAY)
    return None if part is None else _with_time(tokens, _TODAY, part[1], part[0])


def _hour(tokens: Tokens, at: int) -> Phrase | None:
    """ "às 15h", "3pm on friday", "às 9 de amanhã", "8 tonight"."""
    hour = hour_at(tokens, at)
    if hour is None:
        return None
    link = tokens.after(hour.end, _OF_DAY)
    named = day_at(tokens, hour.end if link is None else link)
    part = tokens.value(hour.end if named is None else named[1], PARTS_OF_TODAY if named is None else PARTS)
    # "At 8 tonight": only what follows tells which eight.
    later = None if part is None else hour_at(tokens, at, part[0])
    clock = (later or hour).clock
    if named is not None:
        day, end = named
        return lambda seen: seen.minute(day.on(seen), clock), end if part is None else part[1]
    if part is not None:
        return lambda seen: seen.minute(seen.today, clock), part[1]
    return lambda seen: _nearest(seen, lambda on: seen.minute(on, clock)), hour.end


def _part_of_day(tokens: Tokens, at: int) -> Phrase | None:
    """ "noite de ontem", "morning of the 5th"."""
    part = tokens.value(at, PARTS)
    if part is None or tokens[part[1]].text not in ("de", "of", "do", "del"):
        return None
    day = day_at(tokens, part[1] + 1)
    return None if day is None else _with_time(tokens, day[0], day[1], part[0])


def _part(tokens: Tokens, at: int) -> Phrase | None:
    part = tokens.value(at, PARTS_ALONE)
    if part is None and (tokens.alone or tokens.written(at).lower() == "à"):
        part = tokens.value(at, PARTS)
    if part is None:
        return None
    (first, past), end = part[0].value, part[1]
    return lambda seen: _nearest(seen, lambda day: seen.hours(day, first, past)), end


def _nearest(seen: Seen, on: Callable[[date], Period]) -> Period:
    """The latest that has begun; looking ahead, the next that begins, or goes on."""
    today = on(seen.today)
    if seen.ahead:
        over = today.until.timestamp() <= seen.now.timestamp()
        return on(seen.today + timedelta(days=1)) if over else today
    return today if today.since.timestamp() <= seen.now.timestamp() else on(seen.today - timedelta(days=1))


def _away(tokens: Tokens, at: int) -> Phrase | None:
    """ "há 2 horas", "in 10 minutes", "dentro de una hora", "half an hour ago"."""
    past, future = tokens.after(at, PAST_BEFORE), tokens.after(at, FUTURE_BEFORE)
    told = _minutes(tokens, next((begin for begin in (past, future) if begin is not None), at))
    if told is None:
        return None
    minutes, end = told
    ago, on = tokens.after(end, PAST_AFTER), tokens.after(end, FUTURE_AFTER)
    if ago is not None and future is None:
        minutes, end = -minutes, ago
    elif past is not None:
        minutes = -minutes
    elif on is not None:
        end = on
    elif future is None:
        return None
    return lambda seen: seen.instant(seen.later(seen.now, minutes=minutes)), end


def _minutes(tokens: Tokens, at: int) -> tuple[int, int] | None:
    half = tokens.after(at, HALF_AN_HOUR)
    if half is not None:
        return 30, half
    number = count_at(tokens, at)
    unit = None if number is None else tokens.value(number[1], SMALL_UNITS)
    if number is None or unit is None:
        return None
    minutes, end = number[0] * (60 if unit[0] is Unit.HOUR else 1), unit[1]
    half = tokens.after(end, AND_A_HALF) if unit[0] is Unit.HOUR else None
    if half is not None:
        minutes, end = minutes + 30, half
    return (minutes, end) if 0 < minutes <= _MOST_MINUTES else None


def _last_hours(tokens: Tokens, at: int) -> Phrase | None:
    """ "últimas 24 horas", "last hour"."""
    if tokens[at].text not in LASTS | {"ultima", "ultimo"}:
        return None
    told = _minutes(tokens, at + 1)
    unit = tokens.value(at + 1, SMALL_UNITS)
    if told is None and unit is not None and len(tokens[at + 1].text) > 1:
        told = 60 if unit[0] is Unit.HOUR else 1, unit[1]
    if told is None:
        return None
    minutes, end = told
    return lambda seen: seen.stretch(seen.later(seen.now, minutes=-minutes), seen.later(seen.now, minutes=1)), end


def _now(tokens: Tokens, at: int) -> Phrase | None:
    """Only if nothing else is said: "agora" begins many sentences."""
    end = tokens.after(at, NOW) if tokens.alone else None
    return None if end is None else (lambda seen: seen.instant(seen.now), end)
