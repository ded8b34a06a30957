"""What the SQLite store promises of its file: nothing acknowledged is lost, nothing half-done stays, whoever dies."""

import asyncio
import os
import re
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from adapters.sqlite import books, driver, records, views
from adapters.sqlite.conversation import ConversationRow
from adapters.sqlite.schema import open_to_write
from adapters.sqlite.store import SqliteStore
from adapters.sqlite.turn import TurnRow
from adapters.sqlite.witness import Witness
from adapters.sqlite.writer import Priority, Transaction, Writer
from core.ai.records import Scope
from core.conversation.burst import Burst
from core.conversation.events import Arrival
from core.conversation.facts import Fact, FactKind
from core.conversation.message import Status
from core.conversation.outbox import Look, OutboundRef, Send
from core.conversation.ports import Known, New
from core.conversation.turn import Cap, Caps, ModelCall, TurnState
from core.driver import Surroundings
from core.errors import Conflict, Permanent, Rejected, Unavailable
from core.identity.model import ContactId, KeyId
from core.identity.seal import NoSeal
from tests.build import (
    BURST,
    IN,
    LINE,
    NOON,
    OUT,
    SECOND_LINE,
    TODAY,
    accepted,
    arrival,
    asks,
    later,
    model_call,
    phone,
    reply,
    report,
    seconds,
    take_over,
    uncertain,
)
from tests.contracts.story import SEND_WITHIN, Clock, Harness, Story, death

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[SqliteStore]:
    async with SqliteStore(tmp_path, works=True, clock=clock) as store:
        await store.put_line(LINE)
        yield store


def told(store: SqliteStore, clock: Clock) -> Story:
    return Story(Harness(clock=clock, stores=[store]))


def files_of(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def hello(number: int, text: str = "hello") -> Arrival:
    return arrival(text, id_=f"in-{number}", sender=phone(number % 100))


# What is kept


async def test_a_reopened_file_has_everything(tmp_path: Path, clock: Clock) -> None:
    async with SqliteStore(tmp_path, works=True, clock=clock) as store:
        await store.put_line(LINE)
        send = await told(store, clock).sending("good morning", "how are you?")
        before = await told(store, clock).snapshot(send.ref.conversation)

    async with SqliteStore(tmp_path, works=False, clock=clock) as store:
        assert await store.lines() == [LINE]
        assert await told(store, clock).snapshot(send.ref.conversation) == before


async def test_only_the_owner_may_read_what_is_kept(store: SqliteStore, tmp_path: Path) -> None:
    await store.record([hello(1)], BURST)

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in files_of(tmp_path)}

    assert {"recado.db", "recado.db-wal", "worker.lock", "leaving.log"} <= modes.keys()
    assert set(modes.values()) == {0o600}


async def test_the_file_is_as_safe_as_sqlite_can_make_it(store: SqliteStore) -> None:
    def asked(tx: Transaction) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [tx.db.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await store._writer.run(asked) == ["wal", 2, 1, 0]


def test_a_schema_from_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    db = open_to_write(tmp_path / "recado.db")
    db.execute("INSERT INTO migration (number, name) VALUES (9999, 'the_future')")
    db.close()

    with pytest.raises(Permanent, match=r"schema 9999.*install the version that wrote it"):
        open_to_write(tmp_path / "recado.db")


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "recado.db").write_text("not a database, but somebody's diary " * 200)

    with pytest.raises(Permanent, match="damaged"):
        open_to_write(tmp_path / "recado.db")


def test_rows_are_read_in_the_order_of_their_columns(tmp_path: Path) -> None:
    db = open_to_write(tmp_path / "recado.db")

    for table, row in (("conversation", ConversationRow), ("turn", TurnRow)):
        columns = [column["name"] for column in db.execute(f"PRAGMA table_info({table})")]
        assert columns == [field.name for field in fields(row)]
    db.close()


