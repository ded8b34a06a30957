"""From the rows that the functions answer with to the values of core. A row is read by the names of its columns."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core.conversation.facts import Fact, FactKind, RecordedFact
from core.conversation.lifecycle import Conversation, Handler, Standing, State
from core.conversation.message import (
    Author,
    ConversationId,
    ConversationRef,
    Direction,
    Message,
    MessageId,
    Status,
    TurnId,
)
from core.conversation.outbox import OutboundRef, Send
from core.conversation.turn import ModelCall, Step, TurnRecord, TurnRef, TurnState, Usage
from core.conversation.written import content_in, entry_in
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Contact, ContactId, Line, LineId, WorkspaceId
from core.identity.seal import Seal, with_credentials

Row = Mapping[str, Any]

_MICROSECOND = timedelta(microseconds=1)


def micros(length: timedelta) -> int:
    """A length of time as the functions take it."""
    return length // _MICROSECOND


def length(micros: int) -> timedelta:
    return timedelta(microseconds=micros)


def length_or_none(micros: int | None) -> timedelta | None:
    return None if micros is None else length(micros)


def instant(written: str) -> datetime:
    """A time as PostgreSQL writes it in JSON, whatever zone its session is in."""
    return datetime.fromisoformat(written).astimezone(UTC)


def instant_or_none(written: str | None) -> datetime | None:
    return None if written is None else instant(written)


def address(row: Row) -> Address:
    return Address(medium=Medium(row["medium"]), kind=AddressKind(row["kind"]), value=row["address"])


def address_out(address: Address) -> dict[str, str]:
    """An address as the functions take it."""
    return {"medium": address.medium.value, "kind": address.kind.value, "address": address.value}


def line(row: Row, seal: Seal) -> Line:
    """What `recado.line_told` tells of a line."""
    told = Line(
        workspace=WorkspaceId(row["workspace"]),
        id=LineId(row["id"]),
        channel=row["channel"],
        address=address(row),
        account=row["account"],
    )
    return with_credentials(told, row["sealed"], seal)


def contact(row: Row) -> Contact:
    return Contact(
        workspace=WorkspaceId(row["workspace"]), id=ContactId(row["id"]), name=row["name"], address=address(row)
    )


def conversation_ref(workspace: str, id_: str) -> ConversationRef:
    return ConversationRef(workspace=WorkspaceId(workspace), id=ConversationId(id_))


def conversation(row: Row) -> Conversation:
    return Conversation(
        ref=conversation_ref(row["workspace"], row["id"]),
        contact=ContactId(row["contact"]),
        line=LineId(row["line"]),
        standing=Standing(state=State(row["state"]), handler=Handler(row["handler"])),
        needs_human=row["needs_human"],
        opted_out=row["opted_out"],
        episode=row["episode"],
        number=row["number"],
        due_at=instant_or_none(row["due_at"]),
        last_message_at=instant(row["last_message_at"]),
    )


def message(row: Row) -> Message:
    return Message(
        id=MessageId(row["id"]),
        number=row["number"],
        direction=Direction(row["direction"]),
        author=Author(row["author"]),
        content=content_in(row["content"]),
        status=Status(row["status"]),
        why=row["why"],
        provider_id=row["provider_id"],
        provider_time=instant_or_none(row["provider_time"]),
        recorded_at=instant(row["recorded_at"]),
        episode=row["episode"],
        turn=None if row["turn"] is None else TurnId(row["turn"]),
        attempts=row["attempts"],
    )


def messages(rows: Iterable[Row]) -> tuple[Message, ...]:
    return tuple(map(message, rows))


def send(row: Row, seal: Seal) -> Send:
    """What `recado.send_told` tells of a row in flight."""
    return Send(
        ref=OutboundRef(conversation=conversation_ref(row["workspace"], row["conversation"]), id=MessageId(row["id"])),
        attempt=row["attempt"],
        to=Address(medium=Medium(row["to_medium"]), kind=AddressKind(row["to_kind"]), value=row["to_address"]),
        text=row["text"],
        line=line(row["line"], seal),
        correlation=row["correlation"],
        begun_at=instant(row["begun_at"]),
        resends=row["resends"],
    )


def send_or_none(row: Row | None, seal: Seal) -> Send | None:
    return None if row is None else send(row, seal)


def step(row: Row) -> Step:
    day = instant(row["recorded_at"]).date()
    return Step(number=row["number"], entry=entry_in(row["kind"], row["entry"], step=row["number"], day=day))


def journal(rows: Iterable[Row]) -> tuple[Step, ...]:
    return tuple(map(step, rows))


def usage(row: Row) -> Usage:
    return Usage(input=row["input"], output=row["output"], cached=row["cached"], cost=row["cost"])


def model_call(row: Row) -> ModelCall:
    return ModelCall(id=row["id"], model=row["model"], day=date.fromisoformat(row["day"]), usage=usage(row))


def turn(row: Row) -> TurnRecord:
    """A turn's row, with its `journal` and its `calls`."""
    return TurnRecord(
        ref=TurnRef(conversation=conversation_ref(row["workspace"], row["conversation"]), id=TurnId(row["id"])),
        state=TurnState(row["state"]),
        why=row["why"],
        attempts=row["attempts"],
        supersedes=row["supersedes"],
        read_to=row["read_to"],
        usage=usage(row),
        model=row["model"],
        opened_at=instant(row["opened_at"]),
        closed_at=instant_or_none(row["closed_at"]),
        journal=journal(row["journal"]),
        calls=tuple(map(model_call, row["calls"])),
        details={"correlation": row["correlation"]},
    )


def fact(row: Row) -> RecordedFact:
    return RecordedFact(
        number=row["number"], at=instant(row["at"]), fact=Fact(kind=FactKind(row["kind"]), details=row["details"])
    )
