"""The real commands on one PostgreSQL and one Redis, as on several machines.

While workers come and go, and are killed, every message is answered once and in order.
"""

import asyncio
import random
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg

from entrypoints.stack import redis
from tests.integration.balancer import balancing
from tests.integration.openai_server import Rule
from tests.integration.stage import RECADO, WHATSAPP, Process, Stage, stage, until

ARQ = RECADO.parent / "arq"
PEOPLE, TEXTS = 24, 4
OVER_S = 10.0
"""How long the people write, at random moments of it."""

UNFINISHED = """
select (select count(*) from recado.message where status in ('pending', 'queued', 'sending', 'uncertain'))
"""
UNANSWERED = "select count(*) from recado.message where direction = 'inbound' and status <> 'answered'"
INBOUND = "select count(*) from recado.message where direction = 'inbound'"
OVERLAPPING = """
select count(*) from recado.turn a join recado.turn b using (workspace, conversation)
where a.state = 'committed' and b.state = 'committed' and a.opened_in < b.opened_in and a.read_to >= b.read_to
"""


class Fleet:
    """Processes of Recado on one database and one Redis, behind a load balancer."""

    def __init__(self, play: Stage, url: str, ports: Sequence[int], database: str) -> None:
        self.play = play
        self.url = url
        self._ports = ports
        self._database = database

    async def serve(self, which: int) -> Process:
        port = self._ports[which]
        env = {"RECADO_PORT": str(port)}
        return await self.play.start("serve", env, url=f"http://127.0.0.1:{port}")

    async def worker(self, *, stock: bool = False) -> Process:
        """`recado worker`, or arq's own command, at work."""
        command, program = ("entrypoints.worker.WorkerSettings", ARQ) if stock else ("worker", RECADO)
        process = await self.play.start(command, program=program)
        await until(lambda: '"working"' in process.log.read_text(), within=60)
        return process

    async def ask(self, sql: str) -> int:
        connection = await asyncpg.connect(self._database)
        try:
            found: int = await connection.fetchval(sql)
            return found
        finally:
            await connection.close()

    async def until_finished(self, within: float) -> None:
        async with asyncio.timeout(within):
            while await self.ask(UNFINISHED) or await self.ask(INBOUND) == 0:  # noqa: ASYNC110 - another process's work
                await asyncio.sleep(0.2)


@asynccontextmanager
async def fleet(folder: Path, database: str, *rules: Rule, delay: float) -> AsyncIterator[Fleet]:
    """Nothing runs yet but the servers, the balancer, the provider and the model."""
    async with AsyncExitStack() as stack:
        play = await stack.enter_async_context(stage(folder, *rules, delay=delay))
        wakes = await stack.enter_async_context(redis(folder / "redis"))
        with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
            ports = [free.getsockname()[1] for free in (one, two)]
        backends = [f"http://127.0.0.1:{port}" for port in ports]
        url = await stack.enter_async_context(balancing(backends))
        play.url = url
        play.env |= {
            "RECADO_STORE": "postgres",
            "RECADO_QUEUE": "arq",
            "RECADO_PUBLIC_URL": url,
            "RECADO_LEASE_S": "2",
            "DATABASE_URL": database,
            "REDIS_URL": wakes.url,
        }
        play.hook_up("twilio")
        yield Fleet(play, url, ports, database)


def person(n: int) -> str:
    return f"whatsapp:+55119{n:08}"


async def _everybody_writes(play: Stage) -> list[str]:
    """Each person's texts are numbered and come in order, at random moments. Gives the errors of their webhooks."""
    moments = random.Random(7)

    async def writes(n: int) -> list[str]:
        waits = sorted(moments.uniform(0, OVER_S) for _ in range(TEXTS))
        errors = []
        for number, (at, before) in enumerate(zip(waits, [0.0, *waits], strict=False), start=1):
            await asyncio.sleep(at - before)
            message = await play.emulator.write(person(n), f"text {number}", to=WHATSAPP)
            if message.error is not None:
                errors.append(str(message.error))
        return errors

    return [error for errors in await asyncio.gather(*map(writes, range(PEOPLE))) for error in errors]


