"""What a contract is tested with: a store on a clock that stands still, and its operations in everyday words."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from core.conversation.burst import Burst
from core.conversation.consent import Consent
from core.conversation.desk_change import DeskChange, DeskResult
from core.conversation.events import Arrival, Report
from core.conversation.facts import Fact, FactKind, RecordedFact
from core.conversation.lifecycle import Conversation
from core.conversation.message import ConversationRef, Direction, Message, MessageId, Status
from core.conversation.outbox import Look, Send, Settled, Settlement
from core.conversation.ports import New, Recorded
from core.conversation.turn import (
    Caps,
    Claim,
    Committed,
    Die,
    Dropped,
    Ending,
    Entry,
    Exhausted,
    HandedBack,
    Later,
    ModelCall,
    News,
    Nothing,
    Refused,
    Released,
    Reserved,
    Stale,
    Suggested,
    Superseded,
    TurnRecord,
)
from core.errors import RecadoError
from core.identity.model import Address, Line
from core.storage import Storage
from tests.build import ANA, BURST, FOREIGN_LINE, LINE, NOON, SECOND_LINE, SMS_LINE, accepted, arrival
from tests.fakes import Locks

LEASE = timedelta(seconds=30)
SEND_WITHIN = timedelta(seconds=20)
HISTORY = 40


class Clock:
    """The store's time: it passes when a test says so."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """What a driver's fixture gives: one database on this clock, and at least one store that is open on it.

    With two, like two processes, concurrency is tried through both.
    """

    clock: Clock
    stores: Sequence[Storage]
    seal: Locks = field(default_factory=Locks)
    """What every one of the stores seals with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that can be seen of a conversation: equal snapshots mean that nothing was written."""

    conversation: Conversation | None
    messages: Sequence[Message]
    turns: Sequence[TurnRecord]
    facts: Sequence[RecordedFact]
    counts: dict[str, int]


class Story:
    """People write, workers work and the desk moves, with defaults for all that a test does not care about."""

    def __init__(self, harness: Harness) -> None:
        self.clock = harness.clock
        self.stores = harness.stores
        self.store = harness.stores[0]
        self._ids = count(1)

    async def begins(self) -> None:
        await asyncio.gather(*map(self.store.put_line, (LINE, SMS_LINE, SECOND_LINE, FOREIGN_LINE)))

    def on(self, number: int) -> Storage:
        """One of the open stores: take turns by counting."""
        return self.stores[number % len(self.stores)]

    def token(self, what: str = "token") -> str:
        return f"{what} {next(self._ids)}"

    def passes(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    # What a channel hears

    async def record(self, *events: Arrival | Report, burst: Burst = BURST) -> Sequence[Recorded]:
        return await self.store.record(events, burst)

    async def hears(
        self,
        text: str = "hello",
        *,
        id_: str | None = None,
        on: Line = LINE,
        sender: Address = ANA,
        aliases: Sequence[Address] = (),
        consent: Consent | None = None,
        name: str | None = None,
        burst: Burst = BURST,
    ) -> New:
        """Somebody writes something new."""
        heard = arrival(
            text, id_=id_ or self.token("in"), on=on, sender=sender, aliases=aliases, consent=consent, name=name
        )
        return await self.learns(heard, burst=burst)

    async def learns(self, event: Arrival | Report, *, burst: Burst = BURST) -> New:
        """The event is new to the store."""
        (answer,) = await self.record(event, burst=burst)
        assert isinstance(answer, New), answer
        return answer

    async def meets(self, text: str = "hello", *, on: Line = LINE, sender: Address = ANA) -> ConversationRef:
        """Somebody writes something new; gives the conversation."""
        return conversation_of(await self.hears(text, on=on, sender=sender))

    async def waits_until_due(self, conversation: ConversationRef) -> None:
        due_at = (await self.sees(conversation)).due_at
        assert due_at is not None
        self.clock.now = max(self.clock.now, due_at)

    # Turns

    async def try_claim(
        self, conversation: ConversationRef, by: str | None = None, *, ttl: timedelta = LEASE, history: int = HISTORY
    ) -> Claim | Later | Nothing:
        return await self.store.claim(conversation, by or self.token("claim"), ttl, history=history)

    async def claims(
        self, conversation: ConversationRef, by: str | None = None, *, ttl: timedelta = LEASE, history: int = HISTORY
    ) -> Claim:
        answer = await self.try_claim(conversation, by, ttl=ttl, history=history)
        assert isinstance(answer, Claim), answer
        return answer

    async def turn(self, text: str = "hello", *, on: Line = LINE, sender: Address = ANA) -> Claim:
        """Somebody writes, and when it is due, it is claimed."""
        conversation = await self.meets(text, on=on, sender=sender)
        await self.waits_until_due(conversation)
        return await self.claims(conversation)

    async def claims_due(self, limit: int = 10, by: str | None = None) -> Sequence[Claim]:
        return await self.store.claim_due(limit, by or self.token("claim due"), LEASE, history=HISTORY)

    async def renews(self, *claims: Claim, ttl: timedelta = LEASE) -> frozenset[str]:
        """The ids of the turns that are lost."""
        leases = [(claim.turn, claim.epoch) for claim in claims]
        return frozenset(turn.id for turn in await self.store.renew(self.token("renew"), leases, ttl))

    async def reserves(
        self, claim: Claim, call: ModelCall, caps: Caps | None = None, made: Sequence[ModelCall] = ()
    ) -> Reserved | Exhausted | Stale:
        return await self.store.reserve(claim.turn, claim.epoch, call, caps or Caps(), made)

    async def journals(self, claim: Claim, step: int, entry: Entry) -> News | Stale:
        return await self.store.journal(claim.turn, claim.epoch, step, entry)

    async def supersedes(
        self, claim: Claim, *, at_most: int = 2, history: int = HISTORY
    ) -> Superseded | Refused | Stale:
        return await self.store.supersede(
            claim.turn, claim.epoch, read_to=claim.read_to, at_most=at_most, history=history
        )

    async def reads_on(self, claim: Claim) -> Claim:
        """The turn is superseded, and its holder hears so."""
        answer = await self.supersedes(claim)
        assert isinstance(answer, Superseded), answer
        return read_on(claim, answer)

    async def try_commit(
        self,
        claim: Claim,
        *replies: str,
        facts: Sequence[Fact] = (),
        calls: Sequence[ModelCall] = (),
        silent: bool = False,
        asked: bool = False,
        supersede_at_most: int = 2,
    ) -> Committed | Superseded | Suggested | Dropped | Stale:
        return await self.store.commit(
            claim.turn,
            claim.epoch,
            replies or (() if silent else ("good morning",)),
            facts,
            calls,
            asked=asked,
            read_to=claim.read_to,
            supersede_at_most=supersede_at_most,
            history=HISTORY,
            send_within=SEND_WITHIN,
        )

    async def commits(
        self,
        claim: Claim,
        *replies: str,
        facts: Sequence[Fact] = (),
        calls: Sequence[ModelCall] = (),
        silent: bool = False,
        asked: bool = False,
        supersede_at_most: int = 2,
    ) -> Committed:
        answer = await self.try_commit(
            claim,
            *replies,
            facts=facts,
            calls=calls,
            silent=silent,
            asked=asked,
            supersede_at_most=supersede_at_most,
        )
        assert isinstance(answer, Committed), answer
        return answer

    async def try_release(self, claim: Claim, how: Ending, calls: Sequence[ModelCall] = ()) -> Released | Stale:
        return await self.store.release(claim.turn, claim.epoch, how, calls)

    async def releases(self, claim: Claim, how: Ending | None = None, calls: Sequence[ModelCall] = ()) -> Released:
        answer = await self.try_release(claim, how or HandedBack(), calls)
        assert isinstance(answer, Released), answer
        return answer

    # Sends

    async def sending(self, *replies: str, sender: Address = ANA, on: Line = LINE) -> Send:
        """A reply in these parts is committed and its first part begun."""
        committed = await self.commits(await self.turn(sender=sender, on=on), *replies)
        assert committed.send is not None
        return committed.send

    async def try_begin(self, conversation: ConversationRef, by: str | None = None) -> Send | Later | Nothing:
        return await self.store.begin_send(conversation, by or self.token("begin"), send_within=SEND_WITHIN)

    async def begin_send(self, conversation: ConversationRef, by: str | None = None) -> Send:
        answer = await self.try_begin(conversation, by)
        assert isinstance(answer, Send), answer
        return answer

    async def try_settle(self, send: Send, outcome: Settlement | None = None, by: str | None = None) -> Settled | Stale:
        how = outcome or accepted(f"out {send.ref.id}")
        return await self.store.settle(
            send.ref, send.attempt, how, by=by or self.token("settle"), send_within=SEND_WITHIN
        )

    async def settles(self, send: Send, outcome: Settlement | None = None, by: str | None = None) -> Settled:
        answer = await self.try_settle(send, outcome, by)
        assert isinstance(answer, Settled), answer
        return answer

    async def overdue(self, limit: int = 10, by: str | None = None) -> Sequence[Send | Look]:
        return await self.store.overdue_sends(limit, by or self.token("overdue"), send_within=SEND_WITHIN)

    async def looks(self) -> Look:
        """The one uncertain send that is due for a look."""
        (look,) = await self.overdue()
        assert isinstance(look, Look), look
        return look

    async def drains(self, conversation: ConversationRef) -> list[str]:
        """Whatever the lane can send now is sent and accepted, in order; gives the texts."""
        texts: list[str] = []
        answer = await self.try_begin(conversation)
        while isinstance(answer, Send):
            texts.append(answer.text)
            answer = (await self.settles(answer)).send or Nothing()
        return texts

    # The desk, and what can be seen

    async def moves(self, conversation: ConversationRef, change: DeskChange) -> DeskResult:
        return await self.store.desk(conversation, change)

    async def sees(self, conversation: ConversationRef) -> Conversation:
        seen = await self.store.conversation(conversation)
        assert seen is not None
        return seen

    async def messages(self, conversation: ConversationRef) -> Sequence[Message]:
        return await self.store.messages(conversation, limit=1000)

    async def message(self, conversation: ConversationRef, id_: MessageId | None) -> Message:
        (found,) = [message for message in await self.messages(conversation) if message.id == id_]
        return found

    async def inbound(self, conversation: ConversationRef) -> list[tuple[str, Status]]:
        return _said(await self.messages(conversation), Direction.INBOUND)

    async def outbound(self, conversation: ConversationRef) -> list[tuple[str, Status]]:
        return _said(await self.messages(conversation), Direction.OUTBOUND)

    async def statuses(self, conversation: ConversationRef) -> list[Status]:
        """Of all messages, in order."""
        return [message.status for message in await self.messages(conversation)]

    async def status(self, send: Send) -> Status:
        return (await self.message(send.ref.conversation, send.ref.id)).status

    async def facts(self, conversation: ConversationRef, kind: FactKind) -> list[dict[str, str]]:
        """The details of the facts of this kind, in order."""
        recorded = await self.store.facts(conversation, limit=1000)
        return [dict(fact.fact.details) for fact in recorded if fact.fact.kind is kind]

    async def repeated(self) -> int:
        return (await self.store.counts())["duplicate_send_detected"]

    async def snapshot(self, conversation: ConversationRef) -> Snapshot:
        return Snapshot(
            conversation=await self.store.conversation(conversation),
            messages=list(await self.store.messages(conversation, limit=1000)),
            turns=list(await self.store.turns(conversation, limit=1000)),
            facts=list(await self.store.facts(conversation, limit=1000)),
            counts=dict(await self.store.counts()),
        )


def read_on(claim: Claim, answer: Superseded) -> Claim:
    """The claim of whoever heard that its turn reads further."""
    return replace(claim, read_to=answer.read_to, steps=answer.steps, messages=answer.messages, journal=())


def _said(messages: Sequence[Message], direction: Direction) -> list[tuple[str, Status]]:
    return [(message.content.text, message.status) for message in messages if message.direction is direction]


def conversation_of(recorded: Recorded) -> ConversationRef:
    assert not isinstance(recorded, RecadoError), recorded
    assert recorded.conversation is not None
    return recorded.conversation


def death(why: str = "the model is gone", apology: str | None = "I am sorry", every: float = 3600) -> Die:
    return Die(why=why, apology=apology, apology_every=timedelta(seconds=every))


def texts(messages: Sequence[Message]) -> list[str]:
    return [message.content.text for message in messages]