async def test_no_statement_reads_through_what_is_finished(store: SqliteStore, tmp_path: Path, clock: Clock) -> None:
    """Every statement of a day's work finds its rows by an index, so its cost does not grow with the archive."""
    statements: set[str] = set()
    store._writer._db.set_trace_callback(statements.add)
    store._reader._db.set_trace_callback(statements.add)
    await _a_days_work(told(store, clock))
    store._writer._db.set_trace_callback(None)
    store._reader._db.set_trace_callback(None)

    db = sqlite3.connect(tmp_path / "recado.db")
    read = [each for each in statements if each.startswith(("SELECT", "UPDATE", "DELETE"))]
    plans = {each: [step for *_, step in db.execute(f"EXPLAIN QUERY PLAN {each}")] for each in read}
    db.close()

    assert len(read) > 60
    assert [each for each, steps in plans.items() if any(_reads_all(step) for step in steps)] == []


async def _a_days_work(story: Story) -> None:
    first = await story.sending("one", "two")
    await story.learns(report(Status.SENT, message=first.ref.id))
    second = (await story.settles(first, accepted("out-1"))).send
    assert second is not None
    await story.settles(second, uncertain())
    story.passes(60)
    look = await story.looks()
    await story.settles(look.send, later(10, resend=True))
    story.passes(10)
    await story.begin_send(first.ref.conversation, "token")
    story.passes(60)
    await story.overdue()
    await story.hears("more")
    story.passes(60)
    (claim,) = await story.claims_due()
    await story.renews(claim)
    await story.journals(claim, claim.steps, asks())
    await story.hears("and more")
    await story.supersedes(claim)
    await story.releases(claim, death())
    await story.hears("STOP", consent=OUT)
    await story.hears("START", consent=IN)
    await story.moves(first.ref.conversation, reply("this is Olga"))
    await story.snapshot(first.ref.conversation)
    await story.store.conversations(LINE.workspace)
    await story.store.conversations(LINE.workspace, needs_human=True)
    await _spends_and_remembers(story)


async def _spends_and_remembers(story: Story) -> None:
    claim, store = await story.turn(sender=phone(2)), story.store
    caps = Caps(contact=Cap(tokens=100), workspace=Cap(cost=100))
    await story.reserves(claim, model_call("1", input=50), caps)
    await story.reserves(claim, model_call("2", input=51), caps)
    await story.commits(claim, calls=[model_call("1", input=40)], facts=[CAP_REACHED])
    for contact, conversation in ((None, None), (claim.contact.id, None), (None, claim.turn.conversation)):
        await store.spending(LINE.workspace, since=TODAY, until=TODAY, contact=contact, conversation=conversation)
    await store.turns(claim.turn.conversation, before=claim.turn.id)
    for state in (None, *TurnState):
        await store.turns_of(LINE.workspace, state=state)
    await store.contacts(LINE.workspace)
    scope = Scope(workspace=LINE.workspace, contact=claim.contact.id)
    await store.put(scope, "key", "finance.expense", NOON, {"amount": "10"})
    await store.get(scope, "key")
    await store.find(scope, KINDS)
    await store.find(scope, KINDS, since=NOON, until=NOON)
    await store.last(scope, KINDS)
    await store.void(scope, "key")
    key = KeyId("shop")
    await store.put_key(LINE.workspace, key, digest=b"1", name="shop", permissions=frozenset(), expires_in=None)
    await store.key_of(b"1")
    await store.keys(LINE.workspace)
    await store.revoke_key(LINE.workspace, key)


KINDS = ("finance.expense", "finance.revenue")
CAP_REACHED = Fact(kind=FactKind.CAP_REACHED, details={"whose": "contact", "day": TODAY.isoformat()})


def _reads_all(step: str) -> bool:
    """Counting what is pending or queued reads all of it, and nothing else; a list of kinds is no table."""
    whole = step.startswith("SCAN") and "CONSTANT ROW" not in step and not step.startswith("SCAN json_each")
    return whole and not step.endswith(("INDEX message_pending", "INDEX message_lane"))


