"""News about an attempt, from whoever sent it or from the provider: one merge, so any order ends in one status."""

from datetime import datetime, timedelta

from adapters.memory import lane
from adapters.memory.rows import AttemptRow, ConversationRow, OutboundRow
from adapters.memory.state import State
from core.conversation.events import Report
from core.conversation.facts import Fact, FactKind
from core.conversation.lifecycle import Handler
from core.conversation.message import Author, Status
from core.conversation.outbox import (
    OutboundRef,
    SettleAccepted,
    Settled,
    SettleFailed,
    SettleHeld,
    Settlement,
    SettleRetry,
    SettleUncertain,
)
from core.conversation.turn import Stale
from core.errors import Conflict

IN_THE_AIR = frozenset({Status.SENDING, Status.UNCERTAIN})
_NOT_DELIVERED = frozenset({Status.FAILED, Status.UNDELIVERED})
_EXPECTED = frozenset({Author.ASSISTANT, Author.OPERATOR})
"""Whose words somebody waits for: a person must know when they do not arrive."""


def settle(
    state: State, now: datetime, ref: OutboundRef, attempt: int, outcome: Settlement, by: str, send_within: timedelta
) -> Settled | Stale:
    found = state.outbound(ref)
    if found is None or not 0 < attempt <= len(found[1].attempts):
        return Stale()
    conversation, row = found
    tried = row.attempts[attempt - 1]
    first_answer = tried.settled.get(by)
    if first_answer is not None:
        return Settled(send=lane.still(state, first_answer.send), after=first_answer.after)
    if tried is not row.attempts[-1] and not isinstance(outcome, SettleAccepted):
        return Stale()
    _apply(state, now, conversation, row, tried, outcome)
    send = lane.begin_next(state, now, conversation, send_within)
    settled = Settled(send=send, after=lane.wait(now, conversation, Status.QUEUED, Status.UNCERTAIN))
    tried.settled[by] = settled
    state.finish(conversation, now)
    return settled


def _apply(
    state: State,
    now: datetime,
    conversation: ConversationRow,
    row: OutboundRow,
    tried: AttemptRow,
    outcome: Settlement,
) -> None:
    """Store an outcome. What is not certain changes nothing in a row that a report has settled meanwhile."""
    in_the_air = row.status in IN_THE_AIR
    match outcome:
        case SettleAccepted(provider_id=provider_id, status=status, rank=rank):
            merge(state, now, row, tried, provider_id, status, rank, None)
        case SettleFailed(why=why, rank=rank, opts_out=opts_out):
            _merge_status(state, now, conversation, row, tried, Status.FAILED, rank, why, opts_out=opts_out)
            if opts_out:
                state.opt_out(conversation, now, row.to, "provider")
        case SettleRetry(after=after, why=why, resend=resend) if in_the_air:
            if conversation.handler is Handler.HUMAN and row.author is Author.ASSISTANT:
                state.mark(conversation, row, Status.HELD, "a colleague has taken over")
                _take_along(state, now, conversation, row)
            else:
                state.mark(conversation, row, Status.QUEUED, why)
                row.care_at = now + after
                row.resends += resend
        case SettleHeld(why=why) if in_the_air:
            state.mark(conversation, row, Status.HELD, why)
            _take_along(state, now, conversation, row)
            conversation.needs_human = True
        case SettleUncertain(why=why, look_after=look_after) if in_the_air:
            doubt(state, now, conversation, row, why, since=now)
            row.care_at = now + look_after
        case _:
            pass


def doubt(
    state: State, now: datetime, conversation: ConversationRow, row: OutboundRow, why: str, since: datetime
) -> None:
    if row.status is Status.SENDING:
        row.uncertain_since = since
        details = {"message": row.id, "attempt": str(len(row.attempts))}
        conversation.note(now, Fact(kind=FactKind.SEND_UNCERTAIN, details=details))
    state.mark(conversation, row, Status.UNCERTAIN, why)
    row.holder = row.handed = None


