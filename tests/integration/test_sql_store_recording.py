"""What is recorded and sent by several processes at once: nobody waits in a circle, and nothing is there twice."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import asyncpg
import pytest

from adapters.supabase import recording, sending
from adapters.supabase.calls import Calls
from adapters.supabase.direct import direct_calls
from adapters.supabase.store import opened
from core.conversation.burst import Burst
from core.conversation.events import Arrival, Report
from core.conversation.message import ConversationRef, Status
from core.conversation.outbox import Look, Send, Settled
from core.conversation.ports import Known, New, Recorded
from core.conversation.turn import Stale
from core.errors import Rejected
from core.identity.model import AddressKind
from core.identity.seal import NoSeal
from tests.build import LINE, OUT, SECOND_LINE, accepted, arrival, later, line, phone, report, scoped, send, uncertain
from tests.contracts.story import SEND_WITHIN, Clock, Harness, Story, conversation_of
from tests.integration.database import asked, column
from tests.servers import afresh

pytestmark = pytest.mark.servers

AT_ONCE = Burst(quiet=timedelta(0), ceiling=timedelta(0))
SOON = 60.0
"""Seconds: by far more than anything here takes, and less than a test that hangs."""

WAITING = """
select count(*) from pg_locks
where not granted and database = (select oid from pg_database where datname = current_database())
"""
WITH_GAPS = """
select id from recado.conversation c
where number <> (select count(*) from recado.message m where m.conversation = c.id)
    or facts <> (select count(*) from recado.fact f where f.conversation = c.id)
"""
WITHOUT_CONVERSATION = """
select id from recado.contact k where not exists (select from recado.conversation c where c.contact = k.id)
"""


class CallsOnce(Calls):
    """What the driver would repeat, such as a deadlock, is raised."""

    seal = NoSeal()

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool

    async def __call__(
        self, operation: str, workspace: str | None, args: Mapping[str, Any], *, urgent: bool = False
    ) -> Any:
        async with self._pool.acquire() as connection:
            return await asked(connection, operation, workspace, args)


class CallsOf(Calls):
    """In a transaction of the test's."""

    seal = NoSeal()

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def __call__(
        self, operation: str, workspace: str | None, args: Mapping[str, Any], *, urgent: bool = False
    ) -> Any:
        return await asked(self._connection, operation, workspace, args)


@pytest.fixture
async def pool(database: str) -> AsyncIterator["asyncpg.Pool[Any]"]:
    await afresh(database)
    async with asyncpg.create_pool(database, min_size=8, max_size=8, command_timeout=SOON) as pool:
        yield pool


@pytest.fixture
def once(pool: "asyncpg.Pool[Any]") -> CallsOnce:
    return CallsOnce(pool)


@pytest.fixture
async def s(database: str, pool: "asyncpg.Pool[Any]") -> AsyncIterator[Story]:
    """By the database's own clock."""
    async with direct_calls(database, turn_limit=4) as calls, opened(calls) as store:
        story = Story(Harness(clock=Clock(), stores=[store]))
        await story.begins()
        yield story


async def told(calls: Calls, *batches: Sequence[Arrival | Report]) -> list[Sequence[Recorded]]:
    """Each batch in a transaction of its own, all at once."""
    return await asyncio.gather(*(recording.record(calls, batch, AT_ONCE) for batch in batches))


async def counted(pool: "asyncpg.Pool[Any]", table: str) -> int:
    return int(await pool.fetchval(f"select count(*) from recado.{table}"))


async def sent(s: Story, calls: Calls, number: int, text: str = "a notice") -> Send:
    """Something is on its way to this person."""
    conversation = await s.meets(sender=phone(number))
    await s.moves(conversation, send(text, key=s.token()))
    begun = await sending.begin_send(calls, conversation, s.token(), send_within=SEND_WITHIN)
    assert isinstance(begun, Send)
    return begun


async def settled(calls: Calls, begun: Send, copy: str, by: str = "sender") -> Settled | Stale:
    return await sending.settle(calls, begun.ref, 1, accepted(copy), by=by, send_within=SEND_WITHIN)


async def waits(pool: "asyncpg.Pool[Any]", task: "asyncio.Task[Any]") -> None:
    """Until the task waits for a lock in the database, or is over without."""
    while not task.done() and not await pool.fetchval(WAITING):
        await pool.execute("select pg_sleep(0.01)")


# Recording


