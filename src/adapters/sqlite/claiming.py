"""Leases: claim a conversation to run its turn, keep it, and let it go without an answer."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from adapters.sqlite import books, directory, outbox, pending
from adapters.sqlite.conversation import ConversationRow, load, save
from adapters.sqlite.instants import instant, instant_or_none, length, until
from adapters.sqlite.lease import lease_of
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
from adapters.sqlite.unreadable import PUT_OFF_FOR, each_alone
from adapters.sqlite.writer import Transaction
from core.conversation.facts import FactKind
from core.conversation.message import Author, ConversationRef, Status
from core.conversation.turn import (
    Claim,
    Die,
    Ending,
    HandedBack,
    Later,
    ModelCall,
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


_PUT_OFF = "put off: it cannot be read"


def _readable(tx: Transaction, found: Sequence[Row], claimed: Callable[[ConversationRow], Claim]) -> Sequence[Claim]:
    """A conversation that cannot be read is leased to nobody, for a while or until the next start of a worker, and
    needs a human; it loses nothing."""

    def put_off(row: Row) -> None:
        tx.db.execute(
            "UPDATE conversation SET lease_by = ?, lease_until = ?, needs_human = 1 WHERE workspace = ? AND id = ?",
            (_PUT_OFF, tx.now + PUT_OFF_FOR, row["workspace"], row["id"]),
        )

    return each_alone(tx, found, lambda row: claimed(ConversationRow.of(row)), put_off)


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
    (name,) = tx.db.execute(
        "SELECT name FROM contact WHERE workspace = ? AND id = ?", (conversation.workspace, conversation.contact)
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
            name=name,
            address=conversation.replies_to,
        ),
        line=directory.of(tx, conversation.line),
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


def release(tx: Transaction, ref: TurnRef, epoch: int, how: Ending, calls: Sequence[ModelCall]) -> Released | Stale:
    lease = lease_of(tx, ref, epoch)
    if lease is not None and lease.ended_by == "release":
        return _released(tx, lease.conversation)
    if lease is None or not lease.is_held:
        return Stale()
    conversation, turn = lease.conversation, lease.turn
    books.record(tx, conversation, turn, calls)
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
