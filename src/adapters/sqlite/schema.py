"""The file: how it is opened, and how its schema comes to be what this version needs."""

import os
import sqlite3
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from adapters.sqlite.faults import translated
from core.errors import Permanent, RecadoError

_BUSY = 5.0
"""Seconds to wait for another process that writes; core repeats an operation that was refused."""


def open_to_write(path: Path) -> sqlite3.Connection:
    """The connection that writes, on a file that only its owner may read, with the newest schema."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
        db = _connected(f"{path.absolute().as_uri()}?mode=rw")
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from error
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA journal_size_limit = 67108864")
        _migrate(db)
    except sqlite3.Error as error:
        db.close()
        raise _unusable(path, error) from error
    except Permanent:
        db.close()
        raise
    return db


def open_to_read(path: Path) -> sqlite3.Connection:
    try:
        return _connected(f"{path.absolute().as_uri()}?mode=ro")
    except sqlite3.Error as error:
        raise _unusable(path, error) from error


def _connected(uri: str) -> sqlite3.Connection:
    # It moves to another thread once it is set up, and only one thread has it at any time.
    db = sqlite3.connect(
        uri, uri=True, timeout=_BUSY, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute("PRAGMA cache_size = -32768")
    return db


def _unusable(path: Path, error: Exception) -> RecadoError:
    fault = translated(error)
    kind = type(fault) if isinstance(fault, RecadoError) else Permanent
    return kind(f"{path} cannot be used: {fault}")


def _migrate(db: sqlite3.Connection) -> None:
    """Apply what is missing, in one transaction; another process that starts now waits and finds it done."""
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute(
            "CREATE TABLE IF NOT EXISTS migration (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL,"
            " applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) STRICT"
        )
        (last,) = db.execute("SELECT coalesce(max(number), 0) FROM migration").fetchone()
        known = dict(migrations())
        newest = max(known)
        if last > newest[0]:
            raise Permanent(
                f"the database has schema {last}, this Recado knows {newest[0]}: install the version that wrote it"
            )
        for (number, name), script in sorted(known.items()):
            if number > last:
                for statement in _statements(script):
                    _apply(db, statement)
                db.execute("INSERT INTO migration (number, name) VALUES (?, ?)", (number, name))
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _apply(db: sqlite3.Connection, statement: str) -> None:
    """Every statement may be repeated; sqlite has no words to say so of a column."""
    try:
        db.execute(statement)
    except sqlite3.OperationalError as error:
        if not str(error).startswith("duplicate column name"):
            raise


def migrations() -> Iterator[tuple[tuple[int, str], str]]:
    """Number and name, and the script, of every migration that this version knows."""
    for file in (files(__package__) / "migrations").iterdir():
        if file.name.endswith(".sql"):
            number, _, name = file.name.removesuffix(".sql").partition("_")
            yield (int(number), name), file.read_text(encoding="utf-8")


def _statements(script: str) -> Iterator[str]:
    """One after the other: `executescript` would commit what is open before it begins."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
