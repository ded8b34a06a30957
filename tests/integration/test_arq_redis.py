"""What the queue writes into Redis, and what it makes of what others write there."""

import asyncio
import json
import math
import os
import pickle
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from time import time

import pytest
from redis.asyncio import Redis as Client

from adapters.arq.queue import ArqQueue
from core.errors import Unavailable
from entrypoints.stack import Redis, redis
from tests.contracts.wake_queue import NOW, PATIENCE, Consumer, consuming, conversation
from tests.integration.hints import answers, is_refused, opened, settings
from tests.integration.stage import until


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Redis]:
    async with redis(tmp_path / "redis") as server:
        yield server


async def test_a_busy_consumer_stops_whenever_it_is_told_to(server: Redis) -> None:
    hints = [conversation(n) for n in range(100)]
    for _ in range(15):
        consumer = Consumer()
        async with opened(server.url) as queue, consuming(queue, consumer.handle):
            for hint in hints:
                await queue.put(hint, NOW)
                await asyncio.sleep(0)
            await consumer.sees(hints[0])


async def test_a_wrong_password_is_named_and_not_shown(server: Redis, caplog: pytest.LogCaptureFixture) -> None:
    secret = "canary-password"
    async with opened(f"redis://:{secret}@127.0.0.1:{server.port}/0") as queue, consuming(queue, Consumer().handle):
        why = await is_refused(queue)
        with pytest.raises(Unavailable) as refused:
            await queue.ready()
        await asyncio.sleep(0.3)

    assert "password of REDIS_URL" in why
    assert "password of REDIS_URL" in str(refused.value)
    assert secret not in why + str(refused.value) + caplog.text
    assert refused.value.__cause__ is None


async def test_redis_holds_ids_and_json_and_nothing_is_left_behind(server: Redis) -> None:
    consumer = Consumer()
    async with opened(server.url) as queue, Client.from_url(server.url) as client:
        await queue.put(conversation(1), timedelta(milliseconds=100))
        await asyncio.sleep(0.3)
        [job] = [await client.get(key) for key in await client.keys("arq:job:*")]
        async with consuming(queue, consumer.handle):
            await consumer.sees(conversation(1))
            async with asyncio.timeout(PATIENCE):
                while any(not key.startswith(b"test:") for key in await client.keys("*")):  # noqa: ASYNC110 - Redis's
                    await asyncio.sleep(0.02)
        left = await client.keys("*")

    assert json.loads(job)["a"] == [["main", "conversation-1"]]
    assert left == []


class Bomb:
    """What unpickling would run."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


async def test_what_others_write_into_the_queue_stops_nothing_and_is_not_run(
    server: Redis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    consumer, mark = Consumer(), tmp_path / "mark"
    told = settings(server.url)
    jobs = {
        "pickled": pickle.dumps({"t": None, "f": "wake", "a": [Bomb(mark)], "k": {}, "et": 0}),
        "unknown": b'{"t":null,"f":"other","a":[],"k":{},"et":0}',
        "strange": b'{"t":null,"f":"wake","a":[7,[],["a","b","c"],[1,"x"],{"a":1}],"k":{"x":1},"et":0}',
        "garbage": b"\xff\xfe",
        "list": b"[]",
        "long": json.dumps({"t": None, "f": "wake", "a": [["main", "x" * 5000]], "k": {}, "et": 0}).encode(),
        "no time": b'{"t":null,"f":"wake","a":[],"k":{},"et":"now"}',
        "no such time": b'{"t":null,"f":"wake","a":[],"k":{},"et":1e40}',
        "no number": b'{"t":"x","f":"wake","a":[],"k":{},"et":0}',
        "no name": b'{"t":null,"f":["wake"],"a":[],"k":{},"et":0}',
    }
    async with ArqQueue(told, turn_limit=10) as queue, Client.from_url(server.url) as client:
        for name, job in jobs.items():
            await client.set(f"arq:job:{name}", job)
            await client.zadd(told.arq_queue_name, {name: time() * 1000})
        await client.zadd(told.arq_queue_name, {"without a job": time() * 1000, b"\xff no text": time() * 1000})
        await client.zadd(told.arq_queue_name, {"never due": -math.inf, "at no time": 0})
        async with consuming(queue, consumer.handle) as task:
            await answers(queue, consumer)
            async with asyncio.timeout(PATIENCE):
                while await client.zcard(told.arq_queue_name) > 2:  # noqa: ASYNC110 - Redis's
                    await asyncio.sleep(0.02)
            assert not task.done()

    assert consumer.came.keys() == {conversation(1)}
    assert not mark.exists()
    assert [record for record in caplog.records if record.name == "recado.arq"] == []


async def test_two_consumers_share_the_hints(server: Redis) -> None:
    told = settings(server.url)
    one, other = Consumer(), Consumer()
    hints = [conversation(n) for n in range(400)]
    async with (
        ArqQueue(told, turn_limit=100) as queue,
        consuming(queue, one.handle),
        consuming(queue, other.handle),
    ):
        for n, hint in enumerate(hints):
            await queue.put(hint, NOW)
            if n % 5 == 4:
                await asyncio.sleep(0.015)
        await until(lambda: one.came.keys() | other.came.keys() == set(hints))

    assert one.came
    assert other.came


async def test_what_waits_in_a_redis_that_nobody_works_stays_bounded(
    server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.arq.sending._MOST_THERE", 5)
    told = settings(server.url)
    async with ArqQueue(told, turn_limit=100) as queue, Client.from_url(server.url) as client:
        why = ""
        async with asyncio.timeout(PATIENCE):
            while not why:
                try:
                    await queue.put(conversation(1), NOW)
                except Unavailable as error:
                    why = str(error)
                await asyncio.sleep(0.02)
        assert "is a worker running?" in why
        assert await client.zcard(told.arq_queue_name) < 50


async def test_what_was_put_is_written_before_the_queue_closes(server: Redis) -> None:
    told = settings(server.url)
    async with ArqQueue(told, turn_limit=100) as queue:
        await queue.put(conversation(1), timedelta(hours=1))

    async with Client.from_url(server.url) as client:
        assert await client.zcard(told.arq_queue_name) == 1
