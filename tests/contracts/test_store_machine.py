"""Every store against random histories. `HYPOTHESIS_PROFILE=deep` runs many more and longer ones."""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from adapters.memory import MemoryStore
from adapters.sqlite.store import SqliteStore
from adapters.supabase.direct import direct_calls
from adapters.supabase.rest import rest_calls
from core.identity.seal import NoSeal
from core.storage import Storage
from tests.contracts.folder import fast_folder
from tests.contracts.machine.whole import WholeMachine
from tests.contracts.stopped_database import StoppedDatabase, stopped
from tests.servers import RestAt

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


class MemoryMachine(WholeMachine):
    async def opened(self) -> Storage:
        return MemoryStore(self.clock)


class SqliteMachine(WholeMachine):
    async def opened(self) -> Storage:
        folder = self.open.enter_context(fast_folder())
        return await self.open.enter_async_context(SqliteStore(folder, works=True, clock=self.clock))


def machine_in(there: StoppedDatabase) -> type[WholeMachine]:
    class SqlMachine(WholeMachine):
        async def opened(self) -> Storage:
            store, _ = await self.open.enter_async_context(there.stores(self.clock, NoSeal()))
            return store

    return SqlMachine


def examples(usual: int, deep: int) -> settings:
    return settings(
        max_examples=deep if DEEP else usual,
        stateful_step_count=120 if DEEP else 40,
        deadline=None,
        derandomize=not DEEP,
        suppress_health_check=list(HealthCheck),
    )


def test_anything_can_happen_to_the_store_in_memory() -> None:
    run_state_machine_as_test(MemoryMachine, settings=examples(60, 3000))


def test_anything_can_happen_to_the_store_in_sqlite() -> None:
    run_state_machine_as_test(SqliteMachine, settings=examples(15, 400))


@pytest.mark.servers
def test_anything_can_happen_to_the_store_in_postgres(database: str) -> None:
    with stopped(database, lambda: direct_calls(database, turn_limit=10)) as there:
        run_state_machine_as_test(machine_in(there), settings=examples(8, 400))


@pytest.mark.servers
def test_anything_can_happen_to_the_store_in_supabase(database: str, rest: RestAt) -> None:
    with stopped(database, lambda: rest_calls(rest.url, rest.secret_key, turn_limit=10)) as there:
        run_state_machine_as_test(machine_in(there), settings=examples(2, 50))
