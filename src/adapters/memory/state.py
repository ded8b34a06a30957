"""All that is kept, found by whoever may see it, and the few writes that every operation shares."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from uuid import uuid4

from adapters.memory.agenda import Agenda
from adapters.memory.lines import Lines
from adapters.memory.rows import AttemptRow, ContactRow, ConversationRow, InboundRow, OutboundRow, TallyRow, TurnRow
from core.conversation.content import Content
from core.conversation.events import Report
from core.conversation.facts import Fact, FactKind
from core.conversation.lifecycle import Conversation, Handler, Standing
from core.conversation.message import (
    RANK,
    Author,
    ConversationId,
    ConversationRef,
    Direction,
    Message,
    MessageId,
    Status,
    TurnId,
)
from core.conversation.outbox import OutboundRef
from core.conversation.turn import TurnState
from core.errors import Rejected
from core.identity.model import Address, AddressKind, Contact, ContactId, Line, LineId, WorkspaceId
from core.identity.seal import Seal

_UNFINISHED = frozenset({Status.QUEUED, Status.SENDING, Status.UNCERTAIN})
_IDENTIFYING = (AddressKind.SCOPED, AddressKind.PHONE, AddressKind.OTHER)
"""Which kind of address decides who somebody is, the strongest first."""

_ENDED = {
    TurnState.COMMITTED: FactKind.TURN_COMMITTED,
    TurnState.SUGGESTED: FactKind.TURN_SUGGESTED,
    TurnState.DROPPED: FactKind.TURN_DROPPED,
    TurnState.DEAD: FactKind.TURN_DIED,
}

MOOT = "nothing that it read is waiting any more"
OPTED_OUT = "opted out"
OPTED_IN = "opted in"


def new_id() -> str:
    return uuid4().hex


class State:
    """The rows and their indexes."""

    def __init__(self, seal: Seal) -> None:
        self.lines = Lines(seal)
        self.contacts: dict[ContactId, ContactRow] = {}
        self.conversations: dict[ConversationId, ConversationRow] = {}
        self.out: set[tuple[LineId, Address]] = set()
        """The ledger: who does not want to hear from which line."""
        self.arrived: dict[tuple[LineId, str], ConversationRow] = {}
        """The inbound messages that were recorded, by the provider's id."""
        self.reported: dict[tuple[LineId, str, Status], ConversationRow | None] = {}
        """The reports that were recorded; None while their message is unknown."""
        self.orphans: dict[tuple[LineId, str], list[Report]] = {}
        """The reports whose message is unknown, by the provider's id."""
        self.copies: dict[tuple[LineId, str], tuple[OutboundRow, AttemptRow]] = {}
        """Which attempt made the copy that the provider knows under an id."""
        self.repeated = 0
        self.totals: Counter[Status] = Counter()
        self.due: Agenda[ConversationId] = Agenda()
        """When a conversation is due; whether somebody is at it already is not asked here."""
        self.care: Agenda[ConversationId] = Agenda()
        """When the first row of a conversation's lane wants care."""
        self.leased: dict[ConversationId, ConversationRow] = {}
        """The conversations with a lease, expired ones too, in order of claiming."""
        self.handed: dict[str, list[tuple[ConversationRow, OutboundRow]]] = {}
        """The rows that `overdue_sends` handed out, by its token."""
        self.spent: defaultdict[tuple[WorkspaceId, ContactId | None, date], TallyRow] = defaultdict(TallyRow)
        """What went to model calls, by day: a contact's and, without one, all of a workspace's."""
        self.told: set[tuple[WorkspaceId, ContactId, str]] = set()
        """Who heard on which day that a cap was reached."""
        self._contact_at: dict[tuple[WorkspaceId, Address], ContactRow] = {}
        self._conversation_of: dict[tuple[ContactId, LineId], ConversationRow] = {}
        self._outbound: dict[MessageId, tuple[ConversationRow, OutboundRow]] = {}

    # Finding

    def conversation(self, ref: ConversationRef) -> ConversationRow | None:
        conversation = self.conversations.get(ref.id)
        return conversation if conversation is not None and conversation.ref == ref else None

    def contact(self, workspace: WorkspaceId, id_: ContactId) -> ContactRow | None:
        contact = self.contacts.get(id_)
        return contact if contact is not None and contact.workspace == workspace else None

    def outbound(self, ref: OutboundRef) -> tuple[ConversationRow, OutboundRow] | None:
        found = self._outbound.get(ref.id)
        return found if found is not None and found[0].ref == ref.conversation else None

    def attempt(self, line: LineId, message: MessageId, number: int) -> tuple[OutboundRow, AttemptRow] | None:
        """An attempt of a message that went out, or goes out, by this line."""
        conversation, row = self._outbound.get(message, (None, None))
        if conversation is None or row is None or conversation.line != line or not 0 < number <= len(row.attempts):
            return None
        return row, row.attempts[number - 1]

    def conversation_with(self, row: OutboundRow) -> ConversationRow:
        return self._outbound[row.id][0]

    def own(self, line: Line) -> Line:
        """The line as the directory has it. Raises `Rejected` if it is not that workspace's."""
        known = self.lines.get(line.id)
        if known is None or known.workspace != line.workspace:
            raise Rejected("there is no such line in this workspace")
        return known

    def is_out(self, conversation: ConversationRow, address: Address | None = None) -> bool:
        """The person does not want to hear from this line; from the address that replies go to, or from this one."""
        return (conversation.line, conversation.address) in self.out or (
            address is not None and (conversation.line, address) in self.out
        )

    # Writing

    def meet(self, workspace: WorkspaceId, sender: Address, aliases: Iterable[Address], name: str | None) -> ContactRow:
        """The contact of these addresses, made if there is none. New addresses are attached, known ones stay put."""
        addresses = (sender, *aliases)
        strongest_first = sorted(addresses, key=lambda address: _IDENTIFYING.index(address.kind))
        known = (self._contact_at.get((workspace, address)) for address in strongest_first)
        contact = next((contact for contact in known if contact is not None), None)
        if contact is None:
            contact = ContactRow(workspace=workspace, id=ContactId(new_id()), name=None, address=sender)
            self.contacts[contact.id] = contact
        for address in addresses:
            if self._contact_at.setdefault((workspace, address), contact) is contact:
                contact.addresses += [address] if address not in contact.addresses else []
        contact.name = name or contact.name
        contact.address = sender
        return contact

    def open(self, contact: ContactRow, line: Line, now: datetime) -> ConversationRow:
        """The conversation of a contact on a line, made if there is none."""
        conversation = self._conversation_of.get((contact.id, line.id))
        if conversation is None:
            conversation = ConversationRow(
                ref=ConversationRef(workspace=line.workspace, id=ConversationId(new_id())),
                contact=contact,
                line=line.id,
                address=contact.address,
                last_message_at=now,
            )
            self._conversation_of[contact.id, line.id] = conversation
            self.conversations[conversation.ref.id] = conversation
        return conversation

    def add(self, conversation: ConversationRow, message: InboundRow | OutboundRow) -> None:
        """Append a message and put it where its status belongs."""
        conversation.messages.append(message)
        conversation.last_message_at = message.recorded_at
        if isinstance(message, OutboundRow):
            self._outbound[message.id] = (conversation, message)
        self._place(conversation, message)

    def write(
        self,
        conversation: ConversationRow,
        now: datetime,
        text: str,
        *,
        author: Author,
        reply: str,
        status: Status = Status.QUEUED,
        why: str | None = None,
        turn: TurnId | None = None,
        by: str | None = None,
        correlation: str | None = None,
    ) -> OutboundRow:
        """Append a message of ours to the person's last address on this line."""
        row = OutboundRow(
            id=MessageId(new_id()),
            number=len(conversation.messages) + 1,
            author=author,
            text=text,
            status=status,
            why=why,
            recorded_at=now,
            episode=conversation.episode,
            turn=turn,
            to=conversation.address,
            reply=reply,
            by=by,
            correlation=correlation or conversation.correlation,
            care_at=now,
        )
        self.add(conversation, row)
        return row

    def mark(
        self, conversation: ConversationRow, message: InboundRow | OutboundRow, status: Status, why: str | None = None
    ) -> None:
        """Change a status: the only place that does. The totals, what is pending and the lane follow it."""
        self.totals[message.status] -= 1
        message.status = status
        message.why = why
        self._place(conversation, message)

    def _place(self, conversation: ConversationRow, message: InboundRow | OutboundRow) -> None:
        self.totals[message.status] += 1
        if isinstance(message, InboundRow):
            if message.status is Status.PENDING:
                conversation.pending[message.number] = message
            else:
                conversation.pending.pop(message.number, None)
        elif message.status in _UNFINISHED:
            conversation.lane[message.number] = message
        else:
            conversation.lane.pop(message.number, None)

    def ignore(self, conversation: ConversationRow, now: datetime, message: InboundRow, why: str) -> None:
        self.mark(conversation, message, Status.IGNORED, why)
        conversation.note(now, Fact(kind=FactKind.MESSAGE_IGNORED, details={"message": message.id, "why": why}))

    def fail(
        self, conversation: ConversationRow, now: datetime, row: OutboundRow, why: str, status: Status = Status.FAILED
    ) -> None:
        self.mark(conversation, row, status, why)
        row.rank = max(row.rank, RANK[status])
        conversation.note(now, Fact(kind=FactKind.SEND_FAILED, details={"message": row.id, "why": why}))

    def opt_out(self, conversation: ConversationRow, now: datetime, address: Address, source: str) -> None:
        """The ledger is set, what is pending is ignored, what is queued fails."""
        if (conversation.line, address) not in self.out:
            self.out.add((conversation.line, address))
            conversation.note(now, Fact(kind=FactKind.OPTED_OUT, details={"source": source}))
        for message in list(conversation.pending.values()):
            self.ignore(conversation, now, message, OPTED_OUT)
        for row in list(conversation.lane.values()):
            if row.status is Status.QUEUED:
                self.fail(conversation, now, row, OPTED_OUT)

    def opt_in(self, conversation: ConversationRow, now: datetime, address: Address) -> None:
        if (conversation.line, address) in self.out:
            self.out.remove((conversation.line, address))
            conversation.note(now, Fact(kind=FactKind.OPTED_IN))

    def close(
        self, conversation: ConversationRow, now: datetime, turn: TurnRow, ending: TurnState, why: str | None = None
    ) -> None:
        """The turn is over, and a fact says how."""
        conversation.turn = None
        turn.state, turn.why, turn.closed_at = ending, why, now
        details = {"turn": turn.id} if why is None else {"turn": turn.id, "why": why}
        conversation.note(now, Fact(kind=_ENDED[ending], details=details))

    def finish(self, conversation: ConversationRow, now: datetime) -> None:
        """Every operation that writes ends so. An open turn that nobody runs is over when nothing that it read is
        waiting any more; then it is decided when the conversation is due and when its lane wants care."""
        turn = conversation.turn
        if turn is not None and conversation.lease is None and not conversation.waits_for(turn):
            self.close(conversation, now, turn, TurnState.DROPPED, MOOT)
        conversation.due_at = self._due_at(conversation)
        self.due.put(conversation.ref.id, conversation.due_at)
        head = conversation.head
        self.care.put(conversation.ref.id, head.care_at if head is not None else None)

    def _due_at(self, conversation: ConversationRow) -> datetime | None:
        if conversation.handler is not Handler.ASSISTANT or self.is_out(conversation) or not conversation.pending:
            return None
        first = next(iter(conversation.pending.values()))
        last = conversation.pending[conversation.newest_pending]
        at = min(last.quiet_at, first.ceiling_at)
        turn = conversation.turn
        return at if turn is None or turn.retry_at is None else max(at, turn.retry_at)

    # Showing

    def shown(self, conversation: ConversationRow) -> Conversation:
        return Conversation(
            ref=conversation.ref,
            contact=conversation.contact.id,
            line=conversation.line,
            standing=Standing(state=conversation.state, handler=conversation.handler),
            needs_human=conversation.needs_human,
            opted_out=self.is_out(conversation),
            episode=conversation.episode,
            number=len(conversation.messages),
            due_at=conversation.due_at,
            last_message_at=conversation.last_message_at,
        )


def shown_contact(contact: ContactRow, address: Address) -> Contact:
    return Contact(workspace=contact.workspace, id=contact.id, name=contact.name, address=address)


def shown_message(message: InboundRow | OutboundRow) -> Message:
    if isinstance(message, InboundRow):
        return Message(
            id=message.id,
            number=message.number,
            direction=Direction.INBOUND,
            author=Author.CONTACT,
            content=message.content,
            status=message.status,
            why=message.why,
            provider_id=message.provider_id,
            provider_time=message.provider_time,
            recorded_at=message.recorded_at,
            episode=message.episode,
            turn=None,
        )
    return Message(
        id=message.id,
        number=message.number,
        direction=Direction.OUTBOUND,
        author=message.author,
        content=Content(text=message.text),
        status=message.status,
        why=message.why,
        provider_id=message.provider_id,
        provider_time=None,
        recorded_at=message.recorded_at,
        episode=message.episode,
        turn=message.turn,
        attempts=len(message.attempts),
    )
