"""An event loop whose time passes only when nothing is left to do: a test of minutes takes milliseconds, and the
same steps happen in the same order every time."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec

P = ParamSpec("P")

EPOCH = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""When every simulation begins: a Monday at noon."""


class _Selector(selectors.SelectSelector):
    """Does not wait: it moves the loop's clock on by what the loop would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("the simulation waits for something that never happens")
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop on a clock of its own."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)
        self.slow_callback_duration = 3600.0

    def time(self) -> float:
        return self._virtual.now


def now() -> datetime:
    """The instant it is in the running simulation."""
    return EPOCH + timedelta(seconds=asyncio.get_running_loop().time())


def simulated(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Run an async test in virtual time."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def body() -> None:
            await test(*args, **kwargs)

        runner: Coroutine[Any, Any, None] = body()
        with asyncio.Runner(loop_factory=VirtualLoop) as loop:
            loop.run(runner)

    return run
