"""Hours of the day: "às 15h", "at 3:30 pm", "a las 9 de la noche", "de manhã"."""

from dataclasses import dataclass
from datetime import time

from core.ai.slots.links import something_counted
from core.ai.slots.when.lexicon import AND_A_HALF, AT, CLOCKS, PARTS, WEEKDAYS, Part
from core.ai.slots.when.tokens import Tokens

_LAST_HOUR = 23
_NOON = 12
# Who says "at 3" and nothing else does not mean the night.
_SMALL_HOURS = range(1, 6)
_HOUR_MARKS = frozenset({"h", "hs", "hrs", "hr", "hora", "horas", "o ' clock", "oclock"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What a clock shows, up to before the token `end`. `sure`: no other reading is likely."""

    clock: time
    end: int
    sure: bool


def hour_at(tokens: Tokens, at: int, part: Part | None = None, *, beside_day: bool = False) -> Hour | None:
    """The hour at this place; `part` is the part of the day that was told before it.

    `beside_day`: a day was told before it, so that "9 horas" are no duration.
    """
    start = tokens.after(at, AT)
    if start is None and tokens[at].text == "a" and tokens[at + 2].text in (":", "h"):
        start = at + 1
    begin = at if start is None else start
    named = tokens.value(begin, CLOCKS) or _behind_article(tokens, at)
    if named is not None:
        return Hour(clock=time(named[0]), end=named[1], sure=True)
    number = tokens.number(begin)
    if number is None or number[0] > _LAST_HOUR or (start is None and not tokens[begin].text.isdecimal()):
        return None
    return _with_minutes(tokens, at, begin, number, part, beside_day)


def _behind_article(tokens: Tokens, at: int) -> tuple[int, int] | None:
    return tokens.value(at + 1, CLOCKS) if tokens[at].text in ("ao", "al", "a") else None


def _with_minutes(
    tokens: Tokens, at: int, begin: int, number: tuple[int, int], part: Part | None, beside_day: bool
) -> Hour | None:
    hour, end = number
    announced = begin > at
    minute, marked = 0, False
    if tokens[end].text == ":" and tokens[end].glued:
        minutes = _minutes(tokens, end + 1)
        if minutes is None:
            return None
        minute, end, marked = minutes, end + 2, True
        if tokens[end].text == ":" and tokens[end].glued and _minutes(tokens, end + 1) is not None:
            end += 2
    elif (mark := tokens.after(end, _HOUR_MARKS)) is not None and (
        announced or beside_day or tokens[end].text in ("h", "hs")
    ):
        end, marked = mark, True
        minutes = _minutes(tokens, end) if tokens[end].glued else None
        if minutes is not None:
            minute, end = minutes, end + (2 if tokens[end + 1].text == "min" else 1)
    half = tokens.after(end, AND_A_HALF) if announced and not minute else None
    if half is not None:
        minute, end = 30, half
    return _within_day(tokens, begin, (hour, minute, end), part, announced=announced, marked=marked)


def _minutes(tokens: Tokens, at: int) -> int | None:
    text = tokens[at].text
    return int(text) if len(text) == 2 and text.isdecimal() and int(text) < 60 and tokens[at].glued else None


def _within_day(
    tokens: Tokens, begin: int, read: tuple[int, int, int], part: Part | None, *, announced: bool, marked: bool
) -> Hour | None:
    hour, minute, end = read
    half_day = _half_of_day(tokens, end)
    said = tokens.value(end, PARTS) if half_day is None else None
    if half_day is not None:
        late, end = half_day
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if late else 0)
    else:
        if said is not None:
            part, end = said
        if not (announced or marked or said is not None):
            return None
        hour = _by_part(hour, part, exact=tokens[begin].text.startswith("0"))
    sure = marked or half_day is not None or said is not None
    if not sure and something_counted(tokens[end].text) and tokens.after(end, WEEKDAYS) is None:
        return None
    return Hour(clock=time(hour, minute), end=end, sure=sure)


def _half_of_day(tokens: Tokens, at: int) -> tuple[bool, int] | None:
    """Whether "pm", and the place behind it."""
    if tokens[at].text in ("am", "pm"):
        return tokens[at].text == "pm", at + 1
    if tokens[at].text in ("a", "p") and tokens[at + 1].text == "." and tokens[at + 2].text == "m":
        return tokens[at].text == "p", at + (4 if tokens[at + 3].text == "." else 3)
    return None


def _by_part(hour: int, part: Part | None, *, exact: bool) -> int:
    if part is Part.AFTERNOON and hour < _NOON:
        return hour + _NOON
    if part is Part.EVENING:
        return 0 if hour == _NOON else hour + _NOON if _SMALL_HOURS.stop <= hour < _NOON else hour
    if part is None and hour in _SMALL_HOURS and not exact:
        return hour + _NOON
    return hour
