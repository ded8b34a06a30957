"""What tests ask of processes and databases that are not theirs."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import psutil

_WITHIN = 30.0
_LOOK = 0.05


async def comes_true(condition: Callable[[], bool]) -> None:
    """Wait until it does. Raises `TimeoutError`."""
    async with asyncio.timeout(_WITHIN):
        while not condition():  # noqa: ASYNC110 - other processes tell nobody
            await asyncio.sleep(_LOOK)


def lives(pid: int) -> bool:
    """Whether it runs; what only waits to be taken away does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def value(url: str, query: str) -> Any:
    """The only value that a query gives."""
    connection = await asyncpg.connect(url, timeout=_WITHIN)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
