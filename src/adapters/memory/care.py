"""Care for sends that nobody settled, and for rows whose time has come: the sweep's half of delivery."""

from datetime import datetime, timedelta

from adapters.memory import lane
from adapters.memory.rows import ConversationRow, OutboundRow
from adapters.memory.settling import IN_THE_AIR, doubt
from adapters.memory.state import State
from core.conversation.message import Status
from core.conversation.outbox import Look, Send


def overdue_sends(state: State, now: datetime, limit: int, by: str, send_within: timedelta) -> list[Send | Look]:
    first_answer = [row.handed for _, row in _held_by(state, now, by) if row.handed is not None]
    if first_answer:
        return first_answer
    handed: list[tuple[ConversationRow, OutboundRow]] = []
    for id_ in state.care.until(now):
        if len(handed) == limit:
            break
        conversation = state.conversations[id_]
        row = _take(state, now, conversation, by, send_within)
        if row is not None:
            handed.append((conversation, row))
        state.finish(conversation, now)
    state.handed = {token: rows for token in state.handed if (rows := _held_by(state, now, token))}
    if handed:
        state.handed[by] = handed
    return [row.handed for _, row in handed if row.handed is not None]


def _take(
    state: State, now: datetime, conversation: ConversationRow, by: str, send_within: timedelta
) -> OutboundRow | None:
    """Hand out the first row of a lane that wants care: to be sent, or to be looked into."""
    row = conversation.head
    if row is None or row.status is Status.QUEUED:
        return conversation.head if lane.begin_next(state, now, conversation, send_within, by) else None
    if row.status is Status.SENDING:
        doubt(state, now, conversation, row, "nobody said how it ended", since=row.care_at)
    row.holder = by
    row.care_at = now + send_within
    row.handed = Look(
        send=lane.shown(state, conversation, row),
        uncertain_for=now - (row.uncertain_since or now),
        looks=row.looks,
        taken=frozenset(
            attempt.provider_id
            for other in conversation.messages
            if isinstance(other, OutboundRow) and other is not row
            for attempt in other.attempts
            if attempt.provider_id is not None
        ),
    )
    row.looks += 1
    return row


def _held_by(state: State, now: datetime, by: str) -> list[tuple[ConversationRow, OutboundRow]]:
    """The rows that this call of `overdue_sends` handed out and that are still its own."""
    return [
        (conversation, row)
        for conversation, row in state.handed.get(by, ())
        if row.holder == by and row.status in IN_THE_AIR and row.care_at > now
    ]
