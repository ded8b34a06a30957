"""A conversation as an operation holds it, with the facts of what happens to it."""

from dataclasses import dataclass

from adapters.sqlite.codec import encoded
from adapters.sqlite.instants import instant, instant_or_none
from adapters.sqlite.tracked import Tracked
from adapters.sqlite.writer import Transaction
from core.conversation.facts import FactKind
from core.conversation.lifecycle import Conversation, Handler, Standing, State
from core.conversation.message import ConversationId, ConversationRef
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, ContactId, Line, LineId, WorkspaceId


@dataclass(slots=True, eq=False)
class ConversationRow(Tracked):
    """The columns of `conversation`, by their names."""

    workspace: str
    id: str
    contact: str
    line: str
    medium: str
    kind: str
    address: str
    last_message_at: int
    state: str = State.OPEN.value
    handler: str = Handler.ASSISTANT.value
    needs_human: int = 0
    opted_out: int = 0
    episode: int = 1
    episode_from: int = 1
    previous_episode_at: int | None = None
    number: int = 0
    facts: int = 0
    due_at: int | None = None
    epoch: int = 0
    lease_by: str | None = None
    lease_until: int | None = None
    claimed_at: int | None = None
    turn: str | None = None
    retry_at: int | None = None
    apology_at: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.workspace, self.id

    @property
    def ref(self) -> ConversationRef:
        return ConversationRef(workspace=WorkspaceId(self.workspace), id=ConversationId(self.id))

    @property
    def replies_to(self) -> Address:
        return Address(medium=Medium(self.medium), kind=AddressKind(self.kind), value=self.address)

    @property
    def assistant_may_act(self) -> bool:
        return self.handler == Handler.ASSISTANT and self.state != State.CLOSED and not self.opted_out

    def shown(self) -> Conversation:
        return Conversation(
            ref=self.ref,
            contact=ContactId(self.contact),
            line=LineId(self.line),
            standing=Standing(state=State(self.state), handler=Handler(self.handler)),
            needs_human=bool(self.needs_human),
            opted_out=bool(self.opted_out),
            episode=self.episode,
            number=self.number,
            due_at=instant_or_none(self.due_at),
            last_message_at=instant(self.last_message_at),
        )

    def reopen(self, tx: Transaction) -> None:
        """A new episode, if it is closed."""
        if self.state == State.CLOSED:
            self.episode += 1
            self.episode_from = self.number + 1
            self.previous_episode_at = self.last_message_at
            self.note(tx, FactKind.REOPENED, episode=str(self.episode))
        self.state = State.OPEN.value

    def next_number(self, tx: Transaction) -> int:
        """The number of a message that is recorded now."""
        self.number += 1
        self.last_message_at = tx.now
        return self.number

    def note(self, tx: Transaction, kind: FactKind, /, **details: str) -> None:
        """Write down what happened."""
        self.facts += 1
        tx.db.execute(
            "INSERT INTO fact (workspace, conversation, number, at, kind, details) VALUES (?, ?, ?, ?, ?, ?)",
            (self.workspace, self.id, self.facts, tx.now, kind.value, encoded(details)),
        )

    def end_lease(self) -> None:
        self.lease_by = self.lease_until = self.claimed_at = None


def begin(tx: Transaction, line: Line, contact: str, address: Address) -> ConversationRow:
    """The first one of this contact on this line."""
    conversation = ConversationRow(
        workspace=line.workspace,
        id=tx.new_id(),
        contact=contact,
        line=line.id,
        medium=address.medium.value,
        kind=address.kind.value,
        address=address.value,
        last_message_at=tx.now,
    )
    tx.db.execute(
        "INSERT INTO conversation (workspace, id, contact, line, medium, kind, address, last_message_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *conversation.key,
            conversation.contact,
            conversation.line,
            conversation.medium,
            conversation.kind,
            conversation.address,
            conversation.last_message_at,
        ),
    )
    return conversation.is_stored()


def load(tx: Transaction, ref: ConversationRef) -> ConversationRow | None:
    row = tx.db.execute("SELECT * FROM conversation WHERE workspace = ? AND id = ?", (ref.workspace, ref.id)).fetchone()
    return None if row is None else ConversationRow.of(row)


def save(tx: Transaction, conversation: ConversationRow) -> None:
    """Write it back. Every operation that touched it, or its messages, ends so: `due_at` is computed here and nowhere
    else."""
    conversation.due_at = _due_at(tx, conversation)
    conversation.write(tx, "conversation")


def _due_at(tx: Transaction, conversation: ConversationRow) -> int | None:
    if conversation.handler != Handler.ASSISTANT or conversation.opted_out:
        return None
    bounds = tx.db.execute(
        _FIRST_AND_LAST_PENDING, {"workspace": conversation.workspace, "id": conversation.id}
    ).fetchone()
    if bounds["quiet_at"] is None:
        return None
    settled_at: int = min(bounds["ceiling_at"], bounds["quiet_at"])
    return max(settled_at, conversation.retry_at or 0)


_FIRST_AND_LAST_PENDING = """
SELECT (
    SELECT ceiling_at FROM message
    WHERE workspace = :workspace AND conversation = :id AND status = 'pending' ORDER BY number LIMIT 1
) AS ceiling_at, (
    SELECT quiet_at FROM message
    WHERE workspace = :workspace AND conversation = :id AND status = 'pending' ORDER BY number DESC LIMIT 1
) AS quiet_at
"""