def _numbers(play: Stage, n: int) -> list[int]:
    return [int(message.body.rpartition(" ")[2]) for message in play.emulator.received(person(n))]


async def test_workers_come_and_go_and_every_message_is_answered_once_and_in_order(
    tmp_path: Path, database: str
) -> None:
    rules = (Rule(when=r"text (?P<number>\d+)", say="answer to {number}"),)
    async with fleet(tmp_path, database, *rules, delay=0.5) as machines:
        play = machines.play
        first, _ = await asyncio.gather(machines.serve(0), machines.serve(1))
        stopped, killed, _ = [
            await machines.worker(),
            await machines.worker(),
            await machines.worker(stock=True),
        ]
        writing = asyncio.create_task(_everybody_writes(play))

        await asyncio.sleep(OVER_S * 0.2)
        added = await machines.worker()
        await asyncio.sleep(OVER_S * 0.2)
        assert await stopped.stop(signal.SIGTERM) == 0
        await asyncio.sleep(OVER_S * 0.1)
        killed.process.kill()
        await asyncio.sleep(OVER_S * 0.1)
        assert await first.stop(signal.SIGTERM) == 0  # one machine's HTTP process is deployed anew
        await machines.serve(0)
        await machines.worker()

        assert await writing == []
        await machines.until_finished(within=90)
        await asyncio.sleep(2)  # what would be said twice has time to be said

        assert await machines.ask(INBOUND) == PEOPLE * TEXTS
        assert await machines.ask(UNANSWERED) == 0
        assert await machines.ask(OVERLAPPING) == 0
        assert set(play.copies().values()) == {1}
        for n in range(PEOPLE):
            numbers = _numbers(play, n)
            assert numbers == sorted(set(numbers)), f"person {n} heard {numbers}"
            assert numbers[-1] == TEXTS, f"person {n} heard {numbers}"
        assert added.process.returncode is None, added.log.read_text()


async def test_a_killed_workers_turns_are_taken_over_after_the_lease(tmp_path: Path, database: str) -> None:
    async with fleet(tmp_path, database, Rule(say="Hi!", delay=5, times=1), Rule(say="Hi!"), delay=0) as machines:
        play = machines.play
        await machines.serve(0)
        killed = await machines.worker()
        await play.emulator.write(person(1), "hello")
        await until(lambda: len(play.model.requests) == 1)

        killed.process.kill()
        await machines.worker()

        # arq alone would lock the job of the dead for minutes.
        assert [message.body for message in await play.emulator.hears(person(1), within=30)] == ["Hi!"]
        await machines.until_finished(within=30)
        assert set(play.copies().values()) == {1}


async def test_every_process_killed_at_once_loses_nothing(tmp_path: Path, database: str) -> None:
    rules = (Rule(when=r"text (?P<number>\d+)", say="answer to {number}"),)
    async with fleet(tmp_path, database, *rules, delay=3.0) as machines:
        play = machines.play
        running = [await machines.serve(0), await machines.worker(), await machines.worker()]
        messages = await asyncio.gather(*(play.emulator.write(person(n), "text 1", to=WHATSAPP) for n in range(PEOPLE)))
        assert [message.error for message in messages] == [None] * PEOPLE
        await until(lambda: len(play.model.requests) > PEOPLE // 3)

        for process in running:
            process.process.kill()
        await asyncio.gather(machines.serve(0), machines.worker())

        await machines.until_finished(
            within=240
        )  # a send that nobody saw end is looked into, at the latest after 180 s
        assert [_numbers(play, n) for n in range(PEOPLE)] == [[1]] * PEOPLE
        assert set(play.copies().values()) == {1}
