"""The store in memory. No operation awaits anything, so each of them is atomic and none needs a lock."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from adapters.memory import care, desk, lane, leasing, recording, settling, turns, views
from adapters.memory.keys import KeyRing
from adapters.memory.records import Shelf
from adapters.memory.state import State, shown_contact, shown_message
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
from core.errors import Rejected
from core.identity.model import (
    Address,
    ApiKey,
    Contact,
    ContactId,
    KeyId,
    Line,
    LineId,
    Permission,
    WorkspaceId,
)
from core.identity.seal import NoSeal, Seal
from core.storage import Storage


def utc_now() -> datetime:
    return datetime.now(UTC)


class MemoryStore(Storage):
    """Everything that is kept, in dictionaries. `clock` is the store's time, `seal` what it keeps credentials with."""

    def __init__(self, clock: Callable[[], datetime] = utc_now, *, seal: Seal | None = None) -> None:
        self._now = clock
        self._state = State(seal or NoSeal())
        self._shelf = Shelf()
        self._keys = KeyRing()

    # ConversationStore

    async def record(self, events: Sequence[Arrival | Report], burst: Burst) -> Sequence[Recorded]:
        return recording.record(self._state, self._now(), events, burst)

    async def claim(
        self, conversation: ConversationRef, by: str, ttl: timedelta, *, history: int
    ) -> Claim | Later | Nothing:
        return leasing.claim(self._state, self._now(), conversation, by, ttl, history)

    async def claim_due(self, limit: int, by: str, ttl: timedelta, *, history: int) -> Sequence[Claim]:
        return leasing.claim_due(self._state, self._now(), limit, by, ttl, history)

    async def renew(self, by: str, leases: Sequence[tuple[TurnRef, int]], ttl: timedelta) -> frozenset[TurnRef]:
        return leasing.renew(self._state, self._now(), leases, ttl)

    async def reserve(
        self, turn: TurnRef, epoch: int, call: ModelCall, caps: Caps, calls: Sequence[ModelCall] = ()
    ) -> Reserved | Exhausted | Stale:
        return turns.reserve(self._state, turn, epoch, call, caps, calls)

    async def journal(self, turn: TurnRef, epoch: int, step: int, entry: Entry) -> News | Stale:
        return turns.journal(self._state, turn, epoch, step, entry)

    async def supersede(
        self, turn: TurnRef, epoch: int, *, read_to: int, at_most: int, history: int
    ) -> Superseded | Refused | Stale:
        return turns.supersede(self._state, self._now(), turn, epoch, read_to, at_most, history)

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
        return turns.commit(
            self._state,
            self._now(),
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
        return leasing.release(self._state, self._now(), turn, epoch, how, calls)

    async def begin_send(
        self, conversation: ConversationRef, by: str, *, send_within: timedelta
    ) -> Send | Later | Nothing:
        return lane.begin_send(self._state, self._now(), conversation, by, send_within)

    async def settle(
        self, row: OutboundRef, attempt: int, outcome: Settlement, *, by: str, send_within: timedelta
    ) -> Settled | Stale:
        return settling.settle(self._state, self._now(), row, attempt, outcome, by, send_within)

    async def overdue_sends(self, limit: int, by: str, *, send_within: timedelta) -> Sequence[Send | Look]:
        return care.overdue_sends(self._state, self._now(), limit, by, send_within)

    async def desk(self, conversation: ConversationRef, change: DeskChange) -> DeskResult:
        return desk.desk(self._state, self._now(), conversation, change)

    # Views

    async def conversation(self, conversation: ConversationRef) -> Conversation | None:
        row = self._state.conversation(conversation)
        return self._state.shown(row) if row is not None else None

    async def conversations(
        self, workspace: WorkspaceId, *, after: str | None = None, limit: int = 50, needs_human: bool | None = None
    ) -> tuple[Sequence[Conversation], str | None]:
        return views.conversations(self._state, workspace, after, limit, needs_human)

    async def messages(self, conversation: ConversationRef, *, after: int = 0, limit: int = 200) -> Sequence[Message]:
        row = self._state.conversation(conversation)
        return [shown_message(message) for message in row.messages[after : after + limit]] if row is not None else []

    async def turns(
        self, conversation: ConversationRef, *, before: TurnId | None = None, limit: int = 50
    ) -> Sequence[TurnRecord]:
        return views.turns(self._state, conversation, before, limit)

    async def turns_of(
        self, workspace: WorkspaceId, *, state: TurnState | None = None, after: str | None = None, limit: int = 50
    ) -> tuple[Sequence[TurnRecord], str | None]:
        return views.turns_of(self._state, workspace, state, after, limit)

    async def spending(
        self,
        workspace: WorkspaceId,
        *,
        since: date,
        until: date,
        contact: ContactId | None = None,
        conversation: ConversationRef | None = None,
    ) -> Sequence[Spent]:
        return views.spending(self._state, workspace, since, until, contact, conversation)

    async def contacts(
        self, workspace: WorkspaceId, *, after: str | None = None, limit: int = 50
    ) -> tuple[Sequence[Contact], str | None]:
        return views.contacts(self._state, workspace, after, limit)

    async def facts(self, conversation: ConversationRef, *, after: int = 0, limit: int = 200) -> Sequence[RecordedFact]:
        row = self._state.conversation(conversation)
        return row.facts[after : after + limit] if row is not None else []

    async def contact(self, workspace: WorkspaceId, contact: ContactId) -> Contact | None:
        row = self._state.contact(workspace, contact)
        return shown_contact(row, row.address) if row is not None else None

    async def addresses(self, workspace: WorkspaceId, contact: ContactId) -> Sequence[Address]:
        row = self._state.contact(workspace, contact)
        return tuple(row.addresses) if row is not None else ()

    async def counts(self) -> Mapping[str, int]:
        return views.counts(self._state)

    # Directory

    async def line(self, line: LineId) -> Line | None:
        return self._state.lines.get(line)

    async def lines(self) -> Sequence[Line]:
        return self._state.lines.all()

    async def seed(self, lines: Sequence[Line]) -> Sequence[Line]:
        if not self._state.lines.all():
            self._state.lines.put(*lines)
        return self._state.lines.all()

    async def put_line(self, line: Line) -> None:
        self._state.lines.put(line)

    async def reseal(self, line: LineId) -> bool:
        return self._state.lines.reseal(line)

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
        if all(line.workspace != workspace for line in self._state.lines.all()):
            raise Rejected("there is no such workspace: a workspace begins with its first line")
        now = self._now()
        new = ApiKey(
            workspace=workspace,
            id=key,
            name=name,
            permissions=permissions,
            created_at=now,
            expires_at=now + expires_in if expires_in is not None else None,
            revoked_at=None,
        )
        return self._keys.put(new, digest)

    async def key_of(self, digest: bytes) -> ApiKey | None:
        return self._keys.of(digest, self._now())

    async def keys(self, workspace: WorkspaceId) -> Sequence[ApiKey]:
        return self._keys.all(workspace)

    async def revoke_key(self, workspace: WorkspaceId, key: KeyId) -> ApiKey | None:
        return self._keys.revoke(workspace, key, self._now())

    # Records

    async def put(self, scope: Scope, key: str, kind: str, at: datetime, document: Mapping[str, Any]) -> Record:
        return self._shelf.put(self._now(), scope, key, kind, at, document)

    async def void(self, scope: Scope, key: str) -> Record | None:
        return self._shelf.void(self._now(), scope, key)

    async def get(self, scope: Scope, key: str) -> Record | None:
        return self._shelf.get(scope, key)

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
        return self._shelf.find(scope, kinds, since=since, until=until, after=after, limit=limit, voided=voided)

    async def last(self, scope: Scope, kinds: Collection[str]) -> Record | None:
        return self._shelf.last(scope, kinds)

    # Health

    async def ready(self) -> None:
        """Memory is always ready."""
