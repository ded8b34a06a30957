"""What the SQL functions promise of leases and sums when others are at the same rows, and when a row cannot be read."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.supabase.calls import Calls
from adapters.supabase.connections import connected
from adapters.supabase.direct import direct_calls
from adapters.supabase.store import opened
from core.conversation.burst import Burst
from core.conversation.message import ConversationRef, Status
from core.conversation.turn import Cap, Caps, Claim, Committed, Reserved
from core.errors import Permanent, RecadoError, Unavailable
from core.identity.seal import NoSeal
from core.storage import Storage
from tests.build import FOREIGN_LINE, LINE, TODAY, arrival, model_call, phone
from tests.contracts.story import HISTORY, LEASE, SEND_WITHIN, conversation_of
from tests.integration.database import asked
from tests.servers import afresh

pytestmark = pytest.mark.servers

NOW = Burst(quiet=timedelta(0), ceiling=timedelta(0))
SOON = 20.0
"""Seconds: by far more than anything here takes, and less than a test that hangs."""


class CallsOnce(Calls):
    """Each on a connection of its own, and never again: what the driver would repeat is raised."""

    seal = NoSeal()

    def __init__(self, database: str) -> None:
        self._database = database

    async def __call__(
        self, operation: str, workspace: str | None, args: Mapping[str, Any], *, urgent: bool = False
    ) -> Any:
        async with connected(self._database) as connection:
            return await asked(connection, operation, workspace, args)


class Mumbling(Calls):
    """Loses one answer to a sweep, after so many that it gave."""

    def __init__(self, calls: Calls, *, after: int) -> None:
        self.seal = calls.seal
        self._calls = calls
        self._before = after

    async def __call__(
        self, operation: str, workspace: str | None, args: Mapping[str, Any], *, urgent: bool = False
    ) -> Any:
        answer = await self._calls(operation, workspace, args, urgent=urgent)
        if operation == "claim_due":
            self._before -= 1
            if self._before == -1:
                raise Unavailable("the answer was lost")
        return answer


@pytest.fixture
async def db(database: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    await afresh(database)
    async with connected(database) as connection:
        yield connection


@pytest.fixture
async def stores(database: str, db: "asyncpg.Connection[Any]") -> AsyncIterator[Sequence[Storage]]:
    """Two, as in two processes."""
    async with (
        direct_calls(database, turn_limit=20) as calls,
        direct_calls(database, turn_limit=20) as others,
        opened(calls) as one,
        opened(others) as two,
    ):
        await one.put_line(LINE)
        yield one, two


async def meet(store: Storage, people: int) -> list[ConversationRef]:
    """Each of them wrote something that is due; who wrote first comes first."""
    return [
        conversation_of((await store.record([arrival(id_=f"in {n}", sender=phone(n))], NOW))[0])
        for n in range(1, people + 1)
    ]


async def claim_due(store: Storage, limit: int = 10, by: str = "worker") -> Sequence[Claim]:
    return await store.claim_due(limit, by, LEASE, history=HISTORY)


async def commit(store: Storage, claim: Claim, **also: Any) -> Committed:
    answer = await store.commit(
        claim.turn,
        claim.epoch,
        ("good morning",),
        (),
        also.get("calls", ()),
        asked=False,
        read_to=claim.read_to,
        supersede_at_most=2,
        history=HISTORY,
        send_within=SEND_WITHIN,
    )
    assert isinstance(answer, Committed), answer
    return answer


async def lease_until(db: "asyncpg.Connection[Any]", claim: Claim) -> datetime:
    found: datetime = await db.fetchval(
        "select lease_until from recado.conversation where id = $1", claim.turn.conversation.id
    )
    return found


LOCK = "select from recado.conversation where id = $1 for update"
AN_HOUR_PASSES = "update recado.conversation set lease_until = lease_until - interval '1 hour'"


class TestAtOnce:
    async def test_whoever_asks_at_once_is_given_different_conversations(self, stores: Sequence[Storage]) -> None:
        met = await meet(stores[0], 60)

        async with asyncio.timeout(SOON):
            answers = await asyncio.gather(*(claim_due(stores[n % 2], 15, f"worker {n}") for n in range(8)))

        claims = [claim for answer in answers for claim in answer]
        assert sorted(claim.turn.conversation.id for claim in claims) == sorted(ref.id for ref in met)
        assert {claim.epoch for claim in claims} == {1}

    async def test_the_longest_due_comes_first(self, stores: Sequence[Storage]) -> None:
        met = await meet(stores[0], 5)

        claims = await claim_due(stores[0], 3)

        assert [claim.turn.conversation for claim in claims] == met[:3]

    async def test_a_repeat_of_a_call_that_still_runs_gets_its_claims(self, stores: Sequence[Storage]) -> None:
        await meet(stores[0], 30)

        async with asyncio.timeout(SOON):
            answers = await asyncio.gather(*(claim_due(stores[n % 2], 7, "worker") for n in range(6)))

        assert len({tuple(claim.turn.id for claim in answer) for answer in answers}) == 1

    async def test_a_long_backlog_whose_answer_is_lost_half_way_is_given_whole_to_a_repeat(
        self, stores: Sequence[Storage], database: str
    ) -> None:
        met = await meet(stores[0], 50)
        async with direct_calls(database, turn_limit=20) as calls, opened(Mumbling(calls, after=1)) as store:
            with pytest.raises(Unavailable):
                await claim_due(store, 50)

            claims = await claim_due(store, 50)

        assert [claim.turn.conversation for claim in claims] == met
        assert {(claim.epoch, claim.attempts) for claim in claims} == {(1, 0)}

    async def test_one_that_somebody_works_on_is_passed_over(
        self, stores: Sequence[Storage], db: "asyncpg.Connection[Any]"
    ) -> None:
        met = await meet(stores[0], 3)

        async with asyncio.timeout(SOON), db.transaction():
            await db.execute(LOCK, met[0].id)
            claims = await claim_due(stores[0])

        assert [claim.turn.conversation for claim in claims] == met[1:]

    async def test_turns_that_end_at_once_neither_wait_in_a_circle_nor_miscount(
        self, stores: Sequence[Storage], database: str
    ) -> None:
        await meet(stores[0], 40)
        claims = [claim for n in range(2) for claim in await claim_due(stores[n], 20, f"worker {n}")]
        caps = Caps(contact=Cap(tokens=10**9), workspace=Cap(tokens=10**9))
        models = [f"model {n:02}" for n in range(20)]

        async def reserves(store: Storage, claim: Claim, used: Sequence[str]) -> None:
            call = model_call("call 0", model=used[0], input=10**6)
            assert await store.reserve(claim.turn, claim.epoch, call, caps) == Reserved()

        async def ends(store: Storage, claim: Claim, used: Sequence[str]) -> None:
            took = [model_call(f"call {n}", model=model, input=1) for n, model in enumerate(used)]
            await commit(store, claim, calls=took)

        async with asyncio.timeout(SOON * 2), opened(CallsOnce(database)) as store:
            for work in (reserves, ends):
                await asyncio.gather(*(work(store, claim, models[:: (-1) ** n]) for n, claim in enumerate(claims)))

        spent = await stores[0].spending(LINE.workspace, since=TODAY, until=TODAY)
        assert [(one.model, one.calls, one.usage.input) for one in spent] == [(model, 40, 40) for model in models]


class TestRenewing:
    async def test_it_waits_for_nobody_and_loses_nothing_that_is_busy(
        self, stores: Sequence[Storage], db: "asyncpg.Connection[Any]"
    ) -> None:
        await meet(stores[0], 3)
        claims = await claim_due(stores[0])
        before = [await lease_until(db, claim) for claim in claims]
        leases = [(claim.turn, claim.epoch) for claim in claims]

        async with asyncio.timeout(SOON), db.transaction():
            await db.execute(LOCK, claims[1].turn.conversation.id)
            lost = await stores[0].renew("worker", leases, LEASE * 2)

        assert lost == frozenset()
        after = [await lease_until(db, claim) for claim in claims]
        assert [new > old for new, old in zip(after, before, strict=True)] == [True, False, True]

    async def test_what_was_busy_for_a_moment_is_renewed(
        self, stores: Sequence[Storage], db: "asyncpg.Connection[Any]"
    ) -> None:
        await meet(stores[0], 1)
        (claim,) = await claim_due(stores[0])
        before = await lease_until(db, claim)

        async with asyncio.timeout(SOON):
            async with db.transaction():
                await db.execute(LOCK, claim.turn.conversation.id)
                renewal = asyncio.create_task(stores[0].renew("worker", [(claim.turn, claim.epoch)], LEASE * 2))
                await asyncio.sleep(0.03)
            assert await renewal == frozenset()

        assert await lease_until(db, claim) > before

    async def test_a_busy_one_that_was_taken_over_is_lost(
        self, stores: Sequence[Storage], db: "asyncpg.Connection[Any]"
    ) -> None:
        (conversation,) = await meet(stores[0], 1)
        (claim,) = await claim_due(stores[0])
        await db.execute(AN_HOUR_PASSES)
        taken = await stores[1].claim(conversation, "another", LEASE, history=HISTORY)

        assert isinstance(taken, Claim)
        assert await stores[0].renew("worker", [(claim.turn, claim.epoch)], LEASE) == {claim.turn}
        assert await stores[1].renew("another", [(taken.turn, taken.epoch)], LEASE) == frozenset()


UNKNOWN_CONTENT = "update recado.message set content = '{\"words\": 1}' where conversation = $1"
NO_CORRELATION = "update recado.message set provider_id = null where conversation = $1"
IS_PUT_OFF = "select lease_until > now() + interval '50 minutes' from recado.conversation where id = $1"


class TestUnreadable:
    @pytest.mark.parametrize("damage", [UNKNOWN_CONTENT, NO_CORRELATION])
    async def test_it_is_put_off_for_an_hour_and_the_others_are_served(
        self, stores: Sequence[Storage], db: "asyncpg.Connection[Any]", damage: str
    ) -> None:
        met = await meet(stores[0], 3)
        await db.execute(damage, met[0].id)

        claims = await claim_due(stores[0], by="first")

        assert [claim.turn.conversation for claim in claims] == met[1:]
        seen = await stores[0].conversation(met[0])
        assert seen is not None
        assert seen.needs_human
        assert await db.fetchval(IS_PUT_OFF, met[0].id)
        assert await claim_due(stores[0], by="second") == []
        assert await db.fetchval("select status from recado.message where conversation = $1", met[0].id) == "pending"

    async def test_once_it_is_mended_it_is_answered_and_nothing_was_counted(
        self, stores: Sequence[Storage], db: "asyncpg.Connection[Any]"
    ) -> None:
        (conversation,) = await meet(stores[0], 1)
        await db.execute(UNKNOWN_CONTENT, conversation.id)
        assert await claim_due(stores[0], by="first") == []
        await db.execute('update recado.message set content = \'{"text": "hello"}\'')
        await db.execute(AN_HOUR_PASSES)

        (claim,) = await claim_due(stores[0], by="second")
        await commit(stores[0], claim)

        assert claim.attempts == 0
        messages = await stores[0].messages(conversation)
        assert messages[0].status is Status.ANSWERED

    async def test_whoever_asks_for_it_by_name_hears_so(
        self, stores: Sequence[Storage], db: "asyncpg.Connection[Any]"
    ) -> None:
        (conversation,) = await meet(stores[0], 1)
        await db.execute(UNKNOWN_CONTENT, conversation.id)

        with pytest.raises(Permanent, match="cannot be read"):
            await stores[0].claim(conversation, "first", LEASE, history=HISTORY)

        assert await claim_due(stores[0]) == []

    async def test_only_who_holds_a_lease_puts_its_conversation_off(
        self, stores: Sequence[Storage], db: "asyncpg.Connection[Any]"
    ) -> None:
        await meet(stores[0], 1)
        (claim,) = await claim_due(stores[0])
        ours = {"conversation": claim.turn.conversation.id, "turn": claim.turn.id, "epoch": claim.epoch}

        assert not await asked(db, "put_off", FOREIGN_LINE.workspace, ours)
        assert not await asked(db, "put_off", LINE.workspace, ours | {"epoch": claim.epoch + 1})
        assert not await db.fetchval(IS_PUT_OFF, claim.turn.conversation.id)
        assert await asked(db, "put_off", LINE.workspace, ours)
        assert await db.fetchval(IS_PUT_OFF, claim.turn.conversation.id)

    @pytest.mark.parametrize(("code", "kind"), [("53200", Unavailable), ("42883", Permanent), ("25006", Unavailable)])
    async def test_trouble_with_the_server_or_its_schema_puts_nothing_off(
        self, stores: Sequence[Storage], db: "asyncpg.Connection[Any]", code: str, kind: type[RecadoError]
    ) -> None:
        met = await meet(stores[0], 2)
        await db.execute(
            "create function recado.trouble() returns trigger language plpgsql as"
            f" $$ begin raise exception using errcode = '{code}'; end $$;"
            "create trigger trouble before insert on recado.turn for each row execute function recado.trouble()"
        )
        try:
            with pytest.raises(kind):
                await claim_due(stores[0])
        finally:
            await db.execute("drop function recado.trouble() cascade")

        assert [claim.turn.conversation for claim in await claim_due(stores[0])] == met
