"""Plain reads. A page is asked for with one more than it has, which tells whether there is another."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from adapters.supabase import values
from adapters.supabase.calls import Calls
from adapters.supabase.values import Row
from core.conversation.facts import RecordedFact
from core.conversation.lifecycle import Conversation
from core.conversation.message import ConversationRef, Message, TurnId
from core.conversation.turn import Spent, TurnRecord, TurnState
from core.errors import Rejected
from core.identity.model import Address, Contact, ContactId, WorkspaceId


async def conversation(calls: Calls, ref: ConversationRef) -> Conversation | None:
    row = await calls("conversation", ref.workspace, {"conversation": ref.id})
    return None if row is None else values.conversation(row)


async def conversations(
    calls: Calls, workspace: WorkspaceId, *, after: str | None, limit: int, needs_human: bool | None
) -> tuple[Sequence[Conversation], str | None]:
    """The token of the next page is where this one ended: the instant and the id of its last conversation."""
    before_at, before_id = _LAST if after is None else _ended_at(after)
    rows = await calls(
        "conversations",
        workspace,
        {"before_at": before_at, "before_id": before_id, "needs_human": needs_human, "limit": limit + 1},
    )
    page = [values.conversation(row) for row in rows[:limit]]
    more = page and len(rows) > limit
    return page, f"{values.micros(page[-1].last_message_at - _EPOCH)}-{page[-1].ref.id}" if more else None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = ("infinity", "")


def _ended_at(token: str) -> tuple[str, str]:
    at, _, id_ = token.partition("-")
    if re.fullmatch(r"[0-9]{1,17}", at) is None:
        raise Rejected(_NO_TOKEN)
    return (_EPOCH + values.length(int(at))).isoformat(), _ended_with(id_)


def _ended_with(token: str) -> str:
    """The id of the last one of a page that is in the order of ids."""
    if re.fullmatch(r"[0-9a-f]{32}", token) is None:
        raise Rejected(_NO_TOKEN)
    return token


_NO_TOKEN = "this is no token of a page: give what the page before answered"  # noqa: S105 - nor is it a secret


async def messages(calls: Calls, ref: ConversationRef, *, after: int, limit: int) -> Sequence[Message]:
    rows = await calls("messages", ref.workspace, {"conversation": ref.id, "after": after, "limit": limit})
    return values.messages(rows)


async def facts(calls: Calls, ref: ConversationRef, *, after: int, limit: int) -> Sequence[RecordedFact]:
    rows = await calls("facts", ref.workspace, {"conversation": ref.id, "after": after, "limit": limit})
    return [values.fact(row) for row in rows]


async def turns(calls: Calls, ref: ConversationRef, *, before: TurnId | None, limit: int) -> Sequence[TurnRecord]:
    rows = await calls("turns", ref.workspace, {"conversation": ref.id, "before": before, "limit": limit})
    return [values.turn(row) for row in rows]


async def turns_of(
    calls: Calls, workspace: WorkspaceId, *, state: TurnState | None, after: str | None, limit: int
) -> tuple[Sequence[TurnRecord], str | None]:
    """The id of a turn is in the order in which they were opened."""
    before = _AFTER_ANY_ID if after is None else _ended_with(after)
    rows = await calls("turns_of", workspace, {"before": before, "state": state, "limit": limit + 1})
    page = [values.turn(row) for row in rows[:limit]]
    return page, page[-1].ref.id if page and len(rows) > limit else None


_AFTER_ANY_ID = "g"


async def spending(
    calls: Calls,
    workspace: WorkspaceId,
    *,
    since: date,
    until: date,
    contact: ContactId | None,
    conversation: ConversationRef | None,
) -> Sequence[Spent]:
    if conversation is not None and conversation.workspace != workspace:
        return []
    args: Mapping[str, Any] = {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "contact": contact,
        "conversation": None if conversation is None else conversation.id,
    }
    return [_spent(row) for row in await calls("spending", workspace, args)]


def _spent(row: Row) -> Spent:
    return Spent(day=date.fromisoformat(row["day"]), model=row["model"], calls=row["calls"], usage=values.usage(row))


async def contact(calls: Calls, workspace: WorkspaceId, id_: ContactId) -> Contact | None:
    row = await calls("contact", workspace, {"contact": id_})
    return None if row is None else values.contact(row)


async def contacts(
    calls: Calls, workspace: WorkspaceId, *, after: str | None, limit: int
) -> tuple[Sequence[Contact], str | None]:
    rows = await calls(
        "contacts", workspace, {"after": "" if after is None else _ended_with(after), "limit": limit + 1}
    )
    page = [values.contact(row) for row in rows[:limit]]
    return page, page[-1].id if page and len(rows) > limit else None


async def addresses(calls: Calls, workspace: WorkspaceId, id_: ContactId) -> Sequence[Address]:
    return [values.address(row) for row in await calls("addresses", workspace, {"contact": id_})]


async def counts(calls: Calls) -> Mapping[str, int]:
    found: Mapping[str, int] = await calls("counts", None, {})
    return found
