"""Leases: a conversation is claimed to run its turn, kept, and let go without an answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters.memory import books, lane
from adapters.memory.rows import ConversationRow, InboundRow, LeaseRow, OutboundRow, TurnRow
from adapters.memory.state import MOOT, State, new_id, shown_contact, shown_message
from core.conversation.facts import Fact, FactKind
from core.conversation.lifecycle import Handler
from core.conversation.lifecycle import State as Standing
from core.conversation.message import Author, ConversationRef, Message, Status, TurnId
from core.conversation.turn import (
    Claim,
    Committed,
    Die,
    Dropped,
    Ending,
    HandedBack,
    Later,
    ModelCall,
    Nothing,
    Released,
    Retry,
    Stale,
    Step,
    Suggested,
    TurnRef,
    TurnState,
)

_NOT_IN_THE_PROMPT = frozenset({Status.HELD, Status.FAILED})


def claim(
    state: State, now: datetime, ref: ConversationRef, by: str, ttl: timedelta, history: int
) -> Claim | Later | Nothing:
    conversation = state.conversation(ref)
    if conversation is None:
        return Nothing()
    sendable = lane.sendable(now, conversation)
    lease = conversation.lease
    if lease is not None and lease.until > now:
        return lease.claim if lease.by == by else Nothing(sendable=sendable)
    if conversation.due_at is None:
        return Nothing(sendable=sendable)
    if conversation.due_at > now:
        return Later(after=conversation.due_at - now, sendable=sendable)
    return _lease(state, now, conversation, by, ttl, history)


def claim_due(state: State, now: datetime, limit: int, by: str, ttl: timedelta, history: int) -> list[Claim]:
    held = [conversation.lease for conversation in state.leased.values() if conversation.lease is not None]
    first_answer = [lease.claim for lease in held if lease.by == by and lease.until > now]
    if first_answer:
        return first_answer
    claims: list[Claim] = []
    for id_ in state.due.until(now):
        if len(claims) == limit:
            break
        conversation = state.conversations[id_]
        if conversation.lease is None or conversation.lease.until <= now:
            claims.append(_lease(state, now, conversation, by, ttl, history))
    return claims


def _lease(state: State, now: datetime, conversation: ConversationRow, by: str, ttl: timedelta, history: int) -> Claim:
    """Lease a due conversation and open its turn, or go on with the open one."""
    turn = conversation.turn
    if turn is not None and conversation.lease is not None:
        turn.attempts += 1  # its holder let the lease expire: it crashed, or hangs
    if turn is not None and not conversation.waits_for(turn):
        state.close(conversation, now, turn, TurnState.DROPPED, MOOT)
        turn = None
    if turn is None:
        turn = TurnRow(id=TurnId(new_id()), state=TurnState.RUNNING, read_to=conversation.newest_pending, opened_at=now)
        conversation.turn = conversation.turns[turn.id] = turn
    elif not turn.drafted:
        turn.read_to = conversation.newest_pending
    turn.state = TurnState.RUNNING
    conversation.epoch += 1
    claim = Claim(
        turn=TurnRef(conversation=conversation.ref, id=turn.id),
        epoch=conversation.epoch,
        attempts=turn.attempts,
        supersedes=turn.supersedes,
        read_to=turn.read_to,
        steps=turn.steps,
        journal=tuple(Step(number=row.number, entry=row.entry) for row in turn.journal if row.counts),
        conversation=state.shown(conversation),
        contact=shown_contact(conversation.contact, conversation.address),
        line=state.lines[conversation.line],
        messages=read(conversation, turn, history),
        previous_episode_at=conversation.previous_episode_at,
        correlation=conversation.correlation,
        now=now,
        sendable=lane.sendable(now, conversation),
    )
    conversation.lease = LeaseRow(by=by, epoch=conversation.epoch, until=now + ttl, turn=turn, claim=claim)
    state.leased[conversation.ref.id] = conversation
    state.finish(conversation, now)
    return claim


def renew(state: State, now: datetime, leases: Sequence[tuple[TurnRef, int]], ttl: timedelta) -> frozenset[TurnRef]:
    lost: set[TurnRef] = set()
    for ref, epoch in leases:
        leased = held(state, ref, epoch)
        if leased is None or leased[0].lease is None:
            lost.add(ref)
        else:
            leased[0].lease.until = now + ttl
    return frozenset(lost)


def release(
    state: State, now: datetime, ref: TurnRef, epoch: int, how: Ending, calls: Sequence[ModelCall]
) -> Released | Stale:
    leased = held(state, ref, epoch)
    if leased is None:
        answer = first_answer(state, ref, epoch)
        return answer if isinstance(answer, Released) else Stale()
    conversation, turn = leased
    books.record(state, conversation, turn, calls)
    end_lease(state, conversation)
    match how:
        case HandedBack():
            turn.state = TurnState.RETRY
            hurry(conversation, now)
        case Retry(after=after, why=why):
            turn.state, turn.why = TurnState.RETRY, why
            turn.attempts += 1
            turn.retry_at = now + after
            conversation.note(now, Fact(kind=FactKind.TURN_RETRIED, details={"turn": turn.id, "why": why}))
        case Die():
            _die(state, now, conversation, turn, how)
    state.finish(conversation, now)
    released = Released(due_after=due_after(now, conversation), sendable=lane.sendable(now, conversation))
    turn.answers[epoch] = released
    return released


def hurry(conversation: ConversationRow, now: datetime) -> None:
    """What is pending is due at once: no quiet is kept and no backoff."""
    for message in conversation.pending.values():
        message.quiet_at = min(message.quiet_at, now)
    if conversation.turn is not None:
        conversation.turn.retry_at = None


def _die(state: State, now: datetime, conversation: ConversationRow, turn: TurnRow, how: Die) -> None:
    """Give up, and say so, unless somebody else already has it in hand."""
    if how_it_ends(state, conversation, turn) is not TurnState.COMMITTED:
        state.close(conversation, now, turn, TurnState.DROPPED, how.why)
        return
    correlation = conversation.correlation
    state.close(conversation, now, turn, TurnState.DEAD, how.why)
    finish_read(state, conversation, turn, Status.DEAD, how.why)
    conversation.needs_human = True
    last = conversation.apology_at
    if how.apology is not None and (last is None or now - last >= how.apology_every):
        conversation.apology_at = now
        state.write(
            conversation,
            now,
            how.apology,
            author=Author.SYSTEM,
            reply=f"apology of {turn.id}",
            turn=turn.id,
            correlation=correlation,
        )


def held(state: State, ref: TurnRef, epoch: int) -> tuple[ConversationRow, TurnRow] | None:
    """The turn, if this epoch is its lease's. A lease that expired still counts until somebody takes it over."""
    conversation = state.conversation(ref.conversation)
    if conversation is None or conversation.lease is None:
        return None
    lease = conversation.lease
    return (conversation, lease.turn) if lease.epoch == epoch and lease.turn.id == ref.id else None


