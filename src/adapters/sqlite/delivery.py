"""News about an attempt, whoever brings it: one merge for settlements and reports, so any order ends in one state."""

from adapters.sqlite import outbox
from adapters.sqlite.consent import opt_out
from adapters.sqlite.conversation import ConversationRow
from adapters.sqlite.rows import Row, to_address
from adapters.sqlite.writer import Transaction
from core.conversation.facts import FactKind
from core.conversation.message import Author, Status
from core.errors import Conflict

_NOT_DELIVERED = (Status.FAILED, Status.UNDELIVERED)
_EXPECTED = (Author.ASSISTANT, Author.OPERATOR)
"""Whose words somebody waits for: a person must know when they do not arrive."""


def merge(
    tx: Transaction,
    conversation: ConversationRow,
    tried: Row,
    *,
    provider_id: str,
    status: Status,
    rank: int,
    why: str | None,
    opts_out: bool = False,
) -> None:
    """What the provider says about its copy of an attempt. Raises `Conflict` if the copy is another row's."""
    if tried["copy"] != provider_id:
        tried = _maker(tx, conversation, tried, provider_id)
    is_news = tried["copy"] is None
    is_acceptance = status not in _NOT_DELIVERED and not tried["accepted"]
    if is_news or is_acceptance:
        tx.db.execute(
            "UPDATE attempt SET provider_id = coalesce(provider_id, ?), accepted = max(accepted, ?)"
            " WHERE workspace = ? AND message = ? AND number = ?",
            (provider_id, is_acceptance, tried["workspace"], tried["id"], tried["attempt"]),
        )
    if is_acceptance and _other_was_accepted(tx, tried):
        _note_repetition(tx, conversation, tried)
    merge_status(tx, conversation, tried, status, rank, why, provider_id, opts_out=opts_out)
    if is_news:
        _join_earlier_reports(tx, conversation, tried, provider_id)


def is_mere_progress(tried: Row, provider_id: str, status: Status) -> bool:
    """A report about an accepted message that can change nothing but its status: no fact, no lane, no ledger."""
    return bool(
        tried["accepted"]
        and tried["copy"] == provider_id
        and tried["status"] in (Status.ACCEPTED, Status.SENT, Status.DELIVERED, Status.READ)
        and status not in _NOT_DELIVERED
    )


def rise(tx: Transaction, tried: Row, status: Status, rank: int, why: str | None, provider_id: str | None) -> bool:
    """The higher rank wins."""
    won = tx.db.execute(
        "UPDATE message SET status = ?, rank = ?, why = ?, provider_id = coalesce(provider_id, ?), care_at = NULL,"
        " holder = NULL, witnessed = 0 WHERE workspace = ? AND id = ? AND rank < ?",
        (status.value, rank, why, provider_id, tried["workspace"], tried["id"], rank),
    )
    return won.rowcount > 0


def merge_status(
    tx: Transaction,
    conversation: ConversationRow,
    tried: Row,
    status: Status,
    rank: int,
    why: str | None,
    provider_id: str | None = None,
    *,
    opts_out: bool = False,
) -> None:
    """A failure is the row's only if no other attempt was accepted, or still may be. `opts_out`: the reason for it."""
    is_failure = status in _NOT_DELIVERED
    if is_failure and (tried["attempt"] < tried["attempts"] or _other_was_accepted(tx, tried)):
        return
    if not rise(tx, tried, status, rank, why, provider_id):
        tx.db.execute(
            "UPDATE message SET provider_id = ? WHERE workspace = ? AND id = ? AND provider_id IS NULL",
            (provider_id, tried["workspace"], tried["id"]),
        )
    elif is_failure:
        conversation.note(tx, FactKind.SEND_FAILED, message=tried["id"], why=why or status.value)
        outbox.fail_queued(tx, conversation, "an earlier part of this reply failed", reply=tried["reply"])
        if tried["author"] in _EXPECTED and not opts_out:
            conversation.needs_human = 1


def _maker(tx: Transaction, conversation: ConversationRow, tried: Row, provider_id: str) -> Row:
    """The attempt that made this copy: the one that is known to, else this one."""
    found: Row | None = tx.db.execute(
        "SELECT * FROM tried WHERE workspace = ? AND line = ? AND copy = ?",
        (conversation.workspace, conversation.line, provider_id),
    ).fetchone()
    if found is not None and found["id"] != tried["id"]:
        raise Conflict("the provider's id belongs to another message")
    return found or tried


def _other_was_accepted(tx: Transaction, tried: Row) -> bool:
    if tried["attempts"] == 1:
        return False
    found = tx.db.execute(
        "SELECT 1 FROM attempt WHERE workspace = ? AND message = ? AND accepted AND number <> ?",
        (tried["workspace"], tried["id"], tried["attempt"]),
    ).fetchone()
    return found is not None


def _note_repetition(tx: Transaction, conversation: ConversationRow, tried: Row) -> None:
    conversation.note(tx, FactKind.SEND_REPEATED, message=tried["id"])
    tx.db.execute(
        "INSERT INTO counter (name, value) VALUES ('duplicate_send_detected', 1)"
        " ON CONFLICT (name) DO UPDATE SET value = value + 1"
    )


def _join_earlier_reports(tx: Transaction, conversation: ConversationRow, tried: Row, provider_id: str) -> None:
    """Reports that overtook the answer to our own request, and did not say whose they are."""
    orphans = tx.db.execute(
        "SELECT rowid, status, rank, why, opts_out FROM event"
        " WHERE workspace = ? AND line = ? AND provider_id = ? AND status <> '' AND message IS NULL",
        (conversation.workspace, conversation.line, provider_id),
    ).fetchall()
    for report in orphans:
        tx.db.execute(
            "UPDATE event SET conversation = ?, message = ? WHERE rowid = ?",
            (conversation.id, tried["id"], report["rowid"]),
        )
        merge(
            tx,
            conversation,
            _maker(tx, conversation, tried, provider_id),
            provider_id=provider_id,
            status=Status(report["status"]),
            rank=report["rank"],
            why=report["why"],
            opts_out=bool(report["opts_out"]),
        )
        if report["opts_out"]:
            opt_out(tx, conversation, to_address(tried), "provider")
