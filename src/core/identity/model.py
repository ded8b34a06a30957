"""Who is who: workspaces, their lines, the people who write and the addresses they write from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from core.identity.credentials import NO_CREDENTIALS, Credentials
from core.identity.medium import Medium

WorkspaceId = NewType("WorkspaceId", str)
LineId = NewType("LineId", str)
ContactId = NewType("ContactId", str)
KeyId = NewType("KeyId", str)


class AddressKind(StrEnum):
    """What an address is; never assume a phone number."""

    PHONE = "phone"
    """E.164, with the plus sign."""
    SCOPED = "scoped"
    """A business-scoped id: a person known without a phone number."""
    OTHER = "other"
    """A short code or a sender name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a person, or one of our lines, is reached on a medium."""

    medium: Medium
    kind: AddressKind
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One of our numbers or senders on a channel, of one workspace.

    `id` is unique in the whole installation: it is the last part of the webhook's path. `account` is the provider's
    account that owns the sender; a webhook of another account is not trusted.
    """

    workspace: WorkspaceId
    id: LineId
    channel: str
    address: Address
    account: str
    credentials: Credentials = NO_CREDENTIALS
    """Its own at the provider, as the channel names them; none: it uses the channel's settings."""

    @property
    def medium(self) -> Medium:
        return self.address.medium


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person, as one workspace knows them. `name` is what they call themselves: never trust it."""

    workspace: WorkspaceId
    id: ContactId
    name: str | None
    address: Address
    """The last address they wrote from: where a reply goes."""


class Permission(StrEnum):
    """What an API key may do in its workspace."""

    READ = "read"
    """See conversations, messages, turns, contacts and spending."""
    SEND = "send"
    """Send messages."""
    OPERATE = "operate"
    """Take over, reply, hand back, close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """The right of a program to speak for a workspace. The key itself is kept nowhere: only its digest."""

    workspace: WorkspaceId
    id: KeyId
    name: str
    """Who uses it, for people who look through the list, and for the record of what it did."""
    permissions: frozenset[Permission]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