@pytest.mark.parametrize(
    ("statement", "plan"),
    [
        (views._TURNS, "SEARCH turn USING PRIMARY KEY (workspace=? AND id<?)"),
        (views._TURNS_NOT_COMMITTED, "SEARCH turn USING INDEX turn_not_committed (workspace=? AND state=? AND id<?)"),
        (views._CONTACTS, "SEARCH contact USING PRIMARY KEY (workspace=? AND id>?)"),
        (records._OF_KINDS, "SEARCH record USING PRIMARY KEY (workspace=? AND contact=? AND number>?)"),
        (
            records._IN_A_PERIOD,
            "SEARCH record USING INDEX record_time (workspace=? AND contact=? AND kind=? AND at>? AND at<?)",
        ),
        (records._LAST_OF_A_KIND, "SEARCH record USING INDEX record_last (workspace=? AND contact=? AND kind=?)"),
        (books._SPENT_THAT_DAY, "SEARCH spent USING PRIMARY KEY (workspace=? AND contact=? AND day=?)"),
        (books._SPENT_BY_ALL, "SEARCH spent USING PRIMARY KEY (workspace=? AND contact=? AND day>? AND day<?)"),
        (books._SPENT_BY_ONE, "SEARCH spent USING PRIMARY KEY (workspace=? AND contact=? AND day>? AND day<?)"),
    ],
)
def test_what_grows_is_found_by_the_index_made_for_it(tmp_path: Path, statement: str, plan: str) -> None:
    """By its parameters, before their values are known."""
    nothing = dict.fromkeys(re.findall(r":(\w+)", statement))
    with closing(open_to_write(tmp_path / "recado.db")) as db:
        first, *more = [step for *_, step in db.execute(f"EXPLAIN QUERY PLAN {statement}", nothing)]

    assert first == plan
    is_page_in_order = statement not in (records._IN_A_PERIOD, books._SPENT_BY_ALL, books._SPENT_BY_ONE)
    assert not (is_page_in_order and any("TEMP B-TREE" in step for step in more))


async def test_a_model_call_costs_a_turn_two_statements(store: SqliteStore, clock: Clock) -> None:
    story = told(store, clock)
    statements: list[str] = []

    async def count(sender: int, *calls: ModelCall) -> int:
        claim = await story.turn(sender=phone(sender))
        statements.clear()
        await story.commits(claim, calls=calls)
        return len(statements)

    store._writer._db.set_trace_callback(statements.append)
    without, with_one, with_two = [
        await count(1),
        await count(2, model_call("1", input=10)),
        await count(3, model_call("1", input=10), model_call("2", input=10)),
    ]
    store._writer._db.set_trace_callback(None)

    assert (with_one - without, with_two - without) == (2, 4)


async def test_sums_are_those_of_the_calls(store: SqliteStore, tmp_path: Path, clock: Clock) -> None:
    """Whatever was reserved, and whatever day and model it was recorded for in the end."""
    story, chance = told(store, clock), Random(7)

    def call(number: int) -> ModelCall:
        day = TODAY + timedelta(days=chance.randrange(2))
        model = f"model {chance.randrange(3)}"
        return model_call(f"{number}", day=day, model=model, input=chance.randrange(90), cost=chance.randrange(9))

    await story.begins()
    for turn in range(40):
        claim = await story.turn(sender=phone(turn % 3), on=chance.choice([LINE, SECOND_LINE]))
        for number in chance.sample(range(6), 4):
            await story.reserves(claim, call(number))
        await story.journals(claim, claim.steps, asks(call=call(2)))
        await story.commits(claim, calls=[call(number) for number in chance.sample(range(6), 4)])

    with closing(sqlite3.connect(tmp_path / "recado.db")) as db:
        sums = db.execute(_SUMS).fetchall()
        assert len(sums) > 20
        assert sums == db.execute(_SUMS_OF_CALLS).fetchall()
        assert db.execute(_WHOLE).fetchall() == db.execute(_WHOLE_OF_CALLS).fetchall()
        usage = db.execute("SELECT sum(input), sum(cost) FROM turn").fetchone()
        assert usage == db.execute("SELECT sum(input), sum(cost) FROM model_call WHERE NOT reserved").fetchone()


