"""Facts: what happened, stored with the change that made it and numbered per conversation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class FactKind(StrEnum):
    """Past tense, in the words of the desk. The store writes those marked (s) itself; core passes the others in."""

    MESSAGE_RECEIVED = "message_received"  # (s) message
    MESSAGE_IGNORED = "message_ignored"  # (s) message, why
    REOPENED = "reopened"  # (s) episode
    OPTED_OUT = "opted_out"  # (s) source
    OPTED_IN = "opted_in"  # (s)
    TURN_COMMITTED = "turn_committed"  # (s) turn
    TURN_SUGGESTED = "turn_suggested"  # (s) turn
    TURN_DROPPED = "turn_dropped"  # (s) turn
    TURN_SUPERSEDED = "turn_superseded"  # (s) turn
    TURN_RETRIED = "turn_retried"  # (s) turn, why
    TURN_DIED = "turn_died"  # (s) turn, why
    SEND_UNCERTAIN = "send_uncertain"  # (s) message, attempt
    SEND_FAILED = "send_failed"  # (s) message, why
    SEND_REPEATED = "send_repeated"  # (s) message: a second attempt proved accepted too
    MOVED = "moved"  # (s) move, by
    TOOL_ACTED = "tool_acted"
    HANDED_OVER = "handed_over"
    CAP_REACHED = "cap_reached"  # whose, day


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened, as core hands it to an operation."""

    kind: FactKind
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFact:
    """A fact as it is read back."""

    number: int
    at: datetime
    fact: Fact
