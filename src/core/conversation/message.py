"""Messages, the states they pass through, and the one order in which news about a delivery is merged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from core.conversation.content import Content
from core.identity.model import WorkspaceId

ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
TurnId = NewType("TurnId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRef:
    """A conversation, named with its workspace: nothing is ever looked up without one."""

    workspace: WorkspaceId
    id: ConversationId


class Direction(StrEnum):
    """Which way a message went."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Author(StrEnum):
    """Who wrote a message."""

    CONTACT = "contact"
    ASSISTANT = "assistant"
    OPERATOR = "operator"
    API = "api"
    SYSTEM = "system"
    """An apology or notice that no model wrote."""


class Status(StrEnum):
    """Where a message stands: the first four are inbound, the others outbound."""

    PENDING = "pending"
    ANSWERED = "answered"
    DEAD = "dead"
    IGNORED = "ignored"

    QUEUED = "queued"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    HELD = "held"
    ACCEPTED = "accepted"
    SENT = "sent"
    FAILED = "failed"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"
    READ = "read"


RANK: Mapping[Status, int] = {
    Status.QUEUED: 0,
    Status.SENDING: 0,
    Status.UNCERTAIN: 0,
    Status.HELD: 0,
    Status.ACCEPTED: 10,
    Status.SENT: 20,
    Status.FAILED: 30,
    Status.UNDELIVERED: 30,
    Status.DELIVERED: 31,
    Status.READ: 40,
}
"""News of a higher rank wins, equal or lower changes nothing; so any order of callbacks ends in the same state.

The first final state stays, except that delivered beats failed and undelivered, and read beats all.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it is read back."""

    id: MessageId
    number: int
    """Position in the conversation, from 1, in order of recording."""
    direction: Direction
    author: Author
    content: Content
    status: Status
    why: str | None
    """Why it was ignored, held, failed or not delivered."""
    provider_id: str | None
    provider_time: datetime | None
    recorded_at: datetime
    episode: int
    turn: TurnId | None
    """The turn that wrote it (outbound)."""
    attempts: int = 0
    """How often sending it was begun (outbound)."""