def end_lease(state: State, conversation: ConversationRow) -> None:
    conversation.lease = None
    state.leased.pop(conversation.ref.id, None)


def first_answer(state: State, ref: TurnRef, epoch: int) -> Committed | Suggested | Dropped | Released | None:
    conversation = state.conversation(ref.conversation)
    turn = conversation.turns.get(ref.id) if conversation is not None else None
    return turn.answers.get(epoch) if turn is not None else None


def how_it_ends(state: State, conversation: ConversationRow, turn: TurnRow) -> TurnState:
    """What may come of a finished answer, superseding aside."""
    if state.is_out(conversation):
        return TurnState.DROPPED
    if conversation.handler is Handler.HUMAN or conversation.state is Standing.CLOSED:
        return TurnState.SUGGESTED
    return TurnState.COMMITTED if conversation.waits_for(turn) else TurnState.DROPPED


def finish_read(
    state: State, conversation: ConversationRow, turn: TurnRow, status: Status, why: str | None = None
) -> None:
    for message in [message for message in conversation.pending.values() if message.number <= turn.read_to]:
        state.mark(conversation, message, status, why)


def read(conversation: ConversationRow, turn: TurnRow, history: int) -> tuple[Message, ...]:
    """What a prompt may show of the current episode: all that the turn is to answer, and the last of the rest."""
    pending = [message for message in conversation.pending.values() if message.number <= turn.read_to]
    others: list[InboundRow | OutboundRow] = []
    for message in reversed(conversation.messages):
        if message.episode != conversation.episode or len(others) == history:
            break
        if isinstance(message, InboundRow):
            is_shown = message.number <= turn.read_to and message.status is not Status.PENDING
        else:
            is_shown = message.status not in _NOT_IN_THE_PROMPT
        if is_shown:
            others.append(message)
    return tuple(shown_message(message) for message in sorted([*pending, *others], key=lambda row: row.number))


def due_after(now: datetime, conversation: ConversationRow) -> timedelta | None:
    return max(conversation.due_at - now, timedelta(0)) if conversation.due_at is not None else None
