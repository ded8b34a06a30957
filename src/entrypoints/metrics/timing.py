"""What no event tells: how long the store takes, and how late the event loop is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, cast

from core.conversation.ports import SendWitness
from core.errors import RecadoError, Unavailable
from core.storage import Storage
from entrypoints.metrics.catalogue import Metrics
from entrypoints.metrics.measures import Spread

_LOOK = 0.25
"""Seconds between looks at the loop."""


def timed(store: Storage, metrics: Metrics) -> Storage:
    """The same store, with every operation timed. It has the abilities that core may ask a store for, and no others."""
    ports: tuple[type, ...] = (Storage,)
    operations: dict[str, Any] = {
        name: staticmethod(_timed(getattr(store, name), name, metrics.store_calls))
        for name in sorted(Storage.__abstractmethods__)
    }
    if isinstance(store, SendWitness):
        ports = (Storage, SendWitness)
        operations["leaving"] = staticmethod(store.leaving)
    return cast("Storage", type("TimedStore", ports, operations)())


def _timed(operation: Callable[..., Awaitable[Any]], name: str, calls: Spread) -> Callable[..., Awaitable[Any]]:
    async def timed_operation(*args: Any, **named: Any) -> Any:
        began = perf_counter()
        outcome = "broken_off"
        try:
            answer = await operation(*args, **named)
            outcome = "ok"
        except Unavailable:
            outcome = "unavailable"
            raise
        except RecadoError:
            outcome = "refused"
            raise
        finally:
            calls.add(perf_counter() - began, name, outcome)
        return answer

    return timed_operation


@asynccontextmanager
async def watched_loop(metrics: Metrics) -> AsyncIterator[None]:
    """Look at how late the running loop is, until the block ends."""
    looking = asyncio.create_task(_look(metrics.lag), name="loop lag")
    try:
        yield
    finally:
        looking.cancel()


async def _look(lag: Spread) -> None:
    loop = asyncio.get_running_loop()
    while True:
        asked = loop.time()
        await asyncio.sleep(_LOOK)
        lag.add(max(0.0, loop.time() - asked - _LOOK))
