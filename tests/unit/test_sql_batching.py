"""What is recorded shares calls: each caller hears of its own event, in the order its sender wrote, whatever fails."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from adapters.supabase.batching import Batching
from core.conversation.burst import Burst
from core.conversation.events import Arrival, Report
from core.conversation.message import Status
from core.conversation.ports import Known, Recorded
from core.errors import Conflict, Permanent, RecadoError, Rejected, Unavailable
from tests.build import BURST, SMS_LINE, arrival, phone, report, seconds

Event = Arrival | Report


class Database:
    """Records nothing, remembers every call, and answers when it is let."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.bursts: list[Burst] = []
        self.under_way = 0
        self.most = 0
        self.open = asyncio.Event()
        self.open.set()
        self.answer: Callable[[str], Recorded] = lambda id_: Known(conversation=None)
        self.whole: Callable[[list[str]], BaseException | None] = lambda ids: None

    async def record(self, events: Sequence[Event], burst: Burst) -> Sequence[Recorded]:
        ids = [id_of(event) for event in events]
        self.calls.append(ids)
        self.bursts.append(burst)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        await self.open.wait()
        self.under_way -= 1
        error = self.whole(ids)
        if error is not None:
            raise error
        return [self.answer(id_) for id_ in ids]


def id_of(event: Event) -> str:
    return event.inbound.provider_id if isinstance(event, Arrival) else event.delivery.provider_id


def text(number: int, *, by: int | None = None) -> Arrival:
    """One that somebody sent; each by somebody else, unless said."""
    return arrival(id_=f"in {number:03}", sender=phone(5511900000000 + (number if by is None else by)))


@pytest.fixture
def database() -> Database:
    return Database()


