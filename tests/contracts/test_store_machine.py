"""Both stores against random histories. `HYPOTHESIS_PROFILE=deep` runs many more and longer ones."""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from adapters.memory import MemoryStore
from adapters.sqlite.store import SqliteStore
from core.storage import Storage
from tests.contracts.folder import fast_folder
from tests.contracts.machine.whole import WholeMachine

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


class MemoryMachine(WholeMachine):
    async def opened(self) -> Storage:
        return MemoryStore(self.clock)


class SqliteMachine(WholeMachine):
    async def opened(self) -> Storage:
        folder = self.open.enter_context(fast_folder())
        return await self.open.enter_async_context(SqliteStore(folder, works=True, clock=self.clock))


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
