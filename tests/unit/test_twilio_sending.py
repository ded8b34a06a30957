"""How a send that met trouble ended: certainly not accepted, or perhaps."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.twilio.channel import opened
from adapters.twilio.sending import callback, outcome
from adapters.twilio.settings import Settings
from adapters.twilio.wire import NoAnswer, NotReached, Refused
from core.conversation.message import ConversationId, ConversationRef, MessageId
from core.conversation.outbox import Never, NotNow, OutboundRef, Outcome, Send, Unknown, Withheld
from core.conversation.ports import FetchesMedia, ShowsTyping
from core.driver import Surroundings
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId

ACCOUNT = "AC3f1c0b5c7d9e4a6f8b2d1e0c9a7b5d3f"
SETTINGS = Settings(
    twilio_account_sid=ACCOUNT,
    twilio_auth_token=(SecretStr("s3cret"),),
    twilio_from=("whatsapp:+14155238886", "+15005550006"),
)
SURROUNDINGS = Surroundings(data=Path(), public_url="https://desk.example.com", turn_limit=4, works=True)
LINE = Line(
    workspace=WorkspaceId("main"),
    id=LineId("main/2 é"),
    channel="twilio",
    address=Address(medium=Medium.SMS, kind=AddressKind.PHONE, value="+15005550006"),
    account=ACCOUNT,
)


def message(text: str = "hello", *, medium: Medium = Medium.SMS) -> Send:
    return Send(
        ref=OutboundRef(
            conversation=ConversationRef(workspace=WorkspaceId("main"), id=ConversationId("c")), id=MessageId("a/b&c")
        ),
        attempt=2,
        to=Address(medium=medium, kind=AddressKind.PHONE, value="+14017122661"),
        text=text,
        line=LINE,
        correlation="x",
        begun_at=datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
    )


def refusal(code: int | None, *, status: int = 400, after: timedelta | None = None) -> Outcome:
    return outcome(Refused(status, code, after))


def kind(found: Outcome) -> str:
    match found:
        case NotNow(patient=True):
            return "later, patiently"
        case NotNow():
            return "later"
        case Never(opts_out=True):
            return "never: opted out"
        case _:
            return type(found).__name__.lower()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, 20003, "later, patiently"),
        (404, 20404, "later, patiently"),
        (400, 21606, "later, patiently"),
        (400, 21608, "later, patiently"),
        (400, 63007, "later, patiently"),
        (400, 63112, "later, patiently"),
        (400, 30023, "later, patiently"),
        (429, 63038, "later, patiently"),
        (429, 20429, "later"),
        (429, None, "later"),
        (429, 99999, "later"),
        (429, 63016, "later"),
        (400, 21611, "later"),
        (400, 14107, "later"),
        (400, 63018, "later"),
        (400, 63010, "later"),
        (400, 30008, "later"),
        (400, 21610, "never: opted out"),
        (400, 63014, "never: opted out"),
        (400, 63033, "never: opted out"),
        (400, 63016, "withheld"),
        (400, 30410, "unknown"),
        (400, 21211, "never"),
        (400, 21614, "never"),
        (400, 21617, "never"),
        (400, 63005, "never"),
        (400, 63049, "never"),
        (400, 63015, "never"),
        (400, 30036, "never"),
        (400, 99999, "never"),
    ],
)
def test_a_refusal_is_judged_by_its_code(status: int, code: int | None, expected: str) -> None:
    found = refusal(code, status=status)

    assert kind(found) == expected
    assert str(code if code is not None else status) in str(found)


def test_what_the_provider_asks_for_is_honoured() -> None:
    found = refusal(20429, status=429, after=timedelta(seconds=7))

    assert isinstance(found, NotNow)
    assert found.after == timedelta(seconds=7)


def test_without_a_connection_it_is_certainly_not_accepted() -> None:
    assert kind(outcome(NotReached("ClientConnectorError"))) == "later"


def test_without_an_answer_it_may_be_accepted() -> None:
    assert isinstance(outcome(NoAnswer("HTTP 500")), Unknown)


def test_the_callback_names_line_message_and_attempt() -> None:
    found = callback("https://desk.example.com/base", message(), LINE)

    assert found == "https://desk.example.com/base/webhooks/twilio/main%2F2%20%C3%A9?m=a%2Fb%26c&a=2"


@pytest.mark.parametrize(
    "refused", [message(""), message(" \n\t "), message("\ud83d"), message(medium=Medium.WHATSAPP)], ids=range(4)
)
async def test_what_cannot_be_sent_is_not_tried(refused: Send) -> None:
    async with opened(SETTINGS, SURROUNDINGS) as channel:
        found = await channel.send(refused, LINE)

    assert isinstance(found, Never)


async def test_the_channel_has_all_abilities_and_tells_its_senders() -> None:
    async with opened(SETTINGS, SURROUNDINGS) as channel:
        assert isinstance(channel, FetchesMedia)
        assert isinstance(channel, ShowsTyping)
        assert channel.account == ACCOUNT
        assert [sender.value for sender in channel.senders] == ["+14155238886", "+15005550006"]


async def test_nobody_is_shown_typing_by_sms() -> None:
    async with opened(SETTINGS, SURROUNDINGS) as channel:
        await channel.typing("SM1", LINE)


def test_a_withheld_message_says_what_to_do() -> None:
    found = refusal(63016)

    assert isinstance(found, Withheld)
    assert "template" in found.why
