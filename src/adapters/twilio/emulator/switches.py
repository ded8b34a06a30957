"""Switches: each makes the next requests of one number, or a share of them, go wrong in one way that Twilio does.

`times` is how many requests a switch strikes before it goes off by itself; without it, it stays on.
"""

import re
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["sending", "sent", "delivered", "read", "undelivered", "failed"]
Seconds = Annotated[float, Field(ge=0)]


class Switch(BaseModel):
    """What all switches have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    times: Annotated[int, Field(ge=1)] | None = None
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """The part of the requests that it strikes, by chance (of the emulator's seed)."""


class RateLimited(Switch):
    """A create is answered 429 with code 20429, and nothing is sent."""

    retry_after: Annotated[int, Field(ge=0)] | None = None


class ServerError(Switch):
    """A create is answered 5xx, and nothing is sent."""

    status: Annotated[int, Field(ge=500, le=599)] = 503


class ServerErrorAfterAccept(Switch):
    """A create is answered 5xx, and yet the message goes out."""

    status: Annotated[int, Field(ge=500, le=599)] = 500


class SlowBeforeAccept(Switch):
    """A create waits, and is accepted only then: also if the caller has hung up meanwhile."""

    seconds: Seconds


class SlowAfterAccept(Switch):
    """A create is accepted at once, but its answer waits; callbacks overtake it."""

    seconds: Seconds


class DroppedBeforeAccept(Switch):
    """The connection is closed without an answer, and nothing is sent."""


class DroppedAfterAccept(Switch):
    """The connection is closed without an answer, and yet the message goes out."""


class Refused(Switch):
    """A create is refused with this code, such as 21610 or 63018."""

    code: int
    status: Annotated[int, Field(ge=400, le=599)] | None = None


class Hidden(Switch):
    """An accepted message is missing from the list for a while."""

    seconds: Seconds


class ListError(Switch):
    """Listing the number's messages is answered 5xx."""

    status: Annotated[int, Field(ge=500, le=599)] = 503


class OutsideWindow(Switch):
    """A free-form WhatsApp message meets a closed 24 h window: 63016 in a callback, or in the answer."""

    where: Literal["callback", "answer"] = "callback"


class DeliveryFails(Switch):
    """An accepted message fails with this code, which only a callback tells."""

    code: int
    status: Literal["undelivered", "failed"] = "undelivered"
    after: Literal["sent"] | None = "sent"
    """`sent` comes first; None: it is the only callback."""


class CallbacksDisordered(Switch):
    """A message's callbacks are kept until it is final, then sent one after another in another order."""

    order: Literal["reversed", "shuffled"] | list[Status] = "reversed"


class CallbacksLost(Switch):
    """A message's callbacks (or those for some statuses) are never sent."""

    statuses: list[Status] | None = None


class CallbacksRepeated(Switch):
    """Each of a message's callbacks is sent several times."""

    copies: Annotated[int, Field(ge=2)] = 2
    concurrently: bool = False


class WebhookRepeated(Switch):
    """What a person wrote is posted several times."""

    copies: Annotated[int, Field(ge=2)] = 2
    concurrently: bool = False


class WebhookLost(Switch):
    """What a person wrote is never posted; the list has it."""


class MediaLate(Switch):
    """A file is answered 404 although it is there."""


class TypingError(Switch):
    """The typing indicator is answered 5xx."""

    status: Annotated[int, Field(ge=500, le=599)] = 500


def _name(kind: type[Switch]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


KINDS: dict[str, type[Switch]] = {_name(kind): kind for kind in Switch.__subclasses__()}
"""Every switch by its name in JSON: `RateLimited` is `rate_limited`."""

NAMES: dict[type[Switch], str] = {kind: name for name, kind in KINDS.items()}

S = TypeVar("S", bound=Switch)
