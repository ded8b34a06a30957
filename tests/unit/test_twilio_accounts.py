"""Lines with accounts of their own: whose token counts for whom, and what is said when there is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from adapters.twilio import driver
from adapters.twilio.accounts import Accounts
from adapters.twilio.channel import API, MESSAGING, opened
from adapters.twilio.settings import LineCredentials, Settings
from adapters.twilio.signature import sign
from adapters.twilio.wire import Wire, session
from core.conversation.content import Media
from core.conversation.inspection import ChecksLines, Severity
from core.conversation.message import ConversationId, ConversationRef, MessageId
from core.conversation.outbox import Look, NotNow, OutboundRef, Send
from core.conversation.ports import Webhook
from core.driver import Surroundings
from core.errors import Permanent, Unavailable, Untrusted
from core.identity.credentials import Credentials
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId

SHARED, ONE, TWO = ("AC" + digit * 32 for digit in "123")
NOTHING_SET = Settings.model_validate({})
SETTINGS = Settings(
    twilio_account_sid=SHARED, twilio_auth_token=(SecretStr("token of all"),), twilio_from=("+15005550006",)
)
SURROUNDINGS = Surroundings(data=Path(), public_url="https://desk.example.com", turn_limit=1, works=True)


def line(id_: str, account: str, **credentials: str) -> Line:
    return Line(
        workspace=WorkspaceId(f"of {id_}"),
        id=LineId(id_),
        channel="twilio",
        address=Address(medium=Medium.WHATSAPP, kind=AddressKind.PHONE, value="+15005550006"),
        account=account,
        credentials=Credentials(credentials),
    )


PLAIN = line("plain", SHARED)
A = line("a", ONE, auth_token="token of a")
B = line("b", TWO, auth_token="token of b, older of b", api_key="SK1", api_secret="of the key")
LOST = replace(line("lost", ONE), credentials=Credentials.lost("The credentials of line lost are lost. Do this."))


def says(to: Line, token: str) -> Webhook:
    """A message to this line, signed with this token."""
    url = f"https://desk.example.com/webhooks/twilio/{to.id}"
    form = {
        "MessageSid": "SM" + "1" * 32,
        "SmsStatus": "received",
        "AccountSid": to.account,
        "From": "whatsapp:+5511987654321",
        "To": "whatsapp:+15005550006",
        "Body": "oi",
        "NumMedia": "0",
    }
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": sign(url, form.items(), token.encode()),
    }
    return Webhook(method="POST", url=url, headers=headers, body=urlencode(form).encode())


def message(on: Line) -> Send:
    conversation = ConversationRef(workspace=on.workspace, id=ConversationId("c"))
    return Send(
        ref=OutboundRef(conversation=conversation, id=MessageId("m")),
        attempt=1,
        to=Address(medium=Medium.WHATSAPP, kind=AddressKind.PHONE, value="+5511987654321"),
        text="hello",
        line=on,
        correlation="x",
        begun_at=datetime(2026, 3, 2, tzinfo=UTC),
    )


# Webhooks


@pytest.mark.parametrize("to", [PLAIN, A, B], ids=lambda each: each.id)
async def test_a_webhook_is_trusted_with_the_token_of_its_line_and_no_other(to: Line) -> None:
    tokens = {"token of all": PLAIN, "token of a": A, "token of b": B, "older of b": B}

    async with opened(SETTINGS, SURROUNDINGS) as channel:
        for token, owner in tokens.items():
            if owner is to:
                assert len(channel.receive(says(to, token), to).events) == 1
            else:
                with pytest.raises(Untrusted):
                    channel.receive(says(to, token), to)


async def test_a_genuine_webhook_of_one_account_is_refused_on_a_line_of_another() -> None:
    async with opened(NOTHING_SET, SURROUNDINGS) as channel:
        for genuine, elsewhere in ((says(A, "token of a"), B), (says(B, "token of b"), A)):
            with pytest.raises(Untrusted):
                channel.receive(genuine, elsewhere)


async def test_a_webhook_to_a_line_whose_credentials_are_lost_is_not_read() -> None:
    async with opened(SETTINGS, SURROUNDINGS) as channel:
        for token in ("token of all", ""):
            with pytest.raises(Permanent, match="are lost"):
                channel.receive(says(LOST, token), LOST)


@pytest.mark.parametrize("own", [A, B], ids=lambda each: each.id)
async def test_a_rehearsal_is_of_the_lines_own_account(own: Line) -> None:
    async with opened(NOTHING_SET, SURROUNDINGS) as channel:
        acted = channel.rehearsal(own, f"https://desk.example.com/webhooks/twilio/{own.id}")

        assert channel.receive(acted.genuine, own).events == ()
        with pytest.raises(Untrusted):
            channel.receive(acted.forged, own)


# Without credentials nothing goes out


@pytest.mark.parametrize("lacking", [LOST, PLAIN, line("odd", ONE, api_key="SK1")], ids=lambda each: each.id)
async def test_without_credentials_a_send_waits_patiently_and_says_why(lacking: Line) -> None:
    look = Look(send=message(lacking), uncertain_for=timedelta(), looks=0, taken=frozenset())
    file = Media(url="https://api.twilio.com/x", content_type=None, provider_id="MM1")

    async with opened(NOTHING_SET, SURROUNDINGS) as channel:
        outcome = await channel.send(message(lacking), lacking)
        with pytest.raises(Unavailable):
            await channel.find(look, lacking)
        with pytest.raises(Permanent):
            await channel.fetch(file, lacking)
        await channel.typing("SM1", lacking)

    assert isinstance(outcome, NotNow)
    assert outcome.patient
    assert f"line {lacking.id}" in outcome.why.lower()


# Accounts and their clients


async def test_each_account_has_one_client_and_all_share_the_connections() -> None:
    async with session(connections=1) as connections:
        wire = Wire(connections, (API, MESSAGING), within=timedelta(seconds=1))
        accounts = Accounts(SETTINGS, wire, api=API, messaging=MESSAGING)

        clients = [accounts.client(each) for each in (PLAIN, A, B)]

        assert len(set(map(id, clients))) == 3
        assert [client.http_client for client in clients] == [wire] * 3
        assert [(client.username, client.account_sid) for client in clients] == [
            (SHARED, SHARED),
            (ONE, ONE),
            ("SK1", TWO),
        ]
        assert [client.password for client in clients] == ["token of all", "token of a", "of the key"]
        assert accounts.client(replace(A, id=LineId("another of the same account"))) is clients[1]
        assert accounts.client(replace(A, credentials=Credentials({"auth_token": "new"}))) is not clients[1]


async def test_an_account_is_never_printed_with_its_secrets() -> None:
    async with session(connections=1) as connections:
        wire = Wire(connections, (API,), within=timedelta(seconds=1))
        accounts = Accounts(SETTINGS, wire, api=API, messaging=MESSAGING)

        shown = repr([accounts.of(each) for each in (PLAIN, A, B)])

    assert "token of" not in shown
    assert "of the key" not in shown


# What is lacking


async def test_lines_that_have_what_they_need_are_usable() -> None:
    async with opened(NOTHING_SET, SURROUNDINGS) as own, opened(SETTINGS, SURROUNDINGS) as shared:
        assert isinstance(own, ChecksLines)
        assert own.unusable([A, B]) == {}
        assert shared.unusable([A, PLAIN]) == {}
        assert shared.unusable([]) == {}
        assert (own.senders, own.account) == ((), "")


@pytest.mark.parametrize(("lines", "first"), [([A, PLAIN], "Line plain has no"), ([], "TWILIO_ACCOUNT_SID is not set")])
async def test_settings_that_some_line_needs_are_missed_by_name(lines: list[Line], first: str) -> None:
    async with opened(NOTHING_SET, SURROUNDINGS) as channel:
        with pytest.raises(Permanent) as error:
            channel.unusable(lines)

    said = str(error.value).splitlines()
    assert said[0].startswith(first)
    assert [text.split()[0] for text in said[-3:]] == ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"]


async def test_a_line_that_cannot_be_used_is_told_from_the_others() -> None:
    odd, foreign = line("odd", ONE, auth_tokn="canary"), line("foreign", TWO)
    wrong = line("wrong", "SK" + "1" * 32, auth_token="canary")

    async with opened(SETTINGS, SURROUNDINGS) as channel:
        found = channel.unusable([A, PLAIN, LOST, odd, foreign, wrong])

    assert set(found) == {"lost", "odd", "foreign", "wrong"}
    assert {finding.severity for finding in found.values()} == {Severity.PROBLEM}
    assert (found[LOST.id].what, found[LOST.id].cure) == ("The credentials of line lost are lost.", "Do this.")
    assert "auth_token" in found[odd.id].what
    assert "belongs to another account" in found[foreign.id].what
    assert "SID" in found[wrong.id].what
    assert "canary" not in str(found)


# What a line may have of its own


def test_the_driver_says_what_a_line_may_have() -> None:
    assert driver.credentials is LineCredentials
    assert list(LineCredentials.model_fields) == ["auth_token", "api_key", "api_secret"]
    assert all(field.description for field in LineCredentials.model_fields.values())


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "auth_token"),
        ({"auth_token": " , "}, "auth_token"),
        ({"auth_token": "canary", "api_key": "SK1"}, "together"),
        ({"auth_token": "canary", "api_secret": "canary"}, "together"),
        ({"auth_token": "canary", "api_key": "AC1", "api_secret": "canary"}, "api_key"),
        ({"auth_token": "canary", "token": "canary"}, "token"),
    ],
)
def test_what_is_wrong_with_credentials_is_said_without_repeating_them(values: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says) as error:
        LineCredentials.model_validate(values)

    assert "canary" not in str(error.value)
