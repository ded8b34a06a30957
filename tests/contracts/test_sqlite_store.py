"""The store in a SQLite file keeps the contract, also when two processes have the file open."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.sqlite.schema import open_to_write
from adapters.sqlite.store import SqliteStore
from tests.contracts.conversation_store import ConversationStoreContract
from tests.contracts.directory import DirectoryContract
from tests.contracts.folder import fast_folder
from tests.contracts.records import RecordsContract
from tests.contracts.story import Clock, Harness
from tests.contracts.views import ViewsContract


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    """A file with the schema and nothing in it: to make it takes longer than most tests."""
    with fast_folder() as folder:
        file = folder / "empty.db"
        open_to_write(file).close()
        yield file


class TestSqliteStore(ConversationStoreContract, ViewsContract, DirectoryContract, RecordsContract):
    """Two stores on one file, as in `serve` beside `worker`."""

    @pytest.fixture
    async def harness(self, empty: Path) -> AsyncIterator[Harness]:
        clock = Clock()
        with fast_folder() as folder:
            shutil.copyfile(empty, folder / "recado.db")
            async with (
                SqliteStore(folder, works=True, clock=clock) as one,
                SqliteStore(folder, works=False, clock=clock) as two,
            ):
                yield Harness(clock=clock, stores=[one, two])
