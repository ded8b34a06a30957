"""Everything in this process's memory: for tests and demonstrations, and the readable reference of the contract."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic_settings import BaseSettings

from adapters.memory.store import MemoryStore
from core.driver import Driver, Surroundings
from core.storage import Storage

__all__ = ["MemoryStore", "Settings", "driver"]


class Settings(BaseSettings):
    """Memory has nothing to set."""


@asynccontextmanager
async def _open(settings: Settings, surroundings: Surroundings) -> AsyncIterator[Storage]:
    yield MemoryStore(surroundings.clock, seal=surroundings.seal)


driver: Driver[Storage] = Driver(
    summary="Keeps everything in memory; it is gone when the process ends.", settings=Settings, open=_open
)
