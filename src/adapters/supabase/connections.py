"""Connections to PostgreSQL itself, straight or through a pooler, and what goes wrong with them in our words."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg

from adapters.supabase import faults
from core.errors import Permanent, RecadoError

_CONNECT_S = 3.0
_WAIT_S = 2.0
"""For one of our connections to be free."""
_ANSWER_S = 5.0
"""The server is told to stop after it."""
_AGAIN_S = 0.02
_CLOSE_S = 5.0
IDLE_S = 60.0
"""Then a connection is closed, before something on the way forgets it and lets the next call wait for nothing."""
_STATEMENTS = 100
"""Prepared and kept by each connection: more than there are functions."""

_TRANSACTION_PORT = ":6543/"
"""Where Supabase's pooler gives each transaction another session."""
_LOOKS = 3
_SESSION = "select pg_backend_pid()"
_NO_MORE = frozenset({"53300", "XX000"})
"""What PostgreSQL, and Supabase's pooler, say to a connection that is one too many."""

VENDOR = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError, ValueError)
"""All that asyncpg raises for what the server or the network does, or for an address that it cannot read."""


class Connections:
    """At most so many, opened when they are needed, and given out in turn."""

    def __init__(self, pool: asyncpg.Pool, at_most: int) -> None:
        self._pool = pool
        # asyncpg's own waiting is not in turn: under load somebody would never get one.
        self._free = asyncio.Semaphore(at_most)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[asyncpg.Connection]:
        """Raises `Unavailable` if none is free in time."""
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._free.acquire()
        except TimeoutError as error:
            raise faults.saturated() from error
        try:
            connection = await self._open()
            try:
                yield connection
            finally:
                await self._pool.release(connection, timeout=_WAIT_S)
        finally:
            self._free.release()

    async def _open(self) -> asyncpg.Connection:
        """If the server has no more connections for us, one of those that are open, once it is free."""
        until = time.monotonic() + _WAIT_S
        while True:
            try:
                return await self._pool.acquire(timeout=_CONNECT_S)
            except asyncpg.PostgresError as error:
                if error.sqlstate not in _NO_MORE or time.monotonic() > until:
                    raise
            await asyncio.sleep(_AGAIN_S)


@asynccontextmanager
async def connections(url: str, *, at_most: int, changing: bool, idle_s: float = IDLE_S) -> AsyncIterator[Connections]:
    """`changing`: a pooler gives each transaction another session, so no statement can stay prepared in one."""
    pool = asyncpg.create_pool(
        url,
        min_size=0,
        max_size=at_most,
        timeout=_CONNECT_S,
        command_timeout=_ANSWER_S,
        max_inactive_connection_lifetime=idle_s,
        statement_cache_size=0 if changing else _STATEMENTS,
        server_settings={"application_name": "recado"},
        reset=_leave,
    )
    async with pool:
        try:
            yield Connections(pool, at_most)
        finally:
            try:
                async with asyncio.timeout(_CLOSE_S):
                    await pool.close()
            except TimeoutError:
                pool.terminate()


async def _leave(connection: Any) -> None:
    """A call leaves nothing in its session, so there is nothing to reset: that would be a round trip for each."""


@asynccontextmanager
async def connected(url: str, *, answer_s: float | None = _ANSWER_S) -> AsyncIterator[asyncpg.Connection]:
    """A connection that prepares nothing, and so can be used through every pooler inside a transaction."""
    connection = await asyncpg.connect(
        url,
        timeout=_CONNECT_S,
        command_timeout=answer_s,
        statement_cache_size=0,
        server_settings={"application_name": "recado"},
    )
    try:
        yield connection
    finally:
        await connection.close(timeout=_CLOSE_S)


async def changes_sessions(url: str) -> bool:
    """Whether what is at this address gives each transaction another session, as a pooler in transaction mode does.

    PostgreSQL itself tells each connection the id of its session at the start; a pooler makes one up. Then, of two
    connections that were never in one session, and each in the same one whatever the other does, none is shared.
    """
    if _TRANSACTION_PORT in url:
        return True
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(connected(url))
        if await _session(one) == one.get_server_pid():
            return False
        other = await stack.enter_async_context(connected(url))
        for _ in range(_LOOKS):
            seen = await _session(one)
            async with other.transaction():
                if await other.fetchval(_SESSION) == seen or await _session(one) != seen:
                    return True
    return False


async def _session(connection: asyncpg.Connection) -> int:
    async with connection.transaction():
        return int(await connection.fetchval(_SESSION))


def may_succeed_at_once(error: Exception) -> bool:
    """On another connection, or in another order: to wait would change nothing."""
    if isinstance(error, asyncpg.PostgresError):
        code = str(error.sqlstate)
        return code in faults.REPEATABLE or code.startswith("08") or code == "57P01"
    return not isinstance(error, TimeoutError | ValueError)


def folded(error: Exception) -> RecadoError:
    """Our error for one of asyncpg's, or of the network under it."""
    if isinstance(error, asyncpg.PostgresError):
        constraint = getattr(error, "constraint_name", None)
        return faults.of_code(str(error.sqlstate), says=str(error.args[0] if error.args else ""), constraint=constraint)
    if isinstance(error, ValueError):
        return Permanent("DATABASE_URL cannot be used: it is postgresql://user:password@host:port/database")
    if isinstance(error, TimeoutError):
        return faults.too_slow()
    return faults.broken_off()
