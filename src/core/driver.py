"""What an entry point of a driver holds: a line for people, its settings, and how it is opened.

A driver module offers one `Driver`; it imports its vendor inside `open`, so that listing drivers stays fast.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every driver may know of the application that opens it."""

    data: Path
    """The data folder; it exists."""
    public_url: str
    """Where the outside world reaches this app, without a trailing slash."""
    turn_limit: int
    """How many turns may run at once in this process; connection pools are sized by it."""
    works: bool
    """Whether this process works the queue (runs turns); a store with a lock file takes it only then."""
    clock: Callable[[], datetime] = _now
    """What a store without a server of its own takes for the time; evals begin on a day of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver(Generic[T_co]):
    """One way to fill a port. `settings` is a `pydantic_settings` class read from the environment only when chosen."""

    summary: str
    settings: type[Any]
    open: Callable[[Any, Surroundings], AbstractAsyncContextManager[T_co]]
