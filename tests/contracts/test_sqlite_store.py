"""The store in a SQLite file keeps the contract, also when two processes have the file open."""

import shutil
import sqlite3
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.sqlite.schema import open_to_write
from adapters.sqlite.store import SqliteStore
from core.identity.credentials import Credentials
from tests.build import FOREIGN_LINE, SMS_LINE
from tests.contracts.conversation_store import ConversationStoreContract
from tests.contracts.credentials import CANARY, OWN
from tests.contracts.directory import DirectoryContract
from tests.contracts.folder import fast_folder
from tests.contracts.records import RecordsContract
from tests.contracts.story import Clock, Harness, Story
from tests.contracts.views import ViewsContract
from tests.fakes import Locks


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
        clock, seal = Clock(), Locks()
        with fast_folder() as folder:
            shutil.copyfile(empty, folder / "recado.db")
            async with (
                SqliteStore(folder, works=True, clock=clock, seal=seal) as one,
                SqliteStore(folder, works=False, clock=clock, seal=seal) as two,
            ):
                yield Harness(clock=clock, stores=[one, two], seal=seal)


async def test_credentials_are_nowhere_in_the_files_in_the_clear() -> None:
    clock, seal = Clock(), Locks()
    new = replace(OWN, credentials=Credentials({"auth_token": CANARY * 2, "other": "a second canary"}))
    with fast_folder() as folder:
        async with SqliteStore(folder, works=True, clock=clock, seal=seal) as store:
            for line in (OWN, new):
                await store.put_line(line)
            seal.change("second", "first")
            await store.reseal(OWN.id)
            story = Story(Harness(clock=clock, stores=[store], seal=seal))
            await story.sending("hello", on=new)
            bytes_of = {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        bytes_of |= {f"closed {file.name}": file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    assert any(b"hello" in raw for raw in bytes_of.values())
    for canary in (CANARY, "a second canary", "auth_token", b64encode(CANARY.encode())[:16].decode()):
        assert [name for name, raw in bytes_of.items() if canary.encode() in raw] == []


async def test_a_row_that_is_copied_to_another_line_is_worth_nothing_there() -> None:
    seal = Locks()
    with fast_folder() as folder:
        async with SqliteStore(folder, works=False, clock=Clock(), seal=seal) as store:
            await store.put_line(OWN)
            await store.put_line(SMS_LINE)
            await store.put_line(FOREIGN_LINE)
            with closing(sqlite3.connect(folder / "recado.db")) as db:
                for line in (SMS_LINE, FOREIGN_LINE):
                    copied = "INSERT INTO line_secret SELECT ?, ?, sealed FROM line_secret WHERE line = ?"
                    db.execute(copied, (line.workspace, line.id, OWN.id))
                db.commit()

            own, *others = await store.lines()

    assert own == OWN
    assert ["another line's" in str(line.credentials.fault) for line in others] == [True, True]