async def settled() -> None:
    """Everything that can run has run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def recorded(batching: Batching, *events: Event) -> Sequence[Recorded]:
    return await batching.record(events, BURST)


async def test_one_alone_goes_at_once(database: Database) -> None:
    async with Batching(database.record) as batching:
        answers = await recorded(batching, text(1))

    assert answers == [Known(conversation=None)]
    assert database.calls == [["in 001"]]


async def test_what_comes_together_goes_together(database: Database) -> None:
    async with Batching(database.record) as batching:
        await asyncio.gather(*(recorded(batching, text(number)) for number in range(10)))

    assert database.calls == [[f"in {number:03}" for number in range(10)]]


async def test_what_comes_while_calls_are_under_way_goes_with_the_next(database: Database) -> None:
    database.open.clear()
    async with Batching(database.record, at_once=1) as batching:
        first = asyncio.create_task(recorded(batching, text(0)))
        await settled()
        rest = [asyncio.create_task(recorded(batching, text(number))) for number in range(1, 5)]
        await settled()
        assert database.calls == [["in 000"]]

        database.open.set()
        await asyncio.gather(first, *rest)

    assert database.calls == [["in 000"], ["in 001", "in 002", "in 003", "in 004"]]


async def test_no_call_has_more_events_than_is_allowed(database: Database) -> None:
    async with Batching(database.record, at_most=3) as batching:
        answers = await asyncio.gather(*(recorded(batching, text(number)) for number in range(8)))

    assert len(answers) == 8
    assert sorted(map(len, database.calls)) == [2, 3, 3]


async def test_no_more_calls_than_allowed_are_under_way(database: Database) -> None:
    async with Batching(database.record, at_most=1, at_once=2) as batching:
        await asyncio.gather(*(recorded(batching, text(number)) for number in range(20)))

    assert database.most == 2
    assert len(database.calls) == 20


async def test_texts_of_one_person_follow_each_other(database: Database) -> None:
    async with Batching(database.record, at_once=3) as batching:
        await asyncio.gather(*(recorded(batching, text(number, by=1)) for number in range(5)))

    assert database.calls == [[f"in {number:03}"] for number in range(5)]
    assert database.most == 1


async def test_a_text_waits_for_an_earlier_one_of_any_of_its_senders_addresses(database: Database) -> None:
    database.open.clear()
    number, other = phone(5511900000001), phone(5511900000002)
    async with Batching(database.record) as batching:
        first = asyncio.create_task(recorded(batching, arrival(id_="first", sender=number)))
        await settled()
        second = asyncio.create_task(recorded(batching, arrival(id_="second", sender=other, aliases=(number,))))
        third = asyncio.create_task(recorded(batching, arrival(id_="third", sender=other)))
        await settled()
        assert database.calls == [["first"]]

        database.open.set()
        await asyncio.gather(first, second, third)

    assert database.calls == [["first"], ["second"], ["third"]]


async def test_the_same_number_on_another_line_waits_for_nobody(database: Database) -> None:
    database.open.clear()
    async with Batching(database.record) as batching:
        first = asyncio.create_task(recorded(batching, arrival(id_="first", sender=phone(5511900000001))))
        await settled()
        elsewhere = arrival(id_="elsewhere", on=SMS_LINE, sender=phone(5511900000001))
        second = asyncio.create_task(recorded(batching, elsewhere))
        await settled()

        assert database.calls == [["first"], ["elsewhere"]]
        database.open.set()
        await asyncio.gather(first, second)


async def test_reports_about_one_message_follow_each_other(database: Database) -> None:
    steps = [report(status) for status in (Status.SENT, Status.DELIVERED, Status.READ)]

    async with Batching(database.record, at_once=3) as batching:
        await recorded(batching, *steps)

    assert database.calls == [["out-1"]] * 3
    assert database.most == 1


async def test_each_caller_hears_of_its_own_events_in_order(database: Database) -> None:
    answers: dict[str, Recorded] = {
        f"in {n:03}": Rejected(str(n)) if n % 2 else Known(conversation=None) for n in range(6)
    }
    database.answer = answers.__getitem__

    async with Batching(database.record) as batching:
        one, other = await asyncio.gather(
            recorded(batching, text(5), text(0), text(3)), recorded(batching, text(4), text(1), text(2))
        )

    assert one == [answers["in 005"], answers["in 000"], answers["in 003"]]
    assert other == [answers["in 004"], answers["in 001"], answers["in 002"]]


async def test_texts_that_are_due_by_different_rules_do_not_share_a_call(database: Database) -> None:
    slower = Burst(quiet=seconds(9), ceiling=seconds(99))

    async with Batching(database.record) as batching:
        await asyncio.gather(
            recorded(batching, text(1)), batching.record([text(2)], slower), recorded(batching, text(3))
        )

    assert sorted(zip(map(tuple, database.calls), database.bursts, strict=True), key=lambda call: call[0]) == [
        (("in 001", "in 003"), BURST),
        (("in 002",), slower),
    ]


@pytest.mark.parametrize("error", [Rejected("it"), Permanent("it"), Conflict("it"), Unavailable("it")], ids=repr)
async def test_one_that_fails_the_whole_call_fails_alone(database: Database, error: RecadoError) -> None:
    database.whole = lambda ids: error if "in 013" in ids else None

    async with Batching(database.record) as batching:
        answers = await asyncio.gather(
            *(recorded(batching, text(number)) for number in range(40)), return_exceptions=True
        )

    expected: object = error if isinstance(error, Unavailable) else [error]
    assert answers[13] is expected or answers[13] == expected
    assert answers[:13] + answers[14:] == [[Known(conversation=None)]] * 39
    assert len(database.calls) <= 15


async def test_two_that_fail_the_whole_call_fail_alone(database: Database) -> None:
    database.whole = lambda ids: Rejected("it") if {"in 003", "in 031"} & set(ids) else None

    async with Batching(database.record) as batching:
        answers = await asyncio.gather(*(recorded(batching, text(number)) for number in range(40)))

    assert [number for number, (answer,) in enumerate(answers) if isinstance(answer, Rejected)] == [3, 31]


async def test_a_database_that_is_gone_is_not_asked_for_each(database: Database) -> None:
    database.whole = lambda ids: Unavailable("it is gone")

    async with Batching(database.record) as batching:
        answers = await asyncio.gather(
            *(recorded(batching, text(number)) for number in range(40)), return_exceptions=True
        )

    assert [type(answer) for answer in answers] == [Unavailable] * 40
    assert len(database.calls) == 3


async def test_a_caller_of_several_hears_that_one_is_not_known(database: Database) -> None:
    database.answer = lambda id_: Unavailable("it waited too long") if id_ == "in 002" else Known(conversation=None)

    async with Batching(database.record) as batching:
        with pytest.raises(Unavailable, match="waited too long"):
            await recorded(batching, text(1), text(2), text(3))
        assert await recorded(batching, text(4)) == [Known(conversation=None)]


async def test_a_caller_who_goes_disturbs_nobody(database: Database) -> None:
    database.open.clear()
    async with Batching(database.record, at_once=1) as batching:
        under_way = [asyncio.create_task(recorded(batching, text(number))) for number in range(2)]
        await settled()
        waiting = [asyncio.create_task(recorded(batching, text(number))) for number in range(2, 4)]
        await settled()

        for gone in (under_way[0], waiting[0]):
            gone.cancel()
        await settled()
        database.open.set()
        assert await under_way[1] == await waiting[1] == [Known(conversation=None)]

    assert database.calls == [["in 000", "in 001"], ["in 003"]]


async def test_nobody_waits_for_ever_and_what_nobody_waits_for_is_not_asked(database: Database) -> None:
    database.open.clear()
    async with Batching(database.record, at_once=1, patience_s=0.05) as batching:
        under_way = asyncio.create_task(recorded(batching, text(0)))
        await settled()
        waiting = asyncio.create_task(recorded(batching, text(1)))

        for asked in (under_way, waiting):
            with pytest.raises(Unavailable, match="in time"):
                await asked
        database.open.set()
        assert await recorded(batching, text(2)) == [Known(conversation=None)]

    assert database.calls == [["in 000"], ["in 002"]]


async def test_when_too_many_wait_whoever_comes_hears_it_at_once(database: Database) -> None:
    database.open.clear()
    async with Batching(database.record, at_once=1, most_waiting=3) as batching:
        asked = [asyncio.create_task(recorded(batching, text(0)))]
        await settled()
        asked += [asyncio.create_task(recorded(batching, text(number))) for number in range(1, 4)]
        await settled()

        with pytest.raises(Unavailable, match="slower"):
            await recorded(batching, text(4))
        database.open.set()
        assert await asyncio.gather(*asked) == [[Known(conversation=None)]] * 4
        assert await recorded(batching, text(5)) == [Known(conversation=None)]


async def test_a_bug_is_heard_by_all_whom_it_concerns_and_nobody_else(database: Database) -> None:
    database.whole = lambda ids: KeyError("a bug") if "in 001" in ids else None

    async with Batching(database.record) as batching:
        concerned = await asyncio.gather(
            *(recorded(batching, text(number)) for number in range(2)), return_exceptions=True
        )
        assert await recorded(batching, text(5)) == [Known(conversation=None)]

    assert [type(answer) for answer in concerned] == [KeyError, KeyError]


async def test_closing_waits_for_what_was_asked(database: Database) -> None:
    database.open.clear()
    batching = Batching(database.record, at_once=1)
    asked = [asyncio.create_task(recorded(batching, text(number))) for number in range(3)]
    await settled()
    asked.append(asyncio.create_task(recorded(batching, text(9))))
    await settled()

    closing = asyncio.create_task(batching.__aexit__(None, None, None))
    await settled()
    assert not closing.done()
    database.open.set()
    await closing

    assert [task.result() for task in asked] == [[Known(conversation=None)]] * 4


async def test_nothing_is_asked_for_nothing(database: Database) -> None:
    async with Batching(database.record) as batching:
        assert await recorded(batching) == []

    assert database.calls == []


async def test_while_many_come_a_call_waits_for_more_of_them(database: Database) -> None:
    async with Batching(database.record, pause_s=0.05) as batching:
        await asyncio.gather(*(recorded(batching, text(number)) for number in range(2)))
        later = []
        for number in range(2, 6):
            later.append(asyncio.create_task(recorded(batching, text(number))))
            await settled()
        assert database.calls == [["in 000", "in 001"]]
        await asyncio.gather(*later)

    assert database.calls == [["in 000", "in 001"], ["in 002", "in 003", "in 004", "in 005"]]


async def test_one_after_the_other_waits_for_nobody(database: Database) -> None:
    async with Batching(database.record, pause_s=3600) as batching:
        for number in range(5):
            await recorded(batching, text(number))

    assert len(database.calls) == 5
