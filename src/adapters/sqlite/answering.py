"""What a running turn writes: its steps, its news, and its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.sqlite import books, outbox, pending
from adapters.sqlite.codec import entry_to_text
from adapters.sqlite.conversation import ConversationRow, save
from adapters.sqlite.instants import until
from adapters.sqlite.lease import held, lease_of
from adapters.sqlite.turn import TurnRow, close_turn, prompt_messages
from adapters.sqlite.writer import Transaction
from core.conversation.facts import Fact, FactKind
from core.conversation.lifecycle import Handler, State
from core.conversation.message import Author, Status
from core.conversation.outbox import Send
from core.conversation.turn import (
    Asked,
    Committed,
    Dropped,
    Entry,
    ModelCall,
    News,
    Refused,
    Stale,
    Suggested,
    Superseded,
    TurnRef,
    TurnState,
)


def journal(tx: Transaction, ref: TurnRef, epoch: int, step: int, entry: Entry) -> News | Stale:
    found = held(tx, ref, epoch)
    if found is None:
        return Stale()
    conversation, turn = found
    kind, text = entry_to_text(entry)
    is_known = tx.db.execute(
        "SELECT 1 FROM step WHERE workspace = ? AND turn = ? AND number = ? AND kind = ?",
        (turn.workspace, turn.id, step, kind),
    ).fetchone()
    acts = isinstance(entry, Asked) and entry.effects
    refused = not is_known and acts and not conversation.assistant_may_act
    if isinstance(entry, Asked):
        books.record(tx, conversation, turn, (entry.call,))  # whatever becomes of the answer, it is paid for
    if not is_known and not refused:
        tx.db.execute(
            "INSERT INTO step (workspace, turn, number, kind, entry, recorded_at) VALUES (?, ?, ?, ?, ?, ?)",
            (turn.workspace, turn.id, step, kind, text, tx.now),
        )
        turn.acts = int(turn.acts or acts)
        turn.steps = max(turn.steps, step + 1)
    turn.write(tx, "turn")
    return News(
        newest_pending=pending.unanswered(tx, conversation).newest,
        handler=Handler(conversation.handler),
        opted_out=bool(conversation.opted_out),
        closed=conversation.state == State.CLOSED,
        refused=refused,
    )


def supersede(
    tx: Transaction, ref: TurnRef, epoch: int, read_to: int, at_most: int, history: int
) -> Superseded | Refused | Stale:
    found = held(tx, ref, epoch)
    if found is None:
        return Stale()
    conversation, turn = found
    if turn.read_to > read_to:
        return _superseded(tx, conversation, turn, history)
    newest = pending.unanswered(tx, conversation).newest
    if newest <= turn.read_to or turn.acts or turn.supersedes >= at_most:
        return Refused()
    _supersede(tx, conversation, turn, newest)
    return _superseded(tx, conversation, turn, history)


def _supersede(tx: Transaction, conversation: ConversationRow, turn: TurnRow, read_to: int) -> None:
    turn.read_to = read_to
    turn.draft_from = turn.steps
    turn.supersedes += 1
    turn.write(tx, "turn")
    conversation.note(tx, FactKind.TURN_SUPERSEDED, turn=turn.id)
    save(tx, conversation)


def _superseded(tx: Transaction, conversation: ConversationRow, turn: TurnRow, history: int) -> Superseded:
    return Superseded(
        read_to=turn.read_to,
        steps=turn.steps,
        messages=prompt_messages(tx, conversation, turn.read_to, history),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a turn wants to write."""

    replies: Sequence[str]
    facts: Sequence[Fact]
    calls: Sequence[ModelCall]
    asked: bool


Ended = Committed | Superseded | Suggested | Dropped | Stale


