"""The ports of conversation: the store's atomic operations, its reads, the channel and the wake queue.

Rules cross these ports as data: core decides numbers, ranks and sets, a driver compares and stores. Time is the
store's: intervals go in, instants come out. Every operation answers a repeat (same token, or same turn and epoch) with
the first answer. Every operation may raise `Unavailable`; the caller then repeats it or lets go.
"""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol, runtime_checkable

from core.conversation.burst import Burst
from core.conversation.content import Media
from core.conversation.desk_change import DeskChange, DeskResult
from core.conversation.events import Arrival, Event, Report
from core.conversation.facts import Fact, RecordedFact
from core.conversation.lifecycle import Conversation
from core.conversation.message import ConversationRef, Message, MessageId, TurnId
from core.conversation.outbox import Accepted, Look, OutboundRef, Outcome, Send, Settled, Settlement
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
from core.errors import RecadoError
from core.identity.model import Address, Contact, ContactId, Line, WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """Recorded now. Wake the conversation after `wake_after`, if given; `sendable`: its lane can go on."""

    conversation: ConversationRef | None
    """None for a report about a message that we do not know (yet)."""
    message: MessageId | None
    wake_after: timedelta | None
    sendable: bool = False
    correlation: str | None = None
    """Of the message that a report is about: the id that joins a message's life from webhook to delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """It was recorded before; nothing changed. Its conversation needs no new wake."""

    conversation: ConversationRef | None


Recorded = New | Known | RecadoError


class ConversationStore(Protocol):
    """The atomic operations. Conversations, messages, turns and sends have no other writer."""

    @abstractmethod
    async def record(self, events: Sequence[Arrival | Report], burst: Burst) -> Sequence[Recorded]:
        """Store what a channel heard; durable when this returns. One answer per event, in order.

        An arrival: unique by (line, provider id); raw event, contact, address, conversation, message, `due`, and the
        consequences of consent as `Arrival` says. A closed conversation reopens (episode + 1, state open); a waiting
        one becomes open. A contact is found by scoped id first, then by number; a new address is attached to the one
        found; two contacts are never merged; the sender becomes the address that replies go to.

        A report: unique by (line, provider id, status); merged by rank into its message, found by our id and attempt,
        else by provider id. An `uncertain` or `sending` row that a report proves accepted is settled, and a queued
        second attempt is cancelled by it. An accepted second attempt beside an accepted first writes SEND_REPEATED.
        `opts_out` has the consequences of an opt-out. A failure takes the later queued parts of the same reply with
        it; of what the assistant or an operator wrote, it sets `needs_human`, unless the person opted out.

        One bad event fails alone: its place holds the error (`Rejected`, `Conflict`), the others are recorded.
        """

    @abstractmethod
    async def claim(
        self, conversation: ConversationRef, by: str, ttl: timedelta, *, history: int
    ) -> Claim | Later | Nothing:
        """Lease the conversation for `ttl` and open a turn, or go on with the one that is open.

        A Claim needs: handler assistant, not opted out, something pending, due now, no living lease. Later is when it
        is not yet due; Nothing otherwise, also while another holder's lease lives. The epoch grows by one at each
        claim; `attempts` grows by one when an expired lease is taken over. A new turn reads to the newest pending
        message; an open one too while its journal is empty. The claim brings every pending message up to `read_to`,
        and the last `history` of the others. `by` is the token of this call: the same token answers with the same
        claim while its lease lives.
        """

    @abstractmethod
    async def claim_due(self, limit: int, by: str, ttl: timedelta, *, history: int) -> Sequence[Claim]:
        """`claim` for up to `limit` conversations, the longest due first, passing over those being claimed now.

        One that cannot be read fails alone: it is passed over, for a while, and needs a human.
        """

    @abstractmethod
    async def renew(self, by: str, leases: Sequence[tuple[TurnRef, int]], ttl: timedelta) -> frozenset[TurnRef]:
        """Extend leases (turn, epoch), served before every other operation; answers those that are lost."""

    @abstractmethod
    async def reserve(
        self, turn: TurnRef, epoch: int, call: ModelCall, caps: Caps, calls: Sequence[ModelCall] = ()
    ) -> Reserved | Exhausted | Stale:
        """Count `call.usage`, the most that a model call can take, for its contact, workspace and day, before it is
        made, so that many at once stay under the caps together.

        Stale if the epoch is not the lease's. Exhausted if what is spent and reserved that day, and this, would be
        more than a cap: the contact's, of all its conversations, is looked at first, then the workspace's. `told` is of
        this contact and the call's day, whosever cap it is. `calls` that were made before this one are recorded first,
        as in `commit`: what they did not take is free again.

        `journal`, `commit`, `release` and the next `reserve` put what the call of this id really took in the
        reservation's place; one whose call was never heard of again stays counted. A repeat of the call's id in its
        turn, reserved or recorded, reserves nothing again; what was exhausted is looked at anew.
        """

    @abstractmethod
    async def journal(self, turn: TurnRef, epoch: int, step: int, entry: Entry) -> News | Stale:
        """Store a step before it is acted on. A repeat of (turn, step, kind of entry) stores nothing again.

        An `Asked` records its model call as in `commit`.

        An entry with effects is refused (`News.refused`, not stored) unless the assistant has the conversation, it is
        not closed and the person is not opted out. Its model call is recorded all the same.
        """

    @abstractmethod
    async def supersede(
        self, turn: TurnRef, epoch: int, *, read_to: int, at_most: int, history: int
    ) -> Superseded | Refused | Stale:
        """Let the turn read to the newest pending message and drop its draft (the journal so far no longer counts).

        `read_to` is what the caller has read to. If the turn reads further, an answer was not heard: Superseded, with
        the turn as it stands; nothing moves and nothing is counted. Else Refused when a journaled entry has effects,
        when it was superseded `at_most` times, or when nothing is new. `history` is as in `claim`.
        """

    @abstractmethod
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
        """Close the turn: messages up to `read_to` are answered, replies queued in order, the lease ended.

        In this order: Stale if the epoch is not the lease's; the turn reads further than `read_to`, which is what the
        caller has read to -> Superseded, as in `supersede` (an answer was not heard, nothing but `calls` is written);
        opted out -> Dropped (no reply kept); handler human or closed -> Suggested (replies held, messages stay as they
        are); nothing up to `read_to` pending -> Dropped; news and superseding allowed as in `supersede` -> Superseded
        (the lease goes on); else Committed, and the first send of the lane is begun if nothing before it is unfinished.

        Of a Committed one: `asked` puts an open conversation in `waiting` (if nothing is pending). A HANDED_OVER fact
        among `facts` puts the handler to human and sets `needs_human` in the same write. A CAP_REACHED fact sets
        `needs_human`, and that the contact was told on its `day`, an ISO date. Without `replies` the messages are
        answered all the same: by silence.

        `calls` are the model calls of this run beyond the journaled ones; whatever the answer is, unless Stale, each is
        recorded once by its id in the turn, in the place of its reservation if it has one. The turn's usage is the sum
        of what is recorded, its model that of the call recorded last.
        """

    @abstractmethod
    async def release(
        self, turn: TurnRef, epoch: int, how: Ending, calls: Sequence[ModelCall] = ()
    ) -> Released | Stale:
        """End the lease without an answer, as `how` says. `calls` are recorded as in `commit`.

        HandedBack: due at once, attempts unchanged. Retry: attempts + 1, not due before `after`. Die: the turn is
        dead, messages up to `read_to` are dead, the conversation needs a human, the apology is queued unless one was
        within `apology_every`; but while a human has the conversation, or it is closed, or the person is opted out,
        the turn is dropped: no apology, no dead messages.
        """

    @abstractmethod
    async def begin_send(
        self, conversation: ConversationRef, by: str, *, send_within: timedelta
    ) -> Send | Later | Nothing:
        """Hand out the lane's first unfinished row, if none is `sending` or `uncertain`; numbers the attempt.

        A queued row with a retry time blocks the lane until then (Later). An opted-out person's rows fail instead.
        The row counts as stale `send_within` from now. The same `by` answers with the same Send while it is
        unsettled.
        """

    @abstractmethod
    async def settle(
        self, row: OutboundRef, attempt: int, outcome: Settlement, *, by: str, send_within: timedelta
    ) -> Settled | Stale:
        """Store how an attempt ended and begin the lane's next row.

        Accepted and failed merge by rank: a callback that came first is not undone. A retry, a doubt or a hold changes
        nothing in a row that is not in the air any more. An accepted provider id that another row owns raises
        `Conflict`. Reports that came before the id was known are joined. Stale when the attempt is not the row's
        newest, except that an acceptance of an older attempt counts: it settles a row that waits for a resend, and
        writes SEND_REPEATED when a second attempt was accepted too. A failed or held row takes the later queued parts
        of its own reply with it. What the assistant wrote is not queued again while a human has the conversation: it
        is held. A failure of what the assistant or an operator wrote sets `needs_human`, unless the person opted out.

        `by` is the token of this call: the same token answers with the same Settled, its Send too while that is
        unsettled. Two callers with equal outcomes are two calls: each is given a Send only if it began one itself.
        """

    @abstractmethod
    async def overdue_sends(self, limit: int, by: str, *, send_within: timedelta) -> Sequence[Send | Look]:
        """Rows that need care: sends whose retry time has come (begun), and uncertain ones due for a look.

        A stale `sending` row becomes uncertain first, and is due at once. A row handed out for a look is not handed
        out again within `send_within`. The same `by` answers with the same rows.
        """

    @abstractmethod
    async def desk(self, conversation: ConversationRef, change: DeskChange) -> DeskResult:
        """Apply a move as `DeskChange` says. Raises `Conflict`; `Rejected` if there is no such conversation."""


@runtime_checkable
class SendWitness(Protocol):
    """An ability of a store that shares the machine's fate with its worker: it can tell a send that was begun from one
    whose bytes may have left, so that a killed worker's untouched sends go out at once after a restart."""

    @abstractmethod
    def leaving(self, row: OutboundRef, attempt: int) -> None:
        """Note, surviving `kill -9` of this process, that bytes of this attempt may leave from now on.

        Raises `Unavailable` when it cannot be noted: then nothing may leave.
        """


