"""Acknowledgements come first: other work begins a few at a time, and not while the event loop is late."""

import asyncio
from datetime import timedelta
from types import TracebackType

_AT_ONCE = 8
_LOOK = 0.002  # seconds
_MOST = 10.0
"""Seconds: a loop that never catches up must not stop the work for good."""


class Calm:
    """`async with calm:` waits until the loop keeps time to within `limit`; at most a few are inside at once."""

    def __init__(self, limit: timedelta) -> None:
        self._limit = limit.total_seconds()
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def __aenter__(self) -> None:
        await self._gate.acquire()
        try:
            await self._wait()
        except BaseException:
            self._gate.release()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gate.release()

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        gives_up = loop.time() + _MOST
        while True:
            asked = loop.time()
            await asyncio.sleep(_LOOK)
            lag = loop.time() - asked - _LOOK
            if lag < self._limit or loop.time() > gives_up:
                return
            await asyncio.sleep(min(lag, 0.05))
