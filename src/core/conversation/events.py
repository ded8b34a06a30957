"""What a channel hears: somebody wrote, or a delivery moved on. And the receipt it gives back."""

from dataclasses import dataclass
from datetime import datetime

from core.conversation.consent import Consent, Declared
from core.conversation.content import Content
from core.conversation.message import MessageId, Status
from core.identity.model import Address, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """Somebody wrote.

    `sender` is the address to answer to; `aliases` are further addresses that the provider says are the same person.
    `raw` is the event as received, kept as evidence: pairs in order.
    """

    provider_id: str
    sender: Address
    aliases: tuple[Address, ...] = ()
    content: Content
    profile_name: str | None = None
    provider_time: datetime | None = None
    declared: Declared | None = None
    """What the provider has already decided about consent."""
    raw: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message of ours moved on.

    `message` and `attempt` are what we put in the callback's address, so that a callback that overtakes the answer to
    our own request still finds its row. `status` is ours, mapped from the provider's word, which stays in `raw`.
    """

    provider_id: str
    message: MessageId | None
    attempt: int | None
    status: Status
    why: str | None = None
    opts_out: bool = False
    """The provider says that this person does not want to hear from this line."""
    raw: tuple[tuple[str, str], ...] = ()


Event = Inbound | Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """`Inbound`, with what core decided about it, as `record` takes it.

    With `consent`:
    * OUT: the ledger of (line, address) is set, the message and all that is pending become ignored("opted out"),
      queued rows become failed("opted out").
    * IN: while opted out the ledger is cleared; the message becomes ignored("opted in") if the provider answers it,
      else pending. While not opted out an `only_if_out` consent is an ordinary message; any other is treated as while
      opted out.
    Without: pending, or ignored("opted out") while opted out.
    """

    line: Line
    inbound: Inbound
    consent: Consent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`Delivery`, with its rank, as `record` takes it. Kept even when its message is unknown: it is joined later."""

    line: Line
    delivery: Delivery
    rank: int
