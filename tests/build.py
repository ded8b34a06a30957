"""Builders for all tests: short names, everyday values, fixed ids."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from core.conversation.burst import Burst
from core.conversation.consent import Change, Consent, Declared
from core.conversation.content import Content
from core.conversation.desk_change import DeskChange
from core.conversation.events import Arrival, Delivery, Inbound, Report
from core.conversation.lifecycle import RULES, Move
from core.conversation.message import RANK, Author, MessageId, Status
from core.conversation.outbox import (
    SettleAccepted,
    SettleFailed,
    SettleHeld,
    SettleRetry,
    SettleUncertain,
)
from core.conversation.turn import Asked, ModelCall, Results, ToolCall, ToolResult, Usage
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TODAY = NOON.date()
BURST = Burst(quiet=timedelta(seconds=1.2), ceiling=timedelta(seconds=8))


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


# Who


def phone(number: int, medium: Medium = Medium.WHATSAPP) -> Address:
    return Address(medium=medium, kind=AddressKind.PHONE, value=f"+5511900000{number:03}")


def scoped(number: int) -> Address:
    """A person known to the business by an id instead of a number."""
    return Address(medium=Medium.WHATSAPP, kind=AddressKind.SCOPED, value=f"BR.{number:013}")


def line(
    id_: str = "main",
    workspace: str = "main",
    medium: Medium = Medium.WHATSAPP,
    channel: str = "fake",
    sender: int = 100,
) -> Line:
    return Line(
        workspace=WorkspaceId(workspace),
        id=LineId(id_),
        channel=channel,
        address=Address(medium=medium, kind=AddressKind.PHONE, value=f"+1415555{sender:04}"),
        account="AC1",
    )


ANA = phone(1)
BIA = phone(2)
LINE = line()
SMS_LINE = line("sms", medium=Medium.SMS, sender=101)
SECOND_LINE = line("main-2", sender=102)
FOREIGN_LINE = line("theirs", workspace="theirs", sender=103)


# What a channel hears

OUT = Consent(change=Change.OUT, only_if_out=False, answered_by_provider=False)
IN = Consent(change=Change.IN, only_if_out=False, answered_by_provider=True)
IN_UNANSWERED = Consent(change=Change.IN, only_if_out=False, answered_by_provider=False)
IN_ONLY_IF_OUT = Consent(change=Change.IN, only_if_out=True, answered_by_provider=True)


def inbound(
    text: str = "hello",
    *,
    id_: str = "in-1",
    sender: Address = ANA,
    aliases: Sequence[Address] = (),
    content: Content | None = None,
    name: str | None = None,
    time: datetime | None = None,
    declared: Declared | None = None,
) -> Inbound:
    return Inbound(
        provider_id=id_,
        sender=sender,
        aliases=tuple(aliases),
        content=content or Content(text=text),
        profile_name=name,
        provider_time=time,
        declared=declared,
        raw=(("MessageSid", id_), ("Body", text)),
    )


def arrival(
    text: str = "hello",
    *,
    id_: str = "in-1",
    on: Line = LINE,
    sender: Address = ANA,
    aliases: Sequence[Address] = (),
    consent: Consent | None = None,
    content: Content | None = None,
    name: str | None = None,
    time: datetime | None = None,
) -> Arrival:
    heard = inbound(text, id_=id_, sender=sender, aliases=aliases, content=content, name=name, time=time)
    return Arrival(line=on, inbound=heard, consent=consent)


def report(
    status: Status,
    *,
    id_: str = "out-1",
    on: Line = LINE,
    message: MessageId | None = None,
    attempt: int | None = 1,
    why: str | None = None,
    opts_out: bool = False,
) -> Report:
    """A callback. It carries our id and attempt, or, without a message, neither."""
    delivery = Delivery(
        provider_id=id_,
        message=message,
        attempt=attempt if message is not None else None,
        status=status,
        why=why,
        opts_out=opts_out,
        raw=(("MessageStatus", status),),
    )
    return Report(line=on, delivery=delivery, rank=RANK[status])


# How a send ends


def accepted(id_: str = "out-1", status: Status = Status.ACCEPTED) -> SettleAccepted:
    return SettleAccepted(provider_id=id_, status=status, rank=RANK[status])


def later(after: float = 10, *, resend: bool = False, why: str = "too many") -> SettleRetry:
    return SettleRetry(after=seconds(after), why=why, resend=resend)


def failed(why: str = "no such number", *, opts_out: bool = False) -> SettleFailed:
    return SettleFailed(why=why, rank=RANK[Status.FAILED], opts_out=opts_out)


def held(why: str = "the window is closed") -> SettleHeld:
    return SettleHeld(why=why)


def uncertain(look_after: float = 15, why: str = "timed out") -> SettleUncertain:
    return SettleUncertain(why=why, look_after=seconds(look_after))


# What a turn journals, and what it spends


def model_call(
    id_: str = "1.1",
    *,
    model: str = "offline:offline",
    day: date = TODAY,
    input: int = 0,
    output: int = 0,
    cached: int = 0,
    cost: int = 0,
) -> ModelCall:
    return ModelCall(id=id_, model=model, day=day, usage=Usage(input=input, output=output, cached=cached, cost=cost))


def asks(name: str = "look_up", *, effects: bool = False, call: ModelCall | None = None) -> Asked:
    asked = ToolCall(id=f"call of {name}", name=name, arguments='{"of": "coffee"}')
    return Asked(text="", calls=(asked,), effects=effects, call=call or model_call())


def results(text: str = "12.50", *, of: str = "look_up") -> Results:
    return Results(results=(ToolResult(call=f"call of {of}", text=text),))


# What the desk does


def take_over(
    key: str = "take over",
    *,
    by: str = "olga",
    seen: int | None = None,
    override: bool = False,
    fingerprint: str = "",
) -> DeskChange:
    return DeskChange(
        move=Move.TAKE_OVER,
        rule=RULES[Move.TAKE_OVER],
        key=key,
        by=by,
        fingerprint=fingerprint,
        seen=seen,
        override=override,
        hold_queued=True,
    )


def reply(
    *texts: str, key: str = "reply", by: str = "olga", seen: int | None = None, override: bool = False
) -> DeskChange:
    return DeskChange(
        move=Move.REPLY,
        rule=RULES[Move.REPLY],
        key=key,
        by=by,
        seen=seen,
        override=override,
        hold_queued=True,
        answer_up_to_seen=True,
        texts=texts or ("this is Olga",),
    )


def hand_back(key: str = "hand back", *, by: str = "olga") -> DeskChange:
    return DeskChange(move=Move.HAND_BACK, rule=RULES[Move.HAND_BACK], key=key, by=by, hurry=True)


def close(key: str = "close", *, by: str = "olga", seen: int | None = None) -> DeskChange:
    return DeskChange(move=Move.CLOSE, rule=RULES[Move.CLOSE], key=key, by=by, seen=seen, ignore_pending="closed")


def send(*texts: str, key: str = "send", by: str = "shop", fingerprint: str = "") -> DeskChange:
    return DeskChange(
        move=Move.SEND,
        rule=RULES[Move.SEND],
        key=key,
        by=by,
        fingerprint=fingerprint,
        author=Author.API,
        texts=texts or ("a notice",),
    )