def report(state: State, now: datetime, event: Report) -> tuple[bool, ConversationRow | None, OutboundRow | None]:
    """Merge what a channel heard about a delivery. Answers whether that is new, and what it is about, where known."""
    line = state.own(event.line)
    delivery = event.delivery
    key = (line.id, delivery.provider_id, delivery.status)
    if key in state.reported:
        return False, state.reported[key], None
    found = None
    if delivery.message is not None and delivery.attempt is not None:
        found = state.attempt(line.id, delivery.message, delivery.attempt)
    found = found or state.copies.get((line.id, delivery.provider_id))
    if found is None:
        state.orphans.setdefault((line.id, delivery.provider_id), []).append(event)
        state.reported[key] = None
        return True, None, None
    row, tried = found
    conversation = state.conversation_with(row)
    merge(state, now, row, tried, delivery.provider_id, delivery.status, event.rank, delivery.why, delivery.opts_out)
    state.reported[key] = conversation
    if delivery.opts_out:
        state.opt_out(conversation, now, row.to, "provider")
    state.finish(conversation, now)
    return True, conversation, row


def merge(
    state: State,
    now: datetime,
    row: OutboundRow,
    tried: AttemptRow,
    provider_id: str,
    status: Status,
    rank: int,
    why: str | None,
    opts_out: bool = False,
) -> None:
    """News about the provider's copy of an attempt. Raises `Conflict`, before it changes anything, if the copy is
    another row's."""
    conversation = state.conversation_with(row)
    key = (conversation.line, provider_id)
    owner, made_by = state.copies.setdefault(key, (row, tried))
    if owner is not row:
        raise Conflict("the provider's id belongs to another message")
    made_by.provider_id = made_by.provider_id or provider_id
    row.provider_id = row.provider_id or provider_id
    if status not in _NOT_DELIVERED and not made_by.accepted:
        made_by.accepted = True
        if sum(attempt.accepted for attempt in row.attempts) > 1:
            state.repeated += 1
            conversation.note(now, Fact(kind=FactKind.SEND_REPEATED, details={"message": row.id}))
    _merge_status(state, now, conversation, row, made_by, status, rank, why, opts_out=opts_out)
    for report in state.orphans.pop(key, ()):
        delivery = report.delivery
        state.reported[conversation.line, provider_id, delivery.status] = conversation
        merge(state, now, row, made_by, provider_id, delivery.status, report.rank, delivery.why, delivery.opts_out)
        if delivery.opts_out:
            state.opt_out(conversation, now, row.to, "provider")


def _merge_status(
    state: State,
    now: datetime,
    conversation: ConversationRow,
    row: OutboundRow,
    tried: AttemptRow,
    status: Status,
    rank: int,
    why: str | None,
    *,
    opts_out: bool = False,
) -> None:
    """The higher rank wins; so any order of news ends in the same status. A failure speaks for the row only if its
    newest attempt failed and no other was accepted."""
    others_accepted = any(attempt.accepted for attempt in row.attempts if attempt is not tried)
    if status in _NOT_DELIVERED and (tried is not row.attempts[-1] or others_accepted):
        return
    if rank <= row.rank:
        return
    row.rank = rank
    if status in _NOT_DELIVERED:
        state.fail(conversation, now, row, why or status, status)
        _take_along(state, now, conversation, row)
        conversation.needs_human |= row.author in _EXPECTED and not opts_out
    else:
        state.mark(conversation, row, status, why)


def _take_along(state: State, now: datetime, conversation: ConversationRow, row: OutboundRow) -> None:
    """The later parts of a reply make no sense without this one: those that are queued fail, or are held, with it."""
    for later in list(conversation.lane.values()):
        if later.reply != row.reply or later.status is not Status.QUEUED:
            continue
        if row.status is Status.HELD:
            state.mark(conversation, later, Status.HELD, "an earlier part of this reply is held")
        else:
            state.fail(conversation, now, later, "an earlier part of this reply failed")
