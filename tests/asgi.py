"""Drives an ASGI app without a socket: the body in pieces, as slowly as a test wants, and what was answered."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Scope

Pieces = Iterable[bytes | float | None]
"""Bytes that arrive, seconds until the next piece, or None: the client goes away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the app answered; `status` 0: nothing."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def call(
    app: ASGIApp,
    method: str,
    path: str,
    *,
    query: bytes = b"",
    headers: Mapping[str, str] | None = None,
    pieces: Pieces = (b"",),
) -> Answer:
    """One request. The last piece ends the body; nothing more comes after it."""
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": raw,
        "client": ("192.0.2.1", 1),
        "server": ("inside", 80),
        "state": {},
    }
    arriving = _arriving(list(pieces))
    said: list[Message] = []

    async def receive() -> Message:
        return await anext(arriving)

    async def send(message: Message) -> None:
        said.append(message)

    await app(scope, receive, send)
    starts = [message for message in said if message["type"] == "http.response.start"]
    assert len(starts) <= 1, "an answer has one beginning"
    return Answer(
        status=starts[0]["status"] if starts else 0,
        headers={name.decode(): value.decode() for name, value in (starts[0]["headers"] if starts else [])},
        body=b"".join(message.get("body", b"") for message in said if message["type"] == "http.response.body"),
    )


async def _arriving(pieces: list[bytes | float | None]) -> AsyncIterator[Message]:
    last = max((place for place, piece in enumerate(pieces) if isinstance(piece, bytes)), default=-1)
    for place, piece in enumerate(pieces):
        if piece is None:
            yield {"type": "http.disconnect"}
        elif isinstance(piece, bytes):
            whole = place == last and None not in pieces
            yield {"type": "http.request", "body": piece, "more_body": not whole}
        else:
            await asyncio.sleep(piece)
    await asyncio.Event().wait()


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
    """Run the app's start and stop around the block. Raises `RuntimeError` with what a failed start says."""
    given: asyncio.Queue[Message] = asyncio.Queue()
    said: asyncio.Queue[Message] = asyncio.Queue()
    scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    task = asyncio.ensure_future(app(scope, given.get, said.put))
    await given.put({"type": "lifespan.startup"})
    answer = await said.get()
    if answer["type"] != "lifespan.startup.complete":
        raise RuntimeError(answer.get("message", ""))
    yield
    await given.put({"type": "lifespan.shutdown"})
    await said.get()
    await task
