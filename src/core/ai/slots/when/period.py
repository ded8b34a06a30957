"""A day, a moment or a span of days on one person's clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum


class Precision(StrEnum):
    """How exactly a time was told."""

    MINUTE = "minute"
    DAY = "day"
    SPAN = "span"
    """Anything else: part of a day, or several days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since` to before `until`, both on the person's clock.

    Python compares two times of one zone by what the clock shows, which is wrong in the hour that a clock is put back:
    compare instants, in UTC.
    """

    since: datetime
    until: datetime
    precision: Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """From where something is read: `now` on the person's clock, looking back or `ahead`."""

    now: datetime
    ahead: bool

    @property
    def today(self) -> date:
        return self.now.date()

    def day(self, day: date) -> Period:
        return Period(since=self._start(day), until=self._start(day + timedelta(days=1)), precision=Precision.DAY)

    def days(self, first: date, past: date) -> Period:
        """From the day `first` to before the day `past`."""
        return Period(since=self._start(first), until=self._start(past), precision=Precision.SPAN)

    def hours(self, day: date, first: int, past: int) -> Period:
        """A part of a day, such as its hours from 12 to before 18."""
        until = self._at(day, time(past)) if past < 24 else self._start(day + timedelta(days=1))
        return Period(since=self._at(day, time(first)), until=until, precision=Precision.SPAN)

    def minute(self, day: date, clock: time) -> Period:
        return self.instant(self._at(day, clock))

    def instant(self, at: datetime) -> Period:
        """The minute that `at` is in."""
        since = at.astimezone(UTC).replace(second=0, microsecond=0)
        return Period(since=self._local(since), until=self.later(since, minutes=1), precision=Precision.MINUTE)

    def stretch(self, first: datetime, past: datetime) -> Period:
        return Period(since=self._local(first), until=self._local(past), precision=Precision.SPAN)

    def later(self, at: datetime, *, minutes: int) -> datetime:
        """So many minutes that pass, whatever is done to the clock meanwhile."""
        return self._local(at.astimezone(UTC) + timedelta(minutes=minutes))

    def _start(self, day: date) -> datetime:
        return self._at(day, time())

    def _at(self, day: date, clock: time) -> datetime:
        # There and back: what the clock skips, midnight included in some zones, becomes the first time after it.
        return self._local(datetime.combine(day, clock, tzinfo=self.now.tzinfo).astimezone(UTC))

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.now.tzinfo)
