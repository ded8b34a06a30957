"""The schema comes up to date while others use it, again and again, together, and whenever it was stopped."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from adapters.supabase import driver, migrating, postgres
from adapters.supabase.connections import connected
from adapters.supabase.direct import direct_calls
from adapters.supabase.migrating import Migration, migrate, migrations
from adapters.supabase.statements import statements
from adapters.supabase.store import opened
from core.driver import Surroundings
from core.errors import Permanent, Unavailable
from tests.build import BURST, LINE, arrival, phone
from tests.servers import PostgresAt, RestAt

pytestmark = pytest.mark.servers

NAMES = [f"{migration.version}_{migration.name}" for migration in migrations()]
LISTED = "select version, name, statements from supabase_migrations.schema_migrations order by version"

OTHERS = "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"

BY_THE_CLI = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;
"""


@pytest.fixture
async def fresh(postgres_server: PostgresAt) -> AsyncIterator[str]:
    """A database without anything."""
    name = f"fresh_{uuid4().hex}"
    async with connected(postgres_server.url) as connection:
        await connection.execute(f"create database {name}")
        yield postgres_server.database(name)
        await connection.execute(f"drop database {name} with (force)")


async def pushed(url: str, some: list[Migration]) -> None:
    """What `supabase db push` does: each file in a transaction, with its place in the list."""
    async with connected(url) as connection:
        await connection.execute(BY_THE_CLI)
        for migration in some:
            async with connection.transaction():
                for statement in statements(migration.sql):
                    await connection.execute(statement)
                await connection.execute(
                    "insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)",
                    migration.version,
                    migration.name,
                    statements(migration.sql),
                )


async def works(url: str) -> None:
    """A store opens on it, and records."""
    async with direct_calls(url, turn_limit=2) as calls, opened(calls) as store:
        await store.put_line(LINE)
        await store.record([arrival(id_=uuid4().hex)], BURST)


@asynccontextmanager
async def with_another(monkeypatch: pytest.MonkeyPatch, sql: str) -> AsyncIterator[None]:
    """This version comes with one more migration."""
    more = [*migrations(), Migration(version="99999999999999", name="more", sql=sql)]
    with monkeypatch.context() as patch:
        patch.setattr(migrating, "migrations", lambda: more)
        yield


async def test_everything_is_applied_once_and_in_order(fresh: str) -> None:
    assert await migrate(fresh) == NAMES
    assert await migrate(fresh) == []
    await works(fresh)

    async with connected(fresh) as connection:
        rows = await connection.fetch(LISTED)
    assert [(row["version"], row["name"]) for row in rows] == [(each.version, each.name) for each in migrations()]
    assert [row["statements"] for row in rows] == [statements(each.sql) for each in migrations()]


async def test_what_the_supabase_cli_pushed_is_not_applied_again(fresh: str) -> None:
    await pushed(fresh, list(migrations()))

    assert await migrate(fresh) == []
    await works(fresh)


async def test_what_the_supabase_cli_began_is_finished(fresh: str) -> None:
    await pushed(fresh, list(migrations())[:4])

    assert await migrate(fresh) == NAMES[4:]
    await works(fresh)


async def test_what_is_there_may_be_applied_again(fresh: str) -> None:
    """As when the list is lost, or somebody ran the files by hand."""
    await migrate(fresh)
    await works(fresh)
    async with connected(fresh) as connection:
        await connection.execute("drop schema supabase_migrations cascade")

    assert await migrate(fresh) == NAMES
    await works(fresh)


async def test_many_at_once_apply_each_migration_once(fresh: str) -> None:
    done = await asyncio.gather(*(migrate(fresh) for _ in range(5)))

    assert sorted(name for names in done for name in names) == NAMES
    await works(fresh)


async def test_stopped_at_any_point_it_goes_on_where_it_was(fresh: str) -> None:
    """Whoever dies leaves whole migrations only: the server ends what was begun."""
    done = stops = 0
    async with connected(fresh) as connection:
        for wait in count():
            migrating_ = asyncio.create_task(migrate(fresh))
            while not await connection.fetchval(f"select exists ({OTHERS})"):
                assert not migrating_.done()
            await asyncio.sleep(0.001 * 1.25**wait)
            await connection.execute(f"select pg_terminate_backend(pid) from ({OTHERS}) others")
            try:
                await migrating_
                break
            except Unavailable:
                stops += 1
            if await connection.fetchval("select to_regclass('supabase_migrations.schema_migrations') is not null"):
                listed = await connection.fetchval("select count(*) from supabase_migrations.schema_migrations")
                assert listed >= done
                done = listed

    assert stops > 5
    assert await migrate(fresh) == []
    await works(fresh)


