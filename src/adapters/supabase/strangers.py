"""Whoever nobody knows yet is looked up a few at a time: anybody can ask, and each look costs the database a call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.supabase.faults import too_slow
from core.errors import Unavailable

_PATIENCE_S = 10.0


class Strangers:
    """At most `at_once` are looked up, and at most `most_waiting` wait for that or are looked up, so that what is known
    goes on however many come."""

    def __init__(self, *, at_once: int, most_waiting: int, patience_s: float = _PATIENCE_S) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._most_waiting = most_waiting
        self._patience_s = patience_s
        self._waiting = 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """For the look itself. Raises `Unavailable` at once if too many wait, and if it is not over in time."""
        if self._waiting >= self._most_waiting:
            raise Unavailable("too many ask for what is not known")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience_s), self._free:
                yield
        except TimeoutError as error:
            raise too_slow() from error
        finally:
            self._waiting -= 1
