"""Hints on their way into Redis: those that come within a few milliseconds go together, in one round trip."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import time

from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.jobs import serialize_job

from adapters.arq.connecting import WITHIN_S, let_idle_go
from adapters.arq.job import FUNCTION, dump
from adapters.arq.outage import TROUBLE, Outage
from core.conversation.message import ConversationRef
from core.errors import Unavailable

_LINGER_S = 0.01
"""How long a hint waits for others: if it is not due yet, or if one has just been written."""

_AT_ONCE = 1000
"""Hints in one round trip."""

_IN_A_JOB = 20
_ALIKE_MS = 20
"""Hints that are due so close together share a job, at the time of the last: a worker polls no oftener."""

_KEEP_MS = 24 * 60 * 60 * 1000
"""A job that nobody took goes after a day."""

_MOST_HERE, _MOST_THERE = 10_000, 100_000
"""Hints that wait in this process; jobs that wait in Redis. More would fill it and be of no use: the sweep has long
found their conversations."""

_RETRY_S = 0.5
"""In an outage one hint each so many seconds finds out whether it is over; the others are refused."""


@dataclass(frozen=True, slots=True)
class _Hint:
    conversation: ConversationRef
    due_ms: int


class Sender:
    """Writes jobs as arq's `enqueue_job` does, without its questions whether the id is in use: ours is random."""

    def __init__(self, redis: ArqRedis, queue_name: str, outage: Outage) -> None:
        self._redis = redis
        self._queue_name = queue_name
        self._outage = outage
        self._waiting: list[_Hint] = []
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._refused_until = 0.0
        self._why = ""

    def send(self, conversation: ConversationRef, after: timedelta) -> None:
        """Take a hint, and write it in the background: who acknowledges a message does not wait for Redis.

        Raises `Unavailable` when it is known that nothing can be written.
        """
        loop = asyncio.get_running_loop()
        if loop.time() < self._refused_until or (self._outage.on and self._task is not None):
            raise Unavailable(self._why)
        if len(self._waiting) >= _MOST_HERE:
            raise Unavailable("Redis is slower than the hints that come")
        self._waiting.append(_Hint(conversation, int((time() + max(after.total_seconds(), 0)) * 1000)))
        if self._task is None:
            if after.total_seconds() <= _LINGER_S:
                self._begin()
            elif self._timer is None:
                self._timer = loop.call_later(_LINGER_S, self._begin)

    async def close(self) -> None:
        """Write what is still here, if that can be done soon."""
        if self._timer is not None:
            self._begin()
        if self._task is not None:
            await asyncio.wait([self._task])

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._task = asyncio.create_task(self._send_all(), name="hints")

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
                await self._send(batch)
                await asyncio.sleep(_LINGER_S)  # for company, again: arq takes half a millisecond for each job
        finally:
            self._task = None

    async def _send(self, batch: Sequence[_Hint]) -> None:
        try:
            async with asyncio.timeout(WITHIN_S):
                there = await self._write(batch)
        except TROUBLE as error:
            self._outage.begin(error, len(batch) + len(self._waiting))
            self._waiting = []
            self._refuse(self._outage.why, _RETRY_S)
            await let_idle_go(self._redis)
            return
        self._outage.end()
        if there > _MOST_THERE:
            self._refuse(f"more than {_MOST_THERE} jobs wait in Redis: is a worker running?", 1)

    def _refuse(self, why: str, seconds: float) -> None:
        self._why = why
        self._refused_until = asyncio.get_running_loop().time() + seconds

    async def _write(self, batch: Sequence[_Hint]) -> int:
        """Each job before the queue names it, for a worker may look in between. Gives the length of the queue."""
        now_ms = int(time() * 1000)
        pipe = self._redis.pipeline(transaction=False)
        due: dict[str, int] = {}
        for hints in _together(batch):
            job = secrets.token_hex(16)
            due[job] = hints[-1].due_ms
            ids = tuple((hint.conversation.workspace, hint.conversation.id) for hint in hints)
            written = serialize_job(FUNCTION, ids, {}, None, now_ms, serializer=dump)
            pipe.psetex(job_key_prefix + job, max(due[job] - now_ms, 0) + _KEEP_MS, written)
        pipe.zadd(self._queue_name, due)
        pipe.zcard(self._queue_name)
        return int((await pipe.execute())[-1])


def _together(batch: Sequence[_Hint]) -> Iterator[Sequence[_Hint]]:
    alike: defaultdict[int, list[_Hint]] = defaultdict(list)
    for hint in batch:
        alike[hint.due_ms // _ALIKE_MS].append(hint)
    for hints in alike.values():
        hints.sort(key=lambda hint: hint.due_ms)
        for start in range(0, len(hints), _IN_A_JOB):
            yield hints[start : start + _IN_A_JOB]
