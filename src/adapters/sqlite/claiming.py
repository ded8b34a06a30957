"""Leases: claim a conversation to run its turn, keep it, and let it go without an answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.sqlite import outbox, pending, rows
from adapters.sqlite.conversation import ConversationRow, load, save
from adapters.sqlite.instants import instant, instant_or_none, length, until
from adapters.sqlite.rows import Row
from adapters.sqlite.turn import (
    TurnRow,
    close_turn,
    draft,
    drop_if_moot,
    load_turn,
    open_turn,
    prompt_messages,
    turn_ref,
)
from adapters.sqlite.writer import Transaction
from core.conversation.facts import FactKind
from core.conversation.message import Author, ConversationRef, Status
from core.conversation.turn import (
    Claim,
    Die,
    Ending,
    HandedBack,
    Later,
    Nothing,
    Released,
    Retry,
    Stale,
    TurnRef,
    TurnState,
)
from core.identity.model import Contact, ContactId, WorkspaceId


def claim(tx: Transaction, ref: ConversationRef, by: str, ttl: timedelta, history: int) -> Claim | Later | Nothing:
    conversation = load(tx, ref)
    if conversation is None:
        return Nothing()
    holder = f"claim {by}"
    if conversation.lease_until is not None and conversation.lease_until > tx.now:
        if conversation.lease_by == holder:
            return _claim_again(tx, conversation, history)
        return Nothing(sendable=_sendable(tx, conversation))
    if conversation.due_at is None:
        return Nothing(sendable=_sendable(tx, conversation))
    if conversation.due_at > tx.now:
        after = until(conversation.due_at, tx.now)
        return Later(after=after, sendable=_sendable(tx, conversation))
    return _claim(tx, conversation, holder, ttl, history)


def claim_due(tx: Transaction, limit: int, by: str, ttl: timedelta, history: int) -> Sequence[Claim]:
    holder = f"claim_due {by}"
    leased_before = tx.db.execute(
        "SELECT * FROM conversation WHERE lease_until > ? AND lease_by = ? ORDER BY due_at", (tx.now, holder)
    ).fetchall()
    if leased_before:
        return _readable(tx, leased_before, lambda conversation: _claim_again(tx, conversation, history))
    due = tx.db.execute(
        "SELECT * FROM conversation WHERE due_at <= ?1 AND (lease_until IS NULL OR lease_until <= ?1)"
        " ORDER BY due_at LIMIT ?2",
        (tx.now, limit),
    ).fetchall()
    return _readable(tx, due, lambda conversation: _claim(tx, conversation, holder, ttl, history))


_UNREADABLE = (ValueError, LookupError, TypeError)
"""What reading a row raises whose values are not what we write. Trouble with the file is another matter."""
_PUT_OFF = "put off: it cannot be read"
_PUT_OFF_FOR = length(timedelta(hours=1))


def _readable(tx: Transaction, found: Sequence[Row], claimed: Callable[[ConversationRow], Claim]) -> Sequence[Claim]:
    """Each claim alone. A conversation that cannot be read is put off, and needs a human, so that the others go on: it
    is leased to nobody for an hour, or until the next start of a worker, and loses nothing."""
    claims: list[Claim] = []
    for row in found:
        try:
            with tx.alone():
                claims.append(claimed(ConversationRow.of(row)))
        except _UNREADABLE:
            tx.db.execute(
                "UPDATE conversation SET lease_by = ?, lease_until = ?, needs_human = 1 WHERE workspace = ? AND id = ?",
                (_PUT_OFF, tx.now + _PUT_OFF_FOR, row["workspace"], row["id"]),
            )
    return claims


def _claim(tx: Transaction, conversation: ConversationRow, holder: str, ttl: timedelta, history: int) -> Claim:
    is_lost = conversation.lease_until is not None and conversation.lease_by != _PUT_OFF
    lost = conversation.turn if is_lost else None
    drop_if_moot(tx, conversation)
    conversation.epoch += 1
    newest = pending.unanswered(tx, conversation).newest
    turn = load_turn(tx, conversation.workspace, conversation.turn) or open_turn(tx, conversation, newest)
    if not turn.is_drafted:
        turn.read_to = newest
    turn.state = TurnState.RUNNING.value
    turn.attempts += turn.id == lost
    turn.write(tx, "turn")
    conversation.lease_by, conversation.lease_until = holder, tx.now + length(ttl)
    conversation.claimed_at = tx.now
    save(tx, conversation)
    return _shown(tx, conversation, turn, history)


def _claim_again(tx: Transaction, conversation: ConversationRow, history: int) -> Claim:
    turn = load_turn(tx, conversation.workspace, conversation.turn)
    assert turn is not None  # noqa: S101 - a lease is held for a turn
    return _shown(tx, conversation, turn, history)


def _shown(tx: Transaction, conversation: ConversationRow, turn: TurnRow, history: int) -> Claim:
    told = tx.db.execute(
        "SELECT line.*, contact.name FROM line, contact"
        " WHERE line.workspace = ? AND line.id = ? AND contact.workspace = ? AND contact.id = ?",
        (conversation.workspace, conversation.line, conversation.workspace, conversation.contact),
    ).fetchone()
    return Claim(
        turn=turn_ref(conversation, turn),
        epoch=conversation.epoch,
        attempts=turn.attempts,
        supersedes=turn.supersedes,
        read_to=turn.read_to,
        steps=turn.steps,
        journal=draft(tx, turn),
        conversation=conversation.shown(),
        contact=Contact(
            workspace=WorkspaceId(conversation.workspace),
            id=ContactId(conversation.contact),
            name=told["name"],
            address=conversation.replies_to,
        ),
        line=rows.line(told),
        messages=prompt_messages(tx, conversation, turn.read_to, history),
        previous_episode_at=instant_or_none(conversation.previous_episode_at),
        correlation=turn.correlation,
        now=instant(conversation.claimed_at or tx.now),
        sendable=_sendable(tx, conversation),
    )


def renew(tx: Transaction, leases: Sequence[tuple[TurnRef, int]], ttl: timedelta) -> frozenset[TurnRef]:
    return frozenset(turn for turn, epoch in leases if not _renew(tx, turn, epoch, tx.now + length(ttl)))


def _renew(tx: Transaction, turn: TurnRef, epoch: int, lease_until: int) -> bool:
    """A lease that has expired is renewed too, as long as nobody took it over."""
    renewed = tx.db.execute(
        "UPDATE conversation SET lease_until = max(lease_until, ?)"
        " WHERE workspace = ? AND id = ? AND turn = ? AND epoch = ? AND lease_until IS NOT NULL",
        (lease_until, turn.conversation.workspace, turn.conversation.id, turn.id, epoch),
    )
    return renewed.rowcount > 0


@dataclass(frozen=True, slots=True)
class Lease:
    """A turn and its conversation, as they stand with regard to a lease."""

    conversation: ConversationRow
    turn: TurnRow
    is_held: bool
    """An expired one is, too, until it is taken over."""
    ended_by: str | None
    """The operation that ended it."""


def lease_of(tx: Transaction, ref: TurnRef, epoch: int) -> Lease | None:
    conversation, turn = load(tx, ref.conversation), load_turn(tx, ref.conversation.workspace, ref.id)
    if conversation is None or turn is None or turn.conversation != conversation.id:
        return None
    return Lease(
        conversation,
        turn,
        is_held=conversation.turn == turn.id and conversation.epoch == epoch and conversation.lease_until is not None,
        ended_by=turn.ended_by if turn.ended_epoch == epoch else None,
    )


def held(tx: Transaction, ref: TurnRef, epoch: int) -> tuple[ConversationRow, TurnRow] | None:
    lease = lease_of(tx, ref, epoch)
    return (lease.conversation, lease.turn) if lease is not None and lease.is_held else None


def release(tx: Transaction, ref: TurnRef, epoch: int, how: Ending) -> Released | Stale:
    lease = lease_of(tx, ref, epoch)
    if lease is not None and lease.ended_by == "release":
        return _released(tx, lease.conversation)
    if lease is None or not lease.is_held:
        return Stale()
    conversation, turn = lease.conversation, lease.turn
    match how:
        case HandedBack():
            turn.state = TurnState.RETRY.value
            pending.hurry(tx, conversation)
        case Retry(after=after, why=why):
            turn.state, turn.why = TurnState.RETRY.value, why
            turn.attempts += 1
            conversation.retry_at = tx.now + length(after)
            conversation.note(tx, FactKind.TURN_RETRIED, turn=turn.id, why=why)
        case Die():
            _die(tx, conversation, turn, how)
    turn.ended_epoch, turn.ended_by = epoch, "release"
    turn.write(tx, "turn")
    conversation.end_lease()
    drop_if_moot(tx, conversation)
    save(tx, conversation)
    return _released(tx, conversation)


def _die(tx: Transaction, conversation: ConversationRow, turn: TurnRow, how: Die) -> None:
    waiting = pending.unanswered(tx, conversation).any_up_to(turn.read_to)
    if not conversation.assistant_may_act or not waiting:
        close_turn(tx, conversation, turn, TurnState.DROPPED, how.why)
        return
    close_turn(tx, conversation, turn, TurnState.DEAD, how.why)
    pending.mark_up_to(tx, conversation, turn.read_to, Status.DEAD, how.why)
    conversation.needs_human = 1
    last = conversation.apology_at
    if how.apology is not None and (last is None or last <= tx.now - length(how.apology_every)):
        outbox.write(
            tx,
            conversation,
            how.apology,
            author=Author.SYSTEM,
            reply=turn.id,
            correlation=turn.correlation,
            turn=turn.id,
        )
        conversation.apology_at = tx.now


def _released(tx: Transaction, conversation: ConversationRow) -> Released:
    due_at = conversation.due_at
    return Released(due_after=None if due_at is None else until(due_at, tx.now), sendable=_sendable(tx, conversation))


def _sendable(tx: Transaction, conversation: ConversationRow) -> bool:
    return not conversation.opted_out and outbox.sendable(tx, conversation)
