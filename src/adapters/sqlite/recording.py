"""Recording: what a channel heard becomes durable, each event by itself, and a repeat changes nothing."""

from collections.abc import Iterable

from adapters.sqlite import consent, delivery, outbox, rows
from adapters.sqlite.codec import content_to_text, encoded
from adapters.sqlite.conversation import ConversationRow, begin, load, save
from adapters.sqlite.instants import length, stored, until
from adapters.sqlite.rows import Row, outbound_ref, to_address
from adapters.sqlite.writer import Transaction
from core.conversation.burst import Burst
from core.conversation.consent import Change
from core.conversation.events import Arrival, Report
from core.conversation.facts import FactKind
from core.conversation.message import ConversationId, ConversationRef, MessageId
from core.conversation.ports import Known, New
from core.identity.model import Address, AddressKind, Line, WorkspaceId

_STRONGEST_FIRST = (AddressKind.SCOPED, AddressKind.PHONE, AddressKind.OTHER)
"""Which kind of address decides who somebody is."""


def record(tx: Transaction, event: Arrival | Report, burst: Burst) -> New | Known:
    return _arrive(tx, event, burst) if isinstance(event, Arrival) else _report(tx, event)


def _arrive(tx: Transaction, arrival: Arrival, burst: Burst) -> New | Known:
    line, inbound = arrival.line, arrival.inbound
    known = _heard_before(tx, line, inbound.provider_id, "")
    if known is not None:
        return known
    conversation = _conversation_with(tx, line, inbound.sender, inbound.aliases, inbound.profile_name)
    message = MessageId(tx.new_id())
    tx.db.execute(
        "INSERT INTO event (workspace, line, provider_id, status, conversation, message, raw, recorded_at)"
        " VALUES (?, ?, ?, '', ?, ?, ?, ?)",
        (line.workspace, line.id, inbound.provider_id, conversation.id, message, encoded(inbound.raw), tx.now),
    )
    conversation.reopen(tx)
    number = conversation.next_number(tx)
    conversation.note(tx, FactKind.MESSAGE_RECEIVED, message=message)
    ignored = _consent(tx, conversation, arrival)
    if ignored is not None:
        conversation.note(tx, FactKind.MESSAGE_IGNORED, message=message, why=ignored)
    tx.db.execute(
        "INSERT INTO message (workspace, conversation, number, id, direction, author, content, status, why,"
        " provider_id, provider_time, recorded_at, episode, quiet_at, ceiling_at)"
        " VALUES (?, ?, ?, ?, 'inbound', 'contact', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *conversation.key,
            number,
            message,
            content_to_text(inbound.content),
            "pending" if ignored is None else "ignored",
            ignored,
            inbound.provider_id,
            None if inbound.provider_time is None else stored(inbound.provider_time),
            tx.now,
            conversation.episode,
            tx.now + length(burst.quiet) if ignored is None else None,
            tx.now + length(burst.ceiling) if ignored is None else None,
        ),
    )
    save(tx, conversation)
    due_at = conversation.due_at
    wake_after = None if due_at is None else until(due_at, tx.now)
    return New(conversation=conversation.ref, message=message, wake_after=wake_after)


def _heard_before(tx: Transaction, line: Line, provider_id: str, status: str) -> Known | None:
    heard = tx.db.execute(
        "SELECT conversation FROM event WHERE workspace = ? AND line = ? AND provider_id = ? AND status = ?",
        (line.workspace, line.id, provider_id, status),
    ).fetchone()
    if heard is None:
        return None
    (id_,) = heard
    ref = None if id_ is None else ConversationRef(workspace=line.workspace, id=ConversationId(id_))
    return Known(conversation=ref)


def _conversation_with(
    tx: Transaction, line: Line, sender: Address, aliases: Iterable[Address], name: str | None
) -> ConversationRow:
    """The conversation of whoever has these addresses, on this line; contact and conversation are made if need be."""
    contact = _meet(tx, line.workspace, sender, aliases, name)
    row = tx.db.execute(
        "SELECT * FROM conversation WHERE workspace = ? AND contact = ? AND line = ?",
        (line.workspace, contact, line.id),
    ).fetchone()
    if row is None:
        conversation = begin(tx, line, contact, sender)
        consent.read_ledger(tx, conversation)
        return conversation
    conversation = ConversationRow.of(row)
    if conversation.replies_to != sender:
        conversation.medium, conversation.kind = sender.medium.value, sender.kind.value
        conversation.address = sender.value
        consent.read_ledger(tx, conversation)
    return conversation


