"""A sorted list of what is to be looked at, and when, so that nobody has to look at everything."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from datetime import datetime
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=str)


class Agenda(Generic[Key]):
    """At most one instant per key."""

    def __init__(self) -> None:
        self._at: dict[Key, datetime] = {}
        self._entries: list[tuple[datetime, Key]] = []

    def put(self, key: Key, at: datetime | None) -> None:
        """Look at `key` at this instant and at no other; not at all without one."""
        before = self._at.pop(key, None)
        if before is not None:
            del self._entries[bisect_left(self._entries, (before, key))]
        if at is not None:
            self._at[key] = at
            insort(self._entries, (at, key))

    def until(self, now: datetime) -> Iterator[Key]:
        """The keys whose instant has come, the longest waiting first. Whoever is at one may put it elsewhere."""
        at = 0
        while at < len(self._entries) and self._entries[at][0] <= now:
            entry = self._entries[at]
            yield entry[1]
            at = bisect_right(self._entries, entry)
