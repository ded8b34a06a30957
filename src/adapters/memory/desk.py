"""The desk: people move a conversation under the row lock, whether or not a turn is running."""

from datetime import datetime

from adapters.memory import lane, leasing
from adapters.memory.rows import ConversationRow, InboundRow
from adapters.memory.state import State
from core.conversation.desk_change import DeskChange, DeskResult
from core.conversation.facts import Fact, FactKind
from core.conversation.lifecycle import Standing
from core.conversation.message import Author, ConversationRef, Status
from core.errors import Conflict, KeyReused, Rejected


def desk(state: State, now: datetime, ref: ConversationRef, change: DeskChange) -> DeskResult:
    conversation = state.conversation(ref)
    if conversation is None:
        raise Rejected("there is no such conversation in this workspace")
    if change.key in conversation.moves:
        fingerprint, first_answer = conversation.moves[change.key]
        if fingerprint != change.fingerprint:
            raise KeyReused("this key was used for something else: give each thing that is asked a key of its own")
        return first_answer
    _check(conversation, change)
    rule = change.rule
    conversation.state = rule.state or conversation.state
    conversation.handler = rule.handler or conversation.handler
    conversation.needs_human = conversation.needs_human if rule.needs_human is None else rule.needs_human
    _settle_what_waits(state, now, conversation, change)
    written = [
        state.write(conversation, now, text, author=change.author, reply=f"move {change.key}", by=change.by)
        for text in change.texts
    ]
    conversation.note(now, Fact(kind=FactKind.MOVED, details={"move": change.move, "by": change.by}))
    state.finish(conversation, now)
    result = DeskResult(
        conversation=state.shown(conversation),
        messages=tuple(row.id for row in written),
        sendable=lane.sendable(now, conversation),
    )
    conversation.moves[change.key] = change.fingerprint, result
    return result


def _check(conversation: ConversationRow, change: DeskChange) -> None:
    """Raises `Conflict` before anything is changed."""
    if change.seen is not None and not change.override:
        for message in conversation.messages[max(change.seen, 0) :]:
            if isinstance(message, InboundRow) or (message.author is Author.OPERATOR and message.by != change.by):
                raise Conflict("something was said in the conversation meanwhile")
    if Standing(state=conversation.state, handler=conversation.handler) not in change.rule.legal:
        raise Conflict("the conversation does not stand so that this can be done")


def _settle_what_waits(state: State, now: datetime, conversation: ConversationRow, change: DeskChange) -> None:
    if change.hold_queued:
        for row in list(conversation.lane.values()):
            if row.author is Author.ASSISTANT and row.status is Status.QUEUED:
                state.mark(conversation, row, Status.HELD, "taken over")
    for message in list(conversation.pending.values()):
        if change.answer_up_to_seen and (change.seen is None or message.number <= change.seen):
            state.mark(conversation, message, Status.ANSWERED)
        elif change.ignore_pending is not None:
            state.ignore(conversation, now, message, change.ignore_pending)
    if change.hurry:
        leasing.hurry(conversation, now)
