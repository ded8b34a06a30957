"""The lane: one row at a time, in order of recording, until the provider has it or a person must decide."""

from datetime import datetime, timedelta

from adapters.memory.rows import AttemptRow, ConversationRow, OutboundRow
from adapters.memory.state import OPTED_OUT, State
from core.conversation.message import ConversationRef, Status
from core.conversation.outbox import OutboundRef, Send
from core.conversation.turn import Later, Nothing


def begin_send(
    state: State, now: datetime, ref: ConversationRef, by: str, send_within: timedelta
) -> Send | Later | Nothing:
    conversation = state.conversation(ref)
    if conversation is None:
        return Nothing()
    head = conversation.head
    if head is not None and head.status is Status.SENDING and head.holder == by and isinstance(head.handed, Send):
        return head.handed
    send = begin_next(state, now, conversation, send_within, by)
    state.finish(conversation, now)
    if send is not None:
        return send
    after = wait(now, conversation, Status.QUEUED)
    return Nothing() if after is None else Later(after=after)


def begin_next(
    state: State, now: datetime, conversation: ConversationRow, send_within: timedelta, by: str | None = None
) -> Send | None:
    """Begin the first row of the lane if it can be sent now. What an opted-out person would get fails instead."""
    while (row := conversation.head) is not None and row.status is Status.QUEUED:
        if state.is_out(conversation, row.to):
            state.fail(conversation, now, row, OPTED_OUT)
        elif row.care_at > now:
            return None
        else:
            return _begin(state, now, conversation, row, send_within, by)
    return None


def _begin(
    state: State,
    now: datetime,
    conversation: ConversationRow,
    row: OutboundRow,
    send_within: timedelta,
    by: str | None,
) -> Send:
    state.mark(conversation, row, Status.SENDING)
    row.attempts.append(AttemptRow(begun_at=now))
    row.care_at = now + send_within
    row.uncertain_since, row.looks = None, 0
    row.holder = by
    row.handed = shown(state, conversation, row)
    return row.handed


def shown(state: State, conversation: ConversationRow, row: OutboundRow) -> Send:
    return Send(
        ref=OutboundRef(conversation=conversation.ref, id=row.id),
        attempt=len(row.attempts),
        to=row.to,
        text=row.text,
        line=state.lines[conversation.line],
        correlation=row.correlation,
        begun_at=row.attempts[0].begun_at,
        resends=row.resends,
    )


def still(state: State, send: Send | None) -> Send | None:
    """A send that an earlier answer held, if it was not settled since: a repeat must never make a second copy."""
    found = state.outbound(send.ref) if send is not None else None
    if send is None or found is None:
        return None
    _, row = found
    return send if row.status is Status.SENDING and len(row.attempts) == send.attempt else None


def sendable(now: datetime, conversation: ConversationRow) -> bool:
    """The lane has a row that can be sent now."""
    head = conversation.head
    return head is not None and head.status is Status.QUEUED and head.care_at <= now


def wait(now: datetime, conversation: ConversationRow, *statuses: Status) -> timedelta | None:
    """After how long the lane wants another look, if its first row has one of these statuses."""
    head = conversation.head
    return max(head.care_at - now, timedelta(0)) if head is not None and head.status in statuses else None
