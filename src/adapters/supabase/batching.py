"""What is recorded shares calls: a round trip for each webhook would be most of what a webhook costs."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from adapters.supabase.faults import too_slow
from core.conversation.burst import Burst
from core.conversation.events import Arrival, Report
from core.conversation.ports import Recorded
from core.errors import RecadoError, Unavailable

Record = Callable[[Sequence[Arrival | Report], Burst], Awaitable[Sequence[Recorded]]]

_AT_MOST = 50
"""Events in a call: it is one transaction, and all keep their locks until its end."""
_AT_ONCE = 2
"""Calls under way: while one waits for the disk, the next is prepared."""
_PAUSE_S = 0.004
"""Between calls while many events come: a call costs as much as several events."""
_MOST_WAITING = 2000
"""Events in the queue: a database that lives leaves fewer, and one that does not must not fill our memory."""
_PATIENCE_S = 10.0
"""A provider waits 15 s for an answer, and must hear by then that nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Waiting:
    """An event, and where its caller waits for its answer."""

    event: Arrival | Report
    burst: Burst
    keys: frozenset[str]
    answer: "asyncio.Future[Recorded]" = field(default_factory=asyncio.Future)

    def answered(self, answer: Recorded) -> None:
        if not self.answer.done():  # its caller may have gone
            self.answer.set_result(answer)

    def failed(self, error: BaseException) -> None:
        """What is not to be asked again is an answer; else the caller hears that nothing is known."""
        if isinstance(error, RecadoError) and not isinstance(error, Unavailable):
            self.answered(error)
        elif not self.answer.done():
            self.answer.set_exception(error)


class Batching:
    """Events go at once while few come, and else with all that came meanwhile, open inside `async with`.

    No two events of one person, or about one message, are under way together, so their order is kept whatever fails.
    A call that fails as a whole is made again in halves: one event's fault is not its neighbours'.
    """

    def __init__(
        self,
        record: Record,
        *,
        at_most: int = _AT_MOST,
        at_once: int = _AT_ONCE,
        most_waiting: int = _MOST_WAITING,
        patience_s: float = _PATIENCE_S,
        pause_s: float = _PAUSE_S,
    ) -> None:
        self._record = record
        self._at_most = at_most
        self._at_once = at_once
        self._most_waiting = most_waiting
        self._patience_s = patience_s
        self._pause_s = pause_s
        self._not_before = 0.0
        self._queue: list[_Waiting] = []
        self._busy: set[str] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_waking = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        while self._is_waking or self._under_way:
            await asyncio.wait(self._under_way) if self._under_way else await asyncio.sleep(0)

    async def record(self, events: Sequence[Arrival | Report], burst: Burst) -> Sequence[Recorded]:
        """One answer for each event, in order.

        Raises `Unavailable` if nothing is known about one of them, or not in time; at once if too many wait already.
        """
        if len(self._queue) >= self._most_waiting:
            raise Unavailable("the database is slower than what is to be recorded")
        waiting = [_Waiting(event=event, burst=burst, keys=_keys(event)) for event in events]
        self._queue += waiting
        self._wake()
        try:
            async with asyncio.timeout(self._patience_s):
                answers = await asyncio.gather(*(each.answer for each in waiting), return_exceptions=True)
        except TimeoutError as error:
            raise too_slow() from error
        return list(_known(answers))

    def _wake(self) -> None:
        """Start what can be started, with all that comes in the same turn of the loop."""
        if not self._is_waking:
            self._is_waking = True
            asyncio.get_running_loop().call_soon(self._start)

    def _start(self) -> None:
        self._is_waking = False
        loop = asyncio.get_running_loop()
        while self._queue and len(self._under_way) < self._at_once:
            if len(self._queue) < self._at_most and loop.time() < self._not_before:
                self._is_waking = True
                loop.call_at(self._not_before, self._start)
                break
            batch = self._next()
            if not batch:
                break
            if self._under_way or len(batch) > 1:
                self._not_before = loop.time() + self._pause_s
            task = asyncio.create_task(self._settle(batch))
            self._under_way.add(task)
            task.add_done_callback(lambda task, batch=batch: self._ended(task, batch))  # type: ignore[misc]

    def _next(self) -> list[_Waiting]:
        """The longest waiting that share a burst, and whose people have nothing under way or before them in the queue.

        In one order for all processes: who locks in the same order never waits in a circle.
        """
        batch: list[_Waiting] = []
        left: list[_Waiting] = []
        met = set(self._busy)
        for each in self._queue:
            if each.answer.done():
                continue
            is_next = len(batch) < self._at_most and met.isdisjoint(each.keys)
            met |= each.keys
            if is_next and (not batch or each.burst == batch[0].burst):
                batch.append(each)
            else:
                left.append(each)
        self._queue = left
        self._busy.update(*(each.keys for each in batch))
        return sorted(batch, key=lambda each: min(each.keys))

    def _ended(self, task: "asyncio.Task[None]", batch: Sequence[_Waiting]) -> None:
        self._under_way.discard(task)
        self._busy.difference_update(*(each.keys for each in batch))
        error = Unavailable("the application stops") if task.cancelled() else task.exception()
        if error is not None:
            for each in batch:
                each.failed(error)
        self._wake()

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        error = await self._ask(batch)
        if error is not None:
            await self._divide(batch, error)

    async def _ask(self, batch: Sequence[_Waiting]) -> RecadoError | None:
        """The error of the whole, if it has one."""
        try:
            answers = await self._record([each.event for each in batch], batch[0].burst)
        except RecadoError as error:
            return error
        for each, answer in zip(batch, answers, strict=True):
            each.answered(answer)
        return None

    async def _divide(self, batch: Sequence[_Waiting], error: RecadoError) -> None:
        """What failed as a whole is asked for in halves. When neither can be served, it is not for what is in them."""
        if len(batch) == 1:
            batch[0].failed(error)
            return
        middle = len(batch) // 2
        halves = batch[:middle], batch[middle:]
        errors = await asyncio.gather(*map(self._ask, halves))
        if all(isinstance(error, Unavailable) for error in errors):
            for each in batch:
                each.failed(error)
            return
        for half, its_error in zip(halves, errors, strict=True):
            if its_error is not None:
                await self._divide(half, its_error)


def _keys(event: Arrival | Report) -> frozenset[str]:
    """Whom or what it is about, on its line."""
    if isinstance(event, Report):
        return frozenset({f"{event.line.id} {event.delivery.provider_id}"})
    people = (event.inbound.sender, *event.inbound.aliases)
    return frozenset(f"{event.line.id} {each.medium} {each.kind} {each.value}" for each in people)


def _known(answers: Iterable[Recorded | BaseException]) -> Iterable[Recorded]:
    for answer in answers:
        if isinstance(answer, Unavailable) or (
            isinstance(answer, BaseException) and not isinstance(answer, RecadoError)
        ):
            raise answer
        yield answer
