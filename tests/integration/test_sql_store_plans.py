"""Whatever reads the database finds what it wants by an index: nothing grows with what is finished."""

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from asyncpg import Connection

from adapters.supabase.connections import connected
from adapters.supabase.direct import direct_calls
from tests.build import LINE, phone
from tests.contracts.stopped_database import StoppedDatabase, stopped
from tests.contracts.story import Clock, Harness, Story
from tests.fakes import Locks
from tests.integration.database import asked, questions

pytestmark = pytest.mark.servers

CONVERSATIONS = 2_000
ARCHIVE = Path(__file__).parents[2] / "bench" / "archive.sql"
"""Ten messages and five turns in each."""
MORE = """
insert into recado.step (workspace, turn, number, kind, entry, recorded_at)
    select workspace, id, 0, 'results', '{"results": []}', opened_at from recado.turn;
insert into recado.model_call
    (workspace, turn, id, number, model, day, input, output, cached, cost, reserved, recorded_at)
    select workspace, id, '1', 1, 'offline', opened_at, 1, 1, 0, 1, false, opened_at from recado.turn;
insert into recado.spent (workspace, contact, day, conversation, model, calls, input, output, cached, cost)
    select workspace, contact, last_message_at, id, 'offline', 1, 1, 1, 0, 1 from recado.conversation;
insert into recado.record (workspace, contact, number, key, kind, at, document, recorded_at)
    select workspace, id, n, n, 'finance.' || n % 7, now() - n * interval '1 hour', '{}', now()
    from recado.contact, generate_series(1, 5) n;
"""
FEW = 10
"""Rows of a table that never has more, such as that of lines."""
AT_MOST = 500
"""Rows that an answer of a few takes: those of a page, their journals, and what the lane and the sweep look at."""
SWEEP: Mapping[str, Mapping[str, Any]] = {
    "claim_due": {"limit": 20, "by": "sweep", "ttl": 30_000_000, "history": 40},
    "overdue_sends": {"limit": 20, "by": "sweep", "send_within": 20_000_000, "readable": []},
    "renew": {"by": "worker", "ttl": 30_000_000, "leases": []},
    "counts": {},
    "lines": {},
}

RARE: Mapping[str, Mapping[str, Any]] = {
    "conversations": {"needs_human": True},
    "turns_of": {"state": "dead", "before": "z"},
}
"""What few of all are."""


@pytest.fixture(scope="module")
def stopped_database(database: str) -> Iterator[StoppedDatabase]:
    with stopped(database, lambda: direct_calls(database, turn_limit=5)) as there:
        yield there


@pytest.fixture
async def db(database: str) -> AsyncIterator["Connection[Any]"]:
    async with connected(database) as connection:
        yield connection


@pytest.fixture
async def ids(stopped_database: StoppedDatabase, db: "Connection[Any]") -> AsyncIterator[Mapping[str, str]]:
    """An archive, and some work on top of it; gives whom to ask for."""
    clock, seal = Clock(), Locks()
    async with stopped_database.stores(clock, seal) as stores:
        s = Story(Harness(clock=clock, stores=stores, seal=seal))
        await s.begins()
        async with db.transaction():
            await db.execute("set local session_replication_role = replica")
            await db.execute(f"set local bench.conversations = {CONVERSATIONS}")
            await db.execute(ARCHIVE.read_text(encoding="utf-8") + MORE)
        await db.execute("analyze")
        for number in range(3):
            await s.sending("one", "two", sender=phone(number))
        conversation = await s.meets(sender=phone(0))
        yield {"conversation": conversation.id, "contact": (await s.sees(conversation)).contact}


async def rows_read(
    db: "Connection[Any]", operation: str, workspace: str | None, args: Mapping[str, Any]
) -> Mapping[str, tuple[int, int]]:
    """By table, how many rows it went through in search of some, and how many it found by an index."""
    change = db.transaction()
    await change.start()
    try:
        before = await seen(db)
        await asked(db, operation, workspace, args)
        after = await seen(db)
    finally:
        await change.rollback()
    return {table: (all_ - before[table][0], found - before[table][1]) for table, (all_, found) in after.items()}


async def seen(db: "Connection[Any]") -> Mapping[str, tuple[int, int]]:
    rows = await db.fetch(
        "select relname, seq_tup_read, coalesce(idx_tup_fetch, 0) as found from pg_stat_xact_user_tables"
        " where schemaname = 'recado'"
    )
    return {row["relname"]: (row["seq_tup_read"], row["found"]) for row in rows}


async def test_no_reading_operation_and_no_sweep_goes_through_the_archive(
    ids: Mapping[str, str], db: "Connection[Any]"
) -> None:
    """With the plans of a small table out of the way, what is left is what a large one would get."""
    asks = questions(ids)
    every: dict[str, tuple[str, str | None, Mapping[str, Any]]]
    every = {each: (each, LINE.workspace, args) for each, args in asks.items()}
    every |= {each: (each, None, args) for each, args in SWEEP.items()}
    for operation, few in RARE.items():
        every[f"rare {operation}"] = (operation, LINE.workspace, {**asks[operation], **few})
    await db.execute("set enable_seqscan = off")

    for plans in ("force_custom_plan", "force_generic_plan"):
        await db.execute(f"set plan_cache_mode = {plans}")
        read = {name: await rows_read(db, *asked_for) for name, asked_for in every.items()}

        through = {(name, table) for name, tables in read.items() for table, (all_, _) in tables.items() if all_ > FEW}
        found = {name: sum(found for _, found in tables.values()) for name, tables in read.items()}
        assert through == set()
        assert {name: count for name, count in found.items() if count > AT_MOST} == {}
        assert found["messages"] > 0
