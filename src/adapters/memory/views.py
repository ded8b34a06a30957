"""Plain reads."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from adapters.memory.rows import ConversationRow, TurnRow
from adapters.memory.state import State, shown_contact
from core.conversation.lifecycle import Conversation
from core.conversation.message import ConversationRef, Status, TurnId
from core.conversation.turn import Spent, Step, TurnRecord, TurnRef, TurnState, Usage
from core.errors import Rejected
from core.identity.model import Contact, ContactId, WorkspaceId

Row = TypeVar("Row")


def conversations(
    state: State, workspace: WorkspaceId, after: str | None, limit: int, needs_human: bool | None
) -> tuple[Sequence[Conversation], str | None]:
    wanted = (
        conversation
        for conversation in state.conversations.values()
        if conversation.ref.workspace == workspace and needs_human in (None, conversation.needs_human)
    )
    page, more = _page(wanted, lambda row: (row.last_message_at, row.ref.id), after, limit)
    return [state.shown(conversation) for conversation in page], more


def _page(
    rows: Iterable[Row], place: Callable[[Row], tuple[datetime, str]], after: str | None, limit: int
) -> tuple[list[Row], str | None]:
    """The newest rows older than the place that the token names, and the token of the last one if there are more."""
    last = _read_token(after) if after is not None else None
    wanted = sorted((row for row in rows if last is None or place(row) < last), key=place, reverse=True)
    page = wanted[:limit]
    if not page or len(wanted) <= limit:
        return page, None
    at, id_ = place(page[-1])
    return page, f"{at.isoformat()} {id_}"


def _read_token(token: str) -> tuple[datetime, str]:
    at, _, id_ = token.partition(" ")
    try:
        last = datetime.fromisoformat(at)
    except ValueError as error:
        raise Rejected("this is no token of a page: give what the page before answered") from error
    if last.tzinfo is None or not id_:
        raise Rejected("this is no token of a page: give what the page before answered")
    return last, id_


def turns(state: State, ref: ConversationRef, before: TurnId | None, limit: int) -> Sequence[TurnRecord]:
    conversation = state.conversation(ref)
    if before is not None and (conversation is None or before not in conversation.turns):
        raise Rejected("there is no such turn in this conversation")
    if conversation is None:
        return []
    newest_first = list(reversed(conversation.turns.values()))
    if before is not None:
        newest_first = newest_first[newest_first.index(conversation.turns[before]) + 1 :]
    return [_shown_turn(conversation, turn) for turn in newest_first[:limit]]


def turns_of(
    state: State, workspace: WorkspaceId, turn_state: TurnState | None, after: str | None, limit: int
) -> tuple[Sequence[TurnRecord], str | None]:
    wanted = (
        (conversation, turn)
        for conversation in state.conversations.values()
        if conversation.ref.workspace == workspace
        for turn in conversation.turns.values()
        if turn_state in (None, turn.state)
    )
    page, more = _page(wanted, lambda row: (row[1].opened_at, row[1].id), after, limit)
    return [_shown_turn(*row) for row in page], more


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
        calls=tuple(turn.calls.values()),
        details={},
    )


def spending(
    state: State,
    workspace: WorkspaceId,
    since: date,
    until: date,
    contact: ContactId | None,
    ref: ConversationRef | None,
) -> Sequence[Spent]:
    calls: Counter[tuple[date, str]] = Counter()
    usage: dict[tuple[date, str], Usage] = {}
    for conversation in state.conversations.values():
        if (
            conversation.ref.workspace != workspace
            or contact not in (None, conversation.contact.id)
            or ref not in (None, conversation.ref)
        ):
            continue
        for call in (call for turn in conversation.turns.values() for call in turn.calls.values()):
            if since <= call.day <= until:
                place = (call.day, call.model)
                calls[place] += 1
                usage[place] = usage.get(place, Usage()) + call.usage
    return [
        Spent(day=day, model=model, calls=calls[day, model], usage=usage[day, model]) for day, model in sorted(calls)
    ]


def contacts(
    state: State, workspace: WorkspaceId, after: str | None, limit: int
) -> tuple[Sequence[Contact], str | None]:
    if after is not None and state.contact(workspace, ContactId(after)) is None:
        raise Rejected("this is no token of a page: give what the page before answered")
    wanted = sorted(
        (row for row in state.contacts.values() if row.workspace == workspace and (after is None or row.id > after)),
        key=lambda row: row.id,
    )
    page = [shown_contact(row, row.address) for row in wanted[:limit]]
    return page, page[-1].id if page and len(wanted) > limit else None


def counts(state: State) -> Mapping[str, int]:
    totals = {status.value: state.totals[status] for status in _COUNTED}
    return {**totals, "duplicate_send_detected": state.repeated}


_COUNTED = (Status.PENDING, Status.DEAD, Status.UNCERTAIN, Status.QUEUED)
