"""Recording: what a channel heard becomes durable, each event by itself, and a repeat changes nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters.memory import lane, settling
from adapters.memory.rows import ConversationRow, InboundRow
from adapters.memory.state import OPTED_IN, OPTED_OUT, State, new_id
from core.conversation.burst import Burst
from core.conversation.consent import Change
from core.conversation.events import Arrival, Report
from core.conversation.facts import Fact, FactKind
from core.conversation.lifecycle import State as Standing
from core.conversation.message import MessageId, Status
from core.conversation.ports import Known, New, Recorded
from core.errors import RecadoError


def record(state: State, now: datetime, events: Sequence[Arrival | Report], burst: Burst) -> list[Recorded]:
    recorded: list[Recorded] = []
    for event in events:
        try:
            recorded.append(
                _arrive(state, now, event, burst) if isinstance(event, Arrival) else _report(state, now, event)
            )
        except RecadoError as error:
            recorded.append(error)
    return recorded


def _report(state: State, now: datetime, event: Report) -> New | Known:
    is_new, conversation, row = settling.report(state, now, event)
    ref = conversation.ref if conversation is not None else None
    if not is_new:
        return Known(conversation=ref)
    return New(
        conversation=ref,
        message=row.id if row is not None else None,
        wake_after=None,
        sendable=conversation is not None and lane.sendable(now, conversation),
        correlation=row.correlation if row is not None else None,
    )


def _arrive(state: State, now: datetime, arrival: Arrival, burst: Burst) -> New | Known:
    line = state.own(arrival.line)
    inbound = arrival.inbound
    known = state.arrived.get((line.id, inbound.provider_id))
    if known is not None:
        return Known(conversation=known.ref)
    contact = state.meet(line.workspace, inbound.sender, inbound.aliases, inbound.profile_name)
    conversation = state.open(contact, line, now)
    conversation.address = inbound.sender
    state.arrived[line.id, inbound.provider_id] = conversation
    _reopen(conversation, now)
    message = InboundRow(
        id=MessageId(new_id()),
        number=len(conversation.messages) + 1,
        content=inbound.content,
        status=Status.PENDING,
        why=None,
        provider_id=inbound.provider_id,
        provider_time=inbound.provider_time,
        recorded_at=now,
        episode=conversation.episode,
        raw=inbound.raw,
        quiet_at=now + burst.quiet,
        ceiling_at=now + burst.ceiling,
    )
    state.add(conversation, message)
    conversation.note(now, Fact(kind=FactKind.MESSAGE_RECEIVED, details={"message": message.id}))
    _consent(state, now, conversation, message, arrival)
    state.finish(conversation, now)
    due_at = conversation.due_at
    return New(
        conversation=conversation.ref,
        message=message.id,
        wake_after=max(due_at - now, timedelta(0)) if due_at is not None else None,
    )


def _reopen(conversation: ConversationRow, now: datetime) -> None:
    """Whoever writes expects an answer: nothing stays closed or waiting."""
    if conversation.state is Standing.CLOSED:
        conversation.episode += 1
        conversation.previous_episode_at = conversation.last_message_at
        conversation.note(now, Fact(kind=FactKind.REOPENED, details={"episode": str(conversation.episode)}))
    conversation.state = Standing.OPEN


def _consent(state: State, now: datetime, conversation: ConversationRow, message: InboundRow, arrival: Arrival) -> None:
    """The consequences of what the message says about consent, and of what was said before."""
    consent, sender = arrival.consent, arrival.inbound.sender
    was_out = state.is_out(conversation)
    if consent is not None and consent.change is Change.OUT:
        source = "message" if arrival.inbound.declared is None else "provider"
        state.opt_out(conversation, now, sender, source)
    elif consent is not None and (was_out or not consent.only_if_out):
        state.opt_in(conversation, now, sender)
        if consent.answered_by_provider:
            state.ignore(conversation, now, message, OPTED_IN)
    elif was_out:
        state.ignore(conversation, now, message, OPTED_OUT)
