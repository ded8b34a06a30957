"""Spans of days that a phrase may mean, before it is known from which day they are seen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from core.ai.slots.when.calendar import MONTHS_OF, STEPS, Day, away_by, monday, months_on
from core.ai.slots.when.lexicon import Unit, Which
from core.ai.slots.when.period import Seen

Bounds = Callable[[Seen], tuple[date, date]]
"""The first day of a span, and the day after its last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The first or the last day of a span."""

    bounds: Bounds
    last: bool

    def on(self, seen: Seen) -> date:
        first, past = self.bounds(seen)
        return past - timedelta(days=1) if self.last else first

    def not_before(self, first: date, seen: Seen) -> date:
        return self.on(seen)


def unit_span(unit: Unit, which: Which) -> Bounds:
    """This week, last month and so on."""

    def bounds(seen: Seen) -> tuple[date, date]:
        steps, today = STEPS[which], seen.today
        if unit is Unit.DAY:
            return today + timedelta(days=steps), today + timedelta(days=steps + 1)
        if unit is Unit.WEEK:
            first = monday(today) + timedelta(weeks=steps)
            return first, first + timedelta(weeks=1)
        if unit is Unit.WEEKEND:
            return _weekend(seen, which)
        months = MONTHS_OF[unit]
        start = today.replace(day=1, month=(today.month - 1) // months * months + 1)
        return months_on(start, steps * months), months_on(start, (steps + 1) * months)

    return bounds


def _weekend(seen: Seen, which: Which) -> tuple[date, date]:
    saturday = monday(seen.today) + timedelta(days=5)
    coming = seen.today < saturday
    steps = STEPS[which]
    if which is Which.NEXT and coming:
        steps = 0
    if which is Which.PLAIN and coming and not seen.ahead:
        steps = -1
    first = saturday + timedelta(weeks=steps)
    return first, first + timedelta(days=2)


def month_span(month: int, which: Which) -> Bounds:
    """The latest of these months that has begun; looking ahead, the next that is not over."""

    def bounds(seen: Seen) -> tuple[date, date]:
        this = seen.today.replace(day=1)
        first = this.replace(month=month)
        late = first >= this if which in (Which.LAST, Which.BEFORE_LAST) else first > this
        early = first <= this if which is Which.NEXT else first < this
        if which is Which.NEXT or (seen.ahead and which is Which.PLAIN):
            first = months_on(first, 12 if early else 0)
        elif which is not Which.THIS:
            first = months_on(first, -12 if late else 0)
        return first, months_on(first, 1)

    return bounds


def fixed_span(first: date, past: date) -> Bounds:
    return lambda seen: (first, past)


def months_between(first: int, last: int) -> Bounds:
    """From the first day of one month to the last day of the other that follows it."""

    def bounds(seen: Seen) -> tuple[date, date]:
        start = month_span(first, Which.PLAIN)(seen)[0]
        return start, months_on(start, (last - first) % 12 + 1)

    return bounds


def last_units(number: int, unit: Unit) -> Bounds:
    """The last 7 days, today among them."""
    away = away_by(-number, unit)
    return lambda seen: (away.on(seen) + timedelta(days=1), seen.today + timedelta(days=1))


def next_units(number: int, unit: Unit) -> Bounds:
    """The next 7 days, today among them."""
    away = away_by(number, unit)
    return lambda seen: (seen.today, away.on(seen))


def between(first: Day, last: Day) -> Bounds:
    """Both days and all between them. Looking ahead it is the next such span that is not over."""

    def seen_from(seen: Seen) -> tuple[date, date]:
        start = first.on(seen)
        end = last.not_before(start, seen)
        return min(start, end), max(start, end) + timedelta(days=1)

    def bounds(seen: Seen) -> tuple[date, date]:
        latest = seen_from(Seen(now=seen.now, ahead=False))
        return latest if not seen.ahead or latest[1] > seen.today else seen_from(seen)

    return bounds


def since(first: Bounds) -> Bounds:
    """From the first day of a span that has begun up to today; if it has not begun, the span itself."""

    def bounds(seen: Seen) -> tuple[date, date]:
        start, past = first(Seen(now=seen.now, ahead=False))
        tomorrow = seen.today + timedelta(days=1)
        return start, tomorrow if start < tomorrow else past

    return bounds


def one_day(day: Day) -> Bounds:
    def bounds(seen: Seen) -> tuple[date, date]:
        first = day.on(seen)
        return first, first + timedelta(days=1)

    return bounds