class Views(Protocol):
    """Plain reads, without locks, in one workspace each. Pages go by the number or token after which to go on."""

    @abstractmethod
    async def conversation(self, conversation: ConversationRef) -> Conversation | None:
        """The conversation as it stands."""

    @abstractmethod
    async def conversations(
        self, workspace: WorkspaceId, *, after: str | None = None, limit: int = 50, needs_human: bool | None = None
    ) -> tuple[Sequence[Conversation], str | None]:
        """Conversations, the last active first, and the token of the next page.

        A token that no page gave raises `Rejected`, here and in every list that has tokens.
        """

    @abstractmethod
    async def messages(self, conversation: ConversationRef, *, after: int = 0, limit: int = 200) -> Sequence[Message]:
        """Messages numbered above `after`, in order; drafts, held and failed ones too."""

    @abstractmethod
    async def turns(
        self, conversation: ConversationRef, *, before: TurnId | None = None, limit: int = 50
    ) -> Sequence[TurnRecord]:
        """Turns with their journal and model calls, newest first; those older than `before`.

        Raises `Rejected` if the conversation has no turn `before`.
        """

    @abstractmethod
    async def turns_of(
        self, workspace: WorkspaceId, *, state: TurnState | None = None, after: str | None = None, limit: int = 50
    ) -> tuple[Sequence[TurnRecord], str | None]:
        """Turns of all conversations, the last opened first, and the token of the next page."""

    @abstractmethod
    async def spending(
        self,
        workspace: WorkspaceId,
        *,
        since: date,
        until: date,
        contact: ContactId | None = None,
        conversation: ConversationRef | None = None,
    ) -> Sequence[Spent]:
        """What was spent from day `since` to day `until`, both included, by day and model, in this order.

        Reservations are among it at their most, until their call is recorded; a call that took nothing is counted.
        """

    @abstractmethod
    async def contacts(
        self, workspace: WorkspaceId, *, after: str | None = None, limit: int = 50
    ) -> tuple[Sequence[Contact], str | None]:
        """People, by id, and the token of the next page."""

    @abstractmethod
    async def facts(self, conversation: ConversationRef, *, after: int = 0, limit: int = 200) -> Sequence[RecordedFact]:
        """Facts numbered above `after`, in order."""

    @abstractmethod
    async def contact(self, workspace: WorkspaceId, contact: ContactId) -> Contact | None:
        """The person, with the address replies go to."""

    @abstractmethod
    async def addresses(self, workspace: WorkspaceId, contact: ContactId) -> Sequence[Address]:
        """All addresses of the person, the first known first."""

    @abstractmethod
    async def counts(self) -> Mapping[str, int]:
        """Counters of the whole installation: `pending`, `dead`, `uncertain`, `duplicate_send_detected`, `queued`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An HTTP request as the app received it: the one place where core names HTTP.

    `url` is the public address the provider called: the configured public base, the raw path and the raw query,
    without a fragment. `headers` have lower-case names.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a webhook said, and what to answer it with once that is stored."""

    events: tuple[Event, ...]
    content_type: str
    body: bytes


