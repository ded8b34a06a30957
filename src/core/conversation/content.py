"""What a message holds, whichever way it came."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A file the person sent; it stays at the provider until the channel fetches it."""

    url: str
    content_type: str | None
    """What the provider says it is; sniffed again when fetched."""
    provider_id: str
    """The provider's id of the message it belongs to: a channel fetches nothing that is not under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place on the map; degrees, WGS 84."""

    latitude: float
    longitude: float
    label: str | None = None
    address: str | None = None


class ChoiceKind(StrEnum):
    """What was tapped."""

    BUTTON = "button"
    LIST = "list"
    FORM = "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button, list row or form that the person tapped: `id` is stable and ours, `label` is what they saw."""

    kind: ChoiceKind
    id: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The message this one replies to, by the provider's id."""

    provider_id: str
    sender: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """The advertisement that brought the person here."""

    source_id: str | None = None
    source_type: str | None = None
    source_url: str | None = None
    headline: str | None = None
    body: str | None = None
    click_id: str | None = None
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that a message may carry; everything is optional, and everything is the person's own words: untrusted."""

    text: str = ""
    media: tuple[Media, ...] = ()
    location: Location | None = None
    choice: Choice | None = None
    quote: Quote | None = None
    referral: Referral | None = None
    forwarded: bool = False
