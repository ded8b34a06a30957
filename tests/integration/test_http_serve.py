"""The HTTP app on a real socket: what a hostile or slow client gets, and that it costs nobody else anything."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

RECADO = Path(sys.executable).with_name("recado")
WITHIN = 20.0
TOKEN = "canary-token-0815"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


class Served:
    """A running `recado serve`."""

    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.port = port

    async def send(self, *pieces: bytes | float) -> bytes:
        """Send pieces, with pauses, and read until the server closes, or for as long as it takes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for piece in pieces:
                if isinstance(piece, bytes):
                    writer.write(piece)
                    await writer.drain()
                else:
                    await asyncio.sleep(piece)
            return await asyncio.wait_for(reader.read(), WITHIN)
        except ConnectionError:
            return await reader.read()
        finally:
            writer.close()

    async def post(self, body: bytes, *, headers: str = FORM, path: str = "/webhooks/twilio/main") -> bytes:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        return await self.send(head.encode() + body)

    async def end(self) -> str:
        """Stop it; answers what it logged."""
        self.process.send_signal(signal.SIGTERM)
        _, err = await asyncio.wait_for(self.process.communicate(), WITHIN)
        return err.decode()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RECADO_", "TWILIO_"))}
    process = await asyncio.create_subprocess_exec(
        RECADO,
        "serve",
        cwd=tmp_path,
        env={
            **kept,
            "RECADO_PORT": str(port),
            "RECADO_LOG_LEVEL": "debug",
            "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_FROM": "+14155550100",
        },
        stderr=PIPE,
    )
    assert process.stderr is not None
    async with asyncio.timeout(WITHIN):
        while b'"serving"' not in (line := await process.stderr.readline()):
            assert line, "it ended before it served"
    yield Served(process, port)
    if process.returncode is None:
        process.kill()
    await process.wait()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


async def test_hostile_requests_get_a_status_and_no_more(served: Served) -> None:
    canary = b"Body=canary-text&From=%2B5511987654321"
    answers = {
        "unsigned": await served.post(canary),
        "wrong signature": await served.post(canary, headers=FORM + "X-Twilio-Signature: canaryAAAA=\r\n"),
        "unknown line": await served.post(canary, path="/webhooks/twilio/canary-line"),
        "unknown channel": await served.post(canary, path="/webhooks/canary-channel/main"),
        "compressed": await served.post(canary, headers=FORM + "Content-Encoding: gzip\r\n"),
        "oversized": await served.post(b"x" * 70_000),
        "other type": await served.post(canary, headers="Content-Type: text/plain\r\n"),
        "no type": await served.post(canary, headers=""),
        "chunked and oversized": await served.send(
            f"POST /webhooks/twilio/main HTTP/1.1\r\nHost: x\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n".encode(),
            b"10000\r\n" + b"x" * 65536 + b"\r\n",
            b"10\r\n" + b"x" * 16 + b"\r\n",
        ),
        "get": await served.send(b"GET /webhooks/twilio/main HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        "not http": await served.send(b"\x16\x03\x01canary\r\n\r\n"),
        "alive": await served.send(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    }
    logged = await served.end()

    assert {name: status(answer) for name, answer in answers.items()} == {
        "unsigned": 403,
        "wrong signature": 403,
        "unknown line": 403,
        "unknown channel": 403,
        "compressed": 415,
        "oversized": 413,
        "other type": 415,
        "no type": 415,
        "chunked and oversized": 413,
        "get": 405,
        "not http": 400,
        "alive": 200,
    }
    assert served.process.returncode == 0
    for answer in answers.values():
        assert b"canary" not in answer
        assert b"Traceback" not in answer
        assert b"\r\nserver:" not in answer
    for hidden in ("canary", "5511987654321", "Traceback", TOKEN):
        assert hidden not in logged


async def test_headers_without_end_are_cut_off_and_others_are_served(served: Served) -> None:
    flood = b"GET /readyz HTTP/1.1\r\nHost: x\r\n" + b"X-Filler: " + b"x" * 1000 + b"\r\n"
    more = b"".join(b"X-%d: " % n + b"x" * 1000 + b"\r\n" for n in range(400))

    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    ended = False
    try:
        writer.write(flood + more)
        await writer.drain()
        ended = await asyncio.wait_for(reader.read(), 5) == b""
    except ConnectionError:
        ended = True
    finally:
        writer.close()

    assert ended
    assert status(await served.send(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) == 200


async def test_a_slow_body_is_given_up_after_the_deadline_while_others_are_served(served: Served) -> None:
    head = f"POST /webhooks/twilio/main HTTP/1.1\r\nHost: x\r\n{FORM}Content-Length: 1000\r\n\r\n".encode()
    begun = time.monotonic()

    drops: list[bytes | float] = [1.0, b"x"]
    slow = [asyncio.create_task(served.send(head, b"Body=", *drops * 4)) for _ in range(50)]
    await asyncio.sleep(1)
    quick = time.monotonic()
    alive = await served.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    took = time.monotonic() - quick
    answers = await asyncio.gather(*slow)

    assert {status(answer) for answer in answers} == {408}
    assert 4.5 < time.monotonic() - begun < 9
    assert status(alive) == 200
    assert took < 1
    assert "Traceback" not in await served.end()


async def test_headers_that_never_end_are_given_up(served: Served) -> None:
    begun = time.monotonic()

    nothing, half = await asyncio.gather(
        served.send(0.0), served.send(b"POST /webhooks/twilio/main HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    )

    assert (nothing, half) == (b"", b"")
    assert 9 < time.monotonic() - begun < 14


async def test_a_client_that_leaves_in_the_middle_leaves_no_trace(served: Served) -> None:
    for _ in range(5):
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(
            f"POST /webhooks/twilio/main HTTP/1.1\r\nHost: x\r\n{FORM}Content-Length: 50\r\n\r\nBody=".encode()
        )
        await writer.drain()
        writer.transport.abort()
    await asyncio.sleep(0.2)

    ready = await served.send(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    logged = await served.end()

    assert json.loads(ready.partition(b"\r\n\r\n")[2])["ready"] is True
    assert [line for line in logged.splitlines() if json.loads(line)["level"] in ("warning", "error")] == []
