"""The store in a SQLite file keeps the contract, also when two processes have the file open."""

from collections.abc import AsyncIterator

import pytest

from adapters.sqlite.store import SqliteStore
from tests.contracts.conversation_store import ConversationStoreContract
from tests.contracts.directory import DirectoryContract
from tests.contracts.folder import fast_folder
from tests.contracts.records import RecordsContract
from tests.contracts.story import Clock, Harness
from tests.contracts.views import ViewsContract


class TestSqliteStore(ConversationStoreContract, ViewsContract, DirectoryContract, RecordsContract):
    """Two stores on one file, as in `serve` beside `worker`."""

    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        clock = Clock()
        with fast_folder() as folder:
            async with (
                SqliteStore(folder, works=True, clock=clock) as one,
                SqliteStore(folder, works=False, clock=clock) as two,
            ):
                yield Harness(clock=clock, stores=[one, two])
