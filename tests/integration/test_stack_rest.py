"""The stack's REST server does what PostgREST does, where Recado depends on it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from tests.integration.processes import value
from tests.servers import RestAt

pytestmark = pytest.mark.servers

WITHIN = 30.0
ROOT = Path(__file__).parents[2]


FUNCTIONS = """
create function public.probe_echo(workspace text, args jsonb) returns jsonb language sql stable as $$
    select jsonb_build_object('type', jsonb_typeof(args), 'text', args ->> 'text', 'role', current_user) $$;
create function public.probe_conflict(args jsonb) returns jsonb language plpgsql as $$
    begin raise exception using errcode = 'RC409', message = 'it changed'; end $$;
create function public.probe_slow(args jsonb) returns jsonb language sql set statement_timeout = '100ms' as $$
    select to_jsonb(pg_sleep(4)::text) $$;
create function public.probe_ours(args jsonb) returns jsonb language sql as $$ select '{"ours": true}'::jsonb $$;
create table public.probe_table (what text);
grant select on public.probe_table to service_role;
revoke execute on function public.probe_ours from public;
grant execute on function public.probe_ours to service_role;
notify pgrst, 'reload schema';
"""


@pytest.fixture
async def call(rest: RestAt, database: str) -> AsyncIterator[Callable[..., Awaitable[tuple[int, Any]]]]:
    """Calls a function through the API, with the secret key unless another is given."""
    async with aiohttp.ClientSession(rest.url) as session:

        async def called(name: str, args: Any, *, key: str = rest.secret_key, **more: Any) -> tuple[int, Any]:
            headers = {"apikey": key} if key else {}
            async with session.post(f"/rest/v1/rpc/{name}", json={"args": args, **more}, headers=headers) as answer:
                return answer.status, await answer.json()

        if not await value(database, "select to_regproc('public.probe_echo') is not null"):
            connection = await asyncpg.connect(database)
            await connection.execute(FUNCTIONS)
            await connection.close()
        async with asyncio.timeout(WITHIN):
            while (await called("probe_ours", {}))[0] == 404:  # noqa: ASYNC110 - it reads the schema when it gets to it
                await asyncio.sleep(0.02)
        yield called


async def test_the_api_gives_functions_json_and_hands_theirs_back(call: Any) -> None:
    status, answer = await call("probe_echo", {"text": "olá ☃"}, workspace=None)

    assert (status, answer) == (200, {"type": "object", "text": "olá ☃", "role": "service_role"})


async def test_the_api_hands_on_what_a_function_raised(call: Any) -> None:
    status, answer = await call("probe_conflict", {})

    assert (status, answer["code"], answer["message"]) == (400, "RC409", "it changed")


async def test_the_api_holds_a_function_to_its_own_time_limit(call: Any) -> None:
    status, answer = await call("probe_slow", {})

    assert (status, answer["code"]) == (500, "57014")


async def test_the_api_lets_in_whom_the_database_lets_in(call: Any, rest: RestAt) -> None:
    assert await call("probe_ours", {}) == (200, {"ours": True})
    assert (await call("probe_ours", {}, key=rest.publishable_key))[1]["code"] == "42501"
    assert (await call("probe_ours", {}, key="sb_secret_guessed"))[0] == 401
    assert (await call("probe_ours", {}, key=""))[0] == 401


async def test_the_api_gives_nobody_rights_on_our_tables(call: Any, rest: RestAt, database: str) -> None:
    await call("probe_echo", {}, workspace=None)
    url = f"{rest.url}/rest/v1/probe_table"
    async with aiohttp.ClientSession() as session, session.get(url, headers={"apikey": rest.secret_key}) as answer:
        assert (answer.status, await answer.json()) == (200, [])

    granted = await value(
        database,
        "select count(*) from information_schema.role_table_grants "
        "where table_schema = 'recado' and grantee in ('anon', 'authenticated', 'service_role', 'PUBLIC')",
    )
    assert granted == 0
