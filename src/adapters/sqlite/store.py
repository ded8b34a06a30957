"""The store: every port of persistence over one file. Writes go through one thread, reads through another."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Self

from adapters.sqlite import answering, books, claiming, desk, directory, keys, recording, records, sending, views
from adapters.sqlite.instants import stored
from adapters.sqlite.opening import opened
from adapters.sqlite.witness import Witness
from adapters.sqlite.writer import Priority, Transaction
from core.ai.records import Record, Scope
from core.conversation.burst import Burst
from core.conversation.desk_change import DeskChange, DeskResult
from core.conversation.events import Arrival, Report
from core.conversation.facts import Fact, RecordedFact
from core.conversation.lifecycle import Conversation
from core.conversation.message import ConversationRef, Message, TurnId
from core.conversation.outbox import Look, OutboundRef, Send, Settled, Settlement
from core.conversation.ports import Recorded, SendWitness
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
from core.errors import RecadoError, Unavailable
from core.identity.model import Address, ApiKey, Contact, ContactId, KeyId, Line, LineId, Permission, WorkspaceId
from core.identity.seal import NoSeal, Seal
from core.storage import Storage

_CLAIMS_AT_ONCE = 20


def _now() -> datetime:
    return datetime.now(UTC)


class SqliteStore(Storage, SendWitness):
    """`recado.db` in `folder`, open inside `async with`. With `works` it holds the worker's lock and keeps the witness.

    `clock` is the store's time: read once per transaction, so all that shares one has the same instant. `seal` is what
    it keeps credentials with.
    """

    def __init__(
        self, folder: Path, *, works: bool, clock: Callable[[], datetime] = _now, seal: Seal | None = None
    ) -> None:
        self._folder = folder
        self._works = works
        self._clock = clock
        self._seal = seal or NoSeal()
        self._lines = directory.LineMemory()
        self._witness = Witness(folder / "leaving.log")
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Raises `Conflict` if another process works the queue, `Permanent` if the file cannot be used."""
        opening = opened(self._folder, self._witness, works=self._works, clock=self._clock, seal=self._seal)
        self._writer, self._reader = await self._open.enter_async_context(opening)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def commits(self) -> int:
        """Transactions committed since it was opened."""
        return self._writer.commits

    # Recording and turns

    async def record(self, events: Sequence[Arrival | Report], burst: Burst) -> Sequence[Recorded]:
        recorded = [self._record(event, burst) for event in events]
        return await asyncio.gather(*recorded) if len(recorded) > 1 else [await each for each in recorded]

    async def _record(self, event: Arrival | Report, burst: Burst) -> Recorded:
        """Each event is an operation of its own, and so fails alone."""
        try:
            return await self._writer.run(lambda tx: recording.record(tx, event, burst), Priority.RECORD)
        except Unavailable:
            raise
        except RecadoError as error:
            return error

    async def claim(
        self, conversation: ConversationRef, by: str, ttl: timedelta, *, history: int
    ) -> Claim | Later | Nothing:
        return await self._writer.run(lambda tx: claiming.claim(tx, conversation, by, ttl, history))

    async def claim_due(self, limit: int, by: str, ttl: timedelta, *, history: int) -> Sequence[Claim]:
        """A few in each transaction, so that a long backlog does not keep an acknowledgement waiting."""
        claims: list[Claim] = []
        for first in range(0, limit, _CLAIMS_AT_ONCE):
            few = min(_CLAIMS_AT_ONCE, limit - first)
            try:
                found = await self._writer.run(
                    partial(claiming.claim_due, limit=few, by=f"{by} {first}", ttl=ttl, history=history)
                )
            except Unavailable:
                if not claims:
                    raise
                break
            claims += found
            if len(found) < few:
                break
        return claims

    async def renew(self, by: str, leases: Sequence[tuple[TurnRef, int]], ttl: timedelta) -> frozenset[TurnRef]:
        return await self._writer.run(lambda tx: claiming.renew(tx, leases, ttl), Priority.RENEW)

    async def reserve(
        self, turn: TurnRef, epoch: int, call: ModelCall, caps: Caps, calls: Sequence[ModelCall] = ()
    ) -> Reserved | Exhausted | Stale:
        return await self._writer.run(lambda tx: books.reserve(tx, turn, epoch, call, caps, calls))

    async def journal(self, turn: TurnRef, epoch: int, step: int, entry: Entry) -> News | Stale:
        return await self._writer.run(lambda tx: answering.journal(tx, turn, epoch, step, entry))

    async def supersede(
        self, turn: TurnRef, epoch: int, *, read_to: int, at_most: int, history: int
    ) -> Superseded | Refused | Stale:
        return await self._writer.run(lambda tx: answering.supersede(tx, turn, epoch, read_to, at_most, history))

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
        work = answering.Work(replies=tuple(replies), facts=tuple(facts), calls=tuple(calls), asked=asked)

        end = partial(
            answering.commit,
            ref=turn,
            epoch=epoch,
            work=work,
            read_to=read_to,
            supersede_at_most=supersede_at_most,
            history=history,
            send_within=send_within,
        )
        return await self._writer.run(end)

    async def release(
        self, turn: TurnRef, epoch: int, how: Ending, calls: Sequence[ModelCall] = ()
    ) -> Released | Stale:
        return await self._writer.run(lambda tx: claiming.release(tx, turn, epoch, how, tuple(calls)))

    # Sending

    async def begin_send(
        self, conversation: ConversationRef, by: str, *, send_within: timedelta
    ) -> Send | Later | Nothing:
        return await self._writer.run(lambda tx: sending.begin_send(tx, conversation, by, send_within))

    async def settle(
        self, row: OutboundRef, attempt: int, outcome: Settlement, *, by: str, send_within: timedelta
    ) -> Settled | Stale:
        return await self._writer.run(lambda tx: sending.settle(tx, row, attempt, outcome, by, send_within))

    async def overdue_sends(self, limit: int, by: str, *, send_within: timedelta) -> Sequence[Send | Look]:
        return await self._writer.run(lambda tx: sending.overdue_sends(tx, limit, by, send_within))

    def leaving(self, row: OutboundRef, attempt: int) -> None:
        """Raises `Unavailable` if it cannot be noted: then it must not leave."""
        if self._works:
            self._witness.note(row.id, attempt)

    # The desk

    async def desk(self, conversation: ConversationRef, change: DeskChange) -> DeskResult:
        return await self._writer.run(lambda tx: desk.desk(tx, conversation, change))

    # Views

    async def conversation(self, conversation: ConversationRef) -> Conversation | None:
        return await self._reader.run(lambda db: views.conversation(db, conversation))

    async def conversations(
        self, workspace: WorkspaceId, *, after: str | None = None, limit: int = 50, needs_human: bool | None = None
    ) -> tuple[Sequence[Conversation], str | None]:
        return await self._reader.run(lambda db: views.conversations(db, workspace, after, limit, needs_human))

    async def messages(self, conversation: ConversationRef, *, after: int = 0, limit: int = 200) -> Sequence[Message]:
        return await self._reader.run(lambda db: views.messages(db, conversation, after, limit))

    async def turns(
        self, conversation: ConversationRef, *, before: TurnId | None = None, limit: int = 50
    ) -> Sequence[TurnRecord]:
        return await self._reader.run(lambda db: views.turns(db, conversation, before, limit))

    async def turns_of(
        self, workspace: WorkspaceId, *, state: TurnState | None = None, after: str | None = None, limit: int = 50
    ) -> tuple[Sequence[TurnRecord], str | None]:
        return await self._reader.run(lambda db: views.turns_of(db, workspace, state, after, limit))

    async def spending(
        self,
        workspace: WorkspaceId,
        *,
        since: date,
        until: date,
        contact: ContactId | None = None,
        conversation: ConversationRef | None = None,
    ) -> Sequence[Spent]:
        return await self._reader.run(lambda db: books.spending(db, workspace, since, until, contact, conversation))

    async def contacts(
        self, workspace: WorkspaceId, *, after: str | None = None, limit: int = 50
    ) -> tuple[Sequence[Contact], str | None]:
        return await self._reader.run(lambda db: views.contacts(db, workspace, after, limit))

    async def facts(self, conversation: ConversationRef, *, after: int = 0, limit: int = 200) -> Sequence[RecordedFact]:
        return await self._reader.run(lambda db: views.facts(db, conversation, after, limit))

    async def contact(self, workspace: WorkspaceId, contact: ContactId) -> Contact | None:
        return await self._reader.run(lambda db: views.contact(db, workspace, contact))

    async def addresses(self, workspace: WorkspaceId, contact: ContactId) -> Sequence[Address]:
        return await self._reader.run(lambda db: views.addresses(db, workspace, contact))

    async def counts(self) -> Mapping[str, int]:
        return await self._reader.run(views.counts)

    # The directory

    async def line(self, line: LineId) -> Line | None:
        remembered = self._lines.get(line)
        if remembered is not None:
            return remembered
        changes = self._lines.changes
        found = await self._reader.run(lambda db: directory.line(db, line, self._seal))
        if found is not None:
            self._lines.keep(found, changes=changes)
        return found

    async def lines(self) -> Sequence[Line]:
        return await self._reader.run(lambda db: directory.lines(db, self._seal))

    async def seed(self, lines: Sequence[Line]) -> Sequence[Line]:
        try:
            return await self._writer.run(lambda tx: directory.seed(tx, lines))
        finally:
            self._lines.forget()

    async def put_line(self, line: Line) -> None:
        try:
            await self._writer.run(lambda tx: directory.put(tx, line))
        finally:
            self._lines.forget()

    async def reseal(self, line: LineId) -> bool:
        try:
            return await self._writer.run(lambda tx: directory.reseal(tx, line))
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
        return await self._writer.run(lambda tx: keys.put(tx, workspace, key, digest, name, permissions, expires_in))

    async def key_of(self, digest: bytes) -> ApiKey | None:
        now = stored(self._clock())
        return await self._reader.run(lambda db: keys.of(db, digest, now))

    async def keys(self, workspace: WorkspaceId) -> Sequence[ApiKey]:
        return await self._reader.run(lambda db: keys.every(db, workspace))

    async def revoke_key(self, workspace: WorkspaceId, key: KeyId) -> ApiKey | None:
        return await self._writer.run(lambda tx: keys.revoke(tx, workspace, key))

    # Records

    async def put(self, scope: Scope, key: str, kind: str, at: datetime, document: Mapping[str, Any]) -> Record:
        return await self._writer.run(lambda tx: records.put(tx, scope, key, kind, at, document))

    async def void(self, scope: Scope, key: str) -> Record | None:
        return await self._writer.run(lambda tx: records.void(tx, scope, key))

    async def get(self, scope: Scope, key: str) -> Record | None:
        return await self._reader.run(lambda db: records.get(db, scope, key))

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
        return await self._reader.run(
            lambda db: records.find(db, scope, kinds, since, until, after, limit, voided=voided)
        )

    async def last(self, scope: Scope, kinds: Collection[str]) -> Record | None:
        return await self._reader.run(lambda db: records.last(db, scope, kinds))

    # Health

    async def ready(self) -> None:
        """Writes, and so knows."""
        await self._writer.run(_check)


def _check(tx: Transaction) -> None:
    tx.db.execute(
        "INSERT INTO counter (name, value) VALUES ('checked_at', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1",
        (tx.now,),
    )
