"""The REST API, and what may stand before it or in its place: each answer is judged by what it says."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from adapters.supabase.rest import rest_calls
from core.errors import Permanent, RecadoError, Unavailable
from tests.build import seconds
from tests.servers import RestAt

pytestmark = pytest.mark.servers


async def test_a_wrong_key_is_refused_and_not_told(rest: RestAt) -> None:
    async with rest_calls(rest.url, "sb_secret_of_somebody_else", turn_limit=1) as calls:
        with pytest.raises(Permanent, match="SUPABASE_SECRET_KEY") as raised:
            await calls("version", None, {})

    assert "somebody_else" not in str(raised.value)


async def test_the_key_of_browsers_may_call_nothing(rest: RestAt) -> None:
    async with rest_calls(rest.url, rest.publishable_key, turn_limit=1) as calls:
        with pytest.raises(Permanent, match="SUPABASE_SECRET_KEY"):
            await calls("version", None, {})


async def test_nobody_at_the_address_is_told_at_once() -> None:
    async with rest_calls("http://127.0.0.1:1", "a key", turn_limit=1) as calls:
        with pytest.raises(Unavailable):
            await calls("version", None, {})


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[str]:
    """A server that says these, one to each request, the last for ever, and hangs up."""
    left = list(answers)

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(5):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(left.pop(0) if len(left) > 1 else left[0])
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(await asyncio.start_server(say, "127.0.0.1", 0))
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def in_json(status: int, body: str) -> bytes:
    head = f"HTTP/1.1 {status} .\r\ncontent-type: application/json; charset=utf-8\r\nconnection: close\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n{body}".encode()


NOT_SEEN = in_json(404, '{"code": "PGRST202", "message": "Could not find the function", "details": null, "hint": null}')
DEADLOCK = in_json(500, '{"code": "40P01", "message": "deadlock detected", "details": null, "hint": null}')
ANSWER = in_json(200, '{"version": 1}')


@pytest.mark.parametrize(
    "first", [[b""], [DEADLOCK], [NOT_SEEN], [NOT_SEEN] * 3], ids=["hung up", "a deadlock", "not seen", "not seen yet"]
)
async def test_what_passes_by_itself_is_asked_again(first: list[bytes]) -> None:
    async with answering(*first, ANSWER) as url, rest_calls(url, "a key", turn_limit=1) as calls:
        assert await calls("version", None, {}) == {"version": 1}


@pytest.mark.parametrize("first", [[b""], [DEADLOCK]], ids=["hung up", "a deadlock"])
async def test_what_does_not_pass_is_asked_twice_and_no_more(first: list[bytes]) -> None:
    async with answering(*first, *first, ANSWER) as url, rest_calls(url, "a key", turn_limit=1) as calls:
        with pytest.raises(Unavailable):
            await calls("version", None, {})


PAGE = b"<html>somebody's page</html>"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 28\r\n\r\n" + PAGE, Unavailable),
        (b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 28\r\n\r\n" + PAGE, Permanent),
        (b"HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example\r\ncontent-length: 0\r\n\r\n", Permanent),
        (
            b'HTTP/1.1 503 No\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{"message":"no"}',
            Unavailable,
        ),
        (
            b'HTTP/1.1 503 No\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{"code":503}',
            Unavailable,
        ),
        (b"HTTP/1.1 429 Slowly\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n", Unavailable),
        (b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{", Unavailable),
        (b"this is no HTTP\r\n\r\n", Unavailable),
        (b"", Unavailable),
    ],
    ids=[
        "a gateway's page",
        "a page",
        "elsewhere",
        "no code",
        "own code",
        "too many",
        "broken off",
        "no HTTP",
        "nothing",
    ],
)
async def test_what_is_not_the_rest_server_is_judged_by_what_it_says(answer: bytes, kind: type[RecadoError]) -> None:
    async with answering(answer) as url, rest_calls(url, "a key", turn_limit=1) as calls:
        with pytest.raises(RecadoError) as raised:
            await calls("version", None, {})

    assert type(raised.value) is kind
    assert "somebody" not in str(raised.value)
    assert not isinstance(raised.value, Unavailable) or b"retry-after" not in answer or raised.value.after == seconds(7)


async def test_a_server_that_says_nothing_is_given_up_on() -> None:
    short = httpx.Timeout(connect=1, read=0.2, write=1, pool=1)

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with asyncio.timeout(20), rest_calls(url, "a key", turn_limit=1, patience=short) as calls:
            with pytest.raises(Unavailable, match="in time"):
                await calls("version", None, {})


async def test_a_server_that_does_not_even_read_is_given_up_on() -> None:
    short = httpx.Timeout(connect=0.1, read=0.1, write=0.1, pool=1)

    with socket.create_server(("127.0.0.1", 0)) as deaf:  # the system accepts for it
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        async with asyncio.timeout(20), rest_calls(url, "a key", turn_limit=1, patience=short) as calls:
            with pytest.raises(Unavailable, match="in time"):
                await calls("version", None, {"more than buffers take": "x" * 20_000_000})
