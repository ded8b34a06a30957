"""A database that stops, freezes, or has no connection left; and a pooler that shares its sessions."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from adapters.supabase.connections import changes_sessions, connected
from adapters.supabase.direct import direct_calls
from adapters.supabase.migrating import migrate
from core.errors import Permanent, RecadoError, Unavailable
from entrypoints.stack import Postgres, postgres
from tests.integration.pooler import pooling

pytestmark = pytest.mark.servers

ECHO = """
create or replace function public.recado_echo_v1(workspace text, args jsonb) returns jsonb
    language sql as $$ select jsonb_build_object('workspace', workspace, 'args', args) $$
"""
SLEEP = """
create or replace function public.recado_sleep_v1(workspace text, args jsonb) returns jsonb
    language sql volatile as $$ select to_jsonb(pg_sleep((args ->> 'seconds')::float) is null) $$
"""
ASLEEP = "select pid from pg_stat_activity where wait_event = 'PgSleep'"
AT_LAST = 30.0
"""Seconds; what is waited for takes one or two."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Postgres]:
    async with postgres(tmp_path) as server:
        async with connected(server.url) as connection:
            await connection.execute(ECHO)
            await connection.execute(SLEEP)
        yield server


async def test_a_database_that_was_restarted_is_asked_again_without_anybody_noticing(server: Postgres) -> None:
    async with direct_calls(server.url, turn_limit=4) as calls:
        await asyncio.gather(*(calls("echo", None, {}) for _ in range(8)), calls("echo", None, {}, urgent=True))

        await server.kill()
        await server.start()

        answers = await asyncio.gather(*(calls("echo", None, {"n": n}) for n in range(8)))
        assert [answer["args"]["n"] for answer in answers] == list(range(8))
        assert await calls("echo", "main", {}, urgent=True) == {"workspace": "main", "args": {}}


async def test_a_call_whose_connection_breaks_is_made_again_on_another(server: Postgres) -> None:
    async with direct_calls(server.url, turn_limit=2) as calls, connected(server.url) as connection:
        call = asyncio.create_task(calls("sleep", None, {"seconds": 0.5}))
        async with asyncio.timeout(AT_LAST):
            while not await connection.fetchval(f"select bool_or(pg_terminate_backend(pid)) from ({ASLEEP}) others"):
                assert not call.done()

        assert await call is False


async def test_a_database_that_is_down_is_told_at_once_and_used_again_when_it_is_back(server: Postgres) -> None:
    async with direct_calls(server.url, turn_limit=4) as calls:
        await calls("echo", None, {})
        await server.kill()

        began = time.monotonic()
        for _ in range(3):
            with pytest.raises(Unavailable):
                await calls("echo", None, {})
        assert time.monotonic() - began < AT_LAST

        await server.start()
        assert (await calls("echo", "main", {}))["workspace"] == "main"


async def test_a_database_that_freezes_is_given_up_on_and_used_again_when_it_moves(server: Postgres) -> None:
    async with direct_calls(server.url, turn_limit=2) as calls:
        await asyncio.gather(*(calls("echo", None, {}) for _ in range(2)))
        server.freeze()
        try:
            async with asyncio.timeout(AT_LAST):
                answers = await asyncio.gather(*(calls("echo", None, {}) for _ in range(5)), return_exceptions=True)
        finally:
            server.thaw()
        assert [type(answer) for answer in answers] == [Unavailable] * 5

        assert await until_answered(calls) == {"workspace": "main", "args": {}}


async def until_answered(calls: object) -> object:
    assert callable(calls)
    async with asyncio.timeout(AT_LAST):
        while True:
            try:
                return await calls("echo", "main", {})
            except Unavailable:
                await asyncio.sleep(0.1)


async def test_a_connection_that_nobody_uses_is_closed(server: Postgres) -> None:
    left = "select count(*) from pg_stat_activity where application_name = 'recado' and pid <> pg_backend_pid()"

    async with direct_calls(server.url, turn_limit=4, idle_s=0.1) as calls, connected(server.url) as watching:
        await asyncio.gather(*(calls("echo", None, {}) for _ in range(8)), calls("echo", None, {}, urgent=True))

        async with asyncio.timeout(AT_LAST):
            while await watching.fetchval(left):  # noqa: ASYNC110 - the server's
                await asyncio.sleep(0.05)
        assert (await calls("echo", "main", {}))["workspace"] == "main"


async def test_nobody_at_the_address_is_no_reason_to_wait() -> None:
    with pytest.raises(Unavailable):
        async with direct_calls("postgresql://somebody@127.0.0.1:1/recado", turn_limit=1):
            pass


async def test_a_wrong_login_is_said_without_its_password(server: Postgres) -> None:
    there = urlsplit(server.url)
    url = there._replace(netloc=f"postgres:what-nobody-knows@127.0.0.1:{server.port}").geturl()

    with pytest.raises(Permanent, match="DATABASE_URL") as raised:
        async with direct_calls(url, turn_limit=1):
            pass

    assert "what-nobody-knows" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["postgresql://u:pass-word@h:port/d", "postgresql://u:pass-word@127.0.0.1:5432/d?sslmode=perhaps"]
)
async def test_an_address_that_cannot_be_read_is_said_without_its_password(url: str) -> None:
    with pytest.raises(RecadoError, match="DATABASE_URL") as raised:
        async with direct_calls(url, turn_limit=1):
            pass

    assert isinstance(raised.value, Permanent)
    assert "pass-word" not in str(raised.value)


async def test_when_the_server_has_no_more_connections_those_that_are_open_are_shared(server: Postgres) -> None:
    async with connected(server.url) as connection:
        await connection.execute("create role few login password 'few' connection limit 2")
    url = urlsplit(server.url)._replace(netloc=f"few:few@127.0.0.1:{server.port}").geturl()

    async with direct_calls(url, turn_limit=8, at_most=8) as calls:
        answers = await asyncio.gather(*(calls("echo", None, {"n": n}) for n in range(100)))

    assert [answer["args"]["n"] for answer in answers] == list(range(100))


# A pooler in transaction mode


async def test_a_pooler_that_shares_sessions_is_known_by_what_it_does(server: Postgres) -> None:
    async with pooling(server.url) as (url, _):
        assert await changes_sessions(url)
    async with pooling(server.url, sessions=1) as (url, _):
        assert await changes_sessions(url)

    assert not await changes_sessions(server.url)


async def test_every_call_is_answered_through_a_pooler_that_shares_sessions(server: Postgres) -> None:
    async with pooling(server.url) as (url, pooler), direct_calls(url, turn_limit=8) as calls:
        before = pooler.transactions
        answers = await asyncio.gather(*(calls("echo", "main", {"n": n}) for n in range(60)))

        assert [answer["args"]["n"] for answer in answers] == list(range(60))
        assert pooler.transactions - before == 60
        assert (await calls("echo", None, {}, urgent=True))["workspace"] is None


async def test_a_pooler_that_shares_sessions_can_be_migrated_through(server: Postgres) -> None:
    async with connected(server.url) as connection:
        await connection.execute("create database fresh")

    async with pooling(server.database("fresh")) as (url, _):
        done = await migrate(url)
        assert len(done) > 10
        assert await migrate(url) == []
        async with direct_calls(url, turn_limit=2) as calls:
            assert (await calls("version", None, {}))["version"] >= 1
