"""A conversation's standing and the audited table of the moves an operator, or the assistant, may make."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.conversation.message import ConversationRef
from core.identity.model import ContactId, LineId


class State(StrEnum):
    """Whether somebody is expected to say something."""

    OPEN = "open"
    WAITING = "waiting"
    """We asked; the next word is theirs."""
    CLOSED = "closed"


class Handler(StrEnum):
    """Who answers."""

    ASSISTANT = "assistant"
    HUMAN = "human"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """State and handler together: what the table of moves speaks about."""

    state: State
    handler: Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One contact on one line, for ever. `episode` grows at each reopening."""

    ref: ConversationRef
    contact: ContactId
    line: LineId
    standing: Standing
    needs_human: bool
    opted_out: bool
    episode: int
    number: int
    """The number of its last message."""
    due_at: datetime | None
    """When the assistant should look at it; nothing if it should not."""
    last_message_at: datetime


class Move(StrEnum):
    """What the desk may do to a conversation."""

    TAKE_OVER = "take_over"
    REPLY = "reply"
    HAND_BACK = "hand_back"
    CLOSE = "close"
    SEND = "send"


_ANY = frozenset(Standing(state=state, handler=handler) for state in State for handler in Handler)
_NOT_CLOSED = frozenset(standing for standing in _ANY if standing.state is not State.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """From which standings a move is legal, and what it leads to; nothing means unchanged."""

    legal: frozenset[Standing]
    state: State | None = None
    handler: Handler | None = None
    needs_human: bool | None = None


RULES: Mapping[Move, Rule] = {
    Move.TAKE_OVER: Rule(legal=_ANY, state=State.OPEN, handler=Handler.HUMAN, needs_human=False),
    Move.REPLY: Rule(legal=_ANY, state=State.OPEN, handler=Handler.HUMAN, needs_human=False),
    Move.HAND_BACK: Rule(legal=_NOT_CLOSED, handler=Handler.ASSISTANT, needs_human=False),
    Move.CLOSE: Rule(legal=_NOT_CLOSED, state=State.CLOSED, handler=Handler.ASSISTANT, needs_human=False),
    Move.SEND: Rule(legal=_ANY),
}
"""Closing gives the conversation back to the assistant, so that a reopening is answered."""
