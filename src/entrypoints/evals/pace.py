"""An event loop on which waiting takes no time, as long as nothing outside the process is waited for."""

import asyncio
import selectors
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVarTuple

Ts = TypeVarTuple("Ts")


class _Selector(selectors.DefaultSelector):
    """Moves its clock on by what the loop would have waited, until it is made real; from then on it waits."""

    def __init__(self) -> None:
        super().__init__()
        self.is_watched = False
        """Whether a file that comes from now on is somebody else's than the loop's own."""
        self.skipped = 0.0
        """Seconds that passed without being waited for."""
        self._real_since: float | None = None

    @property
    def is_real(self) -> bool:
        return self._real_since is not None

    @property
    def now(self) -> float:
        return self.skipped if self._real_since is None else self.skipped + time.monotonic() - self._real_since

    def make_real(self) -> None:
        if self._real_since is None:
            self._real_since = time.monotonic()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        if self.is_watched:
            self.make_real()
        return super().register(fileobj, events, data)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.is_real or timeout is None:
            return super().select(timeout)
        ready = super().select(0)
        if not ready:
            self.skipped += max(timeout, 0)
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop on a clock of its own: a pause of a day is over at once, and the same steps happen in the
    same order every time.

    The first socket, pipe or thread turns it into an ordinary loop for good: whoever is waited for out there needs
    real time, and a timeout that is skipped would cut them off.
    """

    def __init__(self) -> None:
        self._pace = _Selector()
        super().__init__(self._pace)
        self._pace.is_watched = True

    @property
    def is_real(self) -> bool:
        """Whether waiting takes time."""
        return self._pace.is_real

    @property
    def skipped(self) -> float:
        """Seconds that passed without being waited for."""
        return self._pace.skipped

    def time(self) -> float:
        return self._pace.now

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], Any], *args: *Ts) -> asyncio.Future[Any]:
        self._pace.make_real()
        return super().run_in_executor(executor, func, *args)


def felt() -> float:
    """Seconds by a clock for measuring: what is worked and waited counts, and what is skipped as if it were not."""
    loop = asyncio.get_running_loop()
    return time.perf_counter() + (loop.skipped if isinstance(loop, SkippingLoop) else 0.0)
