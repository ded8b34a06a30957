"""The one writer: a thread that runs operations and lets all that arrive during a commit share the next one.

An fsync costs what a hundred small operations cost; shared, it is paid once for all of them. Each operation has its own
savepoint, so one that fails does so alone.
"""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from secrets import token_hex
from typing import Any, TypeVar

from adapters.sqlite.faults import translated
from adapters.sqlite.instants import stored
from core.errors import RecadoError, Unavailable

T = TypeVar("T")

_BATCH = 256
"""Operations in one transaction at most: the first of them must not wait for ever."""
_RECORDS = 224
"""Of these, so many may be records: under a flood of webhooks the rest of the work still gets on."""


class Priority(IntEnum):
    """The order of service."""

    RENEW = 0
    """A lease that is not renewed is work done twice."""
    RECORD = 1
    """A provider is waiting for its acknowledgement."""
    REST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What an operation works in. `now` is the instant of everything that happens in it."""

    db: sqlite3.Connection
    now: int
    witnessed: bool
    """Whether this process notes the sends that leave it."""

    def new_id(self) -> str:
        """Unique everywhere, and in the order of time, so that what is new lies together in the indexes."""
        return f"{self.now:014x}{token_hex(9)}"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """What fails in here is undone here, and raised in the words of core."""
        self.db.execute("SAVEPOINT alone")
        try:
            yield
        except Exception as error:
            if self.db.in_transaction:
                self._undo()
            fault = translated(error)
            if fault is error:
                raise
            raise fault from error
        self.db.execute("RELEASE alone")

    def _undo(self) -> None:
        try:
            self.db.execute("ROLLBACK TO alone")
            self.db.execute("RELEASE alone")
        except sqlite3.Error:
            self.db.execute("ROLLBACK")  # better all of it than half of one


Operation = Callable[[Transaction], T]


@dataclass(frozen=True, slots=True)
class _Asked:
    operation: Operation[Any]
    answer: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Done:
    answer: asyncio.Future[Any]
    value: Any = None
    error: Exception | None = None


class Writer:
    """Owns the connection that writes, from the moment it is started."""

    def __init__(
        self,
        db: sqlite3.Connection,
        *,
        clock: Callable[[], datetime],
        witnessed: bool,
        between: Callable[[sqlite3.Connection], None],
    ) -> None:
        self.commits = 0
        self._db = db
        self._clock = clock
        self._witnessed = witnessed
        self._between = between
        """Called after a commit, before anybody is told of it. It does not raise."""
        self._loop = asyncio.get_running_loop()
        self._lanes: tuple[deque[_Asked], ...] = tuple(deque() for _ in Priority)
        self._arrived = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="sqlite writer", daemon=True)
        self._thread.start()

    async def run(self, operation: Operation[T], priority: Priority = Priority.REST) -> T:
        """The operation's answer, once it is on disk. A caller that is cancelled does not take it back."""
        if self._closing:
            raise Unavailable("the store is closed")
        answer: asyncio.Future[T] = self._loop.create_future()
        self._lanes[priority].append(_Asked(operation, answer))
        self._arrived.set()
        return await answer

    async def close(self) -> None:
        """Serve what has been asked, then stop."""
        self._closing = True
        self._arrived.set()
        await asyncio.to_thread(self._thread.join)
        self._db.close()

    # In the thread

    def _serve(self) -> None:
        while not (self._closing and not any(self._lanes)):
            self._arrived.wait()
            self._arrived.clear()
            while any(self._lanes):
                self._share_a_commit()

    def _share_a_commit(self) -> None:
        done: list[_Done] = []
        try:
            self._db.execute("BEGIN IMMEDIATE")
            now = stored(self._clock())
            transaction = Transaction(db=self._db, now=now, witnessed=self._witnessed)
            for asked in self._batch():
                done.append(_run(asked, transaction))
                if not self._db.in_transaction:  # a full disk makes sqlite undo everything at once
                    raise done[-1].error or Unavailable("the transaction was undone")
            self._db.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, the callers are told and the writer goes on
            if self._db.in_transaction:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
            done = self._failed(done, error)
        else:
            self.commits += 1
            self._between(self._db)
        self._loop.call_soon_threadsafe(_deliver, done)

    def _batch(self) -> Iterator[_Asked]:
        """The next operations in order of service, also those that arrive while earlier ones run."""
        records = 0
        for _ in range(_BATCH):
            renew, record, rest = self._lanes
            if renew:
                yield renew.popleft()
            elif record and (records < _RECORDS or not rest):
                records += 1
                yield record.popleft()
            elif rest:
                yield rest.popleft()
            else:
                return

    def _failed(self, done: list[_Done], error: Exception) -> list[_Done]:
        """Nothing of the batch was stored; where it could not even begin, what waits is told so too."""
        answers = [each.answer for each in done] or [asked.answer for asked in self._batch()]
        fault = translated(error)
        kind = type(fault) if isinstance(fault, RecadoError) else Unavailable
        return [_Done(answer, error=kind(f"nothing was stored: {fault}")) for answer in answers]


def _run(asked: _Asked, transaction: Transaction) -> _Done:
    try:
        with transaction.alone():
            return _Done(asked.answer, asked.operation(transaction))
    except Exception as error:  # noqa: BLE001 - it belongs to the caller, not to the writer
        return _Done(asked.answer, error=translated(error))


def _deliver(done: list[_Done]) -> None:
    """In the event loop, once per batch."""
    for each in done:
        if each.answer.done():
            continue  # its caller was cancelled
        if each.error is None:
            each.answer.set_result(each.value)
        else:
            each.answer.set_exception(each.error)
