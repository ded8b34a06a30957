"""The operations of delivery: begin a send, settle it, and care for those that nobody settled."""

from collections.abc import Sequence
from datetime import timedelta

from adapters.sqlite import delivery, outbox
from adapters.sqlite.consent import opt_out
from adapters.sqlite.conversation import ConversationRow, load, save
from adapters.sqlite.instants import length, until
from adapters.sqlite.rows import Row, outbound_ref, to_address
from adapters.sqlite.unreadable import PUT_OFF_FOR, each_alone
from adapters.sqlite.writer import Transaction
from core.conversation.facts import FactKind
from core.conversation.lifecycle import Handler
from core.conversation.message import Author, ConversationRef, Status
from core.conversation.outbox import (
    Look,
    OutboundRef,
    Send,
    SettleAccepted,
    Settled,
    SettleFailed,
    SettleHeld,
    Settlement,
    SettleRetry,
    SettleUncertain,
)
from core.conversation.turn import Later, Nothing, Stale

_IN_THE_AIR = (Status.SENDING, Status.UNCERTAIN)


def begin_send(tx: Transaction, ref: ConversationRef, by: str, send_within: timedelta) -> Send | Later | Nothing:
    conversation = load(tx, ref)
    if conversation is None:
        return Nothing()
    send, waiting = outbox.advance(tx, conversation, f"begin {by}", send_within)
    save(tx, conversation)
    if send is not None:
        return send
    after = outbox.care_after(tx, waiting, Status.QUEUED)
    return Nothing() if after is None else Later(after=after)


def settle(
    tx: Transaction, ref: OutboundRef, attempt: int, outcome: Settlement, by: str, send_within: timedelta
) -> Settled | Stale:
    conversation = load(tx, ref.conversation)
    tried = tx.db.execute(
        "SELECT * FROM tried WHERE workspace = ? AND id = ? AND attempt = ? AND conversation = ?",
        (ref.conversation.workspace, ref.id, attempt, ref.conversation.id),
    ).fetchone()
    if conversation is None or tried is None:
        return Stale()
    holder = f"settle {ref.id} {attempt} {by}"
    first_answer = tx.db.execute(
        "SELECT after FROM settlement WHERE workspace = ? AND message = ? AND attempt = ? AND call = ?",
        (conversation.workspace, ref.id, attempt, by),
    ).fetchone()
    if first_answer is not None:
        wait = first_answer["after"]
        after = None if wait is None else timedelta(microseconds=wait)
        return Settled(send=outbox.resumed(tx, conversation, holder), after=after)
    if attempt != tried["attempts"] and not isinstance(outcome, SettleAccepted):
        return Stale()
    _apply(tx, conversation, tried, outcome)
    send, waiting = outbox.advance(tx, conversation, holder, send_within)
    save(tx, conversation)
    after = outbox.care_after(tx, waiting, Status.QUEUED, Status.UNCERTAIN)
    tx.db.execute(
        "INSERT INTO settlement (workspace, message, attempt, call, after) VALUES (?, ?, ?, ?, ?)",
        (conversation.workspace, ref.id, attempt, by, None if after is None else length(after)),
    )
    return Settled(send=send, after=after)


def _apply(tx: Transaction, conversation: ConversationRow, row: Row, outcome: Settlement) -> None:
    """Store an outcome. One that is not certain changes nothing in a row that a report has settled meanwhile."""
    in_the_air = row["status"] in _IN_THE_AIR
    match outcome:
        case SettleAccepted(provider_id=provider_id, status=status, rank=rank):
            delivery.merge(tx, conversation, row, provider_id=provider_id, status=status, rank=rank, why=None)
        case SettleFailed(why=why, rank=rank, opts_out=opts_out):
            delivery.merge_status(tx, conversation, row, Status.FAILED, rank, why, opts_out=opts_out)
            if opts_out:
                opt_out(tx, conversation, to_address(row), "provider")
        case SettleRetry(after=after, why=why, resend=resend) if in_the_air:
            queue_again(tx, conversation, row, why, at=tx.now + length(after), resend=resend)
        case SettleHeld(why=why) if in_the_air:
            _hold(tx, conversation, row, why)
            conversation.needs_human = 1
        case SettleUncertain(why=why, look_after=look_after) if in_the_air:
            doubt(tx, conversation, row, why, since=tx.now, look_at=tx.now + length(look_after))
        case _:
            pass


def queue_again(
    tx: Transaction, conversation: ConversationRow, row: Row, why: str, *, at: int, resend: bool = False
) -> None:
    """It goes out later, unless the assistant wrote it and a human has the conversation now."""
    if conversation.handler == Handler.HUMAN and row["author"] == Author.ASSISTANT:
        _hold(tx, conversation, row, "a colleague has taken over")
        return
    tx.db.execute(
        "UPDATE message SET status = 'queued', why = ?, care_at = ?, resends = resends + ?, holder = NULL,"
        " witnessed = 0 WHERE workspace = ? AND id = ?",
        (why, at, resend, row["workspace"], row["id"]),
    )


