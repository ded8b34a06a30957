"""How a server inside the loop ends: what becomes of the requests that are in flight."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.types import Receive, Scope, Send

from entrypoints.serving import bind_near, serving

WITHIN = 20.0


class Slow:
    """Answers when it is let go; counts the requests that have reached it, and those that were broken off."""

    def __init__(self) -> None:
        self.goes = asyncio.Event()
        self.reached = asyncio.Event()
        self.broken_off = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached.set()
        try:
            await self.goes.wait()
        except asyncio.CancelledError:
            self.broken_off += 1
            raise
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"whole"})


@pytest.fixture
def slow() -> Slow:
    return Slow()


@asynccontextmanager
async def asked(slow: Slow, *, drain: float) -> AsyncIterator[asyncio.Task[bytes]]:
    """The server and a request on its way to an answer, beside a connection that asks for nothing."""
    listening = bind_near("127.0.0.1", 0)
    port: int = listening.getsockname()[1]

    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return answer

    def died() -> None:
        raise AssertionError("it ended by itself")

    async with asyncio.timeout(WITHIN), serving(slow, listening, drain=drain, on_death=died):
        _, idle = await asyncio.open_connection("127.0.0.1", port)
        asking = asyncio.create_task(ask())
        await slow.reached.wait()
        yield asking
    idle.close()


async def test_a_request_in_flight_is_answered_before_the_server_ends(slow: Slow) -> None:
    async with asked(slow, drain=10) as asking:
        asyncio.get_running_loop().call_later(0.1, slow.goes.set)

    assert (await asking).endswith(b"whole\r\n0\r\n\r\n")
    assert slow.broken_off == 0


async def test_a_request_that_takes_longer_than_it_may_is_broken_off(slow: Slow) -> None:
    async with asked(slow, drain=1) as asking:
        pass

    assert b" 500 " in (await asking).partition(b"\r\n")[0]
    assert slow.broken_off == 1


async def test_without_a_drain_nothing_is_waited_for(slow: Slow) -> None:
    async with asked(slow, drain=0) as asking:
        pass

    assert b" 503 " in (await asking).partition(b"\r\n")[0]
    assert slow.broken_off == 1
