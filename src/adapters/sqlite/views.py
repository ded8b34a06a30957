"""Plain reads, on a connection of their own: they never wait for the writer, and it never for them."""

import re
import sqlite3
from collections.abc import Mapping, Sequence

from adapters.sqlite import books, rows
from adapters.sqlite.conversation import ConversationRow
from core.conversation.facts import RecordedFact
from core.conversation.lifecycle import Conversation
from core.conversation.message import ConversationRef, Message, TurnId
from core.conversation.turn import Step, TurnRecord, TurnState
from core.errors import Rejected
from core.identity.model import Address, Contact, ContactId, WorkspaceId


def conversation(db: sqlite3.Connection, ref: ConversationRef) -> Conversation | None:
    row = db.execute("SELECT * FROM conversation WHERE workspace = ? AND id = ?", (ref.workspace, ref.id)).fetchone()
    return None if row is None else ConversationRow.of(row).shown()


def conversations(
    db: sqlite3.Connection, workspace: WorkspaceId, after: str | None, limit: int, needs_human: bool | None
) -> tuple[Sequence[Conversation], str | None]:
    """The token of the next page is where this one ended: the instant and the id of its last conversation."""
    before_at, before_id = _LAST if after is None else _ended_at(after)
    found = db.execute(
        _NEEDING_A_HUMAN if needs_human else _CONVERSATIONS,
        {
            "workspace": workspace,
            "before_at": before_at,
            "before_id": before_id,
            "needs_human": needs_human,
            "limit": limit + 1,
        },
    ).fetchall()
    page = [ConversationRow.of(row) for row in found[:limit]]
    token = f"{page[-1].last_message_at}-{page[-1].id}" if page and len(found) > limit else None
    return [each.shown() for each in page], token


_LAST = (2**63 - 1, "")

_CONVERSATIONS = """
SELECT * FROM conversation
WHERE workspace = :workspace AND (last_message_at, id) < (:before_at, :before_id)
    AND needs_human = coalesce(:needs_human, needs_human)
ORDER BY last_message_at DESC, id DESC LIMIT :limit
"""

_NEEDING_A_HUMAN = """
SELECT * FROM conversation
WHERE workspace = :workspace AND (last_message_at, id) < (:before_at, :before_id) AND needs_human = 1
ORDER BY last_message_at DESC, id DESC LIMIT :limit
"""
"""As above, in words that find the index."""


def _ended_at(token: str) -> tuple[int, str]:
    at, _, id_ = token.partition("-")
    if re.fullmatch(r"[0-9]{1,18}", at) is None:
        raise Rejected(_NO_TOKEN)
    return int(at), _ended_with(id_)


def _ended_with(token: str) -> str:
    """The id of the last one of a page that is in the order of ids."""
    if re.fullmatch(r"[0-9a-f]{32}", token) is None:
        raise Rejected(_NO_TOKEN)
    return token


_NO_TOKEN = "this is no token of a page: give what the page before answered"  # noqa: S105 - nor is it a secret


def messages(db: sqlite3.Connection, ref: ConversationRef, after: int, limit: int) -> Sequence[Message]:
    found = db.execute(
        "SELECT * FROM message WHERE workspace = ? AND conversation = ? AND number > ? ORDER BY number LIMIT ?",
        (ref.workspace, ref.id, after, limit),
    )
    return [rows.message(row) for row in found]


def turns(db: sqlite3.Connection, ref: ConversationRef, before: TurnId | None, limit: int) -> Sequence[TurnRecord]:
    opened_before = _NEVER if before is None else _opened_in(db, ref, before)
    found = db.execute(
        "SELECT * FROM turn WHERE workspace = ? AND conversation = ? AND opened_in < ? ORDER BY opened_in DESC LIMIT ?",
        (ref.workspace, ref.id, opened_before, limit),
    ).fetchall()
    return [_turn(db, row) for row in found]


_NEVER = 2**63 - 1


