"""A database that cannot be written to, or has not the schema that is needed, is not ready, and says why."""

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from adapters.supabase.connections import connected
from adapters.supabase.direct import direct_calls
from adapters.supabase.health import check_schema, ready
from adapters.supabase.migrating import migrate
from adapters.supabase.rest import rest_calls
from core.errors import Permanent, Unavailable
from entrypoints.stack import postgres
from tests.servers import RestAt

pytestmark = pytest.mark.servers

VERSION = "select pg_get_functiondef('public.recado_version_v1(text, jsonb)'::regprocedure)"


async def told(url: str, sql: str) -> object:
    async with connected(url) as connection:
        return await connection.fetchval(sql)


@asynccontextmanager
async def older(url: str) -> AsyncIterator[None]:
    """The database as an older application made it."""
    newest = str(await told(url, VERSION))
    await told(url, newest.replace("'version', 1", "'version', 0"))
    try:
        yield
    finally:
        await told(url, newest)


@asynccontextmanager
async def set_to(url: str, setting: str, value: str) -> AsyncIterator[None]:
    """Every new session has it."""
    name = url.rpartition("/")[2]
    async with connected(url) as connection:
        await connection.execute(f"alter database {name} set {setting} = {value}")
        try:
            yield
        finally:
            await connection.execute(f"alter database {name} reset {setting}")


def only_reading(url: str) -> AbstractAsyncContextManager[None]:
    """The database as a hoster leaves it when its disk is full."""
    return set_to(url, "default_transaction_read_only", "on")


async def test_a_database_that_may_be_written_to_is_ready(database: str, rest: RestAt) -> None:
    async with direct_calls(database, turn_limit=2) as calls:
        await check_schema(calls)
        await ready(calls)
        first = await told(database, "select value from recado.counter where name = 'checked_at'")
        await ready(calls)
    async with rest_calls(rest.url, rest.secret_key, turn_limit=2) as calls:
        await ready(calls)

    last = await told(database, "select value from recado.counter where name = 'checked_at'")
    assert isinstance(first, int)
    assert isinstance(last, int)
    assert first < last


async def test_a_database_that_only_reads_is_not_ready(database: str) -> None:
    async with only_reading(database), direct_calls(database, turn_limit=2) as calls:
        await check_schema(calls)
        with pytest.raises(Unavailable, match="the database only reads: its disk may be full"):
            await ready(calls)


async def test_a_standby_is_not_ready(tmp_path: Path) -> None:
    async with postgres(tmp_path, durable=True) as server:
        await migrate(server.url)
        await server.stop()
        data = tmp_path / "data"
        standby = data / "standby.signal"
        standby.touch()
        os.chown(standby, data.stat().st_uid, data.stat().st_gid)
        await server.start()

        async with direct_calls(server.url, turn_limit=2) as calls:
            await check_schema(calls)
            with pytest.raises(Unavailable, match="the database is a standby"):
                await ready(calls)


async def test_a_database_without_the_schema_is_not_ready(empty_database: str) -> None:
    async with direct_calls(empty_database, turn_limit=2) as calls:
        with pytest.raises(Permanent, match="recado migrate"):
            await check_schema(calls)
        with pytest.raises(Unavailable, match="recado migrate"):
            await ready(calls)


async def test_a_database_with_an_older_schema_is_not_ready(database: str) -> None:
    async with older(database), direct_calls(database, turn_limit=2) as calls:
        with pytest.raises(Permanent, match="version 0, and 1 is needed: run `recado migrate`"):
            await check_schema(calls)
        with pytest.raises(Unavailable, match="version 0, and 1 is needed: run `recado migrate`"):
            await ready(calls)


async def test_a_database_that_answers_before_it_has_written_is_not_ready(database: str) -> None:
    async with set_to(database, "synchronous_commit", "off"), direct_calls(database, turn_limit=2) as calls:
        with pytest.raises(Permanent, match="synchronous_commit"):
            await check_schema(calls)
        with pytest.raises(Unavailable, match="synchronous_commit"):
            await ready(calls)

    async with set_to(database, "synchronous_commit", "local"), direct_calls(database, turn_limit=2) as calls:
        await check_schema(calls)
