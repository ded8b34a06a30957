"""The Twilio channel against a real server on this machine that does what networks and providers do."""

import asyncio
import base64
import datetime as dt
import ipaddress
import json
import logging
import socket
import ssl
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from adapters.twilio.channel import TwilioChannel, opened
from adapters.twilio.media import MOST_BYTES, Downloads, PublicOnly
from adapters.twilio.settings import Settings
from core.conversation.content import Media
from core.conversation.message import ConversationId, ConversationRef, MessageId, Status
from core.conversation.outbox import Accepted, Look, Never, NotNow, OutboundRef, Outcome, Send, Unknown, Withheld
from core.driver import Surroundings
from core.errors import Permanent, RecadoError, Rejected, Unavailable
from core.identity.credentials import Credentials
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId

ACCOUNT = "AC3f1c0b5c7d9e4a6f8b2d1e0c9a7b5d3f"
SID = "SM9c1f4be07a8d4e52b36a0d5f7c81e2aa"
PERSON = "+14017122661"
SECRET = "s3cret-canary"
TEXT = "canary: a+b & ça va? 👩‍👧"
BEGUN = dt.datetime(2026, 3, 2, 12, 0, 0, 600_000, tzinfo=dt.UTC)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
WITHIN = dt.timedelta(seconds=0.4)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), keep_blank_values=True, strict_parsing=True)

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)


