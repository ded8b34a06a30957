"""What an entry point of a driver holds: a line for people, its settings, and how it is opened.

A driver module offers one `Driver`; it imports its vendor inside `open`, so that listing drivers stays fast.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from core.identity.seal import NoSeal, Seal

T_co = TypeVar("T_co", covariant=True)

AtWork = Callable[[Any], AbstractAsyncContextManager[None]]
"""The application, at work on the queue it is given until the block ends."""


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
    seal: Seal = field(default_factory=NoSeal)
    """What a store seals secrets with; without one it refuses them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver(Generic[T_co]):
    """One way to fill a port. `settings` is a `pydantic_settings` class read from the environment only when chosen."""

    summary: str
    settings: type[Any]
    credentials: type[Any] | None = None
    """Of a channel: a pydantic class of what a line may have of its own, by name; None: its lines have none."""
    open: Callable[[Any, Surroundings], AbstractAsyncContextManager[T_co]]
    migrate: Callable[[Any, Surroundings], Awaitable[Sequence[str]]] | None = None
    """Brings a schema up to date while others use it, and gives the names of the steps that were missing. A driver
    without it does that when it is opened."""
    worker_settings: Callable[[Any, int, AtWork], type[Any]] | None = None
    """Of a queue whose library brings a command of its own that runs workers, such as `arq`: what that command asks
    for, made from the settings and the most turns at once. The command enters `AtWork` with its queue before the first
    hint, and leaves it after the last. An error of ours ends the command, with its text."""
