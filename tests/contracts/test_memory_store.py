"""The store in memory keeps the contract."""

import pytest

from adapters.memory import MemoryStore
from tests.contracts.conversation_store import ConversationStoreContract
from tests.contracts.directory import DirectoryContract
from tests.contracts.story import Clock, Harness
from tests.contracts.views import ViewsContract


class TestMemoryStore(ConversationStoreContract, ViewsContract, DirectoryContract):
    """One set of dictionaries, seen by all."""

    @pytest.fixture
    def harness(self) -> Harness:
        clock = Clock()
        return Harness(clock=clock, stores=[MemoryStore(clock)])
