"""The queue inside the process keeps the contract, and a little more: it loses nothing while the process lives."""

import pytest

from adapters.inline import InlineQueue
from core.conversation.ports import WakeQueue
from tests.contracts.wake_queue import NOW, Consumer, WakeQueueContract, consuming, conversation


class TestInlineQueue(WakeQueueContract):
    """On the loop that puts."""

    @pytest.fixture
    def queue(self) -> WakeQueue:
        return InlineQueue()

    async def test_hints_put_before_anybody_consumes_are_kept(self, queue: WakeQueue, consumer: Consumer) -> None:
        for n in range(3):
            await queue.put(conversation(n), NOW)

        async with consuming(queue, consumer.handle):
            await consumer.sees(*(conversation(n) for n in range(3)))
