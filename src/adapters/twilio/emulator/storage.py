"""The emulator's memory on disk: what was accepted before a kill -9 is there afterwards. Without a file it is none."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

_SCHEMA = """
create table if not exists messages (number integer primary key, doc text not null);
create table if not exists log (id integer primary key, kind text not null, doc text not null);
create table if not exists files (sid text primary key, content blob not null);
create table if not exists kept (name text primary key, doc text not null);
"""
_FLUSH_AFTER = 0.1


class Kept(Protocol):
    """What a row of messages is made of."""

    number: int

    def doc(self) -> dict[str, Any]:
        """Everything, as JSON takes it."""


class Storage:
    """New messages are written at once, changes of them every 0.1 s.

    `synchronous` is off: a write is safe from the death of this process, which is what it is for, not of the machine.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._db: sqlite3.Connection | None = None
        self._dirty: dict[int, Kept] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._files: dict[str, bytes] = {}

    def open(self) -> None:
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        # What people wrote is in it: it is for its owner only, and so are the files that SQLite puts beside it.
        os.close(os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._file.chmod(0o600)
        self._db = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = off")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self.flush()
        if self._db is not None:
            self._db.close()
            self._db = None

    def put_message(self, message: Kept) -> None:
        if self._db is not None:
            self._db.execute("insert into messages values (?, ?)", (message.number, _text(message.doc())))

    def change(self, message: Kept) -> None:
        if self._db is None:
            return
        self._dirty[message.number] = message
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_FLUSH_AFTER, self.flush)

    def flush(self) -> None:
        """Write the changes that wait."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._db is not None and self._dirty:
            rows = [(number, _text(message.doc())) for number, message in self._dirty.items()]
            self._dirty.clear()
            self._db.execute("begin")
            self._db.executemany("insert or replace into messages values (?, ?)", rows)
            self._db.execute("commit")

    def messages(self) -> Iterator[dict[str, Any]]:
        """All messages, in order."""
        if self._db is not None:
            for (doc,) in self._db.execute("select doc from messages order by number"):
                yield json.loads(doc)

    def put_log(self, kind: str, doc: dict[str, Any]) -> None:
        if self._db is not None:
            self._db.execute("insert into log (kind, doc) values (?, ?)", (kind, _text(doc)))

    def log(self, kind: str) -> list[dict[str, Any]]:
        """Everything logged of a kind, in order."""
        if self._db is None:
            return []
        return [
            json.loads(doc) for (doc,) in self._db.execute("select doc from log where kind = ? order by id", (kind,))
        ]

    def keep(self, name: str, value: Any) -> None:
        if self._db is not None:
            self._db.execute("insert or replace into kept values (?, ?)", (name, _text(value)))

    def kept(self, name: str, default: Any) -> Any:
        row = self._db and self._db.execute("select doc from kept where name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def put_file(self, sid: str, content: bytes) -> None:
        if self._db is None:
            self._files[sid] = content
        else:
            self._db.execute("insert or replace into files values (?, ?)", (sid, content))

    def file(self, sid: str) -> bytes | None:
        if self._db is None:
            return self._files.get(sid)
        row = self._db.execute("select content from files where sid = ?", (sid,)).fetchone()
        return bytes(row[0]) if row else None

    def drop_file(self, sid: str) -> None:
        self._files.pop(sid, None)
        if self._db is not None:
            self._db.execute("delete from files where sid = ?", (sid,))


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