def _meet(
    tx: Transaction, workspace: WorkspaceId, sender: Address, aliases: Iterable[Address], name: str | None
) -> str:
    """The contact of these addresses; new ones are attached, and the sender becomes the one to reply to."""
    owners = {address: _contact_at(tx, workspace, address) for address in (sender, *aliases)}
    strongest_first = sorted(owners, key=lambda address: _STRONGEST_FIRST.index(address.kind))
    contact = next((owner for address in strongest_first if (owner := owners[address]) is not None), None)
    if contact is None:
        id_ = tx.new_id()
        tx.db.execute(
            "INSERT INTO contact (workspace, id, name, medium, kind, address) VALUES (?, ?, ?, ?, ?, ?)",
            (workspace, id_, name, sender.medium.value, sender.kind.value, sender.value),
        )
    else:
        id_ = contact["id"]
        if rows.address(contact) != sender or name not in (None, contact["name"]):
            tx.db.execute(
                "UPDATE contact SET name = coalesce(?, name), medium = ?, kind = ?, address = ?"
                " WHERE workspace = ? AND id = ?",
                (name, sender.medium.value, sender.kind.value, sender.value, workspace, id_),
            )
    # An address that is somebody else's stays theirs: two contacts are never merged.
    for address in (address for address, owner in owners.items() if owner is None):
        tx.db.execute(
            "INSERT INTO contact_address (workspace, medium, kind, address, contact) VALUES (?, ?, ?, ?, ?)",
            (workspace, address.medium.value, address.kind.value, address.value, id_),
        )
    return str(id_)


def _contact_at(tx: Transaction, workspace: WorkspaceId, address: Address) -> Row | None:
    found: Row | None = tx.db.execute(
        "SELECT contact.* FROM contact_address AS known"
        " JOIN contact ON contact.workspace = known.workspace AND contact.id = known.contact"
        " WHERE known.workspace = ? AND known.medium = ? AND known.kind = ? AND known.address = ?",
        (workspace, address.medium.value, address.kind.value, address.value),
    ).fetchone()
    return found


def _consent(tx: Transaction, conversation: ConversationRow, arrival: Arrival) -> str | None:
    """The consequences of what the message says about consent, and why it is to be ignored, if it is."""
    said, sender = arrival.consent, arrival.inbound.sender
    if said is not None and said.change is Change.OUT:
        source = "message" if arrival.inbound.declared is None else "provider"
        consent.opt_out(tx, conversation, sender, source)
        return consent.OPTED_OUT
    if said is not None and (conversation.opted_out or not said.only_if_out):
        consent.opt_in(tx, conversation, sender)
        return consent.OPTED_IN if said.answered_by_provider else None
    return consent.OPTED_OUT if conversation.opted_out else None


def _report(tx: Transaction, report: Report) -> New | Known:
    line, delivered = report.line, report.delivery
    tried = _tried(tx, line, report)
    is_new = tx.db.execute(
        "INSERT INTO event (workspace, line, provider_id, status, conversation, message, rank, why, opts_out, raw,"
        " recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            line.workspace,
            line.id,
            delivered.provider_id,
            delivered.status.value,
            None if tried is None else tried["conversation"],
            None if tried is None else tried["id"],
            report.rank,
            delivered.why,
            delivered.opts_out,
            encoded(delivered.raw),
            tx.now,
        ),
    ).rowcount
    if not is_new:
        known = _heard_before(tx, line, delivered.provider_id, delivered.status.value)
        assert known is not None  # noqa: S101 - that is the conflict
        return known
    if tried is None:
        return New(conversation=None, message=None, wake_after=None)
    ref, message, correlation = outbound_ref(tried).conversation, MessageId(tried["id"]), tried["correlation"]
    if not delivered.opts_out and delivery.is_mere_progress(tried, delivered.provider_id, delivered.status):
        delivery.rise(tx, tried, delivered.status, report.rank, delivered.why, delivered.provider_id)
        return New(conversation=ref, message=message, wake_after=None, correlation=correlation)
    conversation = load(tx, ref)
    assert conversation is not None  # noqa: S101 - a foreign key says so
    delivery.merge(
        tx,
        conversation,
        tried,
        provider_id=delivered.provider_id,
        status=delivered.status,
        rank=report.rank,
        why=delivered.why,
        opts_out=delivered.opts_out,
    )
    if delivered.opts_out:
        consent.opt_out(tx, conversation, to_address(tried), "provider")
    save(tx, conversation)
    sendable = outbox.sendable(tx, conversation)
    return New(conversation=ref, message=message, wake_after=None, sendable=sendable, correlation=correlation)


def _tried(tx: Transaction, line: Line, report: Report) -> Row | None:
    """The attempt it is about: by what we put in the callback's address, else by the provider's id."""
    ours, attempt, provider_id = report.delivery.message, report.delivery.attempt, report.delivery.provider_id
    found: Row | None = tx.db.execute(
        "SELECT * FROM tried WHERE workspace = ? AND id = ? AND attempt = ? AND line = ?",
        (line.workspace, ours, attempt, line.id),
    ).fetchone()
    if found is None:
        found = tx.db.execute(
            "SELECT * FROM tried WHERE workspace = ? AND line = ? AND copy = ?",
            (line.workspace, line.id, provider_id),
        ).fetchone()
    return found
