"""Workspaces and lines: what the operations write, and the memory that lets every webhook read a line for nothing."""

import time
from collections.abc import Sequence

from adapters.sqlite import rows
from adapters.sqlite.writer import Transaction
from core.identity.model import Line, LineId


def seed(tx: Transaction, new: Sequence[Line]) -> Sequence[Line]:
    if tx.db.execute("SELECT 1 FROM line LIMIT 1").fetchone() is None:
        for line in new:
            put(tx, line)
    return [rows.line(row) for row in tx.db.execute("SELECT * FROM line ORDER BY id")]


def put(tx: Transaction, line: Line) -> None:
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
