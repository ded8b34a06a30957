"""What a running turn writes, under its lease's epoch: its steps, its news, and its answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters.memory import books, lane, leasing
from adapters.memory.rows import ConversationRow, OutboundRow, StepRow, TurnRow
from adapters.memory.state import State
from core.conversation.facts import Fact, FactKind
from core.conversation.lifecycle import Handler
from core.conversation.lifecycle import State as Standing
from core.conversation.message import Author, Status
from core.conversation.turn import (
    Asked,
    Caps,
    Committed,
    Dropped,
    Entry,
    Exhausted,
    ModelCall,
    News,
    Refused,
    Reserved,
    Stale,
    Suggested,
    Superseded,
    TurnRef,
    TurnState,
)


def reserve(
    state: State, turn: TurnRef, epoch: int, call: ModelCall, caps: Caps, calls: Sequence[ModelCall]
) -> Reserved | Exhausted | Stale:
    held = leasing.held(state, turn, epoch)
    if held is None:
        return Stale()
    books.record(state, *held, calls)
    return books.reserve(state, *held, call, caps)


def journal(state: State, turn: TurnRef, epoch: int, step: int, entry: Entry) -> News | Stale:
    held = leasing.held(state, turn, epoch)
    if held is None:
        return Stale()
    conversation, row = held
    if isinstance(entry, Asked):
        books.record(state, conversation, row, (entry.call,))
    if any(known.number == step and type(known.entry) is type(entry) for known in row.journal):
        return _news(state, conversation)
    if isinstance(entry, Asked) and entry.effects and not _may_act(state, conversation):
        return _news(state, conversation, refused=True)
    row.journal.append(StepRow(number=step, entry=entry))
    return _news(state, conversation)


def _may_act(state: State, conversation: ConversationRow) -> bool:
    return (
        conversation.handler is Handler.ASSISTANT
        and conversation.state is not Standing.CLOSED
        and not state.is_out(conversation)
    )


def _news(state: State, conversation: ConversationRow, *, refused: bool = False) -> News:
    return News(
        newest_pending=conversation.newest_pending,
        handler=conversation.handler,
        opted_out=state.is_out(conversation),
        closed=conversation.state is Standing.CLOSED,
        refused=refused,
    )


def supersede(
    state: State, now: datetime, turn: TurnRef, epoch: int, read_to: int, at_most: int, history: int
) -> Superseded | Refused | Stale:
    held = leasing.held(state, turn, epoch)
    if held is None:
        return Stale()
    conversation, row = held
    if row.read_to > read_to:
        return _superseded(conversation, row, history)
    if not _may_supersede(conversation, row, at_most):
        return Refused()
    _supersede(state, now, conversation, row)
    return _superseded(conversation, row, history)


def _may_supersede(conversation: ConversationRow, turn: TurnRow, at_most: int) -> bool:
    return conversation.newest_pending > turn.read_to and turn.supersedes < at_most and not turn.acts


def _supersede(state: State, now: datetime, conversation: ConversationRow, turn: TurnRow) -> None:
    turn.read_to = conversation.newest_pending
    turn.supersedes += 1
    for step in turn.journal:
        step.counts = False
    conversation.note(now, Fact(kind=FactKind.TURN_SUPERSEDED, details={"turn": turn.id}))
    state.finish(conversation, now)


def _superseded(conversation: ConversationRow, turn: TurnRow, history: int) -> Superseded:
    return Superseded(read_to=turn.read_to, steps=turn.steps, messages=leasing.read(conversation, turn, history))


def commit(
    state: State,
    now: datetime,
    ref: TurnRef,
    epoch: int,
    replies: Sequence[str],
    facts: Sequence[Fact],
    calls: Sequence[ModelCall],
    *,
    asked: bool,
    read_to: int,
    supersede_at_most: int,
    history: int,
    send_within: timedelta,
) -> Committed | Superseded | Suggested | Dropped | Stale:
    held = leasing.held(state, ref, epoch)
    if held is None:
        return _first_commit(state, ref, epoch)
    conversation, turn = held
    books.record(state, conversation, turn, calls)
    if turn.read_to > read_to:
        return _superseded(conversation, turn, history)
    ending = leasing.how_it_ends(state, conversation, turn)
    if ending is TurnState.COMMITTED and _may_supersede(conversation, turn, supersede_at_most):
        _supersede(state, now, conversation, turn)
        return _superseded(conversation, turn, history)
    leasing.end_lease(state, conversation)
    state.close(conversation, now, turn, ending)
    for fact in facts:
        if ending is TurnState.COMMITTED or fact.kind is not FactKind.HANDED_OVER:
            conversation.note(now, fact)
    answer: Committed | Suggested | Dropped
    if ending is TurnState.COMMITTED:
        books.tell(state, conversation, facts)
        handed_over = any(fact.kind is FactKind.HANDED_OVER for fact in facts)
        answer = _answer(state, now, conversation, turn, replies, handed_over, asked, send_within)
    elif ending is TurnState.SUGGESTED:
        for text in replies:
            _reply(state, now, conversation, turn, text, Status.HELD, "suggested")
        state.finish(conversation, now)
        answer = Suggested()
    else:
        state.finish(conversation, now)
        answer = Dropped(due_after=leasing.due_after(now, conversation))
    turn.answers[epoch] = answer
    return answer


def _first_commit(state: State, ref: TurnRef, epoch: int) -> Committed | Suggested | Dropped | Stale:
    """What the commit of this epoch was answered, if it was one that ended the lease."""
    answer = leasing.first_answer(state, ref, epoch)
    match answer:
        case Committed(send=send, due_after=due_after):
            return Committed(send=lane.still(state, send), due_after=due_after)
        case Suggested() | Dropped():
            return answer
        case _:
            return Stale()


def _answer(
    state: State,
    now: datetime,
    conversation: ConversationRow,
    turn: TurnRow,
    replies: Sequence[str],
    handed_over: bool,
    asked: bool,
    send_within: timedelta,
) -> Committed:
    correlation = conversation.correlation
    waits_behind = conversation.head is not None
    leasing.finish_read(state, conversation, turn, Status.ANSWERED)
    for text in replies:
        _reply(state, now, conversation, turn, text, correlation=correlation)
    if handed_over:
        conversation.handler = Handler.HUMAN
        conversation.needs_human = True
    if asked and not conversation.pending and conversation.state is Standing.OPEN:
        conversation.state = Standing.WAITING
    send = None if waits_behind else lane.begin_next(state, now, conversation, send_within)
    state.finish(conversation, now)
    return Committed(send=send, due_after=leasing.due_after(now, conversation))


def _reply(
    state: State,
    now: datetime,
    conversation: ConversationRow,
    turn: TurnRow,
    text: str,
    status: Status = Status.QUEUED,
    why: str | None = None,
    correlation: str | None = None,
) -> OutboundRow:
    return state.write(
        conversation,
        now,
        text,
        author=Author.ASSISTANT,
        reply=turn.id,
        status=status,
        why=why,
        turn=turn.id,
        correlation=correlation,
    )
