"""The ledger: which address does not want to hear from which line, and what follows when somebody steps in or out."""

from adapters.sqlite import outbox, pending
from adapters.sqlite.conversation import ConversationRow, save
from adapters.sqlite.turn import drop_if_moot
from adapters.sqlite.writer import Transaction
from core.conversation.facts import FactKind
from core.identity.model import Address

OPTED_OUT = "opted out"
OPTED_IN = "opted in"


def read_ledger(tx: Transaction, conversation: ConversationRow) -> None:
    """A conversation is opted out while the ledger has the address that replies go to."""
    conversation.opted_out = int(
        outbox.is_out(tx, conversation, conversation.medium, conversation.kind, conversation.address)
    )


def opt_out(tx: Transaction, conversation: ConversationRow, address: Address, source: str) -> None:
    """What is pending is ignored, what is queued fails, wherever replies would go to this address."""
    entered = tx.db.execute(
        "INSERT INTO opt_out (workspace, line, medium, kind, address, since) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (conversation.workspace, conversation.line, address.medium.value, address.kind.value, address.value, tx.now),
    )
    if entered.rowcount:
        conversation.note(tx, FactKind.OPTED_OUT, source=source)
        for other in _others_with(tx, conversation, address):
            _stop(tx, other)
            save(tx, other)
    _stop(tx, conversation)


def _stop(tx: Transaction, conversation: ConversationRow) -> None:
    read_ledger(tx, conversation)
    pending.ignore_all(tx, conversation, OPTED_OUT)
    outbox.fail_queued(tx, conversation, OPTED_OUT)
    drop_if_moot(tx, conversation)


def opt_in(tx: Transaction, conversation: ConversationRow, address: Address) -> None:
    left = tx.db.execute(
        "DELETE FROM opt_out WHERE workspace = ? AND line = ? AND medium = ? AND kind = ? AND address = ?",
        (conversation.workspace, conversation.line, address.medium.value, address.kind.value, address.value),
    )
    if left.rowcount:
        conversation.note(tx, FactKind.OPTED_IN)
        for other in _others_with(tx, conversation, address):
            read_ledger(tx, other)
            save(tx, other)
    read_ledger(tx, conversation)


def _others_with(tx: Transaction, conversation: ConversationRow, address: Address) -> list[ConversationRow]:
    """Two contacts may have written from one address: a number that changed hands."""
    found = tx.db.execute(
        "SELECT * FROM conversation WHERE workspace = ? AND line = ? AND address = ? AND medium = ? AND kind = ?"
        " AND id <> ?",
        (
            conversation.workspace,
            conversation.line,
            address.value,
            address.medium.value,
            address.kind.value,
            conversation.id,
        ),
    )
    return [ConversationRow.of(row) for row in found.fetchall()]
