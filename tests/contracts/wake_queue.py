"""The contract of a wake queue. Hints may be lost, doubled or late; but a healthy queue with a consumer delivers them.

Time is real here: a hint may come late by as much as a busy machine needs, and never early.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from time import monotonic

import pytest

from core.conversation.message import ConversationId, ConversationRef
from core.conversation.ports import WakeQueue
from core.identity.model import WorkspaceId

PATIENCE = 20.0
NOW = timedelta(0)


def conversation(number: int, workspace: str = "main") -> ConversationRef:
    return ConversationRef(workspace=WorkspaceId(workspace), id=ConversationId(f"conversation-{number}"))


class Consumer:
    """Notes each hint and when it came."""

    def __init__(self) -> None:
        self.came: dict[ConversationRef, float] = {}
        self._came = asyncio.Event()

    async def handle(self, hinted: ConversationRef) -> None:
        self.came.setdefault(hinted, monotonic())
        self._came.set()

    async def sees(self, *expected: ConversationRef) -> None:
        """Wait until all of these have come."""
        async with asyncio.timeout(PATIENCE):
            while not set(expected) <= self.came.keys():
                self._came.clear()
                await self._came.wait()


@asynccontextmanager
async def consuming(
    queue: WakeQueue, handle: Callable[[ConversationRef], Awaitable[None]]
) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(queue.consume(handle))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, PATIENCE)


class WakeQueueContract:
    """A driver's test subclasses it and overrides `queue`, nothing else."""

    @pytest.fixture
    def queue(self) -> WakeQueue:
        raise NotImplementedError("a driver's test gives an empty queue")

    @pytest.fixture
    def consumer(self) -> Consumer:
        return Consumer()

    async def test_it_is_ready(self, queue: WakeQueue) -> None:
        await queue.ready()

    async def test_a_hint_reaches_whoever_consumes(self, queue: WakeQueue, consumer: Consumer) -> None:
        async with consuming(queue, consumer.handle):
            await queue.put(conversation(1), NOW)

            await consumer.sees(conversation(1))

        assert list(consumer.came) == [conversation(1)]

    async def test_a_hint_waits_for_its_time(self, queue: WakeQueue, consumer: Consumer) -> None:
        async with consuming(queue, consumer.handle):
            put_at = monotonic()
            await queue.put(conversation(1), timedelta(seconds=0.3))

            await consumer.sees(conversation(1))

        assert consumer.came[conversation(1)] - put_at > 0.25

    async def test_a_hint_that_is_due_does_not_wait_behind_one_that_is_not(
        self, queue: WakeQueue, consumer: Consumer
    ) -> None:
        async with consuming(queue, consumer.handle):
            await queue.put(conversation(1), timedelta(hours=1))
            await queue.put(conversation(2), timedelta(seconds=0.1))
            await queue.put(conversation(3), NOW)

            await consumer.sees(conversation(2), conversation(3))

        assert list(consumer.came) == [conversation(3), conversation(2)]

    async def test_hints_keep_their_workspace(self, queue: WakeQueue, consumer: Consumer) -> None:
        async with consuming(queue, consumer.handle):
            await queue.put(conversation(1, "ours"), NOW)
            await queue.put(conversation(1, "theirs"), NOW)

            await consumer.sees(conversation(1, "ours"), conversation(1, "theirs"))

    async def test_many_hints_all_come(self, queue: WakeQueue, consumer: Consumer) -> None:
        hints = [conversation(n) for n in range(300)]

        async with consuming(queue, consumer.handle):
            await asyncio.gather(*(queue.put(hint, timedelta(milliseconds=n % 50)) for n, hint in enumerate(hints)))

            await consumer.sees(*hints)

    async def test_the_same_conversation_can_be_hinted_at_again_and_again(
        self, queue: WakeQueue, consumer: Consumer
    ) -> None:
        async with consuming(queue, consumer.handle):
            for _ in range(3):
                await queue.put(conversation(1), NOW)
                await consumer.sees(conversation(1))
                consumer.came.clear()

    async def test_a_hint_put_while_its_conversation_is_being_handled_still_comes(self, queue: WakeQueue) -> None:
        begun, go_on, again = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def handle(_: ConversationRef) -> None:
            if begun.is_set():
                again.set()
            begun.set()
            await go_on.wait()

        async with consuming(queue, handle), asyncio.timeout(PATIENCE):
            await queue.put(conversation(1), NOW)
            await begun.wait()
            await queue.put(conversation(1), NOW)
            go_on.set()

            await again.wait()

    async def test_putting_never_waits_for_a_slow_consumer(self, queue: WakeQueue, consumer: Consumer) -> None:
        go_on = asyncio.Event()

        async def handle(hinted: ConversationRef) -> None:
            await go_on.wait()
            await consumer.handle(hinted)

        hints = [conversation(n) for n in range(300)]
        async with consuming(queue, handle):
            async with asyncio.timeout(PATIENCE):
                for hint in hints:
                    await queue.put(hint, NOW)
            assert consumer.came == {}

            go_on.set()
            await consumer.sees(*hints)

    async def test_a_consumer_that_waits_can_be_cancelled(self, queue: WakeQueue, consumer: Consumer) -> None:
        async with consuming(queue, consumer.handle) as task:
            await queue.put(conversation(1), timedelta(hours=1))
            await asyncio.sleep(0.05)

            task.cancel()

            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, PATIENCE)

    async def test_a_consumer_that_handles_can_be_cancelled(self, queue: WakeQueue) -> None:
        begun = asyncio.Event()

        async def handle(_: ConversationRef) -> None:
            begun.set()
            await asyncio.sleep(PATIENCE)

        async with consuming(queue, handle) as task:
            await queue.put(conversation(1), NOW)
            await asyncio.wait_for(begun.wait(), PATIENCE)

            task.cancel()

            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, PATIENCE)

    async def test_after_a_cancelled_consumer_another_one_goes_on(self, queue: WakeQueue, consumer: Consumer) -> None:
        async with consuming(queue, consumer.handle):
            await queue.put(conversation(1), NOW)
            await consumer.sees(conversation(1))

        async with consuming(queue, consumer.handle):
            await queue.put(conversation(2), NOW)
            await consumer.sees(conversation(2))

    async def test_a_hint_may_be_put_when_nobody_consumes(self, queue: WakeQueue) -> None:
        async with asyncio.timeout(PATIENCE):
            for n in range(100):
                await queue.put(conversation(n), NOW)
