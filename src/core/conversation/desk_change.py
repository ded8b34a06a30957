"""What the desk asks of the store, as data: core has already decided what is legal and what follows."""

from dataclasses import dataclass

from core.conversation.lifecycle import Conversation, Move, Rule
from core.conversation.message import Author, MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskChange:
    """One move at the desk, applied under the row lock.

    In this order: `key` seen before -> the first answer, but with another `fingerprint` -> KeyReused. `seen` given and
    not `override`: an inbound, or another operator's reply, numbered above `seen` -> Conflict. Standing not in
    `rule.legal` -> Conflict. Then state, handler and flag as in `rule`; `hold_queued` turns the assistant's queued rows
    into held ones; `answer_up_to_seen` marks pending inbound up to `seen` (all, without `seen`) answered;
    `ignore_pending` marks all pending ignored with this reason; `hurry` makes what is pending due at once; `texts`
    become outbound rows of `author`.
    """

    move: Move
    rule: Rule
    key: str
    by: str
    """Who moves: an operator's or an API key's name, for the record."""
    fingerprint: str = ""
    """Of what was asked under `key`: a key used again for something else is a mistake of the caller."""
    seen: int | None = None
    override: bool = False
    hold_queued: bool = False
    answer_up_to_seen: bool = False
    ignore_pending: str | None = None
    hurry: bool = False
    author: Author = Author.OPERATOR
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskResult:
    """The conversation after the move, the rows it made, and whether the lane can send."""

    conversation: Conversation
    messages: tuple[MessageId, ...]
    sendable: bool