async def test_fifty_of_one_webhook_at_once_are_recorded_once(s: Story, once: CallsOnce) -> None:
    event = arrival("hello", id_="in-1")

    answers = await told(once, *([event] for _ in range(50)))

    kinds = [type(answer) for (answer,) in answers]
    assert (kinds.count(New), kinds.count(Known)) == (1, 49)
    (conversation,) = {conversation_of(answer) for (answer,) in answers}
    assert await s.inbound(conversation) == [("hello", Status.PENDING)]


async def test_batches_in_opposite_orders_do_not_wait_for_each_other(s: Story, once: CallsOnce) -> None:
    people = [phone(n) for n in range(12)]
    for who in people:
        await s.meets(sender=who)

    for turn in range(15):
        one = [arrival(f"{turn}", id_=f"one {turn} {who.value}", sender=who) for who in people]
        other = [arrival(f"{turn}", id_=f"other {turn} {who.value}", sender=who) for who in reversed(people)]
        answers = await told(once, one, other, list(reversed(one)), one)

        new = [answer for batch in answers for answer in batch if isinstance(answer, New)]
        assert len(new) == 24


async def test_new_people_in_opposite_orders_are_each_met_once(
    s: Story, once: CallsOnce, pool: "asyncpg.Pool[Any]"
) -> None:
    for turn in range(15):
        people = [scoped(turn * 100 + n) if n % 2 else phone(turn * 100 + n) for n in range(10)]
        one = [arrival("hello", id_=f"one {who.value}", sender=who) for who in people]
        other = [arrival("hello", id_=f"other {who.value}", sender=who) for who in reversed(people)]
        elsewhere = [arrival("hello", id_=f"there {who.value}", sender=who, on=SECOND_LINE) for who in reversed(people)]

        answers = await told(once, one, other, elsewhere)

        assert {type(answer) for batch in answers for answer in batch} == {New}
        heard = [conversation_of(answer) for answer in answers[0]]
        assert [conversation_of(answer) for answer in reversed(answers[1])] == heard
    assert await counted(pool, "contact") == await counted(pool, "contact_address") == 150
    assert await counted(pool, "conversation") == 300


async def test_a_person_who_writes_from_two_addresses_at_once_is_one(
    s: Story, once: CallsOnce, pool: "asyncpg.Pool[Any]"
) -> None:
    for n in range(30):
        both = arrival("both", id_=f"both {n}", sender=phone(n), aliases=[scoped(n)])
        by_number = arrival("number", id_=f"number {n}", sender=phone(n))
        by_id = arrival("id", id_=f"id {n}", sender=scoped(n), aliases=[phone(n)])

        (one,), (other,), (last,) = await told(once, [both], [by_number], [by_id])

        assert conversation_of(one) == conversation_of(other) == conversation_of(last)
    assert await counted(pool, "contact") == 30
    kinds = await column(pool, "select kind from recado.contact_address order by kind")
    assert kinds == [AddressKind.PHONE] * 30 + [AddressKind.SCOPED] * 30


async def test_a_bad_event_makes_nothing_and_does_not_stop_the_others(
    s: Story, once: CallsOnce, pool: "asyncpg.Pool[Any]"
) -> None:
    good = [arrival("hello", id_=f"good {n}", sender=phone(n)) for n in range(5)]
    bad = [arrival("hello", id_=f"bad {n}", sender=phone(50 + n), on=line("nowhere")) for n in range(5)]
    mixed = [event for pair in zip(good, bad, strict=True) for event in pair]

    answers, _ = await told(once, mixed, list(reversed(mixed)))

    assert [isinstance(answer, Rejected) for answer in answers] == [False, True] * 5
    assert await counted(pool, "contact") == await counted(pool, "conversation") == 5


async def test_whoever_has_a_number_that_changed_hands_opts_it_out_for_both(s: Story) -> None:
    before = await s.meets(sender=phone(1))
    by_now = await s.meets(sender=scoped(2))
    await s.hears(sender=phone(1), aliases=[scoped(2)])

    await s.hears("STOP", sender=phone(1), consent=OUT)

    assert [(await s.sees(each)).opted_out for each in (before, by_now)] == [True, True]
    assert {status for each in (before, by_now) for status in await s.statuses(each)} == {Status.IGNORED}


