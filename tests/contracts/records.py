"""The contract of what skills remember: once per key, for ever, and for one person's eyes only."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from core.ai.records import Record, Scope
from core.errors import Rejected
from core.identity.model import Address, ContactId, Line
from tests.build import ANA, BIA, FOREIGN_LINE, LINE, NOON, SECOND_LINE, seconds
from tests.contracts.store.contract import StoreContract
from tests.contracts.story import Story

EXPENSE = "finance.expense"
INVOICE = "finance.invoice"
TICK = timedelta(microseconds=1)
MANY = 20


async def somebody(s: Story, sender: Address = ANA, on: Line = LINE) -> Scope:
    """The scope of somebody who wrote."""
    conversation = await s.meets(sender=sender, on=on)
    return Scope(workspace=on.workspace, contact=(await s.sees(conversation)).contact)


async def put(s: Story, scope: Scope, key: str, kind: str = EXPENSE, at: datetime = NOON, **document: Any) -> Record:
    return await s.store.put(scope, key, kind, at, document)


def keys(records: Sequence[Record]) -> list[str]:
    return [record.key for record in records]


class RecordsContract(StoreContract):
    """`Records`."""

    # Remembering

    async def test_a_record_is_read_back_as_it_was_put(self, s: Story) -> None:
        scope = await somebody(s)
        document = {
            "amount": "52.90",
            "what": 'café ☕ "to go"\n',
            "count": 3,
            "large": 2**53 + 1,
            "share": 0.25,
            "paid": True,
            "by": None,
            "tags": ["a", {"b": []}],
            "": {},
        }

        answer = await s.store.put(scope, "turn/0/1", EXPENSE, NOON - seconds(60), document)

        assert answer == Record(
            key="turn/0/1",
            kind=EXPENSE,
            at=NOON - seconds(60),
            document=document,
            number=1,
            recorded_at=s.clock.now,
            voided_at=None,
        )
        for store in s.stores:
            assert await store.get(scope, "turn/0/1") == answer
            assert list(await store.find(scope, [EXPENSE])) == [answer]
            assert await store.last(scope, [EXPENSE]) == answer

    async def test_a_document_of_any_mapping_is_remembered(self, s: Story) -> None:
        scope = await somebody(s)

        answer = await s.store.put(scope, "key", EXPENSE, NOON, MappingProxyType({"amount": "1"}))

        assert dict(answer.document) == {"amount": "1"}

    async def test_a_document_is_not_shared_with_who_gave_it_or_read_it(self, s: Story) -> None:
        scope = await somebody(s)
        document: dict[str, Any] = {"tags": ["a"]}
        answer = await s.store.put(scope, "key", EXPENSE, NOON, document)

        document["tags"].append("b")
        answer.document["tags"].append("c")

        found = await s.store.get(scope, "key")
        assert found is not None
        assert found.document == {"tags": ["a"]}

    @pytest.mark.parametrize(
        "value",
        [
            Decimal("1.5"),
            NOON,
            b"bytes",
            {"a set"},
            ("a", "tuple"),
            float("nan"),
            float("inf"),
            {1: "a key that is a number"},
            {None: "a key that is nothing"},
            "NUL \x00",
            {"NUL \x00": 1},
            "half \ud83d",
            {"half \ud83d": 1},
            object(),
        ],
        ids=lambda value: type(value).__name__,
    )
    async def test_a_document_that_json_would_not_give_back_is_rejected_and_leaves_nothing(
        self, s: Story, value: object
    ) -> None:
        scope = await somebody(s)

        for document in ({"value": value}, {"deep": [{"value": value}]}):
            with pytest.raises(Rejected):
                await s.store.put(scope, "key", EXPENSE, NOON, document)

        assert await s.store.get(scope, "key") is None
        assert (await put(s, scope, "key")).number == 1

    async def test_backslashes_and_escapes_stay_text(self, s: Story) -> None:
        scope = await somebody(s)
        written = {"path": "C:\\u0000", "pair": "\\ud83d\\ude00", "smile": "😀", "quote": "'; DROP TABLE record; --"}

        answer = await s.store.put(scope, "key", EXPENSE, NOON, written)

        assert answer.document == written

    async def test_records_are_numbered_in_order_of_recording(self, s: Story) -> None:
        scope = await somebody(s)

        answers = [await put(s, scope, f"key {n}", at=NOON - seconds(n)) for n in range(4)]

        assert [answer.number for answer in answers] == [1, 2, 3, 4]
        assert list(await s.store.find(scope, [EXPENSE])) == answers

    @pytest.mark.parametrize(
        "at",
        [
            datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            datetime(2026, 3, 2, 9, 30, 15, 123_456, tzinfo=timezone(timedelta(hours=-3))),
            datetime(2099, 12, 31, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        ],
        ids=str,
    )
    async def test_the_instant_is_kept_to_the_microsecond(self, s: Story, at: datetime) -> None:
        scope = await somebody(s)

        await put(s, scope, "key", at=at)

        found = await s.store.get(scope, "key")
        assert found is not None
        assert found.at == at
        assert found.at.tzinfo is not None
        assert keys(await s.store.find(scope, [EXPENSE], since=at, until=at + TICK)) == ["key"]

    # Once per key

    async def test_a_key_that_was_used_answers_its_first_record_and_writes_nothing(self, s: Story) -> None:
        scope = await somebody(s)
        first = await put(s, scope, "key", amount="10")
        await put(s, scope, "key", amount="10")  # its answer is thrown away
        s.passes(60)

        again = await put(s, scope, "key", amount="10")
        other = await put(s, scope, "key", INVOICE, NOON + seconds(5), amount="99")

        assert again == other == first
        assert list(await s.store.find(scope, [EXPENSE, INVOICE])) == [first]

    async def test_a_repeat_takes_no_number(self, s: Story) -> None:
        scope = await somebody(s)
        await put(s, scope, "one")
        await put(s, scope, "one")

        second = await put(s, scope, "two")

        assert second.number == 2

    async def test_the_key_of_a_voided_record_stays_used(self, s: Story) -> None:
        scope = await somebody(s)
        await put(s, scope, "key", amount="10")
        voided = await s.store.void(scope, "key")
        s.passes(60)

        again = await put(s, scope, "key", amount="10")

        assert again == voided
        assert again.voided_at is not None
        assert list(await s.store.find(scope, [EXPENSE])) == []

    async def test_of_many_puts_of_one_key_at_once_one_counts_and_all_hear_of_it(self, s: Story) -> None:
        scope = await somebody(s)

        answers = await asyncio.gather(
            *(s.on(n).put(scope, "key", EXPENSE, NOON + seconds(n), {"amount": str(n)}) for n in range(MANY))
        )

        assert all(answer == answers[0] for answer in answers)
        assert list(await s.store.find(scope, [EXPENSE], voided=True)) == [answers[0]]

    async def test_many_keys_at_once_are_numbered_without_a_gap(self, s: Story) -> None:
        scope = await somebody(s)

        answers = await asyncio.gather(*(s.on(n).put(scope, f"key {n}", EXPENSE, NOON, {}) for n in range(MANY)))

        assert sorted(answer.number for answer in answers) == list(range(1, MANY + 1))

    # Voiding

    async def test_a_voided_record_stays_and_is_found_by_who_asks_for_it(self, s: Story) -> None:
        scope = await somebody(s)
        kept, struck = await put(s, scope, "kept"), await put(s, scope, "struck", amount="10")
        s.passes(60)

        voided = await s.store.void(scope, "struck")

        assert voided is not None
        assert (voided.voided_at, voided.recorded_at) == (s.clock.now, struck.recorded_at)
        assert (voided.document, voided.number) == (struck.document, struck.number)
        assert await s.store.get(scope, "struck") == voided
        assert list(await s.store.find(scope, [EXPENSE])) == [kept]
        assert list(await s.store.find(scope, [EXPENSE], voided=True)) == [kept, voided]

    async def test_voiding_again_answers_the_same(self, s: Story) -> None:
        scope = await somebody(s)
        await put(s, scope, "key")
        first = await s.store.void(scope, "key")
        await s.store.void(scope, "key")  # its answer is thrown away
        s.passes(60)

        assert await s.store.void(scope, "key") == first

    async def test_of_many_voids_at_once_all_answer_the_same(self, s: Story) -> None:
        scope = await somebody(s)
        await put(s, scope, "key")

        answers = await asyncio.gather(*(s.on(n).void(scope, "key") for n in range(MANY)))

        assert answers[0] is not None
        assert all(answer == answers[0] for answer in answers)

    async def test_what_is_not_there_is_not_found(self, s: Story) -> None:
        scope = await somebody(s)
        nobody = Scope(workspace=LINE.workspace, contact=ContactId("nobody"))

        for whose in (scope, nobody):
            assert await s.store.get(whose, "no such key") is None
            assert await s.store.void(whose, "no such key") is None
            assert list(await s.store.find(whose, [EXPENSE])) == []
            assert await s.store.last(whose, [EXPENSE]) is None

    # Finding

    async def test_a_period_begins_with_its_first_instant_and_ends_before_its_last(self, s: Story) -> None:
        scope = await somebody(s)
        since, until = NOON, NOON + timedelta(days=1)
        for at in (since - TICK, since, until - TICK, until):
            await put(s, scope, at.isoformat(), at=at)

        within = keys(await s.store.find(scope, [EXPENSE], since=since, until=until))
        from_then_on = keys(await s.store.find(scope, [EXPENSE], since=since))
        before = keys(await s.store.find(scope, [EXPENSE], until=until))

        assert within == [since.isoformat(), (until - TICK).isoformat()]
        assert from_then_on == [*within, until.isoformat()]
        assert before == [(since - TICK).isoformat(), *within]
        assert list(await s.store.find(scope, [EXPENSE], since=since, until=since)) == []

    async def test_a_period_may_be_given_in_any_time_zone(self, s: Story) -> None:
        scope = await somebody(s)
        away = timezone(timedelta(hours=-3))
        midnight = datetime(2026, 3, 2, tzinfo=away)
        for hour in (2, 3, 26, 27):
            await put(s, scope, f"{hour}", at=datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour))

        found = await s.store.find(scope, [EXPENSE], since=midnight, until=midnight + timedelta(days=1))

        assert keys(found) == ["3", "26"]

    async def test_only_the_kinds_that_are_asked_for_are_found(self, s: Story) -> None:
        scope = await somebody(s)
        for n, kind in enumerate((EXPENSE, INVOICE, "finance.expense.more", "relationships.person", EXPENSE)):
            await put(s, scope, f"{n}", kind)

        assert keys(await s.store.find(scope, [EXPENSE])) == ["0", "4"]
        assert keys(await s.store.find(scope, {EXPENSE, INVOICE})) == ["0", "1", "4"]
        assert keys(await s.store.find(scope, ["finance"])) == []
        assert keys(await s.store.find(scope, [])) == []

    async def test_pages_of_records_follow_each_other_without_gap_or_overlap(self, s: Story) -> None:
        scope = await somebody(s)
        every = [await put(s, scope, f"{n}", INVOICE if n % 3 else EXPENSE) for n in range(12)]
        await s.store.void(scope, "4")
        wanted = [record for record in every if record.kind == INVOICE and record.key != "4"]

        pages: list[list[Record]] = []
        while not pages or (len(pages[-1]) == 3 and len(pages) < 10):
            after = pages[-1][-1].number if pages else 0
            pages.append(list(await s.store.find(scope, [INVOICE], after=after, limit=3)))

        assert [record for page in pages for record in page] == wanted
        assert [len(page) for page in pages] == [3, 3, 1]

    async def test_the_last_is_the_newest_in_order_of_recording_that_is_not_voided(self, s: Story) -> None:
        scope = await somebody(s)
        first = await put(s, scope, "first", at=NOON)
        second = await put(s, scope, "second", at=NOON - timedelta(days=9))
        invoice = await put(s, scope, "invoice", INVOICE)

        assert await s.store.last(scope, [EXPENSE]) == second
        assert await s.store.last(scope, [EXPENSE, INVOICE]) == invoice
        assert await s.store.last(scope, []) is None
        await s.store.void(scope, "second")
        assert await s.store.last(scope, [EXPENSE]) == first
        await s.store.void(scope, "first")
        assert await s.store.last(scope, [EXPENSE]) is None

    # Whose they are

    async def test_two_people_never_see_each_others_records(self, s: Story) -> None:
        ana, bia = await somebody(s, ANA), await somebody(s, BIA)
        of_ana = await put(s, ana, "key", amount="10")

        of_bia = await put(s, bia, "key", amount="20")

        assert (of_bia.number, of_bia.document) == (1, {"amount": "20"})
        await s.store.void(bia, "key")
        assert await s.store.get(ana, "key") == of_ana
        assert list(await s.store.find(ana, [EXPENSE], voided=True)) == [of_ana]
        assert await s.store.last(ana, [EXPENSE]) == of_ana

    async def test_two_workspaces_never_see_each_others_records(self, s: Story) -> None:
        ours, theirs = await somebody(s, ANA), await somebody(s, ANA, FOREIGN_LINE)
        kept = await put(s, ours, "key")
        stolen = Scope(workspace=FOREIGN_LINE.workspace, contact=ours.contact)

        for scope in (theirs, stolen):
            assert await s.store.get(scope, "key") is None
            assert await s.store.void(scope, "key") is None
            assert list(await s.store.find(scope, [EXPENSE], voided=True)) == []
            assert await s.store.last(scope, [EXPENSE]) is None
        assert await s.store.get(ours, "key") == kept

    async def test_one_person_on_two_lines_has_one_set_of_records(self, s: Story) -> None:
        on_one = await somebody(s, ANA, LINE)
        kept = await put(s, on_one, "key")

        on_another = await somebody(s, ANA, SECOND_LINE)

        assert await s.store.get(on_another, "key") == kept