_SUMS = """
SELECT contact, day, conversation, model, calls, input, cost FROM spent WHERE contact <> '' AND calls > 0
ORDER BY contact, day, conversation, model
"""
_SUMS_OF_CALLS = """
SELECT contact, day, conversation, model_call.model, count(*), sum(model_call.input), sum(model_call.cost)
FROM model_call
JOIN turn ON turn.workspace = model_call.workspace AND turn.id = model_call.turn
JOIN conversation ON conversation.workspace = turn.workspace AND conversation.id = turn.conversation
GROUP BY contact, day, conversation, model_call.model ORDER BY contact, day, conversation, model_call.model
"""
_WHOLE = "SELECT day, model, calls, input, cost FROM spent WHERE contact = '' AND calls > 0 ORDER BY day, model"
_WHOLE_OF_CALLS = "SELECT day, model, count(*), sum(input), sum(cost) FROM model_call GROUP BY day, model"


async def test_a_store_goes_on_while_a_newer_version_adds_columns(
    store: SqliteStore, tmp_path: Path, clock: Clock
) -> None:
    story = told(store, clock)
    claim = await story.turn()
    with closing(sqlite3.connect(tmp_path / "recado.db")) as db:
        for table in ("turn", "conversation"):
            db.execute(f"ALTER TABLE {table} ADD COLUMN new INTEGER NOT NULL DEFAULT 0")

    await story.commits(claim, calls=[model_call(input=7)])

    (turn,) = await store.turns(claim.turn.conversation)
    assert (turn.state, turn.usage.input) == (TurnState.COMMITTED, 7)


async def test_what_no_row_can_hold_is_rejected_when_it_is_looked_for(store: SqliteStore, clock: Clock) -> None:
    conversation = await told(store, clock).meets()

    with pytest.raises(Rejected):
        await store.contact(LINE.workspace, ContactId("half \ud83d"))
    with pytest.raises(Rejected):
        await store.messages(conversation, after=2**63)


async def test_the_driver_lives_by_the_clock_it_is_given(tmp_path: Path, clock: Clock) -> None:
    surroundings = Surroundings(data=tmp_path, public_url="", turn_limit=1, works=True, clock=clock)

    async with driver.open(driver.settings(), surroundings) as store:
        await store.put_line(LINE)
        key = await store.put_key(
            LINE.workspace, KeyId("shop"), digest=b"1", name="shop", permissions=frozenset(), expires_in=seconds(60)
        )
        alive = await store.key_of(b"1")
        clock.advance(seconds(60))

        assert (key.created_at, alive, await store.key_of(b"1")) == (NOON, key, None)


# What a kill leaves

AT_ONCE = Burst(quiet=timedelta(0), ceiling=timedelta(0))


def storm(folder: str) -> None:
    """In a process of its own: record as fast as it goes, and say on stdout what was acknowledged."""

    async def go() -> None:
        async with SqliteStore(Path(folder), works=True) as store:
            await store.put_line(LINE)
            await asyncio.gather(*(record_every_50th(store, first) for first in range(50)))

    async def record_every_50th(store: SqliteStore, first: int) -> None:
        for number in range(first, 10**9, 50):
            (answer,) = await store.record([hello(number)], BURST)
            assert isinstance(answer, New)
            os.write(1, f"{number}\n".encode())

    asyncio.run(go())


def work(folder: str) -> None:
    """In a process of its own: run a turn, begin a send that stays and one that leaves, and stop moving."""

    async def go() -> None:
        async with SqliteStore(Path(folder), works=True) as store:
            await store.put_line(LINE)
            story = told(store, Clock())
            await store.record([hello(1), hello(2), hello(3)], AT_ONCE)
            _, second, third = await store.claim_due(3, "claim", seconds(30), history=40)
            stays, leaves = (await story.commits(second, "stays")).send, (await story.commits(third, "leaves")).send
            assert stays is not None
            assert leaves is not None
            store.leaving(leaves.ref, leaves.attempt)
            os.write(1, b"ready\n")
            await asyncio.Event().wait()

    asyncio.run(go())


