"""A pooler in transaction mode, like Supabase's on port 6543: each transaction gets any session that is free."""

import asyncio
import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import AsyncIterator, Generator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

SYNC, QUERY, TERMINATE = b"S", b"Q", b"X"
AUTHENTICATION, PARAMETER, READY = b"R", b"S", b"Z"
TLS, CANCEL = 80877103, 80877102


class Session:
    """A connection to the server, logged in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, greeting: bytes) -> None:
        self.reader = reader
        self.writer = writer
        self.greeting = greeting
        """What the server said of itself."""


class Pooler:
    """Gives out its sessions in turn, so that hardly any client has the same one twice."""

    def __init__(self, sessions: list[Session]) -> None:
        self._free: asyncio.Queue[Session] = asyncio.Queue()
        self._greeting = sessions[0].greeting
        for session in sessions:
            self._free.put_nowait(session)
        self.transactions = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await _started(reader, writer):
                key = b"K" + struct.pack("!iii", 12, 0x7FFFFFF0, 1)  # no session's own
                writer.write(b"R" + struct.pack("!ii", 8, 0) + self._greeting + key + b"Z\0\0\0\5I")
                while await self._transaction(reader, writer):
                    self.transactions += 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _transaction(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the client asked for one, and did not leave."""
        kind, message = await _message(reader)
        if kind == TERMINATE:
            return False
        session = await self._free.get()
        ready: asyncio.Queue[bytes] = asyncio.Queue()
        answers = asyncio.create_task(_handed_on(session, writer, ready))
        try:
            while True:
                session.writer.write(message)
                if kind in (SYNC, QUERY) and await ready.get() == b"I":
                    return True
                kind, message = await _message(reader)
        finally:
            answers.cancel()
            self._free.put_nowait(session)


async def _handed_on(session: Session, writer: asyncio.StreamWriter, ready: "asyncio.Queue[bytes]") -> None:
    """Hand on what the server says, and tell, whenever it is ready, whether it is in a transaction."""
    while True:
        kind, message = await _message(session.reader)
        writer.write(message)
        if kind == READY:
            ready.put_nowait(message[-1:])


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    return head[:1], head + await reader.readexactly(struct.unpack("!i", head[1:])[0] - 4)


async def _started(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    while True:
        (length,) = struct.unpack("!i", await reader.readexactly(4))
        start = await reader.readexactly(length - 4)
        (code,) = struct.unpack("!i", start[:4])
        if code == TLS:
            writer.write(b"N")
        else:
            return bool(code != CANCEL)


@asynccontextmanager
async def pooling(url: str, *, sessions: int = 3) -> AsyncIterator[tuple[str, Pooler]]:
    """An address at which the database at `url` is shared; whoever comes is let in."""
    async with AsyncExitStack() as stack:
        pooler = Pooler([await _session(stack, url) for _ in range(sessions)])
        server = await stack.enter_async_context(await asyncio.start_server(pooler.serve, "127.0.0.1", 0))
        there = urlsplit(url)
        port = server.sockets[0].getsockname()[1]
        yield there._replace(netloc=f"{there.username}@127.0.0.1:{port}").geturl(), pooler


async def _session(stack: AsyncExitStack, url: str) -> Session:
    there = urlsplit(url)
    reader, writer = await asyncio.open_connection(there.hostname, there.port)
    stack.callback(writer.close)
    words = f"user\0{there.username}\0database\0{there.path[1:]}\0\0".encode()
    writer.write(struct.pack("!ii", len(words) + 8, 196608) + words)
    login = _login(there.password or "")
    greeting = b""
    while True:
        kind, message = await _message(reader)
        if kind == PARAMETER:
            greeting += message
        elif kind == AUTHENTICATION and message[5:9] != _LET_IN:
            said = next(login) if message[5:9] == _WANTED else login.send(message[9:])
            if said:
                writer.write(b"p" + struct.pack("!i", len(said) + 4) + said)
        elif kind == READY:
            return Session(reader, writer, greeting)
        elif kind == b"E":
            raise ConnectionError(message.decode(errors="replace"))


_LET_IN, _WANTED = struct.pack("!i", 0), struct.pack("!i", 10)


def _login(password: str) -> Generator[bytes, bytes, None]:
    """What a client says under SCRAM-SHA-256 (RFC 5802)."""
    bare = b"n=,r=" + secrets.token_hex(9).encode()
    first = b"n,," + bare
    challenge = yield b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first
    given = dict(part.split(b"=", 1) for part in challenge.split(b","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(given[b"s"]), int(given[b"i"]))
    key = _signed(salted, b"Client Key")
    last = b"c=biws,r=" + given[b"r"]
    signature = _signed(hashlib.sha256(key).digest(), b",".join((bare, challenge, last)))
    proof = bytes(one ^ other for one, other in zip(key, signature, strict=True))
    yield last + b",p=" + base64.b64encode(proof)
    yield b""


def _signed(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")
