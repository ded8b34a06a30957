"""A model without network or key, so that all runs on a laptop at once: it works from the tools' own examples."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic_settings import BaseSettings

from adapters.offline.model import OfflineModel
from core.ai.ports import LanguageModel
from core.driver import Driver, Surroundings

__all__ = ["OfflineModel", "driver"]


class Settings(BaseSettings):
    """There is nothing to set."""


@asynccontextmanager
async def _open(settings: Settings, surroundings: Surroundings) -> AsyncIterator[LanguageModel]:
    yield OfflineModel()


driver: Driver[LanguageModel] = Driver(
    summary="Works without network or key: understands what is like the examples of its tools.",
    settings=Settings,
    open=_open,
)
