"""Sending: what is handed to a channel, how it may end, and what the store is told about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.conversation.message import ConversationRef, MessageId, Status
from core.identity.model import Address, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRef:
    """An outbound message, named with its conversation and so with its workspace."""

    conversation: ConversationRef
    id: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A row of the outbox whose attempt has begun: the holder sends it once, and settles."""

    ref: OutboundRef
    attempt: int
    to: Address
    text: str
    line: Line
    correlation: str
    begun_at: datetime
    """When the first attempt began, by the store's clock: a provider's copy is not older than this."""
    resends: int = 0
    """How often it was sent again although an earlier attempt was never settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An uncertain send that is due for a look at the provider.

    `taken` are provider ids that belong to other rows: whoever looks must not mistake them for this one.
    """

    send: Send
    uncertain_for: timedelta
    looks: int
    taken: frozenset[str]


# What a channel answers.


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider has it, under this id. `status` is the highest known."""

    provider_id: str
    status: Status = Status.ACCEPTED


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNow:
    """Certainly not accepted, but may be when tried again. `after` is what the provider asked for, if it did.

    `patient`: waiting is all there is to do (a daily cap, a set-up to mend): use the longest backoff.
    """

    why: str
    after: timedelta | None = None
    patient: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """Certainly not accepted, and never will be."""

    why: str
    opts_out: bool = False
    """The person does not want to hear from this line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Certainly not accepted, and only a person can decide what to do (a closed window, a template needed)."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """It may have been accepted: never send again blindly."""

    why: str


Outcome = Accepted | NotNow | Never | Withheld | Unknown


# What the store is told.


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleAccepted:
    """It was accepted; merged by `rank`."""

    provider_id: str
    status: Status
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleRetry:
    """Queued again, not before `after`. `resend`: the earlier attempt stays open, and is counted if accepted."""

    after: timedelta
    why: str
    resend: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleFailed:
    """Failed, with the later parts of its own reply; merged by `rank`."""

    why: str
    rank: int
    opts_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleHeld:
    """Held for a person, with the later parts of its own reply; the conversation needs a human."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleUncertain:
    """Not known; look after this."""

    why: str
    look_after: timedelta


Settlement = SettleAccepted | SettleRetry | SettleFailed | SettleHeld | SettleUncertain


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The row is settled. `send` is the lane's next one, begun; `after` is when the lane wants another look."""

    send: Send | None
    after: timedelta | None
