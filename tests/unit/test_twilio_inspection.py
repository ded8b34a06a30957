"""What is said of Twilio's side of a line, through the real client over a transport in memory; and the rehearsal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from adapters.twilio.accounts import Account
from adapters.twilio.channel import opened
from adapters.twilio.inspecting import inspect
from adapters.twilio.parsing import REHEARSAL, receive
from adapters.twilio.pointing import PATIENCE, same, shown, unreachable, wanted
from adapters.twilio.reading import Api
from adapters.twilio.rehearsing import rehearsal
from adapters.twilio.settings import Settings
from adapters.twilio.signature import sign
from adapters.twilio.wire import NoAnswer, NotReached, Refused
from core.conversation.inspection import Finding, Inspects, Rehearses, Severity
from core.conversation.ports import Receipt, Webhook
from core.driver import Surroundings
from core.errors import Rejected, Untrusted
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId
from tests.unit.test_twilio_webhooks import TEXT, form

ACCOUNT = "AC3f1c0b5c7d9e4a6f8b2d1e0c9a7b5d3f"
TOKEN = "12345678901234567890123456789012"
HERE = "https://desk.example.com/webhooks/twilio/main"
NUMBER = "+15005550006"
SENDER = "whatsapp:+15005550006"
IN_ACCOUNT = f"/2010-04-01/Accounts/{ACCOUNT}"

Row = dict[str, Any]


def line_of(medium: Medium, value: str = NUMBER, kind: AddressKind = AddressKind.PHONE) -> Line:
    return Line(
        workspace=WorkspaceId("main"),
        id=LineId("main"),
        channel="twilio",
        address=Address(medium=medium, kind=kind, value=value),
        account=ACCOUNT,
    )


SMS, WHATSAPP = line_of(Medium.SMS), line_of(Medium.WHATSAPP)


@dataclass
class Twilio(AsyncHttpClient):
    """The API as far as an inspection reads it; `troubles` are raised where something is asked at this path."""

    numbers: list[Row] = field(default_factory=list)
    senders: list[Row] = field(default_factory=list)
    services: list[Row] = field(default_factory=list)
    pools: dict[str, list[Row]] = field(default_factory=dict)
    apps: dict[str, Row] = field(default_factory=dict)
    account: Row = field(default_factory=lambda: {"status": "active", "type": "Full"})
    troubles: dict[str, Exception] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.is_async = True

    async def request(  # type: ignore[override]  # the vendor's own one is async too
        self, method: str, uri: str, params: Mapping[str, Any] | None = None, *_: Any, **__: Any
    ) -> Response:
        path = urlsplit(uri).path
        self.asked.append((method, path))
        for start, trouble in self.troubles.items():
            if path.startswith(start):
                raise trouble
        return Response(200, json.dumps(self._answer(path, uri)))

    def _answer(self, path: str, uri: str) -> Row:
        if path == f"{IN_ACCOUNT}.json":
            return self.account
        if path == f"{IN_ACCOUNT}/IncomingPhoneNumbers.json":
            return {"incoming_phone_numbers": self.numbers, "page": 0, "next_page_uri": None}
        if path.startswith(f"{IN_ACCOUNT}/Applications/"):
            return self.apps[path.rpartition("/")[2].removesuffix(".json")]
        if path == "/v2/Channels/Senders":
            return self._page("senders", self.senders, uri)
        if path == "/v1/Services":
            return self._page("services", self.services, uri)
        _, _, _, service, pool = path.split("/")
        key = {"PhoneNumbers": "phone_numbers", "ChannelSenders": "senders"}[pool]
        return self._page(key, self.pools.get(service, []), uri)

    @staticmethod
    def _page(key: str, rows: list[Row], uri: str) -> Row:
        """Two to a page, as if there were many."""
        start = int(urlsplit(uri).query.removeprefix("from=") or 0) if "from=" in uri else 0
        further = f"https://messaging.twilio.com{urlsplit(uri).path}?from={start + 2}"
        next_page = further if len(rows) > start + 2 else None
        return {key: rows[start : start + 2], "meta": {"key": key, "next_page_url": next_page}}


def number(url: str | None = wanted(HERE), **more: object) -> Row:
    return {
        "sid": "PN" + "1" * 32,
        "phone_number": NUMBER,
        "sms_url": url,
        "sms_method": "POST",
        "sms_fallback_url": f"{HERE}?again=1",
        "capabilities": {"sms": True},
        **more,
    }


def sender(url: str | None = wanted(HERE), *, status: str = "ONLINE", id_: str = SENDER, **more: object) -> Row:
    hook = {"callback_url": url, "callback_method": "POST", "fallback_url": f"{HERE}?again=1", **more}
    return {"sid": "XE" + "1" * 32, "sender_id": id_, "status": status, "webhook": hook}


def service(url: str | None = wanted(HERE), sid: str = "MG1", **more: object) -> Row:
    named = {"sid": sid, "friendly_name": "Desk", "use_inbound_webhook_on_number": False}
    return {**named, "inbound_request_url": url, "inbound_method": "POST", "fallback_url": HERE, **more}


async def found(
    twilio: Twilio,
    line: Line = SMS,
    *,
    url: str = HERE,
    real: bool = True,
    user: str = ACCOUNT,
    own: LineId | None = None,
) -> list[Finding]:
    client = Client(user, TOKEN, account_sid=ACCOUNT, http_client=twilio, environment={"": ""})  # type: ignore[no-untyped-call]
    account = Account(sid=ACCOUNT, user=user, password=TOKEN, tokens=(TOKEN.encode(),), own=own)
    findings = list(await inspect(Api(client, cure=account.cure), line, url, account=account, real=real))
    assert {method for method, _ in twilio.asked} <= {"GET"}
    assert all(TOKEN not in finding.what + finding.cure for finding in findings)
    return findings


def said(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.severity.value, finding.what) for finding in findings]


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


@pytest.mark.parametrize(
    ("twilio", "line"),
    [
        (Twilio(numbers=[number()]), SMS),
        (Twilio(numbers=[number(f"HTTPS://DESK.EXAMPLE.COM/webhooks/twilio/main{PATIENCE}")]), SMS),
        (Twilio(numbers=[number(HERE.replace(".com/", ".com:443/") + "#rp=all")]), SMS),
        (Twilio(senders=[sender()]), WHATSAPP),
        (Twilio(senders=[sender(status="ONLINE:UPDATING")]), WHATSAPP),
        (Twilio(senders=[sender(id_=f"whatsapp:+1500555000{n}") for n in range(1, 6)] + [sender()]), WHATSAPP),
    ],
    ids=["number", "capitals", "port", "sender", "updating", "third page"],
)
async def test_a_sender_that_points_here_is_fine(twilio: Twilio, line: Line) -> None:
    finding = only(await found(twilio, line))

    assert (finding.severity, finding.cure) == (Severity.OK, "")
    assert finding.what.endswith("is posted here.")


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("", "is posted nowhere"),
        (None, "is posted nowhere"),
        ("https://demo.twilio.com/welcome/sms/reply", "is posted to https://demo.twilio.com/welcome/sms/reply, which"),
        ("https://user:pass@other.example.com/x?key=secret", "is posted to https://other.example.com/x, which"),
        (f"{HERE}/", "which is not this line's webhook"),
        (HERE.replace("https", "http"), "which is not this line's webhook"),
        (HERE.replace("main", "sms"), "which is not this line's webhook"),
        ("http://[", "is posted to an address that cannot be read"),
    ],
)
async def test_a_webhook_elsewhere_is_a_problem_with_the_exact_cure(url: str | None, what: str) -> None:
    by_sms = only(await found(Twilio(numbers=[number(url)])))
    on_whatsapp = only(await found(Twilio(senders=[sender(url)]), WHATSAPP))

    assert by_sms.severity is on_whatsapp.severity is Severity.PROBLEM
    assert what in by_sms.what
    assert by_sms.cure == (
        "In the Twilio console under Phone Numbers > Manage > Active numbers > +15005550006 > Messaging > "
        "A message comes in, "
        "enter https://desk.example.com/webhooks/twilio/main#ct=2000&rt=5000&rc=3&rp=ct,rt,5xx with method POST."
    )
    assert "under Messaging > Senders > WhatsApp senders > +15005550006 >" in on_whatsapp.cure


async def test_a_get_is_a_problem() -> None:
    finding = only(await found(Twilio(numbers=[number(sms_method="GET")])))

    assert finding.severity is Severity.PROBLEM
    assert "by GET, which is not taken" in finding.what


async def test_impatience_and_a_missing_fallback_are_worth_a_look() -> None:
    findings = await found(Twilio(numbers=[number(HERE, sms_fallback_url="")]))

    assert [finding.severity.value for finding in findings] == ["ok", "warning", "warning"]
    assert f"enter {HERE}{PATIENCE} with method POST" in findings[1].cure
    assert f"enter {HERE}?again=1{PATIENCE} as the fallback" in findings[2].cure


async def test_an_emulator_need_not_be_patient_nor_public() -> None:
    here = "http://127.0.0.1:8000/webhooks/twilio/main"

    findings = await found(Twilio(numbers=[number(here, sms_fallback_url="")]), url=here, real=False)

    assert said(findings) == [("ok", "What people write to +15005550006 is posted here.")]


@pytest.mark.parametrize(
    ("twilio", "line", "place"),
    [
        (Twilio(), SMS, "Phone Numbers > Manage > Active numbers"),
        (Twilio(numbers=[number(phone_number=NUMBER + "7")]), SMS, "Phone Numbers > Manage > Active numbers"),
        (Twilio(senders=[sender(id_=SENDER + "7")]), WHATSAPP, "Messaging > Senders > WhatsApp senders"),
    ],
)
async def test_a_sender_of_somebody_else_is_a_problem(twilio: Twilio, line: Line, place: str) -> None:
    finding = only(await found(twilio, line))

    assert finding.severity is Severity.PROBLEM
    assert "of this Twilio account" in finding.what
    assert place in finding.cure


async def test_a_number_without_sms_is_a_problem() -> None:
    findings = await found(Twilio(numbers=[number(capabilities={"sms": False, "voice": True})]))

    assert said(findings)[0] == ("problem", "+15005550006 cannot receive or send SMS.")


async def test_a_sender_that_is_offline_is_a_problem_with_its_reasons() -> None:
    offline = {**sender(status="OFFLINE"), "offline_reasons": [{"code": "63020", "message": "x"}, {}]}

    findings = await found(Twilio(senders=[offline]), WHATSAPP)

    assert said(findings)[0] == ("problem", "The WhatsApp sender whatsapp:+15005550006 is OFFLINE (63020).")


async def test_an_app_overrides_the_number() -> None:
    app = {"friendly_name": "Old shop", "sms_url": "https://old.example.com/", "sms_method": "POST"}

    finding = only(await found(Twilio(numbers=[number(sms_application_sid="AP1")], apps={"AP1": app})))

    assert finding.severity is Severity.PROBLEM
    assert "under Phone Numbers > Manage > TwiML apps > Old shop >" in finding.cure


@pytest.mark.parametrize(
    ("twilio", "line"),
    [
        (Twilio(numbers=[number()], pools={"MG2": [{"phone_number": NUMBER}]}), SMS),
        (Twilio(senders=[sender()], pools={"MG2": [{"sender": SENDER}]}), WHATSAPP),
    ],
)
async def test_a_messaging_service_overrides_its_senders(twilio: Twilio, line: Line) -> None:
    twilio.services = [service(sid="MG1"), service("https://old.example.com/sms", sid="MG2")]

    findings = await found(twilio, line)

    assert [finding.severity.value for finding in findings] == ["ok", "problem"]
    assert "is in the Messaging Service 'Desk', whose webhook counts" in findings[0].what
    assert "is posted to https://old.example.com/sms" in findings[1].what
    assert "under Messaging > Services > Desk > Integration >" in findings[1].cure


async def test_a_messaging_service_that_drops_messages_is_a_problem() -> None:
    twilio = Twilio(numbers=[number()], services=[service(None)], pools={"MG1": [{"phone_number": NUMBER}]})

    findings = await found(twilio)

    assert findings[-1].severity is Severity.PROBLEM
    assert "is posted nowhere" in findings[-1].what


async def test_a_messaging_service_may_leave_it_to_the_number() -> None:
    deferring = service("https://old.example.com/sms", use_inbound_webhook_on_number=True)
    twilio = Twilio(numbers=[number()], services=[deferring], pools={"MG1": [{"phone_number": NUMBER}]})

    assert only(await found(twilio)).severity is Severity.OK


async def test_reports_that_go_elsewhere_do_no_harm() -> None:
    twilio = Twilio(senders=[sender(status_callback_url="https://old.example.com/status?key=secret")])

    findings = await found(twilio, WHATSAPP)

    assert [finding.severity for finding in findings] == [Severity.OK, Severity.OK]
    assert "https://old.example.com/status only for messages that name no address" in findings[1].what
    assert "secret" not in findings[1].what


@pytest.mark.parametrize(
    ("account", "severity", "what"),
    [
        ({"status": "suspended"}, Severity.PROBLEM, "The Twilio account is suspended"),
        ({"status": "active", "type": "Trial"}, Severity.WARNING, "The Twilio account is on trial"),
    ],
)
async def test_the_account_itself_is_looked_at(account: Row, severity: Severity, what: str) -> None:
    findings = await found(Twilio(numbers=[number()], account=account))

    assert findings[0].severity is severity
    assert findings[0].what.startswith(what)
    assert len(findings) == 2


async def test_a_key_need_not_be_allowed_to_see_the_account() -> None:
    twilio = Twilio(numbers=[number()], troubles={f"{IN_ACCOUNT}.json": Refused(401, 20003, None)})

    assert only(await found(twilio, user="SK1")).severity is Severity.OK


@pytest.mark.parametrize(
    ("trouble", "severity", "what"),
    [
        (Refused(401, 20003, None), Severity.PROBLEM, "refuses the credentials"),
        (Refused(404, 20404, None), Severity.PROBLEM, "does not know the account"),
        (Refused(403, 70051, None), Severity.WARNING, "does not let these credentials read"),
        (Refused(429, 20429, None), Severity.WARNING, "did not tell (20429)"),
        (NotReached("ClientConnectorError"), Severity.PROBLEM, "was not reached: ClientConnectorError"),
        (NoAnswer("HTTP 500"), Severity.PROBLEM, "was not reached: HTTP 500"),
        (KeyError("sid"), Severity.WARNING, "could not be read"),
    ],
)
@pytest.mark.parametrize("at", ["/2010-04-01/Accounts", "/v1/Services"])
async def test_what_cannot_be_looked_at_is_a_finding(
    trouble: Exception, severity: Severity, what: str, at: str
) -> None:
    findings = await found(Twilio(numbers=[number()], troubles={at: trouble}))

    assert only(findings).severity is severity
    assert what in findings[0].what


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (line_of(Medium.SMS, "72244", AddressKind.OTHER), "a short code or a name"),
        (line_of(Medium.WHATSAPP, "+14155238886"), "the WhatsApp sandbox"),
    ],
)
async def test_what_no_program_can_read_is_said_with_what_to_enter(line: Line, why: str) -> None:
    finding = only(await found(Twilio(), line))

    assert finding.severity is Severity.WARNING
    assert why in finding.what
    assert wanted(HERE) in finding.cure


@pytest.mark.parametrize(
    "url",
    [
        "http://desk.example.com/webhooks/twilio/main",
        "https://localhost:8000/webhooks/twilio/main",
        "https://127.0.0.1/webhooks/twilio/main",
        "https://192.168.1.20/webhooks/twilio/main",
        "https://[::1]/webhooks/twilio/main",
        "https://desk/webhooks/twilio/main",
        "https://desk.local/webhooks/twilio/main",
    ],
)
async def test_an_address_that_twilio_cannot_or_must_not_call_is_a_problem(url: str) -> None:
    findings = await found(Twilio(numbers=[number(url + PATIENCE)]), url=url)

    assert findings[0].severity is Severity.PROBLEM
    assert "RECADO_PUBLIC_URL" in findings[0].cure


@pytest.mark.parametrize("url", [HERE, "https://8.8.8.8/webhooks/twilio/main", "https://[2001:4860:4860::8888]/w"])
def test_a_public_https_address_is_fine(url: str) -> None:
    assert unreachable(url) is None


def test_a_query_and_a_fragment_make_no_difference() -> None:
    assert same(f"{HERE}?again=1#rc=3", HERE)


def test_an_address_is_shown_without_its_secrets() -> None:
    assert shown("https://user:pass@desk.example.com:8443/x?key=secret#rc=1") == "https://desk.example.com:8443/x"


# The rehearsal.


@pytest.mark.parametrize("line", [SMS, WHATSAPP])
def test_a_rehearsal_is_verified_and_says_nothing(line: Line) -> None:
    acted = rehearsal(line, HERE, ACCOUNT, TOKEN.encode())

    receipt = receive(acted.genuine, line, [TOKEN.encode()])

    assert receipt == Receipt(events=(), content_type="text/xml", body=receipt.body)
    assert receipt.body == receive(form(), SMS, [TOKEN.encode()]).body


@pytest.mark.parametrize(
    ("line", "url", "account", "token"),
    [
        (line_of(Medium.SMS, NUMBER + "7"), HERE, ACCOUNT, TOKEN),
        (SMS, HERE.replace("https", "http"), ACCOUNT, TOKEN),
        (SMS, HERE, ACCOUNT[::-1], TOKEN),
        (SMS, HERE, ACCOUNT, "another"),
    ],
    ids=["line", "address", "account", "token"],
)
def test_a_rehearsal_is_refused_where_a_message_would_be(line: Line, url: str, account: str, token: str) -> None:
    genuine = rehearsal(line, url, account, token.encode()).genuine
    arrived = Webhook(method="POST", url=HERE, headers=genuine.headers, body=genuine.body)

    with pytest.raises(Untrusted):
        receive(arrived, SMS, [TOKEN.encode()])


def test_a_forged_rehearsal_is_not_trusted() -> None:
    with pytest.raises(Untrusted):
        receive(rehearsal(SMS, HERE, ACCOUNT, TOKEN.encode()).forged, SMS, [TOKEN.encode()])


def test_a_message_is_heard_whatever_else_it_carries() -> None:
    assert len(receive(form({**TEXT, REHEARSAL: "true"}), SMS, [TOKEN.encode()]).events) == 1


def test_no_message_can_be_cut_so_that_it_passes_for_a_rehearsal() -> None:
    text = {**TEXT, "Body": f"hi{REHEARSAL}true"}
    rest = "".join(name + text[name] for name in sorted(text) if name not in ("AccountSid", "Body", "To"))
    cut = {"AccountSid": ACCOUNT, "Bodyhi": "", REHEARSAL: f"true{rest}", "To": text["To"]}
    assert sign(HERE, list(cut.items()), TOKEN.encode()) == sign(HERE, list(text.items()), TOKEN.encode())

    with pytest.raises(Rejected):
        receive(form(cut), SMS, [TOKEN.encode()])


def test_without_a_message_id_only_a_rehearsal_says_nothing() -> None:
    without = {name: value for name, value in TEXT.items() if name != "MessageSid"}

    with pytest.raises(Rejected):
        receive(form(without), SMS, [TOKEN.encode()])


async def test_the_channel_has_both_abilities() -> None:
    settings = Settings(
        twilio_account_sid=ACCOUNT, twilio_auth_token=(SecretStr(TOKEN), SecretStr("old")), twilio_from=(NUMBER,)
    )
    surroundings = Surroundings(data=Path(), public_url="https://desk.example.com", turn_limit=1, works=False)

    async with opened(settings, surroundings) as channel:
        assert isinstance(channel, Inspects)
        assert isinstance(channel, Rehearses)
        assert channel.receive(channel.rehearsal(SMS, HERE).genuine, SMS).events == ()
        with pytest.raises(Untrusted):
            channel.receive(channel.rehearsal(SMS, HERE).forged, SMS)