def _opened_in(db: sqlite3.Connection, ref: ConversationRef, turn: TurnId) -> int:
    found = db.execute(
        "SELECT opened_in FROM turn WHERE workspace = ? AND id = ? AND conversation = ?", (ref.workspace, turn, ref.id)
    ).fetchone()
    if found is None:
        raise Rejected("there is no such turn in this conversation")
    (opened_in,) = found
    return int(opened_in)


def turns_of(
    db: sqlite3.Connection, workspace: WorkspaceId, state: TurnState | None, after: str | None, limit: int
) -> tuple[Sequence[TurnRecord], str | None]:
    """The id of a turn is in the order in which they were opened."""
    found = db.execute(
        _TURNS if state in (None, TurnState.COMMITTED) else _TURNS_NOT_COMMITTED,
        {
            "workspace": workspace,
            "before": _AFTER_ANY_ID if after is None else _ended_with(after),
            "state": state,
            "limit": limit + 1,
        },
    ).fetchall()
    page = [_turn(db, row) for row in found[:limit]]
    return page, page[-1].ref.id if page and len(found) > limit else None


_AFTER_ANY_ID = "g"

_TURNS = """
SELECT * FROM turn
WHERE workspace = :workspace AND id < :before AND state = coalesce(:state, state) ORDER BY id DESC LIMIT :limit
"""

_TURNS_NOT_COMMITTED = """
SELECT * FROM turn
WHERE workspace = :workspace AND id < :before AND state = :state AND state <> 'committed'
ORDER BY id DESC LIMIT :limit
"""
"""As above, in words that find the index."""


def _turn(db: sqlite3.Connection, row: rows.Row) -> TurnRecord:
    return rows.turn(row, _journal(db, row), books.calls_of(db, row))


def _journal(db: sqlite3.Connection, turn: rows.Row) -> tuple[Step, ...]:
    found = db.execute(
        "SELECT * FROM step WHERE workspace = ? AND turn = ? ORDER BY number, kind", (turn["workspace"], turn["id"])
    )
    return tuple(rows.step(row) for row in found)


def facts(db: sqlite3.Connection, ref: ConversationRef, after: int, limit: int) -> Sequence[RecordedFact]:
    found = db.execute(
        "SELECT * FROM fact WHERE workspace = ? AND conversation = ? AND number > ? ORDER BY number LIMIT ?",
        (ref.workspace, ref.id, after, limit),
    )
    return [rows.fact(row) for row in found]


def contact(db: sqlite3.Connection, workspace: WorkspaceId, id_: ContactId) -> Contact | None:
    row = db.execute("SELECT * FROM contact WHERE workspace = ? AND id = ?", (workspace, id_)).fetchone()
    return None if row is None else rows.contact(row)


def contacts(
    db: sqlite3.Connection, workspace: WorkspaceId, after: str | None, limit: int
) -> tuple[Sequence[Contact], str | None]:
    found = db.execute(
        _CONTACTS,
        {"workspace": workspace, "after": "" if after is None else _ended_with(after), "limit": limit + 1},
    ).fetchall()
    page = [rows.contact(row) for row in found[:limit]]
    return page, page[-1].id if page and len(found) > limit else None


_CONTACTS = "SELECT * FROM contact WHERE workspace = :workspace AND id > :after ORDER BY id LIMIT :limit"


def addresses(db: sqlite3.Connection, workspace: WorkspaceId, id_: ContactId) -> Sequence[Address]:
    found = db.execute(
        "SELECT * FROM contact_address WHERE workspace = ? AND contact = ? ORDER BY rowid", (workspace, id_)
    )
    return [rows.address(row) for row in found]


def counts(db: sqlite3.Connection) -> Mapping[str, int]:
    return dict(map(tuple, db.execute(_COUNTS)))


_COUNTS = """
SELECT 'pending', count(*) FROM message WHERE status = 'pending'
UNION ALL SELECT 'dead', count(*) FROM message WHERE status = 'dead'
UNION ALL SELECT 'uncertain', count(*) FROM message WHERE status = 'uncertain'
UNION ALL SELECT 'queued', count(*) FROM message WHERE status = 'queued'
UNION ALL SELECT 'duplicate_send_detected',
    coalesce((SELECT value FROM counter WHERE name = 'duplicate_send_detected'), 0)
"""
