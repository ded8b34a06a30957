"""The queue over a Redis that dies, hangs, forgets or is full: hints may be lost, and nothing else may happen."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from redis.asyncio import Redis as Client

from core.conversation.message import ConversationRef
from core.errors import Unavailable
from entrypoints.stack import Redis, redis
from tests.contracts.wake_queue import NOW, PATIENCE, Consumer, consuming, conversation
from tests.integration.hints import answers, is_refused, opened
from tests.integration.stage import until

BOUND = 20.0
"""What "soon" is on a machine that is busy with something else; it takes 2 s at most."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Redis]:
    async with redis(tmp_path / "redis") as server:
        yield server


async def test_hints_come_again_after_redis_was_killed(server: Redis) -> None:
    consumer = Consumer()
    async with opened(server.url) as queue, consuming(queue, consumer.handle) as task:
        await answers(queue, consumer)

        await server.kill()
        assert "cannot be reached" in await is_refused(queue)
        with pytest.raises(Unavailable, match="cannot be reached"):
            await queue.ready()
        await server.start()

        await answers(queue, consumer)
        await queue.ready()
        assert not task.done()


async def test_hints_come_again_after_redis_hung(server: Redis, caplog: pytest.LogCaptureFixture) -> None:
    consumer = Consumer()
    async with opened(server.url) as queue, consuming(queue, consumer.handle) as task:
        await answers(queue, consumer)

        server.freeze()
        assert "does not answer" in await is_refused(queue)
        with pytest.raises(Unavailable, match="does not answer"):
            await queue.ready()
        await until(lambda: "no hints come" in caplog.text)
        server.thaw()

        await answers(queue, consumer)
        assert not task.done()


async def test_hints_come_when_redis_comes_later_than_the_app(tmp_path: Path, server: Redis) -> None:
    await server.kill()
    consumer = Consumer()
    async with opened(server.url) as queue, consuming(queue, consumer.handle) as task:
        await is_refused(queue)
        await server.start()

        await answers(queue, consumer)
        assert not task.done()


async def test_hints_come_again_after_redis_forgot_everything(server: Redis) -> None:
    consumer = Consumer()
    async with opened(server.url) as queue, consuming(queue, consumer.handle), Client.from_url(server.url) as client:
        for n in range(200):
            await queue.put(conversation(n), timedelta(milliseconds=n % 20))
            if n % 50 == 49:
                await client.flushall()

        await answers(queue, consumer)


@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_a_job_may_lose_redis_while_it_runs(server: Redis, how: str, caplog: pytest.LogCaptureFixture) -> None:
    lost, consumer = asyncio.Event(), Consumer()

    async def handle(hinted: ConversationRef) -> None:
        if not lost.is_set():
            if how == "killed":
                await server.kill()
            else:
                server.freeze()
            lost.set()
        await consumer.handle(hinted)

    async with opened(server.url) as queue, consuming(queue, handle) as task:
        await queue.put(conversation(1), NOW)
        await asyncio.wait_for(lost.wait(), PATIENCE)
        await until(lambda: "no hints come" in caplog.text)
        await server.start()
        server.thaw()

        await answers(queue, consumer)
        assert not task.done()
    # arq's own command has nobody who begins another worker.
    assert "worker ended" not in caplog.text


async def test_putting_never_waits_for_redis(server: Redis) -> None:
    async with opened(server.url) as queue:
        await queue.put(conversation(1), NOW)
        server.freeze()

        slowest = 0.0
        ends = monotonic() + 5
        while monotonic() < ends:
            begun = monotonic()
            with suppress(Unavailable):
                await queue.put(conversation(1), NOW)
            slowest = max(slowest, monotonic() - begun)
            await asyncio.sleep(0.01)
        server.thaw()

    assert slowest < 1


@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_a_consumer_and_a_queue_stop_soon_without_redis(server: Redis, how: str) -> None:
    begun, consumer = asyncio.Event(), Consumer()

    async def handle(hinted: ConversationRef) -> None:
        begun.set()
        await asyncio.sleep(0.5)

    async with opened(server.url) as queue:
        async with consuming(queue, consumer.handle):
            await answers(queue, consumer)
        async with consuming(queue, handle):
            await queue.put(conversation(1), NOW)
            await asyncio.wait_for(begun.wait(), PATIENCE)
            if how == "killed":
                await server.kill()
            else:
                server.freeze()
            stopped_at = monotonic()
        await queue.put(conversation(1), NOW)

    assert monotonic() - stopped_at < BOUND


async def test_an_outage_is_told_once_and_its_end_too(server: Redis, caplog: pytest.LogCaptureFixture) -> None:
    consumer = Consumer()
    async with opened(server.url) as queue, consuming(queue, consumer.handle):
        await answers(queue, consumer)
        await server.kill()
        await asyncio.sleep(1.5)
        await server.start()
        await answers(queue, consumer)
        await until(lambda: "polls lost" in caplog.text)

    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    polling = [text for text in told if "no hints come" in text or "polls lost" in text]
    assert len(polling) == 2, told
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("state", "undone", "words"),
    [
        ("config set maxmemory 1", "config set maxmemory 0", "is full"),
        ("replicaof 127.0.0.1 1", "replicaof no one", "replica that may only be read"),
    ],
)
async def test_a_redis_that_takes_nothing_refuses_hints_until_it_does(
    server: Redis, state: str, undone: str, words: str
) -> None:
    consumer = Consumer()
    async with opened(server.url) as queue, consuming(queue, consumer.handle) as task:
        await answers(queue, consumer)
        async with Client.from_url(server.url) as client:
            await client.execute_command(*state.split())
            assert words in await is_refused(queue)
            await client.execute_command(*undone.split())

        await answers(queue, consumer)
        assert not task.done()


async def test_a_full_redis_keeps_the_hints_that_it_has(server: Redis, caplog: pytest.LogCaptureFixture) -> None:
    consumer = Consumer()
    async with opened(server.url) as queue, consuming(queue, consumer.handle) as task:
        async with Client.from_url(server.url) as client:
            await queue.put(conversation(1), timedelta(seconds=0.5))
            await asyncio.sleep(0.2)
            await client.config_set("maxmemory", "1")
            await asyncio.sleep(1)
            assert consumer.came == {}
            await client.config_set("maxmemory", "0")

        await consumer.sees(conversation(1))
        assert not task.done()
    assert "expired" not in caplog.text
