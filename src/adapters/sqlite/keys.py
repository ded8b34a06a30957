"""API keys: what the operations write, and how one is found. Of a key itself only the digest is kept."""

import sqlite3
from collections.abc import Sequence
from datetime import timedelta

from adapters.sqlite.instants import instant, instant_or_none, length
from adapters.sqlite.rows import Row
from adapters.sqlite.writer import Transaction
from core.errors import Conflict, Rejected
from core.identity.model import ApiKey, KeyId, Permission, WorkspaceId


def put(
    tx: Transaction,
    workspace: WorkspaceId,
    key: KeyId,
    digest: bytes,
    name: str,
    permissions: frozenset[Permission],
    expires_in: timedelta | None,
) -> ApiKey:
    if tx.db.execute("SELECT 1 FROM workspace WHERE id = ?", (workspace,)).fetchone() is None:
        raise Rejected("there is no such workspace: a workspace begins with its first line")
    tx.db.execute(
        "INSERT INTO api_key (workspace, id, digest, name, permissions, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            workspace,
            key,
            digest,
            name,
            " ".join(sorted(permissions)),
            tx.now,
            None if expires_in is None else tx.now + length(expires_in),
        ),
    )
    row = tx.db.execute(
        "SELECT * FROM api_key WHERE workspace = ? AND id = ? AND digest = ?", (workspace, key, digest)
    ).fetchone()
    if row is None:
        raise Conflict("there is another key of this id, or of this secret: make a new one")
    return _key(row)


def revoke(tx: Transaction, workspace: WorkspaceId, key: KeyId) -> ApiKey | None:
    revoked = tx.db.execute(
        "UPDATE api_key SET revoked_at = coalesce(revoked_at, ?) WHERE workspace = ? AND id = ? RETURNING *",
        (tx.now, workspace, key),
    ).fetchall()
    return next(map(_key, revoked), None)


def of(db: sqlite3.Connection, digest: bytes, now: int) -> ApiKey | None:
    row = db.execute(
        "SELECT * FROM api_key WHERE digest = ? AND revoked_at IS NULL AND coalesce(expires_at > ?, 1)", (digest, now)
    ).fetchone()
    return None if row is None else _key(row)


def every(db: sqlite3.Connection, workspace: WorkspaceId) -> Sequence[ApiKey]:
    return [_key(row) for row in db.execute("SELECT * FROM api_key WHERE workspace = ? ORDER BY id", (workspace,))]


def _key(row: Row) -> ApiKey:
    return ApiKey(
        workspace=WorkspaceId(row["workspace"]),
        id=KeyId(row["id"]),
        name=row["name"],
        permissions=frozenset(map(Permission, row["permissions"].split())),
        created_at=instant(row["created_at"]),
        expires_at=instant_or_none(row["expires_at"]),
        revoked_at=instant_or_none(row["revoked_at"]),
    )
