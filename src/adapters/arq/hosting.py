"""The app inside arq's own command: `arq` polls and gives the hints; the app starts, works and stops with it."""

import asyncio
from typing import Any

from arq.connections import RedisSettings

from adapters.arq import polling
from adapters.arq.enduring import EnduringRedis
from adapters.arq.job import Handle
from adapters.arq.queue import ArqQueue
from adapters.arq.settings import Settings
from core.conversation.message import ConversationRef
from core.driver import AtWork
from core.errors import RecadoError

_JOBS_END_S = 5
"""Jobs end sooner. Without the wait arq would cancel them, and one cancelled between two steps ends arq's stop before
the app could let go of what it holds."""


def worker_settings(settings: Settings, turn_limit: int, at_work: AtWork) -> type[Any]:
    """The class that `arq` is given. It reads what stands in the class itself and nothing that is inherited."""
    app = _App(_HostedQueue(settings, turn_limit), at_work)
    redis = polling.client(settings, polling.outage())
    return type(
        "WorkerSettings",
        (),
        {
            **polling.arguments(settings, turn_limit, redis, app.queue.hinted),
            "on_startup": app.start,
            "on_shutdown": app.stop,
            "job_completion_wait": _JOBS_END_S,
            "redis_settings": _for_the_check(redis),
        },
    )


class _HostedQueue(ArqQueue):
    """Its hints come from outside."""

    def __init__(self, settings: Settings, turn_limit: int) -> None:
        super().__init__(settings, turn_limit)
        self._handle: Handle | None = None

    async def consume(self, handle: Handle) -> None:
        self._handle = handle
        try:
            await asyncio.Event().wait()
        finally:
            self._handle = None

    async def hinted(self, conversation: ConversationRef) -> None:
        """Before and after the app's work nobody is there: the sweep finds the conversation."""
        if self._handle is not None:
            await self._handle(conversation)


class _App:
    """A task that opens and closes everything: arq starts and stops in two different ones."""

    def __init__(self, queue: _HostedQueue, at_work: AtWork) -> None:
        self.queue = queue
        self._at_work = at_work
        self._is_open = asyncio.Event()
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self, context: dict[str, Any]) -> None:
        self._task = asyncio.create_task(self._run(), name="app")
        opening = asyncio.create_task(self._is_open.wait())
        try:
            await asyncio.wait((self._task, opening), return_when=asyncio.FIRST_COMPLETED)
        finally:
            opening.cancel()
            if not self._is_open.is_set():
                self._task.cancel()
        if self._task.done():
            await self._end(self._task)

    async def stop(self, context: dict[str, Any]) -> None:
        self._stop.set()
        if self._task is not None:
            await self._end(self._task)

    async def _run(self) -> None:
        async with self.queue, self._at_work(self.queue):
            self._is_open.set()
            await self._stop.wait()

    async def _end(self, task: asyncio.Task[None]) -> None:
        """Wait for its end. What it ended with is raised, once."""
        self._task = None
        await asyncio.wait([task])
        error = None if task.cancelled() else task.exception()
        if isinstance(error, RecadoError):
            raise SystemExit(str(error))  # its text says what to do; a traceback would hide it
        if error is not None:
            raise error


def _for_the_check(redis: EnduringRedis) -> RedisSettings:
    """Where `arq --check` asks for this worker's sign of life."""
    parts = redis.connection_pool.connection_kwargs
    known = {"host", "port", "username", "password"} & parts.keys()
    secure = {name for name in parts if name.startswith("ssl_")}
    return RedisSettings(
        **{name: parts[name] for name in known | secure},
        unix_socket_path=parts.get("path"),
        database=parts.get("db", 0),
        ssl="ssl_check_hostname" in parts,
    )