Act = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(status: int, body: object = b"", **headers: str) -> Act:
    """An ordinary answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def act(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(raw)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + raw)
        await writer.drain()

    return act


def raw(*parts: bytes, pause: float = 0.0, close: bool = True) -> Act:
    """These very bytes."""

    async def act(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        if close:
            writer.close()

    return act


async def silence(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: image/png\r\n\r\n")
    with suppress(ConnectionError):
        while True:
            writer.write(b"100000\r\n" + bytes(0x100000) + b"\r\n")
            await writer.drain()


@dataclass(slots=True)
class Server:
    """Does the next thing of its script at each request, the last one for ever, and remembers what it was asked."""

    script: list[Act] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while not writer.is_closing():
                self.asked.append(await self._read(reader))
                self.reached.set()
                await (self.script.pop(0) if len(self.script) > 1 else self.script[0])(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> Asked:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Asked(method, target, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@asynccontextmanager
async def running(*script: Act, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    state = Server(list(script))
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.get_running_loop().create_task(state.serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def settings(url: str, **more: Any) -> Settings:
    return Settings(
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=(SecretStr(SECRET), SecretStr("older")),
        twilio_from=("+15005550006",),
        twilio_api_url=url,
        **more,
    )


@asynccontextmanager
async def channel_to(url: str, *, within: dt.timedelta = WITHIN, **more: Any) -> AsyncIterator[TwilioChannel]:
    surroundings = Surroundings(data=Path(), public_url="https://desk.example.com", turn_limit=1, works=True)
    async with opened(settings(url, **more), surroundings, send_within=within) as channel:
        yield channel


def line(medium: Medium = Medium.SMS) -> Line:
    return Line(
        workspace=WorkspaceId("main"),
        id=LineId("main"),
        channel="twilio",
        address=Address(medium=medium, kind=AddressKind.PHONE, value="+15005550006"),
        account=ACCOUNT,
    )


def message(medium: Medium = Medium.SMS, text: str = TEXT) -> Send:
    return Send(
        ref=OutboundRef(
            conversation=ConversationRef(workspace=WorkspaceId("main"), id=ConversationId("c1")), id=MessageId("m1")
        ),
        attempt=3,
        to=Address(medium=medium, kind=AddressKind.PHONE, value=PERSON),
        text=text,
        line=line(medium),
        correlation="x",
        begun_at=BEGUN,
    )


async def sent(*script: Act, within: dt.timedelta = WITHIN, requests: int = 1) -> Outcome:
    """How one send to a server with this script ends; it is never asked more than once."""
    async with running(*script) as server, channel_to(server.url, within=within) as channel:
        outcome = await channel.send(message(), line())
        assert len(server.asked) == requests
    return outcome


# Sending.


@pytest.mark.parametrize(("medium", "prefix"), [(Medium.SMS, ""), (Medium.WHATSAPP, "whatsapp:")])
async def test_a_message_is_created_with_its_callback(medium: Medium, prefix: str) -> None:
    async with running(answer(201, {"sid": SID, "status": "queued"})) as server, channel_to(server.url) as channel:
        outcome = await channel.send(message(medium), line(medium))

    (asked,) = server.asked
    assert outcome == Accepted(provider_id=SID, status=Status.ACCEPTED)
    assert (asked.method, asked.target) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert asked.form == {
        "To": [prefix + PERSON],
        "From": [f"{prefix}+15005550006"],
        "Body": [TEXT],
        "StatusCallback": ["https://desk.example.com/webhooks/twilio/main?m=m1&a=3"],
    }
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(f"{ACCOUNT}:{SECRET}".encode()).decode()


def authorization(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def test_each_line_is_served_by_its_own_account() -> None:
    """Two tenants with accounts of their own and one without, in one installation and over one pool."""
    one, two = "AC" + "1" * 32, "AC" + "2" * 32
    own = replace(line(Medium.WHATSAPP), account=one, credentials=Credentials({"auth_token": "new of one,old of one"}))
    key = {"auth_token": "of two", "api_key": "SK2", "api_secret": "key of two"}
    keyed = replace(line(Medium.WHATSAPP), account=two, credentials=Credentials(key))
    expected = [
        (own, authorization(one, "new of one")),
        (keyed, authorization("SK2", "key of two")),
        (line(Medium.WHATSAPP), authorization(ACCOUNT, SECRET)),
        (own, authorization(one, "new of one")),
    ]
    acts = [answer(201, {"sid": SID, "status": "queued"}), page(row()), answer(200, {"success": True})]
    acts.append(answer(200, PNG, Content_Type="image/png"))

    async with running(*acts * len(expected)) as server, channel_to(server.url) as channel:
        for each, _ in expected:
            await channel.send(message(Medium.WHATSAPP), each)
            await channel.find(look(), each)
            await channel.typing("SM1", each)
            await channel.fetch(replace(media(server.url), url=(server.url + OWN).replace(ACCOUNT, each.account)), each)

    asked = [server.asked[at : at + len(acts)] for at in range(0, len(server.asked), len(acts))]
    for (each, wanted), requests in zip(expected, asked, strict=True):
        assert [request.headers["authorization"] for request in requests] == [wanted] * len(acts)
        assert [f"/Accounts/{each.account}/" in request.target for request in requests] == [True, True, False, True]


async def test_an_api_key_speaks_for_the_account() -> None:
    key: dict[str, Any] = {"twilio_api_key": "SK1", "twilio_api_secret": SecretStr("hidden")}
    async with running(answer(201, {"sid": SID})) as server, channel_to(server.url, **key) as channel:
        await channel.send(message(), line())

    assert server.asked[0].headers["authorization"] == "Basic " + base64.b64encode(b"SK1:hidden").decode()
    assert f"/Accounts/{ACCOUNT}/" in server.asked[0].target


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (answer(201, {"sid": SID, "status": "sent", "date_created": "garbage"}), Accepted),
        (answer(200, {"sid": SID, "status": None}), Accepted),
        (answer(400, {"code": 21211, "message": f"The 'To' number {PERSON} is not valid", "status": 400}), Never),
        (answer(400, {"code": "21614"}), Never),
        (answer(400, {"code": 63016}), Withheld),
        (answer(400, {"code": 30410}), Unknown),
        (answer(401, {"code": 20003}), NotNow),
        (answer(429, {"code": 20429}), NotNow),
        (answer(429), NotNow),
        (answer(429, b"<html>slow down</html>"), NotNow),
        (raw(b"HTTP/1.1 429 X\r\nContent-Length: 100\r\n\r\n{"), NotNow),
        (
            answer(400, {"type": "x", "title": "x", "status": 400, "code": 21610, "detail": PERSON}),
            Never,
        ),
        # Something was sent, and nothing that can be read came back.
        (silence, Unknown),
        (reset, Unknown),
        (raw(), Unknown),
        (raw(b"HTTP/1.1 201 Created\r\n"), Unknown),
        (raw(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"), Unknown),
        (raw(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n", *[b" "] * 50, pause=0.05), Unknown),
        (raw(b"\x16\x03\x01\x02"), Unknown),
        (answer(200, b""), Unknown),
        (answer(204), Unknown),
        (answer(201, b"garbage"), Unknown),
        (answer(201, b"\xff\xfe"), Unknown),
        (answer(201, b"[" * 100_000), Unknown),
        (answer(201, [SID]), Unknown),
        (answer(201, {}), Unknown),
        (answer(201, {"sid": ""}), Unknown),
        (answer(201, {"sid": 7}), Unknown),
        (answer(201, {"sid": SID, "date_created": 5}), Unknown),
        (answer(201, {"sid": SID, "body": "x" * (2 << 20)}), Unknown),
        (endless, Unknown),
        (answer(500, {"code": 20500}), Unknown),
        (answer(503, b"", Retry_After="1"), Unknown),
        (answer(502, b"<html>"), Unknown),
        (answer(400, b"<html>"), Unknown),
        (answer(404), Unknown),
        (answer(408), Unknown),
        (answer(400, {"message": "no code"}), Unknown),
        (answer(302, b"", Location="/elsewhere"), Unknown),
        (answer(307, b"", Location="/elsewhere"), Unknown),
    ],
)
async def test_every_end_has_its_outcome_after_one_request(act: Act, expected: type[Outcome]) -> None:
    outcome = await sent(act)

    assert type(outcome) is expected
    assert PERSON not in str(outcome)
    assert "canary" not in str(outcome)


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"Retry_After": "7"}, dt.timedelta(seconds=7)),
        ({"Retry_After": "99999999999999999999"}, dt.timedelta(hours=1)),
        (
            {"Retry_After": "Mon, 02 Mar 2026 12:00:30 GMT", "Date": "Mon, 02 Mar 2026 12:00:00 GMT"},
            dt.timedelta(seconds=30),
        ),
        (
            {"Retry_After": "Mon, 02 Mar 2026 11:00:30 GMT", "Date": "Mon, 02 Mar 2026 12:00:00 GMT"},
            dt.timedelta(),
        ),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "-1"}, None),
        ({"Retry_After": "Mon, 02 Mar 2026 12:00:30 GMT"}, None),
        ({}, None),
    ],
)
async def test_the_wait_that_is_asked_for(headers: dict[str, str], after: dt.timedelta | None) -> None:
    outcome = await sent(answer(429, {"code": 20429}, **headers))

    assert isinstance(outcome, NotNow)
    assert outcome.after == after


async def test_where_nobody_listens_it_is_certainly_not_accepted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with channel_to(f"http://127.0.0.1:{port}") as channel:
        outcome = await channel.send(message(), line())

    assert isinstance(outcome, NotNow)


async def test_where_tls_fails_it_is_certainly_not_accepted() -> None:
    async with running(answer(201, {"sid": SID})) as server, channel_to(f"https://127.0.0.1:{server.port}") as channel:
        outcome = await channel.send(message(), line())

    assert isinstance(outcome, NotNow)
    assert server.asked == []


async def test_where_the_certificate_is_not_trusted_it_is_certainly_not_accepted(tls: "Certificate") -> None:
    async with (
        running(answer(201, {"sid": SID}), tls=tls.server) as server,
        channel_to(f"https://127.0.0.1:{server.port}") as channel,
    ):
        outcome = await channel.send(message(), line())

    assert isinstance(outcome, NotNow)
    assert server.asked == []


async def test_what_waits_for_a_connection_in_vain_is_certainly_not_accepted() -> None:
    async with running(silence) as server, channel_to(server.url) as channel:
        outcomes = await asyncio.gather(*(channel.send(message(), line()) for _ in range(9)))

    assert [type(outcome) for outcome in outcomes].count(Unknown) == 8
    assert [type(outcome) for outcome in outcomes].count(NotNow) == 1
    assert len(server.asked) == 8


async def test_a_connection_that_was_kept_and_is_lost_is_not_used_twice() -> None:
    async with running(answer(201, {"sid": SID}), raw()) as server, channel_to(server.url) as channel:
        first = await channel.send(message(), line())
        second = await channel.send(message(), line())

    assert (type(first), type(second)) == (Accepted, Unknown)
    assert (len(server.asked), server.connections) == (2, 1)


async def test_after_closing_it_is_certainly_not_accepted() -> None:
    async with running(answer(201, {"sid": SID})) as server:
        async with channel_to(server.url) as channel:
            pass
        outcome = await channel.send(message(), line())

    assert isinstance(outcome, NotNow)
    assert server.asked == []


async def test_a_redirect_takes_nothing_elsewhere() -> None:
    async with running(answer(201, {"sid": SID})) as elsewhere:
        outcome = await sent(answer(307, b"", Location=f"{elsewhere.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"))

    assert isinstance(outcome, Unknown)
    assert elsewhere.connections == 0


async def test_being_cancelled_is_passed_on() -> None:
    async with running(silence) as server, channel_to(server.url, within=dt.timedelta(seconds=30)) as channel:
        sending = asyncio.create_task(channel.send(message(), line()))
        await server.reached.wait()
        sending.cancel()

        with pytest.raises(asyncio.CancelledError):
            await sending


# Looking for an uncertain one.


def row(sid: str = SID, *, at: dt.datetime = BEGUN, body: str | None = TEXT, **more: object) -> dict[str, object]:
    stamp = at.strftime("%a, %d %b %Y %H:%M:%S +0000")
    return {"sid": sid, "status": "sent", "direction": "outbound-api", "body": body, "date_created": stamp, **more}


def page(*rows: dict[str, object], following: str | None = None) -> Act:
    return answer(200, {"messages": list(rows), "next_page_uri": following, "page_size": 50, "uri": "/x"})


def look(taken: frozenset[str] = frozenset(), text: str = TEXT) -> Look:
    return Look(send=message(text=text), uncertain_for=dt.timedelta(seconds=15), looks=0, taken=taken)


async def found(*script: Act, wanted: Look | None = None) -> tuple[Accepted | None, list[Asked]]:
    async with running(*script) as server, channel_to(server.url) as channel:
        return await channel.find(wanted or look(), line()), server.asked


async def test_the_list_is_asked_for_by_both_parties() -> None:
    copy, (asked,) = await found(page(row()))

    assert copy == Accepted(provider_id=SID, status=Status.SENT)
    assert urlsplit(asked.target).path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert asked.query == {"To": [PERSON], "From": ["+15005550006"], "PageSize": ["50"]}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], None),
        ([row(direction="inbound")], None),
        ([row(direction="outbound-reply")], None),
        ([row(body="something else")], None),
        ([row(body=None)], None),
        ([row("SMtaken")], None),
        ([row(at=BEGUN - dt.timedelta(seconds=6))], None),
        ([row(at=BEGUN - dt.timedelta(seconds=4))], SID),
        ([row(date_created=None)], None),
        ([row(date_created="garbage")], None),
        ([row(body=f"  {TEXT}\r\n")], SID),
        ([row(body=f"Sent from your Twilio trial account - {TEXT}")], SID),
        ([row("SMnew", at=BEGUN + dt.timedelta(seconds=9)), row(at=BEGUN + dt.timedelta(seconds=2))], SID),
        ([row("SMtaken"), row()], SID),
        ([row(body="later"), row(at=BEGUN - dt.timedelta(hours=1)), row()], SID),
    ],
)
async def test_which_row_is_the_copy(rows: list[dict[str, object]], expected: str | None) -> None:
    copy, _ = await found(page(*rows), wanted=look(taken=frozenset({"SMtaken"})))

    assert (copy and copy.provider_id) == expected


async def test_a_copy_tells_how_far_it_got() -> None:
    copy, _ = await found(page(row(status="undelivered")))

    assert copy == Accepted(provider_id=SID, status=Status.UNDELIVERED)


async def test_looking_goes_on_to_older_pages_and_stops_before_it_began() -> None:
    newer = row("SMother", body="other", at=BEGUN + dt.timedelta(minutes=1))
    older = row("SMold", at=BEGUN - dt.timedelta(minutes=1))
    following = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=x"

    copy, asked = await found(page(newer, following=following), page(row(), older, following="/never"))

    assert copy is not None
    assert copy.provider_id == SID
    assert [request.target for request in asked[1:]] == [following]


async def test_looking_ends() -> None:
    newer = row("SMother", body="other", at=BEGUN + dt.timedelta(minutes=1))

    copy, asked = await found(page(newer, following="/2010-04-01/again.json"))

    assert copy is None
    assert len(asked) <= 5


@pytest.mark.parametrize(
    "act",
    [
        silence,
        reset,
        answer(500),
        answer(404, {"code": 20404}),
        answer(200, b"garbage"),
        answer(200, {}),
        answer(200, {"messages": 5}),
        answer(200, {"messages": [5]}),
        answer(302, b"", Location="/x"),
    ],
)
async def test_trouble_while_looking_is_no_answer(act: Act) -> None:
    with pytest.raises(Unavailable) as error:
        await found(act)

    assert PERSON not in str(error.value)


async def test_not_even_a_traceback_of_trouble_holds_a_number() -> None:
    async with running(silence) as server, channel_to(server.url) as channel:
        looks = [channel.find(look(), line()) for _ in range(12)]
        errors = await asyncio.gather(*looks, return_exceptions=True)

    for error in errors:
        assert isinstance(error, Unavailable)
        assert PERSON[1:] not in "".join(traceback.format_exception(error))


async def test_a_throttled_look_says_when_to_come_back() -> None:
    with pytest.raises(Unavailable) as error:
        await found(answer(429, {"code": 20429}, Retry_After="3"))

    assert error.value.after == dt.timedelta(seconds=3)


async def test_a_list_cannot_send_our_credentials_elsewhere() -> None:
    async with running(page(row())) as elsewhere:
        hostile = {"meta": {"key": "messages", "next_page_url": f"{elsewhere.url}/x"}, "messages": []}
        with pytest.raises(Unavailable):
            await found(answer(200, hostile))

    assert elsewhere.connections == 0


# Typing.


async def test_typing_is_shown_on_whatsapp() -> None:
    async with running(answer(200, {"success": True})) as server, channel_to(server.url) as channel:
        await channel.typing(SID, line(Medium.WHATSAPP))

    (asked,) = server.asked
    assert (asked.method, asked.target) == ("POST", "/v2/Indicators/Typing.json")
    assert asked.form == {"messageId": [SID], "channel": ["whatsapp"]}


@pytest.mark.parametrize("act", [silence, reset, answer(500), answer(404, {"code": 20404}), answer(200, b"garbage")])
async def test_trouble_with_typing_is_nobodys(act: Act) -> None:
    async with running(act) as server, channel_to(server.url) as channel:
        await channel.typing(SID, line(Medium.WHATSAPP))


async def test_typing_does_not_wait_for_the_deadline_of_a_send() -> None:
    async with running(silence) as server, channel_to(server.url, within=dt.timedelta(seconds=30)) as channel:
        async with asyncio.timeout(4):
            await channel.typing(SID, line(Medium.WHATSAPP))


# Media.


@dataclass(frozen=True, slots=True)
class Certificate:
    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for a name of Twilio's, that only this test trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mms.twiliocdn.com")])
    names: list[x509.GeneralName] = [
        x509.DNSName("mms.twiliocdn.com"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(secret + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return Certificate(server, ssl.create_default_context(cadata=pem.decode()))


class Lookup(AbstractResolver):
    """Knows one name; gives away these addresses."""

    def __init__(self, port: int, *addresses: str) -> None:
        self._port = port
        self._addresses = addresses
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        return [
            ResolveResult(hostname=host, host=address, port=self._port, family=socket.AF_INET, proto=0, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None:
        return None


OWN = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}/Media/ME1"


def media(base: str, said: str | None = "image/png") -> Media:
    return Media(url=base + OWN, content_type=said, provider_id=SID)


async def fetched(*script: Act, said: str | None = "image/png", **more: Any) -> tuple[str, bytes, list[Asked]]:
    hosts = more.pop("hosts", ())
    async with running(*script) as server:
        chosen = settings(server.url, twilio_media_hosts=hosts)
        async with Downloads.opened(chosen, server.url, pauses_s=(0.01, 0.01), **more) as downloads:
            file = await downloads.fetch(media(server.url, said), line(), (ACCOUNT, SECRET))
    return file.content_type, file.body, server.asked


async def test_a_file_is_fetched_with_our_credentials() -> None:
    kind, body, (asked,) = await fetched(answer(200, PNG, Content_Type="image/png"))

    assert (kind, body) == ("image/png", PNG)
    assert asked.target == OWN
    assert asked.headers["authorization"].startswith("Basic ")


async def test_the_channel_fetches() -> None:
    async with running(answer(200, PNG)) as server, channel_to(server.url) as channel:
        file = await channel.fetch(media(server.url), line())

    assert file.body == PNG


async def test_a_redirect_is_followed_without_credentials() -> None:
    signed = "/cdn/x?Signature=a%2Fb~&Expires=1"

    _, body, (_, asked) = await fetched(answer(307, b"", Location=signed), answer(200, PNG))

    assert body == PNG
    assert asked.target == signed
    assert "authorization" not in asked.headers


async def test_a_redirect_to_twilios_own_place_is_followed_without_credentials(tls: Certificate) -> None:
    async with running(answer(200, PNG), tls=tls.server) as cdn:
        _, body, _ = await fetched(
            answer(302, b"", Location="https://mms.twiliocdn.com/a?b=c%2Fd"),
            resolver=Lookup(cdn.port, "127.0.0.1"),
            trust=tls.client,
        )

    (asked,) = cdn.asked
    assert body == PNG
    assert asked.target == "/a?b=c%2Fd"
    assert asked.headers["host"] == "mms.twiliocdn.com"
    assert "authorization" not in asked.headers
    assert "cookie" not in asked.headers


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("169.254.169.254",), ("8.8.8.8", "10.0.0.1"), ("::1",), ()])
async def test_a_known_name_with_a_private_address_is_not_followed(
    tls: Certificate, addresses: tuple[str, ...]
) -> None:
    async with running(answer(200, PNG), tls=tls.server) as inside:
        lookup = Lookup(inside.port, *addresses)
        with pytest.raises(Rejected):
            await fetched(
                answer(302, b"", Location="https://mms.twiliocdn.com/a"), resolver=PublicOnly(lookup), trust=tls.client
            )

    assert lookup.asked == ["mms.twiliocdn.com"]
    assert inside.connections == 0


@pytest.mark.parametrize("allowed", [(), ("127.0.0.1", "localhost", "169.254.169.254", "::ffff:7f00:1", "2130706433")])
@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/x",
        "https://127.0.0.1/x",
        "https://127.0.0.1:{port}/x",
        "http://localhost:{port}/x",
        "https://localhost/x",
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "http://[::ffff:7f00:1]:{port}/x",
        "https://[::ffff:7f00:1]/x",
        "https://2130706433/x",
        "https://evil.example/x",
        "//127.0.0.1:{port}/x",
        "file:///etc/passwd",
    ],
)
async def test_a_redirect_inside_is_not_followed_even_if_somebody_allowed_it(
    location: str, allowed: tuple[str, ...]
) -> None:
    async with running(answer(200, PNG)) as inside:
        with pytest.raises(RecadoError) as error:
            await fetched(answer(302, b"", Location=location.format(port=inside.port)), hosts=allowed)

    assert isinstance(error.value, Rejected)
    assert inside.connections == 0


async def test_redirects_end() -> None:
    with pytest.raises(Rejected):
        await fetched(answer(302, b"", Location="/again"))


async def test_a_file_that_is_not_there_yet_is_asked_for_again() -> None:
    _, body, asked = await fetched(answer(404), answer(404), answer(200, PNG))

    assert body == PNG
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (answer(404), Permanent),
        (answer(401), Permanent),
        (answer(410), Permanent),
        (answer(500), Unavailable),
        (answer(429), Unavailable),
        (reset, Unavailable),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx"), Unavailable),
        (raw(f"HTTP/1.1 200 OK\r\nContent-Length: {MOST_BYTES + 1}\r\n\r\n".encode()), Rejected),
        (endless, Rejected),
        (answer(200, b""), Rejected),
        (answer(200, b"<html>log in</html>", Content_Type="image/png"), Rejected),
        (answer(302, b""), Rejected),
    ],
)
async def test_trouble_with_a_file_has_its_family(act: Act, expected: type[RecadoError]) -> None:
    with pytest.raises(RecadoError) as error:
        await fetched(act)

    assert type(error.value) is expected
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("api", ["http://10.0.0.1", "http://mock.example.com"])
async def test_credentials_never_travel_in_the_clear(api: str) -> None:
    async with Downloads.opened(settings(api), api) as downloads:
        with pytest.raises(Rejected):
            await downloads.fetch(media(api), line(), (ACCOUNT, SECRET))


# What is said about it.


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    for name in logging.root.manager.loggerDict:
        if name.startswith(("twilio", "recado", "aiohttp", "asyncio")):
            caplog.set_level(logging.DEBUG, name)
    return caplog


async def test_nothing_of_a_message_is_logged_even_by_the_most_talkative(
    everything_logged: pytest.LogCaptureFixture,
) -> None:
    for act in (answer(201, {"sid": SID}), answer(400, {"code": 21211, "message": PERSON}), answer(500), silence):
        await sent(act)
    await found(page(row()))
    await fetched(answer(200, PNG))

    for canary in (PERSON, "4017122661", "canary", SECRET, base64.b64encode(SECRET.encode()).decode()[:8]):
        assert canary not in everything_logged.text