class Channel(Protocol):
    """A provider of lines. Stateless: the line comes in with each call."""

    @abstractmethod
    def receive(self, webhook: Webhook, line: Line) -> Receipt:
        """Verify and parse. Pure. Raises `Untrusted` (forged, or not this line's), `Rejected` (malformed),
        `UnsupportedMedia` (content type), `Permanent` (there are no credentials to verify it with)."""

    @abstractmethod
    async def send(self, message: Send, line: Line) -> Outcome:
        """Send once, without retries, in bounded time. Never raises for what the provider or the network does."""

    @abstractmethod
    async def find(self, look: Look, line: Line) -> Accepted | None:
        """Was this uncertain send accepted? None: the provider shows no copy of it (yet). Raises `Unavailable`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A file as it was fetched; `content_type` is what its bytes say."""

    content_type: str
    body: bytes


@runtime_checkable
class FetchesMedia(Protocol):
    """A channel that can fetch what people send."""

    @abstractmethod
    async def fetch(self, media: Media, line: Line) -> Fetched:
        """Raises `Rejected` (not ours to fetch, too large, not what it says), `Unavailable`, `Permanent` (gone)."""


@runtime_checkable
class ShowsTyping(Protocol):
    """A channel that can show that an answer is being written. Best effort: never raises, never takes long."""

    @abstractmethod
    async def typing(self, provider_id: str, line: Line) -> None:
        """Show it in answer to the inbound message of this id."""


class WakeQueue(Protocol):
    """Hints that a conversation may want attention; may be lost, doubled, late. Switching it off costs latency only."""

    @abstractmethod
    async def put(self, conversation: ConversationRef, after: timedelta) -> None:
        """Hint at this conversation after a while. Raises `Unavailable`."""

    @abstractmethod
    async def consume(self, handle: Callable[[ConversationRef], Awaitable[None]]) -> None:
        """Give each hint to `handle`, which returns soon, until cancelled. `handle` does not raise."""

    @abstractmethod
    async def ready(self) -> None:
        """Raises `Unavailable` with the reason when hints cannot be put."""


class Health(Protocol):
    """What a readiness check asks of a store."""

    @abstractmethod
    async def ready(self) -> None:
        """Raises `Unavailable` with the reason when nothing can be recorded."""
