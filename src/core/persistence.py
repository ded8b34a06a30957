"""Our own store may fail to answer like any network: repeat an operation until it does. Repeats answer the same."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from core.errors import Unavailable

T = TypeVar("T")

_WAITS = (0.05, 0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between tries; in all well within a lease, if a store that is away refuses at once."""


async def persist(operation: Callable[[], Awaitable[T]]) -> T:
    """The operation's answer. Raises `StoreLost` when the store stays unavailable for about 8 s, and for as long as its
    refusals take beside: one that hangs may take longer than a lease, and what comes late is refused as stale."""
    for wait in _WAITS:
        try:
            return await operation()
        except Unavailable:
            await asyncio.sleep(wait)
    try:
        return await operation()
    except Unavailable as error:
        raise StoreLost(str(error)) from error


class StoreLost(Exception):
    """The store did not answer: let go of what is held; the sweep takes it up again."""
