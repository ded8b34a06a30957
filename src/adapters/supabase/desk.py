"""Moves by people: one change under the conversation's lock, answered the same however often it is asked for."""

from adapters.supabase import values
from adapters.supabase.calls import Calls
from core.conversation.desk_change import DeskChange, DeskResult
from core.conversation.message import ConversationRef, MessageId


async def desk(calls: Calls, conversation: ConversationRef, change: DeskChange) -> DeskResult:
    rule = change.rule
    args = {
        "conversation": conversation.id,
        "move": change.move.value,
        "legal": [[standing.state.value, standing.handler.value] for standing in rule.legal],
        "state": None if rule.state is None else rule.state.value,
        "handler": None if rule.handler is None else rule.handler.value,
        "needs_human": rule.needs_human,
        "key": change.key,
        "by": change.by,
        "fingerprint": change.fingerprint,
        "seen": change.seen,
        "override": change.override,
        "hold_queued": change.hold_queued,
        "answer_up_to_seen": change.answer_up_to_seen,
        "ignore_pending": change.ignore_pending,
        "hurry": change.hurry,
        "author": change.author.value,
        "texts": list(change.texts),
    }
    answer = await calls("desk", conversation.workspace, args)
    return DeskResult(
        conversation=values.conversation(answer["conversation"]),
        messages=tuple(MessageId(each) for each in answer["messages"]),
        sendable=answer["sendable"],
    )
