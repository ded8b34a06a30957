"""Twilio's words for where an outbound message stands, in ours."""

from core.conversation.message import Status

_STATUSES = {
    "accepted": Status.ACCEPTED,
    "scheduled": Status.ACCEPTED,
    "queued": Status.ACCEPTED,
    "sending": Status.ACCEPTED,
    "sent": Status.SENT,
    # Some parts or receivers have it, not all: more than sent cannot be claimed.
    "partially_delivered": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}

INBOUND = frozenset({"received", "receiving"})


def status_of(word: object) -> Status:
    """A word that we do not know still proves that Twilio has the message."""
    return _STATUSES.get(word.lower(), Status.ACCEPTED) if isinstance(word, str) else Status.ACCEPTED
