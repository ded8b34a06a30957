"""The database itself refuses whoever is not the application, in each of its tables and functions."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from asyncpg import Connection, InsufficientPrivilegeError

from adapters.supabase.connections import connected
from tests.build import LINE
from tests.integration.database import FUNCTIONS, TABLES, asked, column, questions
from tests.servers import RestAt

pytestmark = pytest.mark.servers

OTHERS = ("anon", "authenticated", "service_role", "public")
HOT = (
    "record claim claim_due renew reserve journal supersede commit release begin_send settle overdue_sends line key_of"
)


@pytest.fixture
async def db(database: str) -> AsyncIterator["Connection[Any]"]:
    """As the superuser."""
    async with connected(database) as connection:
        yield connection


# Tables


@pytest.mark.parametrize("role", OTHERS)
async def test_nobody_has_any_right_to_a_table(db: "Connection[Any]", role: str) -> None:
    tables = await column(
        db,
        "select oid from pg_class where relnamespace = 'recado'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')",
    )
    privileges = "select, insert, update, delete, truncate, references, trigger"

    allowed = await column(
        db,
        "select oid::regclass::text from unnest($2::oid[]) as it (oid) where has_table_privilege($1, oid, $3)"
        " or has_any_column_privilege($1, oid, 'select, insert, update, references')",
        role,
        tables,
        privileges,
    )
    numbers = await column(
        db,
        "select oid::regclass::text from pg_class where relnamespace = 'recado'::regnamespace"
        " and case relkind when 'S' then has_sequence_privilege($1, oid, 'usage, select, update') end",
        role,
    )

    assert len(tables) > 15
    assert allowed == numbers == []
    assert not await db.fetchval("select has_schema_privilege($1, 'recado', 'usage, create')", role)


async def test_every_table_has_row_level_security_on_and_forced_for_all_but_the_functions(
    db: "Connection[Any]",
) -> None:
    open_ = await column(
        db,
        "select oid::regclass::text from pg_class where relnamespace = 'recado'::regnamespace and relkind in ('r', 'p')"
        " and not (relrowsecurity and relforcerowsecurity)",
    )
    let_in = await column(db, "select distinct unnest(roles)::text from pg_policies where schemaname = 'recado'")

    assert open_ == []
    assert let_in == ["recado_owner"]


async def test_all_belongs_to_a_role_that_nobody_can_log_in_as(db: "Connection[Any]") -> None:
    owners = await column(
        db,
        "select distinct pg_get_userbyid(owner) from (select relowner from pg_class where relnamespace ="
        " 'recado'::regnamespace union select proowner from pg_proc where pronamespace = 'recado'::regnamespace"
        " or (pronamespace = 'public'::regnamespace and proname like 'recado%')"
        " union select nspowner from pg_namespace where nspname = 'recado') as it (owner)",
    )
    role = await db.fetchrow("select * from pg_roles where rolname = 'recado_owner'")
    members = await column(
        db, "select rolname from pg_roles where not rolsuper and pg_has_role(oid, 'recado_owner'::regrole, 'member')"
    )

    assert owners == ["recado_owner"]
    assert role is not None
    assert not any(role[can] for can in ("rolcanlogin", "rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb"))
    assert set(members) & {"anon", "authenticated", "authenticator", "service_role"} == set()


async def test_nothing_can_point_into_another_workspace(db: "Connection[Any]") -> None:
    """Every reference of a table with a workspace has its workspace in it; and every such table has one."""
    references = await db.fetch(
        "select conrelid::regclass::text as whose, conname, confrelid::regclass::text as to_table,"
        " array(select a.attname::text || '=' || b.attname from unnest(conkey, confkey) as pair (one, other)"
        "  join pg_attribute a on a.attrelid = conrelid and a.attnum = one"
        "  join pg_attribute b on b.attrelid = confrelid and b.attnum = other) as pairs"
        " from pg_constraint where contype = 'f' and connamespace = 'recado'::regnamespace"
    )
    with_workspace = await column(
        db,
        "select attrelid::regclass::text from pg_attribute join pg_class on pg_class.oid = attrelid"
        " where relnamespace = 'recado'::regnamespace and relkind = 'r' and attname = 'workspace' and attnotnull",
    )
    tables = await column(
        db, "select oid::regclass::text from pg_class where relnamespace = 'recado'::regnamespace and relkind = 'r'"
    )

    free = [
        (each["whose"], each["conname"])
        for each in references
        if ("workspace=id" if each["to_table"] == "recado.workspace" else "workspace=workspace") not in each["pairs"]
    ]
    assert free == []
    assert set(tables) - set(with_workspace) == {"recado.workspace", "recado.counter"}
    assert set(with_workspace) - {each["whose"] for each in references} == set()


# Functions


async def test_what_may_be_called_runs_as_the_owner_on_a_fixed_path_for_the_secret_key_alone(
    db: "Connection[Any]",
) -> None:
    functions = await db.fetch(
        "select proname, prosecdef, proconfig, proargnames, proargtypes::regtype[]::text[] as types,"
        " array(select coalesce(pg_get_userbyid(nullif(grantee, 0)), 'public')::text"
        "  from aclexplode(coalesce(proacl, acldefault('f', proowner))) order by 1) as callers"
        " from pg_proc where pronamespace = 'public'::regnamespace and proname like 'recado%'"
    )

    assert len(functions) > 30
    for each in functions:
        assert each["prosecdef"], each["proname"]
        assert "search_path=pg_catalog, pg_temp" in (each["proconfig"] or []), each["proname"]
        assert (each["proargnames"], each["types"]) == (["workspace", "args"], ["text", "jsonb"]), each["proname"]
        assert each["callers"] == ["recado_owner", "service_role"], each["proname"]


async def test_types_that_a_caller_makes_up_are_not_looked_at(db: "Connection[Any]") -> None:
    await db.execute("set role service_role")
    await db.execute(
        "create function pg_temp.seen(value pg_catalog.text) returns boolean language plpgsql as"
        " $$ begin raise exception using errcode = 'XX999', message = 'this ran as ' || current_user; end $$"
    )
    for name in ("text", "jsonb", "timestamptz"):
        await db.execute(
            f"create domain pg_temp.{name} as pg_catalog.{name} check (pg_temp.seen(value::pg_catalog.text))"
        )

    for operation, args in questions({"conversation": "c", "contact": "p"}).items():
        await db.fetchval(
            f"select public.recado_{operation}_v1('main', $1::pg_catalog.text::pg_catalog.jsonb)", json.dumps(args)
        )


async def test_a_migration_makes_nothing_its_own_that_somebody_else_made(db: "Connection[Any]") -> None:
    await db.execute("create role somebody; grant create on schema public to somebody; set role somebody")
    await db.execute("create function public.recado_trap_v1() returns text language sql as 'select 1::text'")
    await db.execute("reset role; select recado.settle_rights()")
    owner = await db.fetchval(
        "select pg_get_userbyid(proowner) from pg_proc where oid = 'public.recado_trap_v1'::regproc"
    )
    await db.execute(
        "drop function public.recado_trap_v1; revoke create on schema public from somebody; drop role somebody"
    )

    assert owner == "somebody"


async def test_the_hot_ones_give_up_in_time(db: "Connection[Any]") -> None:
    limited = await column(
        db,
        "select proname from pg_proc where pronamespace = 'public'::regnamespace"
        " and array_to_string(proconfig, ' ') ~ 'statement_timeout.*lock_timeout|lock_timeout.*statement_timeout'",
    )

    assert {f"recado_{operation}_v1" for operation in HOT.split()} - set(limited) == set()


async def test_what_is_internal_runs_as_whoever_calls_it_and_nobody_else_may(db: "Connection[Any]") -> None:
    internal = await db.fetch(
        "select proname, prosecdef, array(select grantee::regrole::text"
        " from aclexplode(coalesce(proacl, acldefault('f', proowner)))) as callers"
        " from pg_proc where pronamespace = 'recado'::regnamespace"
    )

    assert len(internal) > 20
    assert [each["proname"] for each in internal if each["prosecdef"] or each["callers"] != ["recado_owner"]] == []


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_other_roles_are_refused_every_function(db: "Connection[Any]", role: str) -> None:
    functions = await column(db, FUNCTIONS)
    await db.execute(f"set role {role}")

    for name in functions:
        with pytest.raises(InsufficientPrivilegeError):
            await db.execute(f"select public.{name}(null, '{{}}')")


async def test_the_secret_keys_role_reads_no_table_though_it_bypasses_row_level_security(db: "Connection[Any]") -> None:
    tables = await column(db, TABLES)
    await db.execute("set role service_role")

    for table in tables:
        with pytest.raises(InsufficientPrivilegeError):
            await db.execute(f"select from {table}")
    assert (await asked(db, "version", None, {}))["version"] > 0


# Over REST


async def called(rest: RestAt, key: str | None, path: str, **headers: str) -> tuple[int, Any]:
    """Status and code of an answer; without a body, a table is read."""
    if key is not None:
        headers |= {"apikey": key, "authorization": f"Bearer {key}"}
    body = {"workspace": LINE.workspace, "args": {}} if path.startswith("rpc/") else None
    async with httpx.AsyncClient(base_url=f"{rest.url}/rest/v1/", headers=headers, trust_env=False) as client:
        answer = await client.request("GET" if body is None else "POST", path, json=body)
    told = answer.json()
    return answer.status_code, told.get("code") if isinstance(told, dict) else None


async def test_the_secret_key_calls_functions_and_finds_no_table(rest: RestAt, db: "Connection[Any]") -> None:
    tables = [name.removeprefix("recado.") for name in await column(db, TABLES)]

    assert (await called(rest, rest.secret_key, "rpc/recado_version_v1"))[0] == 200
    for table in tables:
        assert await called(rest, rest.secret_key, table) == (404, "PGRST205")
    hidden = await called(rest, rest.secret_key, "line_secret", **{"accept-profile": "recado"})
    assert hidden == (406, "PGRST106")
    inner = await called(rest, rest.secret_key, "rpc/put_line", **{"content-profile": "recado"})
    assert inner == (406, "PGRST106")
    assert await called(rest, rest.secret_key, "rpc/put_line") == (404, "PGRST202")


async def test_the_publishable_key_calls_nothing(rest: RestAt, db: "Connection[Any]") -> None:
    functions = await column(db, FUNCTIONS)

    for name in functions:
        status, code = await called(rest, rest.publishable_key, f"rpc/{name}")
        assert (status in (401, 403), code) == (True, "42501"), name
    assert await called(rest, rest.publishable_key, "line_secret") == (404, "PGRST205")


async def test_without_a_key_nobody_is_let_in(rest: RestAt) -> None:
    for path in ("rpc/recado_version_v1", "rpc/recado_lines_v1", "line"):
        assert (await called(rest, None, path))[0] == 401
        assert (await called(rest, "sb_secret_of_nobody", path))[0] == 401
