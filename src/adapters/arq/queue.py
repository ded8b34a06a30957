"""The queue: hints go into Redis, and one arq worker in each working process takes them out."""

import asyncio
import logging
from datetime import timedelta
from types import TracebackType
from typing import Self

from arq.connections import ArqRedis
from arq.worker import Worker

from adapters.arq import polling
from adapters.arq.connecting import connections
from adapters.arq.enduring import EnduringRedis
from adapters.arq.job import Handle, dump, load
from adapters.arq.outage import TROUBLE, Outage, why
from adapters.arq.sending import Sender
from adapters.arq.settings import Settings
from core.conversation.message import ConversationRef
from core.conversation.ports import WakeQueue
from core.errors import Unavailable

_SENDING_CONNECTIONS = 2
"""One for hints, one to ask whether Redis is there."""

_READY_S = 1.0
_ENDING_S = 1.0
_AGAIN_S = 1.0

_log = logging.getLogger("recado.arq")


class ArqQueue(WakeQueue):
    """Open from `async with`; it connects at the first hint, so that an app starts without Redis."""

    def __init__(self, settings: Settings, turn_limit: int) -> None:
        self._settings = settings
        self._turn_limit = turn_limit
        self._redis = ArqRedis(
            connections(settings.redis_url, _SENDING_CONNECTIONS), job_serializer=dump, job_deserializer=load
        )
        outage = Outage("hints", "hints cannot be put, and answers wait for the next sweep")
        self._sender = Sender(self._redis, settings.arq_queue_name, outage)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sender.close()
        await self._redis.aclose(close_connection_pool=True)

    async def put(self, conversation: ConversationRef, after: timedelta) -> None:
        self._sender.send(conversation, after)

    async def ready(self) -> None:
        try:
            async with asyncio.timeout(_READY_S):
                await self._redis.ping()
        except TROUBLE as error:
            raise Unavailable(why(error)) from None

    async def consume(self, handle: Handle) -> None:
        redis = polling.client(self._settings, polling.outage())
        try:
            while True:
                arguments = polling.arguments(self._settings, self._turn_limit, redis, handle)
                await _work(Worker(handle_signals=False, **arguments), redis)
                await asyncio.sleep(_AGAIN_S)
        finally:
            await redis.aclose(close_connection_pool=True)


async def _work(worker: Worker, redis: EnduringRedis) -> None:
    """Poll until cancelled, or until arq stumbles over something that is not Redis."""
    try:
        await worker.main()
    except Exception as error:  # noqa: BLE001 - hints must go on; a bug in arq is no reason to cut turns and sends
        _log.error("the arq worker ended, and another one begins", exc_info=error)
    finally:
        await _end(worker)
        await redis.delete(worker.health_check_key)


async def _end(worker: Worker) -> None:
    """Jobs end by themselves, soon. One that does not is cut; arq then leaves its hint to another worker."""
    jobs = set(worker.tasks.values())
    if not jobs:
        return
    _, late = await asyncio.wait(jobs, timeout=_ENDING_S)
    for job in late:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
