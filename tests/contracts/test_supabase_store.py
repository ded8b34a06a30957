"""The store over Supabase's REST API keeps the contract, also when two processes share the project."""

from collections.abc import AsyncIterator, Iterator

import pytest

from adapters.supabase.rest import rest_calls
from tests.contracts.conversation_store import ConversationStoreContract
from tests.contracts.directory import DirectoryContract
from tests.contracts.records import RecordsContract
from tests.contracts.stopped_database import StoppedDatabase, stopped
from tests.contracts.story import Clock, Harness
from tests.contracts.views import ViewsContract
from tests.fakes import Locks
from tests.servers import RestAt

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def stopped_database(database: str, rest: RestAt) -> Iterator[StoppedDatabase]:
    with stopped(database, lambda: rest_calls(rest.url, rest.secret_key, turn_limit=10)) as there:
        yield there


class TestSupabaseStore(ConversationStoreContract, ViewsContract, DirectoryContract, RecordsContract):
    """Two stores on one project."""

    @pytest.fixture
    async def harness(self, stopped_database: StoppedDatabase) -> AsyncIterator[Harness]:
        clock, seal = Clock(), Locks()
        async with stopped_database.stores(clock, seal) as stores:
            yield Harness(clock=clock, stores=stores, seal=seal)
