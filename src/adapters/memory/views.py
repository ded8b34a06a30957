"""Plain reads."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.memory.rows import ConversationRow, TurnRow
from adapters.memory.state import State
from core.conversation.lifecycle import Conversation
from core.conversation.message import Status
from core.conversation.turn import Step, TurnRecord, TurnRef
from core.errors import Rejected
from core.identity.model import WorkspaceId


def conversations(
    state: State, workspace: WorkspaceId, after: str | None, limit: int, needs_human: bool | None
) -> tuple[Sequence[Conversation], str | None]:
    wanted = [
        conversation
        for conversation in state.conversations.values()
        if conversation.ref.workspace == workspace and needs_human in (None, conversation.needs_human)
    ]
    if after is not None:
        last = _read_token(after)
        wanted = [conversation for conversation in wanted if _place(conversation) < last]
    wanted.sort(key=_place, reverse=True)
    page = wanted[:limit]
    more = _token(page[-1]) if page and len(wanted) > limit else None
    return [state.shown(conversation) for conversation in page], more


def _place(conversation: ConversationRow) -> tuple[datetime, str]:
    return conversation.last_message_at, conversation.ref.id


def _token(conversation: ConversationRow) -> str:
    at, id_ = _place(conversation)
    return f"{at.isoformat()} {id_}"


def _read_token(token: str) -> tuple[datetime, str]:
    at, _, id_ = token.partition(" ")
    try:
        last = datetime.fromisoformat(at)
    except ValueError as error:
        raise Rejected("this is no token of a page") from error
    if last.tzinfo is None:
        raise Rejected("this is no token of a page")
    return last, id_


def turns(conversation: ConversationRow, limit: int) -> Sequence[TurnRecord]:
    newest_first = list(reversed(conversation.turns.values()))
    return [_shown_turn(conversation, turn) for turn in newest_first[:limit]]


def _shown_turn(conversation: ConversationRow, turn: TurnRow) -> TurnRecord:
    return TurnRecord(
        ref=TurnRef(conversation=conversation.ref, id=turn.id),
        state=turn.state,
        why=turn.why,
        attempts=turn.attempts,
        supersedes=turn.supersedes,
        read_to=turn.read_to,
        usage=turn.usage,
        model=turn.model,
        opened_at=turn.opened_at,
        closed_at=turn.closed_at,
        journal=tuple(Step(number=row.number, entry=row.entry) for row in turn.journal),
        details={},
    )


def counts(state: State) -> Mapping[str, int]:
    totals = {status.value: state.totals[status] for status in _COUNTED}
    return {**totals, "duplicate_send_detected": state.repeated}


_COUNTED = (Status.PENDING, Status.DEAD, Status.UNCERTAIN, Status.QUEUED)
