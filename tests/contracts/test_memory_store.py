"""The store in memory keeps the contract."""

from pathlib import Path

import pytest

from adapters.memory import MemoryStore, driver
from core.driver import Surroundings
from core.identity.model import KeyId
from tests.build import LINE, NOON
from tests.contracts.conversation_store import ConversationStoreContract
from tests.contracts.directory import DirectoryContract
from tests.contracts.records import RecordsContract
from tests.contracts.story import Clock, Harness
from tests.contracts.views import ViewsContract
from tests.fakes import Locks


class TestMemoryStore(ConversationStoreContract, ViewsContract, DirectoryContract, RecordsContract):
    """One set of dictionaries, seen by all."""

    @pytest.fixture
    def harness(self) -> Harness:
        clock, seal = Clock(), Locks()
        return Harness(clock=clock, stores=[MemoryStore(clock, seal=seal)], seal=seal)


async def test_each_opening_is_a_new_store(tmp_path: Path) -> None:
    here = Surroundings(data=tmp_path, public_url="https://recado.example", turn_limit=10, works=True)

    async with driver.open(driver.settings(), here) as one, driver.open(driver.settings(), here) as two:
        await one.put_line(LINE)

        assert [list(await store.lines()) for store in (one, two)] == [[LINE], []]


async def test_the_time_is_that_of_the_surroundings(tmp_path: Path) -> None:
    here = Surroundings(
        data=tmp_path, public_url="https://recado.example", turn_limit=10, works=True, clock=lambda: NOON
    )

    async with driver.open(driver.settings(), here) as store:
        await store.put_line(LINE)
        key = await store.put_key(
            LINE.workspace, KeyId("shop"), digest=b"digest", name="", permissions=frozenset(), expires_in=None
        )

    assert key.created_at == NOON
