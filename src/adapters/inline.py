"""Hints kept in this process, for one process that receives and works. They die with it; the sweep finds the work."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count

from pydantic_settings import BaseSettings

from core.conversation.message import ConversationRef
from core.conversation.ports import WakeQueue
from core.driver import Driver, Surroundings


class InlineQueue(WakeQueue):
    """A heap of hints by time, at most one for each conversation: the earliest. For one consumer, on one loop."""

    def __init__(self) -> None:
        self._hints: list[tuple[float, int, ConversationRef]] = []
        self._due: dict[ConversationRef, float] = {}
        self._order = count()
        self._earlier = asyncio.Event()
        """Set when a hint came in that is due before all others."""

    async def put(self, conversation: ConversationRef, after: timedelta) -> None:
        """Never waits. A hint beside an earlier one is dropped: whoever follows that one asks for the next."""
        due = asyncio.get_running_loop().time() + after.total_seconds()
        known = self._due.get(conversation)
        if known is not None and known <= due:
            return
        self._due[conversation] = due
        hint = (due, next(self._order), conversation)
        heapq.heappush(self._hints, hint)
        if self._hints[0] is hint:
            self._earlier.set()

    async def consume(self, handle: Callable[[ConversationRef], Awaitable[None]]) -> None:
        while True:
            await handle(await self._next())

    async def ready(self) -> None:
        """There is nothing that could be down."""

    async def _next(self) -> ConversationRef:
        """The first hint, as soon as it is due."""
        while True:
            await self._until_due()
            due, _, conversation = heapq.heappop(self._hints)
            if self._due.get(conversation) == due:  # else an earlier one took its place
                del self._due[conversation]
                return conversation

    async def _until_due(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._hints or self._hints[0][0] > loop.time():
            self._earlier.clear()
            timer = loop.call_at(self._hints[0][0], self._earlier.set) if self._hints else None
            try:
                await self._earlier.wait()
            finally:
                if timer is not None:
                    timer.cancel()


class Settings(BaseSettings):
    """There is nothing to set."""


@asynccontextmanager
async def _open(settings: Settings, surroundings: Surroundings) -> AsyncIterator[WakeQueue]:
    yield InlineQueue()


driver: Driver[WakeQueue] = Driver(
    summary="Wakes the workers of this process, without a server. For one process only.", settings=Settings, open=_open
)
