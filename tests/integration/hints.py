"""A queue over a Redis of one's own, and whether its hints come."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pydantic import SecretStr

from adapters.arq.queue import ArqQueue
from adapters.arq.settings import Settings
from core.errors import Unavailable
from tests.contracts.wake_queue import NOW, PATIENCE, Consumer, conversation


def settings(url: str) -> Settings:
    return Settings(redis_url=SecretStr(url), arq_queue_name=f"test:{uuid.uuid4().hex}")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[ArqQueue]:
    async with ArqQueue(settings(url), turn_limit=100) as queue:
        yield queue


async def answers(queue: ArqQueue, consumer: Consumer) -> None:
    """Hint until a hint comes: while Redis is away they are refused or lost."""
    consumer.came.clear()
    async with asyncio.timeout(PATIENCE):
        while not consumer.came:
            with suppress(Unavailable):
                await queue.put(conversation(1), NOW)
            await asyncio.sleep(0.05)


async def is_refused(queue: ArqQueue) -> str:
    """Hint until it is known that nothing can be put; gives the reason."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await queue.put(conversation(1), NOW)
            except Unavailable as error:
                return str(error)
            await asyncio.sleep(0.02)