async def test_one_that_fails_leaves_nothing_and_is_named(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await migrate(fresh)
    async with with_another(monkeypatch, "create table recado.half (id int); select 1 / 0;"):
        with pytest.raises(Permanent, match="99999999999999_more") as raised:
            await migrate(fresh)
    assert "22012" in str(raised.value)

    async with connected(fresh) as connection:
        assert await connection.fetchval("select to_regclass('recado.half') is null")
        assert len(await connection.fetch(LISTED)) == len(NAMES)


async def test_it_waits_for_a_lock_only_briefly_and_says_so(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await migrate(fresh)
    monkeypatch.setattr(migrating, "_ALONE", migrating._ALONE.replace("'4s'", "'100ms'"))
    monkeypatch.setattr(migrating, "_WAITS", (0.01, 0.01))
    async with connected(fresh) as connection, with_another(monkeypatch, "alter table recado.contact add x int"):
        async with connection.transaction():
            await connection.execute("select 1 from recado.contact")
            with pytest.raises(Unavailable, match="Run it again"):
                await migrate(fresh)

        assert await migrate(fresh) == ["99999999999999_more"]


async def test_those_who_record_meanwhile_notice_nothing(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await migrate(fresh)
    everything = "\n".join(migration.sql for migration in migrations())
    more = everything + "alter table recado.contact add column if not exists more int;"
    async with direct_calls(fresh, turn_limit=4) as calls, opened(calls) as store:
        await store.put_line(LINE)
        is_over = asyncio.Event()

        async def writes(person: int) -> int:
            number = 0
            while not is_over.is_set():
                number += 1
                event = arrival(id_=f"{person} {number}", sender=phone(person))
                (answer,) = await store.record([event], BURST)
                assert not isinstance(answer, Exception), answer
            return number

        people = [asyncio.create_task(writes(person)) for person in range(6)]
        await asyncio.sleep(0.2)
        async with with_another(monkeypatch, more):
            assert await migrate(fresh) == ["99999999999999_more"]
        await asyncio.sleep(0.2)
        is_over.set()
        wrote = await asyncio.gather(*people)

    async with connected(fresh) as connection:
        assert await connection.fetchval("select count(*) from recado.message") == sum(wrote)


async def test_a_user_who_may_not_is_told_whom_to_use(fresh: str) -> None:
    name = f"nobody_{uuid4().hex}"
    async with connected(fresh) as connection:
        await connection.execute(f"create role {name} login password 'nobody'")
        there = urlsplit(fresh)
        url = there._replace(netloc=f"{name}:nobody@{there.hostname}:{there.port}").geturl()
        try:
            with pytest.raises(Permanent, match="may not change the schema"):
                await migrate(url)
        finally:
            await connection.execute(f"drop role {name}")


# The command


def recado(folder: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [Path(sys.executable).with_name("recado"), "migrate"],
        env={**kept, "RECADO_DATA": str(folder / "data"), **environ},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_says_what_it_applied(fresh: str, tmp_path: Path) -> None:
    first = recado(tmp_path, RECADO_STORE="postgres", DATABASE_URL=fresh)
    again = recado(tmp_path, RECADO_STORE="postgres", DATABASE_URL=fresh)

    assert first.returncode == 0, first.stderr
    assert [line for line in first.stdout.splitlines() if line.startswith("applied ")] == [
        f"applied {n}" for n in NAMES
    ]
    assert "applied" not in again.stdout
    assert "up to date" in again.stdout


def test_without_the_databases_address_supabase_says_how(rest: RestAt, tmp_path: Path) -> None:
    said = recado(tmp_path, RECADO_STORE="supabase", SUPABASE_URL=rest.url, SUPABASE_SECRET_KEY=rest.secret_key)

    assert said.returncode != 0
    assert "DATABASE_URL" in said.stderr + said.stdout
    assert "supabase --workdir src/adapters db push" in said.stderr + said.stdout


def test_with_it_supabase_is_migrated_and_opened(database: str, rest: RestAt, tmp_path: Path) -> None:
    said = recado(
        tmp_path,
        RECADO_STORE="supabase",
        SUPABASE_URL=rest.url,
        SUPABASE_SECRET_KEY=rest.secret_key,
        DATABASE_URL=database,
    )

    assert said.returncode == 0, said.stderr
    assert "up to date" in said.stdout


async def test_a_store_says_that_its_schema_is_missing(fresh: str, tmp_path: Path) -> None:
    here = Surroundings(data=tmp_path, public_url="https://recado.example", turn_limit=2, works=False)

    with pytest.raises(Permanent, match="recado migrate"):
        async with postgres.open(postgres.settings(database_url=fresh), here):
            pass


def test_both_drivers_are_migrated_alike() -> None:
    assert driver.migrate is postgres.migrate


@pytest.mark.parametrize("check", [json.dumps, str], ids=["as JSON", "as text"])
def test_an_address_is_never_shown_in_settings(check: Callable[[object], str]) -> None:
    settings = postgres.settings(database_url="postgresql://postgres:what-nobody-knows@127.0.0.1/recado")

    assert "what-nobody-knows" not in check(repr(settings))
