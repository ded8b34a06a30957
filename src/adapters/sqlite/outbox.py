"""The lane of a conversation: what we write goes out one row at a time, in order of recording.

A row that is `sending` or `uncertain` blocks the lane, and so does a queued one that waits for its next attempt.
"""

from datetime import timedelta

from adapters.sqlite import directory, rows
from adapters.sqlite.codec import content_from_text, content_to_text
from adapters.sqlite.conversation import ConversationRow
from adapters.sqlite.instants import instant, length, until
from adapters.sqlite.rows import Row
from adapters.sqlite.writer import Transaction
from core.conversation.content import Content
from core.conversation.facts import FactKind
from core.conversation.message import RANK, Author, MessageId, Status
from core.conversation.outbox import Send


def write(
    tx: Transaction,
    conversation: ConversationRow,
    text: str,
    *,
    author: Author,
    reply: str,
    correlation: str,
    held: str | None = None,
    turn: str | None = None,
    by: str | None = None,
) -> MessageId:
    """Add a message of ours, to where the person wrote from last on this line. `held`: why it is not to be sent."""
    message = tx.new_id()
    tx.db.execute(
        "INSERT INTO message (workspace, conversation, number, id, direction, author, content, status, why,"
        " recorded_at, episode, turn, reply, written_by, correlation, to_medium, to_kind, to_address, care_at)"
        " VALUES (?, ?, ?, ?, 'outbound', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *conversation.key,
            conversation.next_number(tx),
            message,
            author.value,
            content_to_text(Content(text=text)),
            "queued" if held is None else "held",
            held,
            tx.now,
            conversation.episode,
            turn,
            reply,
            by,
            correlation,
            conversation.medium,
            conversation.kind,
            conversation.address,
            tx.now if held is None else None,
        ),
    )
    return MessageId(message)


def first(tx: Transaction, conversation: ConversationRow) -> Row | None:
    """The row of the lane that counts: the one in flight, else the first queued one."""
    found: Row | None = tx.db.execute(
        "SELECT * FROM message WHERE workspace = ? AND conversation = ?"
        " AND (status = 'queued' OR status = 'sending' OR status = 'uncertain')"
        " ORDER BY status = 'queued', number LIMIT 1",
        conversation.key,
    ).fetchone()
    return found


def sendable(tx: Transaction, conversation: ConversationRow) -> bool:
    """The lane has a row that can be sent now."""
    row = first(tx, conversation)
    return row is not None and row["status"] == Status.QUEUED and row["care_at"] <= tx.now


def care_after(tx: Transaction, row: Row | None, *statuses: Status) -> timedelta | None:
    """After how long the row wants attention, if it has one of these statuses."""
    return until(row["care_at"], tx.now) if row is not None and row["status"] in statuses else None


def advance(
    tx: Transaction, conversation: ConversationRow, holder: str, send_within: timedelta, *, reply: str | None = None
) -> tuple[Send | None, Row | None]:
    """Begin the first row of the lane, if it can be sent now and is of this reply; else give the row that waits there.

    A row that the same holder began before, and nobody has settled since, is given again. What an opted-out person
    would get fails instead.
    """
    while (row := first(tx, conversation)) is not None and row["status"] == Status.QUEUED:
        if _is_out(tx, conversation, row):
            fail_queued(tx, conversation, "opted out", number=row["number"])
        elif row["care_at"] > tx.now or reply not in (None, row["reply"]):
            return None, row
        else:
            return _begin(tx, conversation, row, holder, send_within), None
    if row is not None and _is_held_by(row, holder):
        return shown(tx, conversation, row), None
    return None, row


def resumed(tx: Transaction, conversation: ConversationRow, holder: str) -> Send | None:
    """The send that this call began before, if nobody has settled it since: a repeat must never make a second copy."""
    row = first(tx, conversation)
    return shown(tx, conversation, row) if row is not None and _is_held_by(row, holder) else None


