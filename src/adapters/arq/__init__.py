"""Hints through Redis, with arq: for several processes, on one machine or many."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from adapters.arq.settings import Settings
from core.conversation.ports import WakeQueue
from core.driver import AtWork, Driver, Surroundings


@asynccontextmanager
async def _open(settings: Settings, surroundings: Surroundings) -> AsyncIterator[WakeQueue]:
    from adapters.arq.queue import ArqQueue

    async with ArqQueue(settings, surroundings.turn_limit) as queue:
        yield queue


def _worker_settings(settings: Settings, turn_limit: int, at_work: AtWork) -> type[Any]:
    from adapters.arq.hosting import worker_settings

    return worker_settings(settings, turn_limit, at_work)


driver: Driver[WakeQueue] = Driver(
    summary="Wakes the workers of several processes or machines, through Redis.",
    settings=Settings,
    open=_open,
    worker_settings=_worker_settings,
)
