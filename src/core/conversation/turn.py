"""A turn: one run of the assistant, the steps it journals, and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.conversation.lifecycle import Conversation, Handler
from core.conversation.message import ConversationRef, Message, TurnId
from core.conversation.outbox import Send
from core.identity.model import Contact, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRef:
    """A turn, named with its conversation and so with its workspace."""

    conversation: ConversationRef
    id: TurnId


class TurnState(StrEnum):
    """How a turn stands. RETRY is an open turn that waits for its next attempt."""

    RUNNING = "running"
    RETRY = "retry"
    COMMITTED = "committed"
    SUGGESTED = "suggested"
    DROPPED = "dropped"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What model calls consumed, in tokens; `cached` is a part of `input`."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cost: int = 0
    """In billionths of a US dollar; rounded up once for each call, so that sums are exact."""

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input=self.input + other.input,
            output=self.output + other.output,
            cached=self.cached + other.cached,
            cost=self.cost + other.cost,
        )

    @property
    def tokens(self) -> int:
        return self.input + self.output


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """One call of a model, for the books. `id` is unique in its turn; a reservation and what came of it share it."""

    id: str
    model: str
    """Driver and model, as the agent names them: `openai:gpt-6-luna`."""
    day: date
    """The day it counts for, in the agent's time zone."""
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most that may be spent in a day; None: as much as it takes."""

    tokens: int | None = None
    cost: int | None = None
    """In billionths of a US dollar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What one contact, and all of a workspace together, may spend in a day."""

    contact: Cap = Cap()
    workspace: Cap = Cap()

    def __bool__(self) -> bool:
        return self != Caps()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """The call may be made: its most is counted until its record takes the place of the reservation."""


class Whose(StrEnum):
    """Whose cap it is."""

    CONTACT = "contact"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhausted:
    """The call would go over a cap; nothing was reserved. `told`: the person heard of it that day."""

    whose: Whose
    told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call the model asked for; `arguments` is the text the model wrote, read again when the call is replayed."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What came of a call, as the model is told."""

    call: str
    """The id of the call."""
    text: str
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A model answer that asks for tools, journaled before any of them is called.

    `effects` says that one of the calls changes something outside: from here on the turn is not superseded.
    """

    text: str
    calls: tuple[ToolCall, ...]
    effects: bool
    call: ModelCall
    """The model call that this is the answer of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All results of a step, in the order of its calls."""

    results: tuple[ToolResult, ...]


Entry = Asked | Results


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An entry of the journal. `number` counts the model answers of the turn and never restarts."""

    number: int
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to run a turn, until the lease ends, and all that running it needs."""

    turn: TurnRef
    epoch: int
    attempts: int
    """Failures and crashes of this turn so far."""
    supersedes: int
    read_to: int
    """The number of the last inbound message this turn answers."""
    steps: int
    """The number of the next step."""
    journal: tuple[Step, ...]
    """Entries that still count: those of a superseded draft are not among them."""
    conversation: Conversation
    contact: Contact
    line: Line
    messages: tuple[Message, ...]
    """The current episode in order, inbound up to `read_to` and outbound all but held and failed ones: every pending
    message, however many, since the turn answers them all; of the others the last `history`."""
    previous_episode_at: datetime | None
    """When the episode before this one last had a message."""
    correlation: str
    """The provider's id of the first unanswered message: it joins the log from webhook to delivery."""
    now: datetime
    sendable: bool
    """The lane has a row that can be sent now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Not yet: ask again after this."""

    after: timedelta
    sendable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """There is nothing to do, or another holder does it."""

    sendable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What happened in the conversation while the turn ran."""

    newest_pending: int
    """The number of the newest unanswered inbound message; 0 without one."""
    handler: Handler
    opted_out: bool
    closed: bool
    refused: bool = False
    """The entry asked for effects while the assistant may not act: it was not stored and must not be acted on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """The lease was lost; nothing was written and nothing may be done in its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The turn may not be superseded: an effect was asked for, it was superseded often enough, or nothing is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    """The turn now answers up to `read_to`; its draft is gone. `messages` is as in `Claim`."""

    read_to: int
    steps: int
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """The replies are in the outbox. `send` is the first one, begun; `due_after` is when the next turn is due."""

    send: Send | None
    due_after: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A human has the conversation, or it is closed: the replies are kept as suggestions, nothing is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Nothing of what the turn read is waiting for an answer any more (opted out, or answered by somebody else)."""

    due_after: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedBack:
    """The worker stops, or the store had trouble: due at once, and it does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """The turn failed and is tried again after this; it counts."""

    after: timedelta
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Die:
    """The turn failed for good. The apology goes out unless one did within `apology_every`."""

    why: str
    apology: str | None
    apology_every: timedelta


Ending = HandedBack | Retry | Die


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The lease is ended."""

    due_after: timedelta | None
    sendable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecord:
    """A turn as it is read back."""

    ref: TurnRef
    state: TurnState
    why: str | None
    attempts: int
    supersedes: int
    read_to: int
    usage: Usage
    model: str | None
    opened_at: datetime
    closed_at: datetime | None
    journal: tuple[Step, ...]
    """Every entry, those of dropped drafts too."""
    calls: tuple[ModelCall, ...]
    """Every model call that was recorded, or is reserved, in order of recording."""
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What went to one model on one day."""

    day: date
    model: str
    calls: int
    usage: Usage
