"""Both commands that run a worker, `recado worker` and arq's own, over a Redis that fails them in every way."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis as Client

from entrypoints.stack import Redis, redis
from tests.integration.openai_server import Rule
from tests.integration.stage import ANA, RECADO, Process, Stage, stage, until

COMMANDS = pytest.mark.parametrize("command", ["recado", "arq"])
PEOPLE = 60
APART_S = 0.2
SLOWEST_S = 5.0
"""Of a webhook, on a machine that is busy with something else; it takes a few milliseconds."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Redis]:
    async with redis(tmp_path / "redis") as server:
        yield server


def hook_up(play: Stage, server: Redis) -> None:
    """The store is `sqlite`, which one worker may work."""
    play.env |= {"RECADO_QUEUE": "arq", "REDIS_URL": server.url, "ARQ_WORKER_NAME": "w", "RECADO_SWEEP_S": "1"}


async def worker(play: Stage, command: str) -> Process:
    """Start one, and wait until it works."""
    if command == "arq":
        path = "entrypoints.worker.WorkerSettings"
        started = await play.start(path, program=RECADO.with_name("arq"))
    else:
        started = await play.start("worker")
    await until(lambda: '"working"' in started.log.read_text() or started.process.returncode is not None, within=60)
    assert started.process.returncode is None, started.log.read_text()
    return started


async def is_alive(server: Redis) -> None:
    """Wait until the worker has told Redis that it lives."""
    async with Client.from_url(server.url) as client, asyncio.timeout(20):
        while not await client.exists("recado:wakes:health:w"):  # noqa: ASYNC110 - another process's work
            await asyncio.sleep(0.05)


def person(n: int) -> str:
    return f"whatsapp:+55119{n:08}"


async def everybody_writes(play: Stage) -> list[str]:
    """One after the other. Gives what was wrong with their webhooks."""
    wrong = []

    async def writes(n: int) -> None:
        await asyncio.sleep(n * APART_S)
        begun = time.monotonic()
        message = await play.emulator.write(person(n), "hello")
        took = time.monotonic() - begun
        if message.error is not None or took > SLOWEST_S:
            wrong.append(f"{n} after {took:.1f} s: {message.error}")

    await asyncio.gather(*map(writes, range(PEOPLE)))
    return wrong


async def fail(server: Redis, how: str) -> None:
    """Three seconds of a Redis that is of no use."""
    match how:
        case "flushed":
            async with Client.from_url(server.url) as client:
                for _ in range(30):
                    await client.flushall()
                    await asyncio.sleep(0.1)
        case "killed":
            await server.kill()
            await asyncio.sleep(3)
            await server.start()
        case "frozen":
            server.freeze()
            await asyncio.sleep(3)
            server.thaw()


@COMMANDS
async def test_everybody_is_answered_once_while_redis_fails(tmp_path: Path, server: Redis, command: str) -> None:
    async with stage(tmp_path, Rule(say="Hi!"), delay=0.3) as play:
        hook_up(play, server)
        app = await play.start()
        working = await worker(play, command)
        writing = asyncio.create_task(everybody_writes(play))
        for how in ("flushed", "killed", "frozen"):
            await asyncio.sleep(1)
            await fail(server, how)

        assert await writing == []
        await until(lambda: all(play.heard(person(n)) for n in range(PEOPLE)), within=40)
        assert [play.heard(person(n)) for n in range(PEOPLE)] == [["Hi!"]] * PEOPLE
        assert set(play.copies().values()) == {1}
        await is_alive(server)
        assert (app.process.returncode, working.process.returncode) == (None, None)
        told = working.log.read_text() + app.log.read_text()
        assert told.count("no hints come") <= 2
        assert "Traceback" not in told
        assert server.url.split(":")[2].partition("@")[0] not in told


@COMMANDS
async def test_without_redis_everything_starts_and_the_sweep_answers(
    tmp_path: Path, server: Redis, command: str
) -> None:
    await server.kill()
    async with stage(tmp_path, Rule(say="Hi!")) as play:
        hook_up(play, server)
        app = await play.start(wait=False)
        await until(lambda: '"serving"' in app.log.read_text(), within=60)
        await worker(play, command)

        assert (await play.emulator.write(ANA, "hello")).error is None
        await play.emulator.hears(ANA, within=20)

        await server.start()
        await is_alive(server)
        await play.ready(app)


@pytest.mark.parametrize(("command", "redis_is"), [("recado", "frozen"), ("arq", "frozen"), ("arq", "there")])
async def test_a_hint_begins_a_turn_and_sigterm_lets_it_finish(
    tmp_path: Path, server: Redis, command: str, redis_is: str
) -> None:
    async with stage(tmp_path, Rule(say="Hi!"), delay=3.0) as play:
        hook_up(play, server)
        play.env["RECADO_SWEEP_S"] = "300"
        await play.start()
        working = await worker(play, command)
        await play.emulator.write(ANA, "hello")
        await until(lambda: len(play.model.requests) == 1, within=60)
        if redis_is == "frozen":
            server.freeze()
            await asyncio.sleep(0.2)

        code = await working.stop(within=60)

        assert code == 0, working.log.read_text()
        assert "Traceback" not in working.log.read_text()
        assert play.query("select state, attempts from turn") == [("committed", 0)]
        assert play.heard() == ["Hi!"]


async def test_arqs_command_says_what_is_wrong_with_the_set_up(tmp_path: Path, server: Redis) -> None:
    async with stage(tmp_path) as play:
        hook_up(play, server)
        texts = {}
        for name, wrong in {
            "queue": {"RECADO_QUEUE": "inline"},
            "url": {"REDIS_URL": "http://canary:canary@host"},
            "channel": {"TWILIO_ACCOUNT_SID": "canary"},
        }.items():
            process = await play.start("entrypoints.worker.WorkerSettings", wrong, program=RECADO.with_name("arq"))
            assert await asyncio.wait_for(process.process.wait(), 30) == 1
            texts[name] = process.log.read_text()

    assert "RECADO_QUEUE=inline" in texts["queue"]
    assert "REDIS_URL: must begin with redis://" in texts["url"]
    assert "TWILIO_ACCOUNT_SID" in texts["channel"]
    assert "Traceback" not in "".join(texts.values())
    assert "canary" not in texts["url"]