@contextmanager
def child(call: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One of the above, until it is killed."""
    code = f"from tests.integration.test_sqlite_durability import {call}; {call}({str(folder)!r})"
    with subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


async def test_a_kill_in_a_storm_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with child("storm", tmp_path) as process:
        await asyncio.sleep(1)
        process.kill()
        assert process.stdout is not None
        acknowledged = [int(line) for line in process.stdout.read().split()]

    async with SqliteStore(tmp_path, works=True) as store:
        answers = [await store.record([hello(number)], BURST) for number in acknowledged]
        counts = await store.counts()

    assert len(acknowledged) > 200
    assert all(isinstance(answer, Known) for (answer,) in answers)
    assert counts["pending"] >= len(acknowledged)


async def test_the_lock_names_its_holder(tmp_path: Path) -> None:
    with child("work", tmp_path) as process:
        with pytest.raises(Conflict, match=f"process {process.pid} already works"):
            await SqliteStore(tmp_path, works=True).__aenter__()

        async with SqliteStore(tmp_path, works=False) as beside:
            await beside.ready()


async def test_a_killed_workers_turn_goes_on_at_once_and_counts(tmp_path: Path) -> None:
    with child("work", tmp_path):
        pass

    async with SqliteStore(tmp_path, works=True) as store:
        (claim,) = await store.claim_due(10, "claim", seconds(30), history=40)

    assert (claim.attempts, claim.epoch) == (1, 2)


async def test_a_killed_workers_sends_are_told_apart(tmp_path: Path) -> None:
    with child("work", tmp_path):
        pass

    async with SqliteStore(tmp_path, works=True) as store:
        overdue = await store.overdue_sends(10, "overdue", send_within=SEND_WITHIN)

    (send,) = [each for each in overdue if isinstance(each, Send)]
    (look,) = [each for each in overdue if isinstance(each, Look)]
    assert (send.text, send.attempt, send.resends) == ("stays", 2, 0)
    assert (look.send.text, look.send.attempt, look.looks) == ("leaves", 1, 0)


async def test_what_never_left_is_held_once_a_human_has_taken_over(tmp_path: Path, clock: Clock) -> None:
    async with SqliteStore(tmp_path, works=True, clock=clock) as store:
        await store.put_line(LINE)
        send = await told(store, clock).sending("first", "second")
        await told(store, clock).moves(send.ref.conversation, take_over())

    async with SqliteStore(tmp_path, works=True, clock=clock) as store:
        assert await told(store, clock).outbound(send.ref.conversation) == [
            ("first", Status.HELD),
            ("second", Status.HELD),
        ]


@pytest.mark.parametrize("damage", ["another boot", "no file", "an empty file", "no text"])
async def test_without_a_witness_every_send_may_have_left(tmp_path: Path, damage: str) -> None:
    log = tmp_path / "leaving.log"
    with child("work", tmp_path):
        pass
    match damage:
        case "another boot":
            log.write_text("a1b2\n" + log.read_text().partition("\n")[2])
        case "no file":
            log.unlink()
        case "an empty file":
            log.write_text("")
        case "no text":
            log.write_bytes(b"\xff\xfe")

    async with SqliteStore(tmp_path, works=True) as store:
        overdue = await store.overdue_sends(10, "overdue", send_within=SEND_WITHIN)

    assert {each.send.text for each in overdue if isinstance(each, Look)} == {"stays", "leaves"}


def test_a_machine_that_does_not_name_its_boot_has_no_witness(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "leaving.log", boot=tmp_path / "nothing here")
    witness.start_anew()
    witness.close()

    assert witness.left() is None


async def test_a_send_of_a_process_without_the_lock_is_left_alone(tmp_path: Path) -> None:
    """It may be alive, and on its way to the provider: only its deadline says that it is lost."""
    clock = Clock()
    async with SqliteStore(tmp_path, works=False, clock=clock) as beside:
        await beside.put_line(LINE)
        send = await told(beside, clock).sending()
        beside.leaving(send.ref, send.attempt)

        async with SqliteStore(tmp_path, works=True, clock=clock) as worker:
            assert await worker.overdue_sends(10, "overdue", send_within=SEND_WITHIN) == []
        await told(beside, clock).settles(send)

        assert await told(beside, clock).status(send) is Status.ACCEPTED


async def test_a_clean_stop_frees_the_lock_and_what_was_not_handed_back(tmp_path: Path, clock: Clock) -> None:
    async with SqliteStore(tmp_path, works=True, clock=clock) as store:
        await store.put_line(LINE)
        first = await told(store, clock).turn()

    async with SqliteStore(tmp_path, works=True, clock=clock) as store:
        again = await told(store, clock).claims(first.turn.conversation)

    assert (again.turn, again.attempts) == (first.turn, 1)


async def test_the_witness_forgets_when_nothing_is_on_its_way(store: SqliteStore, tmp_path: Path, clock: Clock) -> None:
    log = tmp_path / "leaving.log"
    story = told(store, clock)
    send = await story.sending()
    for _ in range(30_000):
        store.leaving(send.ref, send.attempt)
    assert log.stat().st_size > 1 << 20

    await store.ready()
    assert log.stat().st_size > 1 << 20
    await story.settles(send)

    assert log.stat().st_size < 100
    next_send = await story.sending(sender=phone(2))
    store.leaving(next_send.ref, next_send.attempt)
    assert store._witness.left() == frozenset({f"{next_send.ref.id} 1"})


# What shares a commit


async def test_what_arrives_during_a_commit_shares_the_next(store: SqliteStore) -> None:
    before = store.commits

    await asyncio.gather(*(store.record([hello(number)], BURST) for number in range(500)))

    assert store.commits - before < 10


async def test_one_bad_operation_fails_alone(store: SqliteStore) -> None:
    bad = hello(13, text="\ud800")

    asked = [store.record([hello(number)], BURST) for number in range(12)]
    answers = await asyncio.gather(*asked, store.record([bad, hello(14)], BURST))

    (rejected, recorded) = answers[-1]
    assert isinstance(rejected, Rejected)
    assert isinstance(recorded, New)
    assert all(isinstance(answer, New) for (answer,) in answers[:-1])
    assert (await store.counts())["pending"] == 13
    assert await store.record([hello(13)], BURST) != [Known(conversation=None)]


async def test_a_bug_in_an_operation_reaches_its_caller_and_nobody_else(store: SqliteStore) -> None:
    def broken(tx: Transaction) -> None:
        tx.db.execute("DELETE FROM line")
        raise ZeroDivisionError

    answers = await asyncio.gather(store._writer.run(broken), store.ready(), return_exceptions=True)

    assert isinstance(answers[0], ZeroDivisionError)
    assert answers[1] is None
    assert await store.lines() == [LINE]


async def test_a_cancelled_caller_does_not_disturb_the_others(store: SqliteStore) -> None:
    asked = [asyncio.create_task(store.record([hello(number)], BURST)) for number in range(20)]
    await asyncio.sleep(0)

    asked[3].cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert sum(isinstance(answer, asyncio.CancelledError) for answer in answers) == 1
    (again,) = await store.record([hello(3)], BURST)
    assert isinstance(again, Known)


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[Writer]:
    db = open_to_write(tmp_path / "recado.db")
    writer = Writer(db, clock=lambda: datetime.now(UTC), witnessed=False, seal=NoSeal(), between=lambda _: None)
    yield writer
    await writer.close()


async def served(writer: Writer, asked: list[tuple[str, Priority]]) -> list[str]:
    """The order in which these are served that arrive while the writer is busy."""
    order: list[str] = []
    go_on = threading.Event()

    async def ask(name: str, priority: Priority) -> None:
        await writer.run(lambda _: order.append(name), priority)

    tasks = [asyncio.create_task(writer.run(lambda _: go_on.wait(5)))]
    await asyncio.sleep(0.05)
    asks = [asyncio.create_task(ask(name, priority)) for name, priority in asked]
    await asyncio.sleep(0.05)
    go_on.set()
    await asyncio.gather(*tasks, *asks)
    return order


async def test_renewals_come_first_and_then_records(writer: Writer) -> None:
    asked = [(f"rest {n}", Priority.REST) for n in range(300)]

    order = await served(writer, [*asked, ("record", Priority.RECORD), ("renew", Priority.RENEW)])

    assert order[:3] == ["renew", "record", "rest 0"]


async def test_a_flood_of_records_does_not_stop_the_rest(writer: Writer) -> None:
    asked = [(f"record {n}", Priority.RECORD) for n in range(2000)]

    order = await served(writer, [*asked, ("rest", Priority.REST)])

    assert 50 < order.index("rest") < 64


async def test_a_long_backlog_is_claimed_a_few_at_a_time(store: SqliteStore, clock: Clock) -> None:
    await store.record([arrival(id_=f"in-{n}", sender=phone(n)) for n in range(120)], AT_ONCE)
    before = store.commits

    claims = await store.claim_due(110, "claim", seconds(30), history=40)

    assert len({claim.conversation.ref for claim in claims}) == 110
    assert store.commits - before == 6
    assert await store.claim_due(110, "claim", seconds(30), history=40) == claims
    assert len(await store.claim_due(110, "another", seconds(30), history=40)) == 10


async def test_a_conversation_that_cannot_be_read_does_not_stop_the_others(
    store: SqliteStore, tmp_path: Path, clock: Clock
) -> None:
    story = told(store, clock)
    first, bad, last = [await story.meets(f"text {n}", sender=phone(n)) for n in range(3)]
    good = '{"text":"text 1"}'

    def write(content: str) -> None:
        with sqlite3.connect(tmp_path / "recado.db") as db:
            db.execute("UPDATE message SET content = ? WHERE conversation = ?", (content, bad.id))
        db.close()

    write("{")
    clock.advance(seconds(2))

    claims = await story.claims_due(10, "token")

    assert {claim.conversation.ref for claim in claims} == {first, last}
    assert {claim.turn for claim in await story.claims_due(10, "token")} == {claim.turn for claim in claims}
    assert (await story.sees(bad)).needs_human
    assert await story.claims_due() == []
    write(good)
    clock.advance(timedelta(hours=1))
    (claim,) = [claim for claim in await story.claims_due() if claim.conversation.ref == bad]
    assert (claim.attempts, [message.content.text for message in claim.messages]) == (0, ["text 1"])


async def test_a_claim_that_cannot_be_read_again_does_not_stop_the_others(
    store: SqliteStore, tmp_path: Path, clock: Clock
) -> None:
    story = told(store, clock)
    bad, other = [await story.meets(sender=phone(n)) for n in range(2)]
    clock.advance(seconds(2))
    await story.claims_due(10, "token")  # its answer is lost
    with sqlite3.connect(tmp_path / "recado.db") as db:
        db.execute("UPDATE message SET content = '{' WHERE conversation = ?", (bad.id,))
    db.close()

    assert [claim.conversation.ref for claim in await story.claims_due(10, "token")] == [other]


@pytest.mark.parametrize("status", ["queued", "sending", "uncertain"])
async def test_a_send_that_cannot_be_read_does_not_stop_the_others(
    store: SqliteStore, tmp_path: Path, clock: Clock, status: str
) -> None:
    story = told(store, clock)
    first, bad, last = [await story.sending("one", "two", sender=phone(n)) for n in range(3)]
    for send in (first, bad, last):
        if status == "queued":
            await story.settles(send, later(1))
        elif status == "uncertain":
            await story.settles(send, uncertain(1))
    _breaks(tmp_path, bad)
    story.passes(60)

    handed = await story.overdue(10, "token")

    assert _those_of(handed) == {first.ref, last.ref}
    assert _those_of(await story.overdue(10, "token")) == {first.ref, last.ref}
    assert (await story.sees(bad.ref.conversation)).needs_human
    assert [(await story.sees(send.ref.conversation)).needs_human for send in (first, last)] == [False, False]
    assert _those_of(await story.overdue()) == set()
    _mends(tmp_path, bad)
    assert await story.status(bad) == status
    clock.advance(timedelta(hours=1))
    assert bad.ref in _those_of(await story.overdue())


async def test_a_send_that_cannot_be_read_again_does_not_stop_the_others(
    store: SqliteStore, tmp_path: Path, clock: Clock
) -> None:
    story = told(store, clock)
    bad, other = [await story.sending(sender=phone(n)) for n in range(2)]
    story.passes(60)
    await story.overdue(10, "token")  # its answer is lost
    _breaks(tmp_path, bad)

    assert _those_of(await story.overdue(10, "token")) == {other.ref}

    _mends(tmp_path, bad)
    assert _those_of(await story.overdue(10, "token")) == {other.ref}
    clock.advance(timedelta(hours=1))
    assert bad.ref in _those_of(await story.overdue())


def _those_of(handed: Sequence[Send | Look]) -> set[OutboundRef]:
    return {each.send.ref if isinstance(each, Look) else each.ref for each in handed}


def _breaks(folder: Path, send: Send) -> None:
    _writes_by_hand(folder, send, "{")


def _mends(folder: Path, send: Send) -> None:
    _writes_by_hand(folder, send, '{"text":"one"}')


def _writes_by_hand(folder: Path, send: Send, content: str) -> None:
    with closing(sqlite3.connect(folder / "recado.db")) as db:
        db.execute("UPDATE message SET content = ? WHERE id = ?", (content, send.ref.id))
        db.commit()


# When the disk or another process is in the way


async def test_a_full_disk_refuses_and_leaves_nothing_half_done(store: SqliteStore) -> None:
    await _limit_pages(store, at_most=0)
    stored: list[int] = []
    refused: list[int] = []

    for first in range(0, 2000, 100):
        numbers = range(first, first + 100)
        answers = await asyncio.gather(
            *(store.record([hello(n, "x" * 500)], BURST) for n in numbers), return_exceptions=True
        )
        for number, answer in zip(numbers, answers, strict=True):
            (refused if isinstance(answer, Unavailable) else stored).append(number)
    with pytest.raises(Unavailable, match="disk is full"):
        await store.record([hello(5000, "x" * 100_000)], BURST)

    await _limit_pages(store, at_most=1 << 30)
    assert (await store.counts())["pending"] == len(stored)
    again = await store.record([hello(number) for number in refused[:50]], BURST)
    assert {type(answer) for answer in again} == {New}
    again = await store.record([hello(number) for number in stored[:50]], BURST)
    assert {type(answer) for answer in again} == {Known}


async def _limit_pages(store: SqliteStore, *, at_most: int) -> None:
    """As if the disk had so many pages; 0 is as many as there are."""
    await store._writer.run(lambda tx: tx.db.execute(f"PRAGMA max_page_count = {at_most or 1}").fetchone())


async def test_a_locked_file_is_unavailable_until_it_is_free(store: SqliteStore, tmp_path: Path) -> None:
    await store._writer.run(lambda tx: tx.db.execute("PRAGMA busy_timeout = 50"))
    other = sqlite3.connect(tmp_path / "recado.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable, match="another process keeps the database locked"):
        await store.record([hello(1)], BURST)
    with pytest.raises(Unavailable):
        await store.ready()
    assert await store.lines() == [LINE]
    other.execute("ROLLBACK")

    (answer,) = await store.record([hello(1)], BURST)
    assert isinstance(answer, New)
    other.close()


async def test_a_closed_store_is_unavailable(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path, works=True) as store:
        pass

    with pytest.raises(Unavailable):
        await store.ready()
    with pytest.raises(Unavailable):
        await store.lines()


async def test_an_operation_that_stops_iterating_is_told_to_its_caller_alone(store: SqliteStore) -> None:
    def stops(tx: Transaction) -> None:
        next(iter(()))

    answers = await asyncio.gather(store._writer.run(stops), store.ready(), return_exceptions=True)

    assert isinstance(answers[0], RuntimeError)
    assert answers[1] is None
