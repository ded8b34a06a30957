"""Workspaces and lines: what the operations write, and the memory that lets every webhook read a line for nothing."""

import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from adapters.sqlite import rows
from adapters.sqlite.writer import Transaction
from core.identity.model import Line, LineId
from core.identity.seal import Seal, sealed_anew, sealed_credentials

_LINES = (
    "SELECT line.*, sealed FROM line"
    " LEFT JOIN line_secret ON line_secret.workspace = line.workspace AND line_secret.line = line.id"
)


def seed(tx: Transaction, new: Sequence[Line]) -> Sequence[Line]:
    if tx.db.execute("SELECT 1 FROM line LIMIT 1").fetchone() is None:
        for line in new:
            put(tx, line)
    return lines(tx.db, tx.seal)


def put(tx: Transaction, line: Line) -> None:
    sealed = sealed_credentials(line, tx.seal)
    tx.db.execute("DELETE FROM line_secret WHERE line = ?", (line.id,))
    tx.db.execute("INSERT INTO workspace (id) VALUES (?) ON CONFLICT DO NOTHING", (line.workspace,))
    tx.db.execute(
        "INSERT INTO line (workspace, id, channel, medium, kind, address, account) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET workspace = excluded.workspace, channel = excluded.channel,"
        " medium = excluded.medium, kind = excluded.kind, address = excluded.address, account = excluded.account",
        (
            line.workspace,
            line.id,
            line.channel,
            line.address.medium.value,
            line.address.kind.value,
            line.address.value,
            line.account,
        ),
    )
    if sealed is not None:
        tx.db.execute(
            "INSERT INTO line_secret (workspace, line, sealed) VALUES (?, ?, ?)", (line.workspace, line.id, sealed)
        )


def reseal(tx: Transaction, id_: LineId) -> bool:
    row = _row(tx.db, id_)
    if row is None or row["sealed"] is None:
        return False
    sealed = sealed_anew(rows.line(row, tx.seal), row["sealed"], tx.seal)
    tx.db.execute("UPDATE line_secret SET sealed = ? WHERE line = ?", (sealed, id_))
    return True


def of(tx: Transaction, id_: str) -> Line:
    """The line of a conversation, which is there."""
    return rows.line(_row(tx.db, id_), tx.seal)


def line(db: sqlite3.Connection, id_: LineId, seal: Seal) -> Line | None:
    row = _row(db, id_)
    return None if row is None else rows.line(row, seal)


def lines(db: sqlite3.Connection, seal: Seal) -> Sequence[Line]:
    return [rows.line(row, seal) for row in db.execute(_LINES + " ORDER BY line.id")]


def _row(db: sqlite3.Connection, id_: str) -> Any:
    return db.execute(_LINES + " WHERE line.id = ?", (id_,)).fetchone()


class LineMemory:
    """Lines as they were read last, for a few seconds: another process may change them."""

    _KEPT = 5.0

    def __init__(self) -> None:
        self._lines: dict[LineId, tuple[Line, float]] = {}
        self.changes = 0

    def get(self, id_: LineId) -> Line | None:
        line, read_at = self._lines.get(id_, (None, 0.0))
        return line if time.monotonic() - read_at < self._KEPT else None

    def keep(self, line: Line, *, changes: int) -> None:
        """`changes` is how many there had been when reading began: what was read before the last one is not kept."""
        if changes == self.changes:
            self._lines[line.id] = line, time.monotonic()

    def forget(self) -> None:
        self.changes += 1
        self._lines.clear()