async def test_reports_in_opposite_orders_do_not_wait_for_each_other(s: Story, once: CallsOnce) -> None:
    sends = [await sent(s, once, n) for n in range(10)]
    for each in sends:
        await s.settles(each, accepted(f"out {each.ref.id}"))
    steps = [Status.SENT, Status.DELIVERED, Status.READ]

    def batch(order: Sequence[Send], step: int) -> list[Arrival | Report]:
        return [report(steps[(step + n) % 3], id_=f"out {each.ref.id}") for n, each in enumerate(order)]

    for step in range(3):
        answers = await told(once, batch(sends, step), batch(sends[::-1], step), batch(sends, step + 1))

        assert {type(answer) for each in answers for answer in each} <= {New, Known}
    assert [await s.status(each) for each in sends] == [Status.READ] * 10


async def test_a_settlement_waits_for_a_report_of_its_copy_and_holds_up_nothing_meanwhile(
    s: Story, once: CallsOnce, pool: "asyncpg.Pool[Any]"
) -> None:
    """The report does not say whose it is, so the settlement must find it."""
    begun = await sent(s, once, 1)

    async with pool.acquire() as connection, connection.transaction():
        batch = CallsOf(connection)
        await recording.record(batch, [report(Status.DELIVERED, id_="out-1")], AT_ONCE)
        settling = asyncio.create_task(settled(once, begun, "out-1"))
        await waits(pool, settling)
        (heard,) = await recording.record(batch, [arrival("more", id_="more", sender=phone(1))], AT_ONCE)
    await settling

    assert conversation_of(heard) == begun.ref.conversation
    assert await s.status(begun) is Status.DELIVERED


async def test_a_report_waits_for_the_settlement_of_its_copy(
    s: Story, once: CallsOnce, pool: "asyncpg.Pool[Any]"
) -> None:
    begun = await sent(s, once, 1)

    async with pool.acquire() as connection, connection.transaction():
        await settled(CallsOf(connection), begun, "out-1")
        reporting = asyncio.create_task(recording.record(once, [report(Status.DELIVERED, id_="out-1")], AT_ONCE))
        await waits(pool, reporting)
    (heard,) = await reporting

    assert conversation_of(heard) == begun.ref.conversation
    assert await s.status(begun) is Status.DELIVERED


async def test_everything_at_once_ends_with_everything_in_its_place(s: Story, pool: "asyncpg.Pool[Any]") -> None:
    """Through the driver, as it is used: six batches at a time, with opt-outs, shared addresses and doubled reports."""
    random = Random(7)
    calls = CallsOnce(pool)
    known = [await sent(s, calls, n) for n in range(12)]
    events: list[Arrival | Report] = []
    for n in range(300):
        who = random.randrange(16)
        events.append(
            arrival(
                f"{n}",
                id_=f"in-{n}",
                sender=random.choice([phone(who), scoped(who)]),
                aliases=[scoped(who)] if random.random() < 0.3 else [],
                consent=OUT if random.random() < 0.05 else None,
                name=random.choice([None, "Ana", "Bia"]),
                on=random.choice([LINE, SECOND_LINE]),
            )
        )
        moved = random.choice(known)
        status = random.choice([Status.SENT, Status.DELIVERED, Status.FAILED])
        events.append(report(status, id_=f"out {moved.ref.id}", message=random.choice([moved.ref.id, None])))
    events += random.sample(events, 100)

    async def tells(mine: Sequence[Arrival | Report]) -> list[Recorded]:
        answers: list[Recorded] = []
        for first in range(0, len(mine), 20):
            answers += await s.record(*mine[first : first + 20])
        return answers

    answers = [answer for mine in await asyncio.gather(*(tells(events[n::6]) for n in range(6))) for answer in mine]

    assert {type(answer) for answer in answers} <= {New, Known}
    distinct = {(event.line.id, event.inbound.provider_id) for event in events if isinstance(event, Arrival)}
    heard = "select count(*) from recado.message where direction = 'inbound' and content ->> 'text' <> 'hello'"
    assert await pool.fetchval(heard) == len(distinct) == 300
    assert await column(pool, WITH_GAPS) == []
    assert await column(pool, WITHOUT_CONVERSATION) == []


# Sending


async def test_of_twenty_tasks_one_begins_the_send(s: Story, once: CallsOnce) -> None:
    for n in range(10):
        conversation = await s.meets(sender=phone(n))
        await s.moves(conversation, send("a notice", key=s.token()))

        answers = await asyncio.gather(
            *(sending.begin_send(once, conversation, f"task {task}", send_within=SEND_WITHIN) for task in range(20))
        )

        assert [isinstance(answer, Send) for answer in answers].count(True) == 1


