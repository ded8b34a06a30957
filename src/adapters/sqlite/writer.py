"""The one writer: operations run on the event loop, one after the other, and share a commit that a thread waits for.

An fsync costs what a hundred small operations cost; shared by all that arrives during the one before, it is paid once
for all of them. It is also the only step that waits, so it is the only one with a thread of its own: statements in a
thread would hand the interpreter's lock back and forth with the loop at each of them, which cost more than they do.
Each operation has its own savepoint, so one that fails does so alone.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from secrets import token_hex
from typing import Any, TypeVar

from adapters.sqlite.faults import translated
from adapters.sqlite.instants import stored
from core.errors import RecadoError, Unavailable
from core.identity.seal import Seal

T = TypeVar("T")

_BATCH = 64
"""Operations in one transaction at most: each holds up the loop for some 0.1 ms."""
_RECORDS = 56
"""Of these, so many may be records: under a flood of webhooks the rest of the work still gets on."""
_PATIENCE = 5.0
"""Seconds to wait for another process that writes."""
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


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
    seal: Seal

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
    """Owns the connection that writes, from the moment it is made. Only one thread uses it at any time: the event
    loop's while operations run, its own while it commits."""

    def __init__(
        self,
        db: sqlite3.Connection,
        *,
        clock: Callable[[], datetime],
        witnessed: bool,
        seal: Seal,
        between: Callable[[sqlite3.Connection], None],
    ) -> None:
        self.commits = 0
        self._db = db
        self._clock = clock
        self._witnessed = witnessed
        self._seal = seal
        self._between = between
        """Called after a commit, before anybody is told of it. It does not raise."""
        self._loop = asyncio.get_running_loop()
        db.execute("PRAGMA busy_timeout = 0")  # waiting for another process must not hold up the loop: see `_refused`
        self._lanes: tuple[deque[_Asked], ...] = tuple(deque() for _ in Priority)
        self._committer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite commit")
        self._busy = False
        self._refused_since: float | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False

    async def run(self, operation: Operation[T], priority: Priority = Priority.REST) -> T:
        """The operation's answer, once it is on disk. A caller that is cancelled does not take it back."""
        if self._closing:
            raise Unavailable("the store is closed")
        answer: asyncio.Future[T] = self._loop.create_future()
        self._lanes[priority].append(_Asked(operation, answer))
        if not self._busy:
            self._busy = True
            self._idle.clear()
            self._loop.call_soon(self._begin)  # after all that is ready now: it shares the commit
        return await answer

    async def close(self) -> None:
        """Serve what has been asked, then stop."""
        self._closing = True
        await self._idle.wait()
        self._committer.shutdown()
        self._db.close()

    def _begin(self) -> None:
        """Run what waits, and hand the commit to its thread."""
        self._undo()  # should a rollback have failed once, this is where it is made good
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._refused(error)
            return
        self._refused_since = None
        done: list[_Done] = []
        try:
            transaction = Transaction(
                db=self._db, now=stored(self._clock()), witnessed=self._witnessed, seal=self._seal
            )
            for asked in self._batch():
                done.append(_run(asked, transaction))
                if not self._db.in_transaction:  # a full disk makes sqlite undo everything at once
                    raise done[-1].error or Unavailable("the transaction was undone")
        except Exception as error:  # noqa: BLE001 - whatever it is, the callers are told and the writer goes on
            self._undo()
            self._finish(self._failed(done, error))
        else:
            self._committer.submit(self._commit, done)

    def _commit(self, done: list[_Done]) -> None:
        """In the thread: the only step that waits for the disk."""
        try:
            self._db.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, the callers are told and the writer goes on
            self._undo()
            done = self._failed(done, error)
        else:
            self.commits += 1
            self._between(self._db)
        self._loop.call_soon_threadsafe(self._finish, done)

    def _finish(self, done: list[_Done]) -> None:
        _deliver(done)
        if any(self._lanes):
            self._loop.call_soon(self._begin)
        else:
            self._busy = False
            self._idle.set()

    def _refused(self, error: sqlite3.Error) -> None:
        """Another process writes: try again soon, without holding up the loop; after a while tell all who wait."""
        now = self._loop.time()
        self._refused_since = self._refused_since or now
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _BUSY and now - self._refused_since < _PATIENCE:
            self._loop.call_later(0.002, self._begin)
        else:
            self._refused_since = None
            self._finish(self._failed([], error))

    def _undo(self) -> None:
        if self._db.in_transaction:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")

    def _batch(self) -> Iterator[_Asked]:
        """The next operations in order of service."""
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
        """Nothing of the batch was stored; where it could not even begin, all who wait are told so."""
        answers = [each.answer for each in done]
        if not answers:
            answers = [asked.answer for lane in self._lanes for asked in lane]
            for lane in self._lanes:
                lane.clear()
        fault = translated(error)
        kind = type(fault) if isinstance(fault, RecadoError) else Unavailable
        return [_Done(answer, error=kind(f"nothing was stored: {fault}")) for answer in answers]


def _run(asked: _Asked, transaction: Transaction) -> _Done:
    try:
        with transaction.alone():
            return _Done(asked.answer, asked.operation(transaction))
    except StopIteration as error:  # which a future does not take
        return _Done(asked.answer, error=RuntimeError(f"an operation stopped: {error}"))
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
