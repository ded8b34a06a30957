"""Both ways to call against real servers: what comes back, what goes wrong, and who never waits."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from adapters.supabase.calls import Calls
from adapters.supabase.connections import connected
from adapters.supabase.direct import direct_calls
from adapters.supabase.rest import rest_calls
from adapters.supabase.store import opened
from core.conversation.burst import Burst
from core.conversation.ports import New
from core.conversation.turn import Claim
from core.errors import Conflict, KeyReused, Permanent, RecadoError, Rejected, Unavailable
from tests.build import LINE, arrival, seconds
from tests.servers import RestAt, afresh

pytestmark = pytest.mark.servers

CONNECTIONS = 4
LEASE = seconds(30)
BURST_AT_ONCE = Burst(quiet=seconds(0), ceiling=seconds(0))

MADE = """
create or replace function public.recado_echo_v1(workspace text, args jsonb) returns jsonb
    language sql as $$ select jsonb_build_object('workspace', workspace, 'args', args) $$;
create or replace function public.recado_fail_v1(workspace text, args jsonb) returns jsonb
    language plpgsql as $$ begin raise exception using errcode = args ->> 'code', message = args ->> 'says'; end $$;
create or replace function public.recado_sleep_v1(workspace text, args jsonb) returns jsonb
    language sql volatile as $$ select to_jsonb(pg_sleep((args ->> 'seconds')::float) is null) $$;
create or replace function public.recado_long_v1(workspace text, args jsonb) returns jsonb
    language sql as $$ select jsonb_agg(repeat('x', 1000)) from generate_series(1, (args ->> 'times')::int) $$;
select recado.settle_rights();
notify pgrst, 'reload schema';
"""
"""Functions that do as they are told, beside ours."""


@pytest.fixture(scope="module")
def prepared(database: str, rest: RestAt) -> str:
    asyncio.run(prepare(database))
    return database


async def prepare(url: str) -> None:
    async with connected(url) as connection:
        await connection.execute(MADE)


@pytest.fixture(params=["postgres", "supabase"])
async def calls(request: pytest.FixtureRequest, prepared: str, rest: RestAt) -> AsyncIterator[Calls]:
    ways: dict[str, AbstractAsyncContextManager[Calls]] = {
        "postgres": direct_calls(prepared, turn_limit=CONNECTIONS),
        "supabase": rest_calls(rest.url, rest.secret_key, turn_limit=CONNECTIONS),
    }
    async with ways[request.param] as way:
        yield way


async def test_what_goes_in_comes_out(calls: Calls) -> None:
    args: dict[str, Any] = {
        "text": "olá \\ \" ' \n 😀",
        "none": None,
        "list": [1, 2.5, True],
        "deep": {"": {}},
        "big": 2**53,
    }

    assert await calls("echo", "main", args) == {"workspace": "main", "args": args}
    assert await calls("echo", None, {}) == {"workspace": None, "args": {}}


async def test_what_postgresql_cannot_store_is_replaced(calls: Calls) -> None:
    assert (await calls("echo", None, {"text": "a\0b"}))["args"] == {"text": "a\ufffdb"}


async def test_what_has_no_form_is_rejected_before_it_leaves(calls: Calls) -> None:
    with pytest.raises(Rejected):
        await calls("echo", None, {"text": "half a letter: \ud83d"})


async def test_an_answer_is_whole_however_long(calls: Calls) -> None:
    assert len(await calls("long", None, {"times": 3000})) == 3000


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("RC409", Conflict),
        ("RC422", KeyReused),
        ("RC400", Rejected),
        ("RC503", Unavailable),
        ("23505", Conflict),
        ("23503", Rejected),
        ("22P02", Rejected),
        ("40001", Unavailable),
        ("40P01", Unavailable),
        ("53300", Unavailable),
        ("55P03", Unavailable),
        ("57014", Unavailable),
        ("42501", Permanent),
        ("42883", Permanent),
        ("P0001", Permanent),
        ("XX000", Unavailable),
    ],
)
async def test_an_error_is_the_same_whichever_way_it_comes(calls: Calls, code: str, kind: type[RecadoError]) -> None:
    with pytest.raises(RecadoError) as raised:
        await calls("fail", "main", {"code": code, "says": "what somebody wrote"})

    assert type(raised.value) is kind
    assert ("what somebody wrote" in str(raised.value)) is code.startswith("RC")


async def test_a_function_that_is_not_there_says_what_to_do(calls: Calls) -> None:
    with pytest.raises((Permanent, Unavailable), match="recado migrate"):
        await calls("nothing", None, {})


async def test_what_is_urgent_does_not_wait_for_the_others(calls: Calls) -> None:
    others = [asyncio.create_task(calls("sleep", None, {"seconds": 1})) for _ in range(CONNECTIONS * 2)]
    await asyncio.sleep(0.2)

    answers = [await calls("echo", None, {"number": number}, urgent=True) for number in range(5)]

    assert [answer["args"]["number"] for answer in answers] == list(range(5))
    assert not any(other.done() for other in others), "the others have been answered by now: this shows nothing"
    await asyncio.gather(*others, return_exceptions=True)


async def test_a_lease_is_renewed_under_overload(calls: Calls, prepared: str) -> None:
    """Hundreds wait for a database that is slow; the living go on living."""
    await afresh(prepared)
    async with opened(calls) as store:
        await store.put_line(LINE)
        (heard,) = await store.record([arrival()], BURST_AT_ONCE)
        assert isinstance(heard, New)
        assert heard.conversation is not None
        claim = await store.claim(heard.conversation, "worker", LEASE, history=1)
        assert isinstance(claim, Claim)

        async def load() -> None:
            while True:
                try:
                    await calls("sleep", None, {"seconds": 0.3})
                except Unavailable:
                    await asyncio.sleep(0.05)

        async with asyncio.timeout(60):
            loads = [asyncio.create_task(load()) for _ in range(200)]
            await asyncio.sleep(0.5)
            took = []
            for number in range(5):
                began = time.monotonic()
                assert await store.renew(f"renew {number}", [(claim.turn, claim.epoch)], LEASE) == frozenset()
                took.append(time.monotonic() - began)
            for each in loads:
                each.cancel()
            await asyncio.gather(*loads, return_exceptions=True)

    assert max(took) < LEASE.total_seconds() / 3


async def test_whoever_waits_for_a_connection_gets_one_in_turn(calls: Calls) -> None:
    """Those who ask again at once never keep another from its turn."""
    done: list[int] = []

    async def keeps_asking(who: int) -> None:
        for _ in range(10):
            await calls("echo", None, {})
            done.append(who)

    await asyncio.gather(*(keeps_asking(who) for who in range(CONNECTIONS * 5)))

    first_half = done[: len(done) // 2]
    assert set(first_half) == set(range(CONNECTIONS * 5))


async def test_a_caller_who_goes_leaves_the_connection_usable(calls: Calls) -> None:
    for _ in range(CONNECTIONS * 3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await calls("sleep", None, {"seconds": 3})

    assert (await calls("echo", "main", {}))["workspace"] == "main"


async def test_neither_keys_nor_what_was_written_is_logged(
    calls: Calls, rest: RestAt, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    await calls("echo", "main", {"text": "what somebody wrote"})
    with pytest.raises(Conflict):
        await calls("fail", "main", {"code": "23505", "says": "what somebody wrote"})

    assert rest.secret_key not in caplog.text
    assert "somebody" not in caplog.text
