"""The unanswered messages of a conversation, and what can become of them."""

from dataclasses import dataclass

from adapters.sqlite.conversation import ConversationRow
from adapters.sqlite.writer import Transaction
from core.conversation.facts import FactKind
from core.conversation.message import Status


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The numbers of the first and the newest one; 0 without any."""

    first: int
    newest: int

    def any_up_to(self, number: int) -> bool:
        return 0 < self.first <= number


def unanswered(tx: Transaction, conversation: ConversationRow) -> Unanswered:
    first, newest = tx.db.execute(
        "SELECT coalesce(min(number), 0), coalesce(max(number), 0) FROM message"
        " WHERE workspace = ? AND conversation = ? AND status = 'pending'",
        conversation.key,
    ).fetchone()
    return Unanswered(first, newest)


def mark_up_to(
    tx: Transaction, conversation: ConversationRow, number: int, status: Status, why: str | None = None
) -> None:
    """They are answered, or dead."""
    tx.db.execute(
        "UPDATE message SET status = ?, why = ?, quiet_at = NULL, ceiling_at = NULL"
        " WHERE workspace = ? AND conversation = ? AND status = 'pending' AND number <= ?",
        (status.value, why, *conversation.key, number),
    )


def ignore_all(tx: Transaction, conversation: ConversationRow, why: str) -> None:
    ignored = tx.db.execute(
        "UPDATE message SET status = 'ignored', why = ?, quiet_at = NULL, ceiling_at = NULL"
        " WHERE workspace = ? AND conversation = ? AND status = 'pending' RETURNING number, id",
        (why, *conversation.key),
    ).fetchall()
    for _, message in sorted(map(tuple, ignored)):
        conversation.note(tx, FactKind.MESSAGE_IGNORED, message=message, why=why)


def hurry(tx: Transaction, conversation: ConversationRow) -> None:
    """Make what is pending due at once."""
    tx.db.execute(
        "UPDATE message SET quiet_at = min(quiet_at, ?)"
        " WHERE workspace = ? AND conversation = ? AND status = 'pending'",
        (tx.now, *conversation.key),
    )
    conversation.retry_at = None


def correlation(tx: Transaction, conversation: ConversationRow) -> str:
    """The provider's id of the first unanswered message, else of the newest one."""
    for (provider_id,) in tx.db.execute(
        "SELECT provider_id FROM message WHERE workspace = ? AND conversation = ? AND status = 'pending'"
        " ORDER BY number LIMIT 1",
        conversation.key,
    ):
        return str(provider_id)
    (provider_id,) = tx.db.execute(
        "SELECT provider_id FROM message WHERE workspace = ? AND conversation = ? AND direction = 'inbound'"
        " ORDER BY number DESC LIMIT 1",
        conversation.key,
    ).fetchone()
    return str(provider_id)