def commit(
    tx: Transaction,
    ref: TurnRef,
    epoch: int,
    work: Work,
    *,
    read_to: int,
    supersede_at_most: int,
    history: int,
    send_within: timedelta,
) -> Ended:
    lease = lease_of(tx, ref, epoch)
    if lease is not None and lease.ended_by == "commit":
        return _ended_before(tx, lease.conversation, lease.turn)
    if lease is None or not lease.is_held:
        return Stale()
    conversation, turn = lease.conversation, lease.turn
    books.record(tx, conversation, turn, work.calls)
    if turn.read_to > read_to:
        turn.write(tx, "turn")
        return _superseded(tx, conversation, turn, history)
    unanswered = pending.unanswered(tx, conversation)
    if conversation.opted_out:
        state = TurnState.DROPPED
    elif not conversation.assistant_may_act:
        state = TurnState.SUGGESTED
    elif not unanswered.any_up_to(turn.read_to):
        state = TurnState.DROPPED
    elif unanswered.newest > turn.read_to and not turn.acts and turn.supersedes < supersede_at_most:
        _supersede(tx, conversation, turn, unanswered.newest)
        return _superseded(tx, conversation, turn, history)
    else:
        state = TurnState.COMMITTED
    return _end(tx, conversation, turn, epoch, work, state, send_within)


def _end(
    tx: Transaction,
    conversation: ConversationRow,
    turn: TurnRow,
    epoch: int,
    work: Work,
    state: TurnState,
    send_within: timedelta,
) -> Committed | Suggested | Dropped:
    close_turn(tx, conversation, turn, state)
    turn.ended_epoch, turn.ended_by = epoch, "commit"
    turn.write(tx, "turn")
    if state is not TurnState.DROPPED:
        why_held = None if state is TurnState.COMMITTED else "written while a human had it, or after it was closed"
        _write_replies(tx, conversation, turn, work.replies, why_held)
    for fact in work.facts:
        if fact.kind is not FactKind.HANDED_OVER or state is TurnState.COMMITTED:
            conversation.note(tx, fact.kind, **fact.details)
    send = None
    if state is TurnState.COMMITTED:
        _settle_standing(tx, conversation, turn, work)
        send, _ = outbox.advance(tx, conversation, _holder(turn), send_within, reply=turn.id)
    save(tx, conversation)
    return _answer(tx, conversation, state, send)


def _write_replies(
    tx: Transaction, conversation: ConversationRow, turn: TurnRow, replies: Sequence[str], why_held: str | None
) -> None:
    for text in replies:
        outbox.write(
            tx,
            conversation,
            text,
            author=Author.ASSISTANT,
            reply=turn.id,
            correlation=turn.correlation,
            turn=turn.id,
            held=why_held,
        )


def _settle_standing(tx: Transaction, conversation: ConversationRow, turn: TurnRow, work: Work) -> None:
    pending.mark_up_to(tx, conversation, turn.read_to, Status.ANSWERED)
    if work.asked and not pending.unanswered(tx, conversation).newest:
        conversation.state = State.WAITING.value
    if any(fact.kind is FactKind.HANDED_OVER for fact in work.facts):
        conversation.handler = Handler.HUMAN.value
        conversation.needs_human = 1
    books.tell(tx, conversation, work.facts)


def _ended_before(tx: Transaction, conversation: ConversationRow, turn: TurnRow) -> Committed | Suggested | Dropped:
    return _answer(tx, conversation, TurnState(turn.state), outbox.resumed(tx, conversation, _holder(turn)))


def _holder(turn: TurnRow) -> str:
    return f"commit {turn.id}"


def _answer(
    tx: Transaction, conversation: ConversationRow, state: TurnState, send: Send | None
) -> Committed | Suggested | Dropped:
    due_after = None if conversation.due_at is None else until(conversation.due_at, tx.now)
    match state:
        case TurnState.COMMITTED:
            return Committed(send=send, due_after=due_after)
        case TurnState.SUGGESTED:
            return Suggested()
        case _:
            return Dropped(due_after=due_after)
