"""What is kept, as small mutable rows. Values that cross the port are made from them and never shared with them."""

from dataclasses import dataclass, field
from datetime import datetime

from core.conversation.content import Content
from core.conversation.desk_change import DeskResult
from core.conversation.facts import Fact, RecordedFact
from core.conversation.lifecycle import Handler, State
from core.conversation.message import Author, ConversationRef, MessageId, Status, TurnId
from core.conversation.outbox import Look, Send, Settled
from core.conversation.turn import (
    Asked,
    Claim,
    Committed,
    Dropped,
    Entry,
    ModelCall,
    Released,
    Suggested,
    TurnState,
    Usage,
)
from core.identity.model import Address, ContactId, LineId, WorkspaceId


@dataclass(slots=True, kw_only=True, eq=False)
class ContactRow:
    """A person. `address` is the one they wrote from last, on whichever line."""

    workspace: WorkspaceId
    id: ContactId
    name: str | None
    address: Address
    addresses: list[Address] = field(default_factory=list)


@dataclass(slots=True, kw_only=True, eq=False)
class InboundRow:
    """What somebody wrote. While it is pending, the conversation is due by its two instants."""

    id: MessageId
    number: int
    content: Content
    status: Status
    why: str | None
    provider_id: str
    provider_time: datetime | None
    recorded_at: datetime
    episode: int
    raw: tuple[tuple[str, str], ...]
    quiet_at: datetime
    ceiling_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class AttemptRow:
    """One attempt to send a row. `settled` keeps what each call that settled it was answered, for a repeat."""

    begun_at: datetime
    provider_id: str | None = None
    accepted: bool = False
    settled: dict[str, Settled] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True, eq=False)
class OutboundRow:
    """What we write. Rows with the same `reply` are the parts of one reply: they fail, or are held, together."""

    id: MessageId
    number: int
    author: Author
    text: str
    status: Status
    why: str | None
    recorded_at: datetime
    episode: int
    turn: TurnId | None
    to: Address
    reply: str
    by: str | None
    correlation: str
    provider_id: str | None = None
    rank: int = 0
    attempts: list[AttemptRow] = field(default_factory=list)
    resends: int = 0
    care_at: datetime
    """queued: not sent before; sending: stale from then on; uncertain: looked into from then on."""
    uncertain_since: datetime | None = None
    looks: int = 0
    holder: str | None = None
    """The token of the call that handed the row out."""
    handed: Send | Look | None = None
    """What that call was given."""


@dataclass(slots=True, kw_only=True, eq=False)
class StepRow:
    """An entry of a journal; `counts` ends when its draft is dropped."""

    number: int
    entry: Entry
    counts: bool = True


@dataclass(slots=True, kw_only=True, eq=False)
class TurnRow:
    """A run of the assistant. `answers` keeps how each lease ended, by epoch, for a repeat."""

    id: TurnId
    state: TurnState
    why: str | None = None
    attempts: int = 0
    supersedes: int = 0
    read_to: int
    opened_at: datetime
    closed_at: datetime | None = None
    retry_at: datetime | None = None
    journal: list[StepRow] = field(default_factory=list)
    calls: dict[str, ModelCall] = field(default_factory=dict)
    """By id, in the order in which they were first heard of: what each took or, while it is reserved, its most."""
    reserved: set[str] = field(default_factory=set)
    """Which of them are."""
    model: str | None = None
    """The one whose call was recorded last."""
    answers: dict[int, Committed | Suggested | Dropped | Released] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """The number of the next step: it counts the model answers, dropped drafts included."""
        return 1 + max((row.number for row in self.journal), default=-1)

    @property
    def usage(self) -> Usage:
        """Of the recorded calls."""
        return sum((call.usage for call in self.calls.values() if call.id not in self.reserved), Usage())

    @property
    def acts(self) -> bool:
        """A journaled answer asks for effects."""
        return any(isinstance(row.entry, Asked) and row.entry.effects for row in self.journal)

    @property
    def drafted(self) -> bool:
        """Something in the journal counts."""
        return any(row.counts for row in self.journal)


@dataclass(slots=True, kw_only=True, eq=False)
class TallyRow:
    """What somebody's model calls of a day add up to."""

    tokens: int = 0
    cost: int = 0

    def count(self, usage: Usage, times: int) -> None:
        self.tokens += times * usage.tokens
        self.cost += times * usage.cost


@dataclass(slots=True, kw_only=True, eq=False)
class LeaseRow:
    """The right to run a turn, and the claim that gave it. It may have expired: it ends when its turn does, or when it
    is taken over."""

    by: str
    epoch: int
    until: datetime
    turn: TurnRow
    claim: Claim


@dataclass(slots=True, kw_only=True, eq=False)
class ConversationRow:
    """One contact on one line, with everything that is said, done and noted there."""

    ref: ConversationRef
    contact: ContactRow
    line: LineId
    address: Address
    """The one the contact wrote from last on this line: where replies go."""
    state: State = State.OPEN
    handler: Handler = Handler.ASSISTANT
    needs_human: bool = False
    episode: int = 1
    previous_episode_at: datetime | None = None
    last_message_at: datetime
    due_at: datetime | None = None
    apology_at: datetime | None = None
    epoch: int = 0
    lease: LeaseRow | None = None
    turn: TurnRow | None = None
    """The open one."""
    messages: list[InboundRow | OutboundRow] = field(default_factory=list)
    """By number, from 1."""
    pending: dict[int, InboundRow] = field(default_factory=dict)
    """The unanswered ones in order, by number."""
    lane: dict[int, OutboundRow] = field(default_factory=dict)
    """The unfinished ones in order, by number. Only the first can be sending or uncertain."""
    turns: dict[TurnId, TurnRow] = field(default_factory=dict)
    facts: list[RecordedFact] = field(default_factory=list)
    """By number, from 1."""
    moves: dict[str, tuple[str, DeskResult]] = field(default_factory=dict)
    """The fingerprint of what was asked under each key, and the first answer to it."""

    @property
    def newest_pending(self) -> int:
        """The number of the newest unanswered message; 0 without one."""
        return next(reversed(self.pending), 0)

    @property
    def head(self) -> OutboundRow | None:
        """The lane's first unfinished row."""
        return next(iter(self.lane.values()), None)

    @property
    def correlation(self) -> str:
        """The provider's id of the first unanswered message, else of the newest one."""
        inbound = next(iter(self.pending.values()), None) or next(
            message for message in reversed(self.messages) if isinstance(message, InboundRow)
        )
        return inbound.provider_id

    def waits_for(self, turn: TurnRow) -> bool:
        """Something that the turn read is still unanswered."""
        return next(iter(self.pending), turn.read_to + 1) <= turn.read_to

    def note(self, now: datetime, fact: Fact) -> None:
        self.facts.append(RecordedFact(number=len(self.facts) + 1, at=now, fact=fact))
