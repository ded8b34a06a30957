"""The real servers of a test run: one set for all of its processes, started when first asked for, stopped at its end.

They belong to the process that began the run. Under pytest-xdist its workers ask it through a socket in a folder that
it made; were it killed, the guard of `entrypoints.stack` ends them.
"""

import asyncio
import json
import shutil
import socket
import tempfile
import threading
import uuid
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from core.errors import RecadoError
from entrypoints.stack import Postgres, Redis, postgres, redis, rest
from entrypoints.stack.guarding import Guard, guarding

T = TypeVar("T")

_TEMPLATE = "template_recado"
_ANSWER_WITHIN = 400.0
"""Seconds: the first REST server of a machine waits for npm."""

_EMPTY = """
do $$
declare
    found record;
begin
    set local session_replication_role = replica;
    set local role recado_owner;
    for found in select tablename from pg_catalog.pg_tables where schemaname = 'recado' loop
        execute format('delete from recado.%I', found.tablename);
    end loop;
end $$;
"""
"""Small tables are emptied ten times faster by deleting than by TRUNCATE; the role `replica` minds no foreign keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresAt:
    """The run's PostgreSQL."""

    url: str
    """The database `postgres`, as superuser."""

    def database(self, name: str) -> str:
        """The address of another database of it."""
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()


@dataclass(frozen=True, slots=True, kw_only=True)
class RestAt:
    """A Supabase project's API."""

    url: str
    secret_key: str
    publishable_key: str
    jwt_secret: str


class Servers:
    """What the run has started, in a thread with a loop of its own. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="recado-tests-"))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="servers", daemon=True)
        self._stack = AsyncExitStack()
        self._lock = asyncio.Lock()
        self._guard: Guard | None = None
        self._postgres: Postgres | None = None
        self._redis: Redis | None = None
        self._rests: dict[str, AsyncExitStack] = {}
        self._has_template = False
        self._thread.start()

    @property
    def door(self) -> Path:
        """The socket at which other processes ask."""
        return self._folder / "door"

    def open_door(self) -> None:
        """Let the other processes of this run ask."""
        self._wait(self._open_door())

    def close(self) -> None:
        """Stop everything."""
        self._wait(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def ask(self, what: str, **details: Any) -> Any:
        """What a request answers: a string, a mapping or nothing. Raises `RecadoError` as the servers do."""
        return self._wait(self._asked(what, details))

    async def _asked(self, what: str, details: Mapping[str, Any]) -> Any:
        match what:
            case "postgres":
                return (await self._the_postgres()).url
            case "redis":
                return (await self._the_redis()).url
            case "database":
                return await self._make_database(migrated=details["migrated"])
            case "drop":
                return await self._drop(details["database"])
            case "rest":
                return await self._start_rest(details["database"])
            case _:
                raise ValueError(what)

    async def _the_guard(self) -> Guard:
        if self._guard is None:
            self._guard = await self._stack.enter_async_context(guarding())
        return self._guard

    async def _the_postgres(self) -> Postgres:
        async with self._lock:
            if self._postgres is None:
                opening = postgres(self._folder / "postgres", guard=await self._the_guard())
                self._postgres = await self._stack.enter_async_context(opening)
            return self._postgres

    async def _the_redis(self) -> Redis:
        async with self._lock:
            if self._redis is None:
                opening = redis(self._folder / "redis", guard=await self._the_guard())
                self._redis = await self._stack.enter_async_context(opening)
            return self._redis

    async def _make_database(self, *, migrated: bool) -> str:
        server = await self._the_postgres()
        if migrated:
            await self._make_template(server)
        name = f"t{uuid.uuid4().hex[:12]}"
        how = f"template {_TEMPLATE} strategy file_copy" if migrated else ""
        await server.sql(f"create database {name} {how}")
        return server.database(name)

    async def _make_template(self, server: Postgres) -> None:
        from adapters.supabase.migrating import migrate

        async with self._lock:
            if not self._has_template:
                await server.sql(f"drop database if exists {_TEMPLATE}")
                await server.sql(f"create database {_TEMPLATE}")
                await migrate(server.database(_TEMPLATE))
                self._has_template = True

    async def _start_rest(self, database: str) -> Mapping[str, str]:
        name = urlsplit(database).path.strip("/")
        async with AsyncExitStack() as opening:
            server = await opening.enter_async_context(
                rest(self._folder / f"rest-{name}", database, guard=await self._the_guard())
            )
            self._rests[name] = await self._stack.enter_async_context(opening.pop_all())
        return {"url": server.url, **asdict(server.keys)}

    async def _drop(self, database: str) -> None:
        name = urlsplit(database).path.strip("/")
        if name in self._rests:
            await self._rests.pop(name).aclose()
        await (await self._the_postgres()).sql(f"drop database if exists {name} with (force)")

    async def _open_door(self) -> None:
        door = await asyncio.start_unix_server(self._receive, self.door)
        self._stack.callback(door.close)

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = json.loads(await reader.readline())
        try:
            answer = {"answer": await self._asked(asked.pop("what"), asked)}
        except RecadoError as error:
            answer = {"error": str(error)}
        writer.write(json.dumps(answer).encode() + b"\n")
        writer.close()
        await writer.wait_closed()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_ANSWER_WITHIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The servers of the process that began the run, as its workers see them."""

    door: Path

    def ask(self, what: str, **details: Any) -> Any:
        """The same as that of `Servers`."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(_ANSWER_WITHIN)
            client.connect(str(self.door))
            client.sendall(json.dumps({"what": what, **details}).encode() + b"\n")
            with client.makefile("rb") as file:
                told = json.loads(file.readline())
        if "error" in told:
            raise RecadoError(told["error"])
        return told["answer"]

    def close(self) -> None:
        """Nothing here is ours to stop."""


async def afresh(database: str) -> None:
    """Empty every table of Recado in this database."""
    import asyncpg

    connection = await asyncpg.connect(database)
    try:
        await connection.execute(_EMPTY)
    finally:
        await connection.close()


def fresh(database: str) -> None:
    """The same, for where no loop runs."""
    asyncio.run(afresh(database))
