"""The store over connections to PostgreSQL keeps the contract, also when two processes share the database."""

from collections.abc import AsyncIterator, Iterator

import pytest

from adapters.supabase.direct import direct_calls
from tests.contracts.conversation_store import ConversationStoreContract
from tests.contracts.directory import DirectoryContract
from tests.contracts.records import RecordsContract
from tests.contracts.stopped_database import StoppedDatabase, stopped
from tests.contracts.story import Clock, Harness
from tests.contracts.views import ViewsContract
from tests.fakes import Locks

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def stopped_database(database: str) -> Iterator[StoppedDatabase]:
    with stopped(database, lambda: direct_calls(database, turn_limit=10)) as there:
        yield there


class TestPostgresStore(ConversationStoreContract, ViewsContract, DirectoryContract, RecordsContract):
    """Two stores on one database."""

    @pytest.fixture
    async def harness(self, stopped_database: StoppedDatabase) -> AsyncIterator[Harness]:
        clock, seal = Clock(), Locks()
        async with stopped_database.stores(clock, seal) as stores:
            yield Harness(clock=clock, stores=stores, seal=seal)