async def test_two_sweeps_never_hand_out_the_same_row(s: Story, once: CallsOnce) -> None:
    due = set()
    for n in range(30):
        begun = await sent(s, once, n)
        await s.settles(begun, uncertain(0) if n % 2 else later(0))
        due.add(begun.ref)

    handed = []
    for turn in range(8):
        sweeps = [sending.overdue_sends(once, 2, f"{turn} {sweep}", send_within=SEND_WITHIN) for sweep in range(8)]
        handed += [row for rows in await asyncio.gather(*sweeps) for row in rows]

    begun_again = [(row.send if isinstance(row, Look) else row).ref for row in handed]
    assert len(begun_again) == len(set(begun_again))
    assert set(begun_again) >= {
        ref for ref in due if (await s.message(ref.conversation, ref.id)).status is Status.UNCERTAIN
    }


async def test_a_sweep_passes_over_a_conversation_that_somebody_has_now(
    s: Story, once: CallsOnce, pool: "asyncpg.Pool[Any]"
) -> None:
    held, free = [await s.meets(sender=phone(n)) for n in range(2)]
    for conversation in (held, free):
        await s.moves(conversation, send("a notice"))

    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select from recado.conversation where id = $1 for update", held.id)
        during = await sending.overdue_sends(once, 10, "sweep", send_within=SEND_WITHIN)
    after = await sending.overdue_sends(once, 10, "another", send_within=SEND_WITHIN)

    assert [where(row) for row in during] == [free]
    assert [where(row) for row in after] == [held]


async def test_a_repeated_sweep_waits_for_the_first_and_is_given_the_same(
    s: Story, once: CallsOnce, pool: "asyncpg.Pool[Any]"
) -> None:
    for n in range(4):
        await s.moves(await s.meets(sender=phone(n)), send("a notice"))

    async with pool.acquire() as connection, connection.transaction():
        first = await sending.overdue_sends(CallsOf(connection), 2, "token", send_within=SEND_WITHIN)
        repeating = asyncio.create_task(sending.overdue_sends(once, 2, "token", send_within=SEND_WITHIN))
        await waits(pool, repeating)
    again = await repeating

    assert len(first) == 2
    assert {where(row) for row in again} == {where(row) for row in first}


UNREADABLE = "update recado.message set to_medium = 'pigeon' where direction = 'outbound' and conversation = $1"
BEGUN_BEFORE = """
insert into recado.attempt (workspace, message, number, line, to_medium, to_kind, to_address, begun_at)
select m.workspace, m.id, 2, 'main', '', '', '', now() from recado.message m
where direction = 'outbound' and conversation = $1
"""


@pytest.mark.parametrize(
    ("status", "breaks"),
    [("queued", UNREADABLE), ("sending", UNREADABLE), ("uncertain", UNREADABLE), ("queued", BEGUN_BEFORE)],
)
async def test_a_send_that_makes_no_sense_does_not_stop_the_others(
    s: Story, once: CallsOnce, pool: "asyncpg.Pool[Any]", status: str, breaks: str
) -> None:
    first, bad, last = [await s.meets(sender=phone(n)) for n in range(3)]
    for conversation in (first, bad, last):
        await s.moves(conversation, send("a notice"))
    begun = "begun_at = now(), uncertain_at = now(), attempts = 1"
    await pool.execute(f"update recado.message set status = $1, {begun} where direction = 'outbound'", status)
    await pool.execute(breaks, bad.id)

    handed = await sending.overdue_sends(once, 10, "token", send_within=SEND_WITHIN)

    assert {where(row) for row in handed} == {first, last}
    again = await sending.overdue_sends(once, 10, "token", send_within=SEND_WITHIN)
    assert {where(row) for row in again} == {first, last}
    assert [(await s.sees(each)).needs_human for each in (first, bad, last)] == [False, True, False]
    assert await sending.overdue_sends(once, 10, "another", send_within=SEND_WITHIN) == []
    put_off = "select status from recado.message where care_at > now() + interval '50 minutes'"
    assert await column(pool, put_off) == [status]


async def test_of_six_settlements_at_once_one_begins_the_next(s: Story, once: CallsOnce) -> None:
    for n in range(10):
        begun = await sent(s, once, n)
        await s.moves(begun.ref.conversation, send("another", key=s.token()))

        answers = await asyncio.gather(*(settled(once, begun, f"out {n}", by=f"{by}") for by in range(6)))

        sends = [answer.send for answer in answers if isinstance(answer, Settled)]
        assert (len(sends), sends.count(None)) == (6, 5)


def where(row: Send | Look) -> ConversationRef:
    return (row.send if isinstance(row, Look) else row).ref.conversation
