"""The contract of the directory: workspaces and their lines."""

import asyncio
from dataclasses import replace

import pytest

from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, LineId
from tests.build import FOREIGN_LINE, LINE, SMS_LINE, line
from tests.contracts.story import Harness


class DirectoryContract:
    """`Directory`, and whether the store is ready at all."""

    @pytest.fixture
    def harness(self) -> Harness:
        raise NotImplementedError("a driver's test gives an empty database on a clock of its own")

    async def test_a_new_store_is_ready_and_has_no_lines(self, harness: Harness) -> None:
        for store in harness.stores:
            await store.ready()
            assert list(await store.lines()) == []
            assert await store.line(LineId("main")) is None

    async def test_a_line_is_read_back_as_it_was_put(self, harness: Harness) -> None:
        sender = Address(medium=Medium.SMS, kind=AddressKind.OTHER, value="RECADO")
        put = replace(LINE, address=sender)

        await harness.stores[0].put_line(put)

        for store in harness.stores:
            assert await store.line(LINE.id) == put

    async def test_lines_are_listed_by_id(self, harness: Harness) -> None:
        store = harness.stores[0]
        for known in (FOREIGN_LINE, SMS_LINE, LINE):
            await store.put_line(known)

        assert list(await store.lines()) == [LINE, SMS_LINE, FOREIGN_LINE]

    async def test_a_line_can_be_replaced(self, harness: Harness) -> None:
        store = harness.stores[0]
        await store.put_line(LINE)

        await store.put_line(replace(LINE, account="AC2"))
        await store.put_line(replace(LINE, account="AC2"))

        assert list(await store.lines()) == [replace(LINE, account="AC2")]

    async def test_seeding_fills_an_empty_directory(self, harness: Harness) -> None:
        store = harness.stores[0]

        seeded = await store.seed([SMS_LINE, LINE])

        assert list(seeded) == list(await store.lines()) == [LINE, SMS_LINE]

    async def test_seeding_changes_nothing_that_is_there(self, harness: Harness) -> None:
        store = harness.stores[0]
        await store.put_line(LINE)

        seeded = await store.seed([replace(LINE, account="AC2"), SMS_LINE])

        assert list(seeded) == list(await store.lines()) == [LINE]

    async def test_seeding_with_nothing_seeds_nothing(self, harness: Harness) -> None:
        store = harness.stores[0]
        assert list(await store.seed([])) == []

        assert list(await store.seed([LINE])) == [LINE]

    async def test_of_many_seedings_at_once_one_counts(self, harness: Harness) -> None:
        stores = harness.stores

        answers = await asyncio.gather(
            *(
                stores[n % len(stores)].seed([line(f"a-{n}", sender=n), line(f"b-{n}", sender=n + 500)])
                for n in range(10)
            )
        )

        first = list(answers[0])
        assert len(first) == 2
        assert all(list(answer) == first for answer in answers)
        assert first[0].id[2:] == first[1].id[2:]
