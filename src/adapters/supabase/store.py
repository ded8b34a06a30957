"""The store: every port of persistence over versioned functions, however they are called."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Any

from adapters.supabase import desk, directory, health, keys, recording, records, sending, turns, views
from adapters.supabase.batching import Batching
from adapters.supabase.calls import Calls
from adapters.supabase.strangers import Strangers
from core.ai.records import Record, Scope
from core.conversation.burst import Burst
from core.conversation.desk_change import DeskChange, DeskResult
from core.conversation.events import Arrival, Report
from core.conversation.facts import Fact, RecordedFact
from core.conversation.lifecycle import Conversation
from core.conversation.message import ConversationRef, Message, TurnId
from core.conversation.outbox import Look, OutboundRef, Send, Settled, Settlement
from core.conversation.ports import Recorded
from core.conversation.turn import (
    Caps,
    Claim,
    Committed,
    Dropped,
    Ending,
    Entry,
    Exhausted,
    Later,
    ModelCall,
    News,
    Nothing,
    Refused,
    Released,
    Reserved,
    Spent,
    Stale,
    Suggested,
    Superseded,
    TurnRecord,
    TurnRef,
    TurnState,
)
from core.identity.model import Address, ApiKey, Contact, ContactId, KeyId, Line, LineId, Permission, WorkspaceId
from core.storage import Storage


@asynccontextmanager
async def opened(calls: Calls) -> AsyncIterator["SqlStore"]:
    """The store behind `calls`. Raises `Permanent` if its schema is missing or older than what is needed."""
    await health.check_schema(calls)
    async with Batching(lambda events, burst: recording.record(calls, events, burst)) as batching:
        yield SqlStore(calls, batching)


class SqlStore(Storage):
    """Each operation is one call. What is recorded shares calls."""

    def __init__(self, calls: Calls, batching: Batching) -> None:
        self._calls = calls
        self._batching = batching
        self._lines = directory.LineMemory()
        self._strangers = Strangers(at_once=2, most_waiting=500)

    # Recording and turns

    async def record(self, events: Sequence[Arrival | Report], burst: Burst) -> Sequence[Recorded]:
        return await self._batching.record(events, burst)

    async def claim(
        self, conversation: ConversationRef, by: str, ttl: timedelta, *, history: int
    ) -> Claim | Later | Nothing:
        return await turns.claim(self._calls, conversation, by, ttl, history=history)

    async def claim_due(self, limit: int, by: str, ttl: timedelta, *, history: int) -> Sequence[Claim]:
        return await turns.claim_due(self._calls, limit, by, ttl, history=history)

    async def renew(self, by: str, leases: Sequence[tuple[TurnRef, int]], ttl: timedelta) -> frozenset[TurnRef]:
        return await turns.renew(self._calls, by, leases, ttl)

    async def reserve(
        self, turn: TurnRef, epoch: int, call: ModelCall, caps: Caps, calls: Sequence[ModelCall] = ()
    ) -> Reserved | Exhausted | Stale:
        return await turns.reserve(self._calls, turn, epoch, call, caps, calls)

    async def journal(self, turn: TurnRef, epoch: int, step: int, entry: Entry) -> News | Stale:
        return await turns.journal(self._calls, turn, epoch, step, entry)

    async def supersede(
        self, turn: TurnRef, epoch: int, *, read_to: int, at_most: int, history: int
    ) -> Superseded | Refused | Stale:
        return await turns.supersede(self._calls, turn, epoch, read_to=read_to, at_most=at_most, history=history)

    async def commit(
        self,
        turn: TurnRef,
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
        return await turns.commit(
            self._calls,
            turn,
            epoch,
            replies,
            facts,
            calls,
            asked=asked,
            read_to=read_to,
            supersede_at_most=supersede_at_most,
            history=history,
            send_within=send_within,
        )

    async def release(
        self, turn: TurnRef, epoch: int, how: Ending, calls: Sequence[ModelCall] = ()
    ) -> Released | Stale:
        return await turns.release(self._calls, turn, epoch, how, calls)

    # Sending

    async def begin_send(
        self, conversation: ConversationRef, by: str, *, send_within: timedelta
    ) -> Send | Later | Nothing:
        return await sending.begin_send(self._calls, conversation, by, send_within=send_within)

    async def settle(
        self, row: OutboundRef, attempt: int, outcome: Settlement, *, by: str, send_within: timedelta
    ) -> Settled | Stale:
        return await sending.settle(self._calls, row, attempt, outcome, by=by, send_within=send_within)

    async def overdue_sends(self, limit: int, by: str, *, send_within: timedelta) -> Sequence[Send | Look]:
        return await sending.overdue_sends(self._calls, limit, by, send_within=send_within)

    # The desk

    async def desk(self, conversation: ConversationRef, change: DeskChange) -> DeskResult:
        return await desk.desk(self._calls, conversation, change)

    # Views

    async def conversation(self, conversation: ConversationRef) -> Conversation | None:
        return await views.conversation(self._calls, conversation)

    async def conversations(
        self, workspace: WorkspaceId, *, after: str | None = None, limit: int = 50, needs_human: bool | None = None
    ) -> tuple[Sequence[Conversation], str | None]:
        return await views.conversations(self._calls, workspace, after=after, limit=limit, needs_human=needs_human)

    async def messages(self, conversation: ConversationRef, *, after: int = 0, limit: int = 200) -> Sequence[Message]:
        return await views.messages(self._calls, conversation, after=after, limit=limit)

    async def turns(
        self, conversation: ConversationRef, *, before: TurnId | None = None, limit: int = 50
    ) -> Sequence[TurnRecord]:
        return await views.turns(self._calls, conversation, before=before, limit=limit)

    async def turns_of(
        self, workspace: WorkspaceId, *, state: TurnState | None = None, after: str | None = None, limit: int = 50
    ) -> tuple[Sequence[TurnRecord], str | None]:
        return await views.turns_of(self._calls, workspace, state=state, after=after, limit=limit)

    async def spending(
        self,
        workspace: WorkspaceId,
        *,
        since: date,
        until: date,
        contact: ContactId | None = None,
        conversation: ConversationRef | None = None,
    ) -> Sequence[Spent]:
        return await views.spending(
            self._calls, workspace, since=since, until=until, contact=contact, conversation=conversation
        )

    async def contacts(
        self, workspace: WorkspaceId, *, after: str | None = None, limit: int = 50
    ) -> tuple[Sequence[Contact], str | None]:
        return await views.contacts(self._calls, workspace, after=after, limit=limit)

    async def facts(self, conversation: ConversationRef, *, after: int = 0, limit: int = 200) -> Sequence[RecordedFact]:
        return await views.facts(self._calls, conversation, after=after, limit=limit)

    async def contact(self, workspace: WorkspaceId, contact: ContactId) -> Contact | None:
        return await views.contact(self._calls, workspace, contact)

    async def addresses(self, workspace: WorkspaceId, contact: ContactId) -> Sequence[Address]:
        return await views.addresses(self._calls, workspace, contact)

    async def counts(self) -> Mapping[str, int]:
        return await views.counts(self._calls)

    # The directory

    async def line(self, line: LineId) -> Line | None:
        return await self._lines.line(line, lambda: directory.line(self._calls, line))

    async def lines(self) -> Sequence[Line]:
        return await directory.lines(self._calls)

    async def seed(self, lines: Sequence[Line]) -> Sequence[Line]:
        try:
            found = await directory.seed(self._calls, lines)
        finally:
            self._lines.forget()
        self._lines.learn(found)
        return found

    async def put_line(self, line: Line) -> None:
        try:
            await directory.put_line(self._calls, line)
        finally:
            self._lines.forget()

    async def reseal(self, line: LineId) -> bool:
        try:
            return await directory.reseal(self._calls, line)
        finally:
            self._lines.forget()

    async def put_key(
        self,
        workspace: WorkspaceId,
        key: KeyId,
        *,
        digest: bytes,
        name: str,
        permissions: frozenset[Permission],
        expires_in: timedelta | None,
    ) -> ApiKey:
        return await keys.put(
            self._calls, workspace, key, digest=digest, name=name, permissions=permissions, expires_in=expires_in
        )

    async def key_of(self, digest: bytes) -> ApiKey | None:
        async with self._strangers.one():
            return await keys.of(self._calls, digest)

    async def keys(self, workspace: WorkspaceId) -> Sequence[ApiKey]:
        return await keys.every(self._calls, workspace)

    async def revoke_key(self, workspace: WorkspaceId, key: KeyId) -> ApiKey | None:
        return await keys.revoke(self._calls, workspace, key)

    # Records

    async def put(self, scope: Scope, key: str, kind: str, at: datetime, document: Mapping[str, Any]) -> Record:
        return await records.put(self._calls, scope, key, kind, at, document)

    async def void(self, scope: Scope, key: str) -> Record | None:
        return await records.void(self._calls, scope, key)

    async def get(self, scope: Scope, key: str) -> Record | None:
        return await records.get(self._calls, scope, key)

    async def find(
        self,
        scope: Scope,
        kinds: Collection[str],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int = 0,
        limit: int = 500,
        voided: bool = False,
    ) -> Sequence[Record]:
        return await records.find(
            self._calls, scope, kinds, since=since, until=until, after=after, limit=limit, voided=voided
        )

    async def last(self, scope: Scope, kinds: Collection[str]) -> Record | None:
        return await records.last(self._calls, scope, kinds)

    # Health

    async def ready(self) -> None:
        """Writes, and so knows."""
        await health.ready(self._calls)
