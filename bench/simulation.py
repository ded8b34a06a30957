"""A small discrete-event simulation: processes that do one thing at a time, on cores that are fewer, and time.

What happens to one message is a generator. It yields `Work` to be done by a process, or seconds to wait.
"""

import heapq
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from itertools import count

Steps = Generator["Work | float", None, None]


@dataclass(slots=True)
class Cores:
    """What processes run on. A process that has work waits for one in line."""

    free: int
    waiting: deque[Callable[[], None]] = field(default_factory=deque)
    busy_s: float = 0.0


@dataclass(slots=True, eq=False)
class Process:
    """Does `at_once` pieces of work at a time: one, if it is an event loop; as many as it has connections, if it is a
    database. The others stand in line."""

    cores: Cores
    at_once: int = 1
    running: int = 0
    waiting: deque[Callable[[], None]] = field(default_factory=deque)
    alive: bool = True


@dataclass(frozen=True, slots=True)
class Work:
    """Seconds of a core that a process needs for it."""

    process: Process
    seconds: float


class Simulation:
    """A clock, and what happens when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._happens: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, time: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._happens, (time, next(self._order), happens))

    def run(self, until: float) -> None:
        while self._happens and self._happens[0][0] <= until:
            self.now, _, happens = heapq.heappop(self._happens)
            happens()
        self.now = until

    def begin(self, steps: Steps) -> None:
        """Take the steps one after the other, from now on."""
        try:
            step = next(steps)
        except StopIteration:
            return
        if isinstance(step, Work):
            self._queue(step, lambda: self.begin(steps))
        else:
            self.at(self.now + step, lambda: self.begin(steps))

    def _queue(self, work: Work, then: Callable[[], None]) -> None:
        process = work.process

        def run() -> None:
            process.cores.free -= 1
            process.cores.busy_s += work.seconds
            self.at(self.now + work.seconds, done)

        def done() -> None:
            process.cores.free += 1
            process.running -= 1
            if process.waiting:
                process.waiting.popleft()()
            if process.cores.waiting and process.cores.free > 0:
                process.cores.waiting.popleft()()
            then()

        def wants_core() -> None:
            process.running += 1
            if process.cores.free > 0:
                run()
            else:
                process.cores.waiting.append(run)

        if process.running < process.at_once:
            wants_core()
        else:
            process.waiting.append(wants_core)