def _is_held_by(row: Row, holder: str) -> bool:
    return bool(row["status"] == Status.SENDING and row["holder"] == holder)


def _is_out(tx: Transaction, conversation: ConversationRow, row: Row) -> bool:
    """The person is opted out where they write from now, or where this row goes to."""
    to = row["to_medium"], row["to_kind"], row["to_address"]
    is_elsewhere = to != (conversation.medium, conversation.kind, conversation.address)
    return bool(conversation.opted_out) or (is_elsewhere and is_out(tx, conversation, *to))


def is_out(tx: Transaction, conversation: ConversationRow, medium: str, kind: str, address: str) -> bool:
    """The ledger of the line has this address."""
    found = tx.db.execute(
        "SELECT 1 FROM opt_out WHERE workspace = ? AND line = ? AND medium = ? AND kind = ? AND address = ?",
        (conversation.workspace, conversation.line, medium, kind, address),
    ).fetchone()
    return found is not None


def _begin(tx: Transaction, conversation: ConversationRow, row: Row, holder: str, send_within: timedelta) -> Send:
    attempt = row["attempts"] + 1
    tx.db.execute(
        "UPDATE message SET status = 'sending', why = NULL, attempts = ?, begun_at = coalesce(begun_at, ?),"
        " care_at = ?, uncertain_at = NULL, looks = 0, holder = ?, witnessed = ? WHERE workspace = ? AND id = ?",
        (attempt, tx.now, tx.now + length(send_within), holder, tx.witnessed, row["workspace"], row["id"]),
    )
    tx.db.execute(
        "INSERT INTO attempt (workspace, message, number, line, to_medium, to_kind, to_address, begun_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row["workspace"],
            row["id"],
            attempt,
            conversation.line,
            row["to_medium"],
            row["to_kind"],
            row["to_address"],
            tx.now,
        ),
    )
    return _send(tx, conversation, row, attempt, row["begun_at"] or tx.now)


def shown(tx: Transaction, conversation: ConversationRow, row: Row) -> Send:
    """A row in flight, as whoever sends it or looks for it is given it."""
    return _send(tx, conversation, row, row["attempts"], row["begun_at"])


def _send(tx: Transaction, conversation: ConversationRow, row: Row, attempt: int, begun_at: int) -> Send:
    return Send(
        ref=rows.outbound_ref(row),
        attempt=attempt,
        to=rows.to_address(row),
        text=content_from_text(row["content"]).text,
        line=directory.of(tx, conversation.line),
        correlation=row["correlation"],
        begun_at=instant(begun_at),
        resends=row["resends"],
    )


def fail_queued(
    tx: Transaction, conversation: ConversationRow, why: str, *, reply: str | None = None, number: int | None = None
) -> None:
    """All that is queued fails; or what is still queued of one reply; or one row."""
    failed = tx.db.execute(
        "UPDATE message SET status = 'failed', why = ?, rank = ?, care_at = NULL"
        " WHERE workspace = ? AND conversation = ? AND status = 'queued'"
        " AND reply = coalesce(?, reply) AND number = coalesce(?, number) RETURNING number, id",
        (why, RANK[Status.FAILED], *conversation.key, reply, number),
    ).fetchall()
    for _, message in sorted(map(tuple, failed)):
        conversation.note(tx, FactKind.SEND_FAILED, message=message, why=why)


def hold_queued(
    tx: Transaction,
    conversation: ConversationRow,
    why: str,
    *,
    reply: str | None = None,
    author: Author | None = None,
) -> None:
    """What is queued is not sent until a person says so; of one reply, or by one author."""
    tx.db.execute(
        "UPDATE message SET status = 'held', why = ?, care_at = NULL"
        " WHERE workspace = ? AND conversation = ? AND status = 'queued'"
        " AND reply = coalesce(?, reply) AND author = coalesce(?, author)",
        (why, *conversation.key, reply, author),
    )
