"""Hints through a real Redis keep the contract."""

import uuid
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from adapters.arq.queue import ArqQueue
from adapters.arq.settings import Settings
from core.conversation.ports import WakeQueue
from tests.contracts.wake_queue import NOW, Consumer, WakeQueueContract, consuming, conversation


class TestArqQueue(WakeQueueContract):
    """On a key of its own."""

    @pytest.fixture
    async def queue(self, redis_server: str) -> AsyncIterator[WakeQueue]:
        settings = Settings(redis_url=SecretStr(redis_server), arq_queue_name=f"test:{uuid.uuid4().hex}")
        async with ArqQueue(settings, turn_limit=100) as queue:
            yield queue

    async def test_hints_put_before_anybody_consumes_are_kept(self, queue: WakeQueue, consumer: Consumer) -> None:
        for n in range(3):
            await queue.put(conversation(n), NOW)

        async with consuming(queue, consumer.handle):
            await consumer.sees(*(conversation(n) for n in range(3)))
