"""From rows to the values of core. A row is read by the names of its columns."""

import sqlite3
from datetime import date

from adapters.sqlite.codec import content_from_text, decoded, entry_from_text
from adapters.sqlite.instants import instant, instant_or_none
from core.conversation.facts import Fact, FactKind, RecordedFact
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
from core.conversation.outbox import OutboundRef
from core.conversation.turn import ModelCall, Step, TurnRecord, TurnRef, TurnState, Usage
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Contact, ContactId, Line, LineId, WorkspaceId
from core.identity.seal import Seal, with_credentials

Row = sqlite3.Row


def address(row: Row) -> Address:
    return Address(medium=Medium(row["medium"]), kind=AddressKind(row["kind"]), value=row["address"])


def to_address(row: Row) -> Address:
    return Address(medium=Medium(row["to_medium"]), kind=AddressKind(row["to_kind"]), value=row["to_address"])


def line(row: Row, seal: Seal) -> Line:
    """Of a row that has `sealed` of `line_secret` beside."""
    found = Line(
        workspace=WorkspaceId(row["workspace"]),
        id=LineId(row["id"]),
        channel=row["channel"],
        address=address(row),
        account=row["account"],
    )
    return with_credentials(found, row["sealed"], seal)


def contact(row: Row) -> Contact:
    return Contact(
        workspace=WorkspaceId(row["workspace"]), id=ContactId(row["id"]), name=row["name"], address=address(row)
    )


def message(row: Row) -> Message:
    return Message(
        id=MessageId(row["id"]),
        number=row["number"],
        direction=Direction(row["direction"]),
        author=Author(row["author"]),
        content=content_from_text(row["content"]),
        status=Status(row["status"]),
        why=row["why"],
        provider_id=row["provider_id"],
        provider_time=instant_or_none(row["provider_time"]),
        recorded_at=instant(row["recorded_at"]),
        episode=row["episode"],
        turn=None if row["turn"] is None else TurnId(row["turn"]),
        attempts=row["attempts"],
    )


def outbound_ref(row: Row) -> OutboundRef:
    conversation = ConversationRef(workspace=WorkspaceId(row["workspace"]), id=ConversationId(row["conversation"]))
    return OutboundRef(conversation=conversation, id=MessageId(row["id"]))


def step(row: Row) -> Step:
    day = instant(row["recorded_at"]).date()
    entry = entry_from_text(row["kind"], row["entry"], step=row["number"], day=day)
    return Step(number=row["number"], entry=entry)


def usage(row: Row) -> Usage:
    return Usage(input=row["input"], output=row["output"], cached=row["cached"], cost=row["cost"])


def model_call(row: Row) -> ModelCall:
    return ModelCall(id=row["id"], model=row["model"], day=date.fromisoformat(row["day"]), usage=usage(row))


def turn(row: Row, journal: tuple[Step, ...], calls: tuple[ModelCall, ...]) -> TurnRecord:
    conversation = ConversationRef(workspace=WorkspaceId(row["workspace"]), id=ConversationId(row["conversation"]))
    return TurnRecord(
        ref=TurnRef(conversation=conversation, id=TurnId(row["id"])),
        state=TurnState(row["state"]),
        why=row["why"],
        attempts=row["attempts"],
        supersedes=row["supersedes"],
        read_to=row["read_to"],
        usage=usage(row),
        model=row["model"],
        opened_at=instant(row["opened_at"]),
        closed_at=instant_or_none(row["closed_at"]),
        journal=journal,
        calls=calls,
        details={"correlation": row["correlation"]},
    )


def fact(row: Row) -> RecordedFact:
    return RecordedFact(
        number=row["number"],
        at=instant(row["at"]),
        fact=Fact(kind=FactKind(row["kind"]), details=decoded(row["details"])),
    )
