"""Time as the file keeps it: whole microseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def stored(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def instant(stored: int) -> datetime:
    return _EPOCH + timedelta(microseconds=stored)


def instant_or_none(stored: int | None) -> datetime | None:
    return None if stored is None else instant(stored)


def length(of: timedelta) -> int:
    return of // _MICROSECOND


def until(stored: int, now: int) -> timedelta:
    """How long it is from `now`; never negative."""
    return timedelta(microseconds=max(stored - now, 0))
