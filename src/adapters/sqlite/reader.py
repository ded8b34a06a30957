"""The one reader: a read-only connection in its own thread, which sees what was committed and never waits for more."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from adapters.sqlite.faults import translated
from core.errors import Unavailable

T = TypeVar("T")


class Reader:
    """Owns the connection that reads."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite reader")
        self._closed = False

    async def run(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """What `read` finds, in one snapshot."""
        if self._closed:
            raise Unavailable("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read, read)

    def _read(self, read: Callable[[sqlite3.Connection], T]) -> T:
        try:
            self._db.execute("BEGIN")
            try:
                return read(self._db)
            finally:
                self._db.execute("ROLLBACK")
        except Exception as error:
            fault = translated(error)
            if fault is error:
                raise
            raise fault from error

    async def close(self) -> None:
        self._closed = True
        await asyncio.to_thread(self._thread.shutdown)
        self._db.close()
