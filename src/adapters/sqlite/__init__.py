"""Everything in one SQLite file, `<data>/recado.db`: the default store, for one machine and one worker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic_settings import BaseSettings

from core.driver import Driver, Surroundings
from core.storage import Storage


class Settings(BaseSettings):
    """SQLite has nothing to set: the file is `recado.db` in the data folder."""


@asynccontextmanager
async def _open(settings: Settings, surroundings: Surroundings) -> AsyncIterator[Storage]:
    from adapters.sqlite.store import SqliteStore

    opened = SqliteStore(surroundings.data, works=surroundings.works, clock=surroundings.clock, seal=surroundings.seal)
    async with opened as store:
        yield store


driver: Driver[Storage] = Driver(
    summary="One file in the data folder, nothing to install; for one machine.", settings=Settings, open=_open
)