def _hold(tx: Transaction, conversation: ConversationRow, row: Row, why: str) -> None:
    tx.db.execute(
        "UPDATE message SET status = 'held', why = ?, care_at = NULL, holder = NULL, witnessed = 0"
        " WHERE workspace = ? AND id = ?",
        (why, row["workspace"], row["id"]),
    )
    outbox.hold_queued(tx, conversation, "an earlier part of this reply is held", reply=row["reply"])


def doubt(tx: Transaction, conversation: ConversationRow, row: Row, why: str, *, since: int, look_at: int) -> None:
    """Nobody knows whether it was accepted: the provider is asked at `look_at`."""
    if row["status"] == Status.SENDING:
        conversation.note(tx, FactKind.SEND_UNCERTAIN, message=row["id"], attempt=str(row["attempts"]))
    tx.db.execute(
        "UPDATE message SET status = 'uncertain', why = ?, care_at = ?, uncertain_at = coalesce(uncertain_at, ?),"
        " holder = NULL, witnessed = 0 WHERE workspace = ? AND id = ?",
        (why, look_at, since, row["workspace"], row["id"]),
    )


def overdue_sends(tx: Transaction, limit: int, by: str, send_within: timedelta) -> Sequence[Send | Look]:
    holder = f"overdue {by}"
    handed_before = tx.db.execute(
        "SELECT * FROM message WHERE holder = ? AND care_at > ? ORDER BY number LIMIT ?", (holder, tx.now, limit)
    ).fetchall()
    if handed_before:
        return each_alone(tx, handed_before, lambda row: _handed(tx, row), lambda row: _put_off(tx, row))
    overdue = tx.db.execute(
        "SELECT * FROM message AS row WHERE care_at <= ? AND NOT EXISTS ("
        " SELECT 1 FROM message AS earlier"
        " WHERE earlier.workspace = row.workspace AND earlier.conversation = row.conversation"
        " AND earlier.number < row.number"
        " AND (earlier.status = 'queued' OR earlier.status = 'sending' OR earlier.status = 'uncertain'))"
        " ORDER BY care_at, number LIMIT ?",
        (tx.now, limit),
    ).fetchall()
    return each_alone(tx, overdue, lambda row: _hand_out(tx, row, holder, send_within), lambda row: _put_off(tx, row))


def _put_off(tx: Transaction, row: Row) -> None:
    """It stays as it is, and its lane waits behind it; nobody is given it for a while, and it needs a human."""
    tx.db.execute(
        "UPDATE message SET care_at = ?, holder = NULL WHERE workspace = ? AND id = ?",
        (tx.now + PUT_OFF_FOR, row["workspace"], row["id"]),
    )
    tx.db.execute(
        "UPDATE conversation SET needs_human = 1 WHERE workspace = ? AND id = ?",
        (row["workspace"], row["conversation"]),
    )


def _hand_out(tx: Transaction, row: Row, holder: str, send_within: timedelta) -> Send | Look | None:
    """The first row of a lane that wants care: to be sent, or to be looked into."""
    conversation = _of(tx, row)
    if row["status"] == Status.QUEUED:
        send, _ = outbox.advance(tx, conversation, holder, send_within)
        save(tx, conversation)
        return send
    if row["status"] == Status.SENDING:
        doubt(tx, conversation, row, "nobody said how it ended", since=row["care_at"], look_at=tx.now)
        save(tx, conversation)
    tx.db.execute(
        "UPDATE message SET holder = ?, care_at = ?, looks = looks + 1 WHERE workspace = ? AND id = ?",
        (holder, tx.now + length(send_within), row["workspace"], row["id"]),
    )
    as_it_is_now = tx.db.execute(
        "SELECT * FROM message WHERE workspace = ? AND id = ?", (row["workspace"], row["id"])
    ).fetchone()
    return _handed(tx, as_it_is_now)


def _of(tx: Transaction, row: Row) -> ConversationRow:
    conversation = load(tx, outbound_ref(row).conversation)
    assert conversation is not None  # noqa: S101 - a foreign key says so
    return conversation


def _handed(tx: Transaction, row: Row) -> Send | Look:
    send = outbox.shown(tx, _of(tx, row), row)
    if row["status"] == Status.SENDING:
        return send
    taken = tx.db.execute(
        "SELECT provider_id FROM attempt WHERE workspace = ? AND line = ?"
        " AND (to_medium, to_kind, to_address) = (?, ?, ?) AND begun_at >= ? AND provider_id IS NOT NULL"
        " AND message <> ?",
        (
            row["workspace"],
            send.line.id,
            row["to_medium"],
            row["to_kind"],
            row["to_address"],
            row["begun_at"] - _TAKEN_SINCE,
            row["id"],
        ),
    )
    return Look(
        send=send,
        uncertain_for=until(tx.now, row["uncertain_at"]),
        looks=row["looks"] - 1,
        taken=frozenset(provider_id for (provider_id,) in taken),
    )


_TAKEN_SINCE = length(timedelta(days=1))
"""No copy that a provider shows for an attempt is older than the attempt; a day allows for any clock."""
