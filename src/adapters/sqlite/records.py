"""What skills remember about people: documents that are written once, struck out perhaps, and never deleted."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters.sqlite.codec import decoded, encoded
from adapters.sqlite.instants import instant, instant_or_none, stored
from adapters.sqlite.rows import Row
from adapters.sqlite.writer import Transaction
from core.ai.records import Record, Scope, document_text


def put(tx: Transaction, scope: Scope, key: str, kind: str, at: datetime, document: Mapping[str, Any]) -> Record:
    tx.db.execute(
        "INSERT INTO record (workspace, contact, number, key, kind, at, document, recorded_at) VALUES (?1, ?2,"
        " (SELECT 1 + coalesce(max(number), 0) FROM record WHERE workspace = ?1 AND contact = ?2), ?3, ?4, ?5, ?6, ?7)"
        " ON CONFLICT DO NOTHING",
        (scope.workspace, scope.contact, key, kind, stored(at), document_text(document), tx.now),
    )
    first = get(tx.db, scope, key)
    assert first is not None  # noqa: S101 - it was there, or is now
    return first


def void(tx: Transaction, scope: Scope, key: str) -> Record | None:
    voided = tx.db.execute(
        "UPDATE record SET voided_at = coalesce(voided_at, ?) WHERE workspace = ? AND contact = ? AND key = ?"
        " RETURNING *",
        (tx.now, scope.workspace, scope.contact, key),
    ).fetchall()
    return next(map(_record, voided), None)


def get(db: sqlite3.Connection, scope: Scope, key: str) -> Record | None:
    row = db.execute(
        "SELECT * FROM record WHERE workspace = ? AND contact = ? AND key = ?", (scope.workspace, scope.contact, key)
    ).fetchone()
    return None if row is None else _record(row)


def find(
    db: sqlite3.Connection,
    scope: Scope,
    kinds: Collection[str],
    since: datetime | None,
    until: datetime | None,
    after: int,
    limit: int,
    *,
    voided: bool,
) -> Sequence[Record]:
    found = db.execute(
        _OF_KINDS if since is None and until is None else _IN_A_PERIOD,
        {
            "workspace": scope.workspace,
            "contact": scope.contact,
            "kinds": encoded(list(kinds)),
            "since": _FIRST if since is None else stored(since),
            "until": _LAST if until is None else stored(until),
            "after": after,
            "limit": limit,
            "voided": voided,
        },
    )
    return [_record(row) for row in found]


_FIRST, _LAST = -(2**63), 2**63 - 1

_OF_KINDS = """
SELECT * FROM record
WHERE workspace = :workspace AND contact = :contact AND number > :after
    AND kind IN (SELECT value FROM json_each(:kinds)) AND (:voided OR voided_at IS NULL)
ORDER BY number LIMIT :limit
"""

_IN_A_PERIOD = """
SELECT * FROM record INDEXED BY record_time
WHERE workspace = :workspace AND contact = :contact AND kind IN (SELECT value FROM json_each(:kinds))
    AND at >= :since AND at < :until AND number > :after AND (:voided OR voided_at IS NULL)
ORDER BY number LIMIT :limit
"""


def last(db: sqlite3.Connection, scope: Scope, kinds: Collection[str]) -> Record | None:
    """The newest of each kind, and of these the newest: together they would have to be sorted first."""
    whose = {"workspace": scope.workspace, "contact": scope.contact}
    found = [row for kind in kinds for row in db.execute(_LAST_OF_A_KIND, whose | {"kind": kind})]
    return max(map(_record, found), key=lambda record: record.number, default=None)


_LAST_OF_A_KIND = """
SELECT * FROM record INDEXED BY record_last
WHERE workspace = :workspace AND contact = :contact AND kind = :kind AND voided_at IS NULL
ORDER BY number DESC LIMIT 1
"""


def _record(row: Row) -> Record:
    return Record(
        key=row["key"],
        kind=row["kind"],
        at=instant(row["at"]),
        document=decoded(row["document"]),
        number=row["number"],
        recorded_at=instant(row["recorded_at"]),
        voided_at=instant_or_none(row["voided_at"]),
    )
