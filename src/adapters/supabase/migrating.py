"""The schema brought up to date over a direct connection, while others use it, as the Supabase CLI does it.

Both keep the same list of what was applied, so `recado migrate` and `supabase db push` may follow each other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any, TypeVar

import asyncpg

from adapters.supabase.connections import VENDOR, connected, folded
from adapters.supabase.statements import statements
from core.errors import Permanent, RecadoError, Unavailable

T = TypeVar("T")

_ALONE = """
set local lock_timeout = 0;
set local statement_timeout = 0;
select pg_advisory_xact_lock(125779768604783);
set local lock_timeout = '4s';
"""
"""Wait for whoever else applies migrations; the number is any that nobody else takes."""

_LIST = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;
"""
"""As the CLI makes it."""

_IS_LISTED = "select exists (select from supabase_migrations.schema_migrations where version = $1)"
_ADD = "insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)"

_WAITS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between tries: a migration waits for a lock only briefly, because everybody else waits behind it."""

_IN_THE_WAY = frozenset({"55P03", "40P01", "40001", "23505", "42710", "XX000"})
"""A lock was held; or another database's migration made the same role at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A file `<version>_<name>.sql`."""

    version: str
    name: str
    sql: str


def migrations() -> Sequence[Migration]:
    """Those that come with this version, in order."""
    return sorted(_read(), key=lambda migration: migration.version)


def _read() -> Iterator[Migration]:
    for file in files("adapters.supabase").joinpath("migrations").iterdir():
        version, _, rest = file.name.partition("_")
        if rest.endswith(".sql") and version.isdigit():
            yield Migration(version=version, name=rest.removesuffix(".sql"), sql=file.read_text(encoding="utf-8"))


async def migrate(url: str) -> Sequence[str]:
    """Apply what is missing; gives the names of what was. Stopped at any point, it goes on where it was.

    Raises `Permanent` if a migration fails, `Unavailable` if the server does not answer or locks are held too long.
    """
    done = []
    try:
        async with connected(url, answer_s=None) as connection:
            await _alone(connection, "the list of migrations", partial(connection.execute, _LIST))
            for migration in migrations():
                name = f"{migration.version}_{migration.name}"
                if await _alone(connection, f"the migration {name}", partial(_apply, connection, migration)):
                    done.append(name)
            await connection.execute("notify pgrst, 'reload schema'")
    except VENDOR as error:
        raise folded(error) from error
    return done


async def _apply(connection: asyncpg.Connection, migration: Migration) -> bool:
    """Whether it was missing, and is there now."""
    if await connection.fetchval(_IS_LISTED, migration.version):
        return False
    await connection.execute(migration.sql)
    await connection.execute(_ADD, migration.version, migration.name, statements(migration.sql))
    return True


async def _alone(connection: asyncpg.Connection, what: str, work: Callable[[], Awaitable[T]]) -> T:
    """Everything is in one transaction, the lock too: so it also works through a pooler that shares sessions."""
    tries = 0
    while True:
        try:
            async with connection.transaction():
                await connection.execute(_ALONE)
                return await work()
        except asyncpg.PostgresError as error:
            if tries == len(_WAITS) or error.sqlstate not in _IN_THE_WAY:
                raise _failed(what, error) from error
        await asyncio.sleep(_WAITS[tries])
        tries += 1


def _failed(what: str, error: Any) -> RecadoError:
    what = f"{what} could not be applied, and nothing of it was kept"
    code = str(error.sqlstate)
    if code in ("55P03", "40P01", "40001"):
        return Unavailable(f"{what}: others kept using what it changes ({code}). Run it again, at a quieter hour.")
    if code.startswith(("08", "53", "57")):
        return Unavailable(f"{what}: the database stopped or broke off ({code}). Run it again.")
    if code == "42501":
        return Permanent(
            f"{what}: the user of DATABASE_URL may not change the schema ({code}). Use the one who owns the database, "
            "which on Supabase is postgres."
        )
    return Permanent(f"{what}: {type(error).__name__} ({code}). The database's own log says more.")
