"""Single days that a phrase may mean, before it is known from which day they are seen."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from core.ai.slots.when.lexicon import Unit, Which
from core.ai.slots.when.period import Seen

_WEEK = 7
STEPS = {Which.PLAIN: 0, Which.THIS: 0, Which.LAST: -1, Which.BEFORE_LAST: -2, Which.NEXT: 1}
MONTHS_OF = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}


class Day(Protocol):
    """A single day."""

    def on(self, seen: Seen) -> date:
        """The one that is meant: the latest that is not after today; looking ahead, the next."""

    def not_before(self, first: date, seen: Seen) -> date:
        """The one that is meant at the end of a span that begins with `first`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A day of the calendar, with its year."""

    day: date

    def on(self, seen: Seen) -> date:
        return self.day

    def not_before(self, first: date, seen: Seen) -> date:
        return self.day


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """So many days and months from today."""

    days: int = 0
    months: int = 0

    def on(self, seen: Seen) -> date:
        return months_on(seen.today, self.months) + timedelta(days=self.days)

    def not_before(self, first: date, seen: Seen) -> date:
        return self.on(seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekday:
    """`number` from 0, which is Monday."""

    number: int
    which: Which = Which.PLAIN
    of_week: int | None = None
    """Of the week so many weeks from this one."""

    def on(self, seen: Seen) -> date:
        today = seen.today
        if self.of_week is not None:
            return monday(today) + timedelta(days=self.number, weeks=self.of_week)
        if self.which is Which.THIS:
            return monday(today) + timedelta(days=self.number)
        yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
        if self.which in (Which.LAST, Which.BEFORE_LAST):
            return self._not_after(yesterday) + timedelta(weeks=STEPS[self.which] + 1)
        return self.not_before(tomorrow, seen) if seen.ahead or self.which is Which.NEXT else self._not_after(today)

    def not_before(self, first: date, seen: Seen) -> date:
        return first + timedelta(days=(self.number - first.weekday()) % _WEEK)

    def _not_after(self, last: date) -> date:
        return last - timedelta(days=(last.weekday() - self.number) % _WEEK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Yearly:
    """A day of every year, or of every fourth."""

    month: int
    day: int

    def on(self, seen: Seen) -> date:
        return self.not_before(seen.today, seen) if seen.ahead else self._not_after(seen.today)

    def not_before(self, first: date, seen: Seen) -> date:
        return next(day for year in range(first.year, first.year + 9) if (day := self._in(year)) and day >= first)

    def _not_after(self, last: date) -> date:
        return next(day for year in range(last.year, last.year - 9, -1) if (day := self._in(year)) and day <= last)

    def _in(self, year: int) -> date | None:
        return date_of(year, self.month, self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Monthly:
    """A day of every month that has it."""

    day: int

    def on(self, seen: Seen) -> date:
        if seen.ahead:
            return self.not_before(seen.today, seen)
        return self._first(seen.today, -1, lambda day: day <= seen.today)

    def not_before(self, first: date, seen: Seen) -> date:
        return self._first(first, 1, lambda day: day >= first)

    def _first(self, start: date, step: int, fits: Callable[[date], bool]) -> date:
        months = (months_on(start.replace(day=1), step * number) for number in range(4))
        return next(day for month in months if (day := date_of(month.year, month.month, self.day)) and fits(day))


@dataclass(frozen=True, slots=True, kw_only=True)
class InMonth:
    """A day of the month so many months from this one; its last day, if it is shorter."""

    day: int
    months: int

    def on(self, seen: Seen) -> date:
        month = months_on(seen.today.replace(day=1), self.months)
        return month.replace(day=min(self.day, monthrange(month.year, month.month)[1]))

    def not_before(self, first: date, seen: Seen) -> date:
        return self.on(seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpTo:
    """A day of the month in which a span begins; its last day, if it is shorter."""

    day: int

    def on(self, seen: Seen) -> date:
        return self.not_before(seen.today, seen)

    def not_before(self, first: date, seen: Seen) -> date:
        return first.replace(day=min(self.day, monthrange(first.year, first.month)[1]))


def away_by(number: int, unit: Unit) -> Away:
    if unit in MONTHS_OF:
        return Away(months=number * MONTHS_OF[unit])
    return Away(days=number * (1 if unit is Unit.DAY else _WEEK))


def months_on(day: date, months: int) -> date:
    """The same day so many months on, or the last of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def monday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def date_of(year: int, month: int, day: int) -> date | None:
    """None if the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
