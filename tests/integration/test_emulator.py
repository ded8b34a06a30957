"""The emulator over real sockets: the official client on one side, a webhook receiver on the other that checks
signatures with the official validator."""

import asyncio
import base64
import ipaddress
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from adapters.twilio.emulator import Settings, driver
from adapters.twilio.emulator.app import ACCOUNT_SID, AUTH_TOKEN, Emulator
from adapters.twilio.emulator.client import client as client_of
from adapters.twilio.emulator.fixture import EmulatorInThread, twilio_emulator  # noqa: F401  a fixture
from adapters.twilio.emulator.numbers import Delays, Number
from adapters.twilio.emulator.server import serving
from adapters.twilio.emulator.switches import (
    CallbacksDisordered,
    CallbacksLost,
    CallbacksRepeated,
    DeliveryFails,
    DroppedAfterAccept,
    DroppedBeforeAccept,
    Hidden,
    ListError,
    MediaLate,
    OutsideWindow,
    RateLimited,
    Refused,
    ServerError,
    ServerErrorAfterAccept,
    SlowAfterAccept,
    SlowBeforeAccept,
    TypingError,
    WebhookLost,
    WebhookRepeated,
)
from core.driver import Surroundings

WHATSAPP, SMS = "whatsapp:+14155238886", "+15005550006"
ANA, ANA_SMS, BOB_SMS = "whatsapp:+5511999999999", "+5511999999999", "+5511888888888"

TWIML = b"<Response><Message>Oi</Message></Response>"

Answer = Callable[[], Awaitable[web.StreamResponse]]


@dataclass
class Heard:
    """A webhook as it arrived."""

    path: str
    pairs: dict[str, str]
    token: str
    at: float

    @property
    def status(self) -> str | None:
        return self.pairs.get("MessageStatus")


@dataclass
class Receiver:
    """An app that takes every webhook and keeps it; `answers` says how, first come first served, then 204."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).decode()
        pairs = dict(parse_qsl(body, keep_blank_values=True))
        validator = RequestValidator(AUTH_TOKEN)  # type: ignore[no-untyped-call]
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(f"{self.url}{request.path_qs}", pairs, signature):  # type: ignore[no-untyped-call]
            self.forged.append(request.path_qs)
            return web.Response(status=403)
        if request.method == "GET":
            pairs = dict(request.query)
        token = request.headers["I-Twilio-Idempotency-Token"]
        self.heard.append(Heard(request.path_qs, pairs, token, time.monotonic()))
        return await self.answers.pop(0)() if self.answers else web.Response(status=204)

    def statuses(self, sid: str) -> list[str | None]:
        """The callbacks about a message, in the order they came."""
        return [heard.status for heard in self.heard if heard.pairs["MessageSid"] == sid and heard.status]

    def bodies(self) -> list[str]:
        """What people wrote, as it came."""
        return [heard.pairs["Body"] for heard in self.heard if heard.status is None]


def answering(text: str = "", *, status: int = 200, kind: str = "text/xml", after: float = 0) -> Answer:
    async def answer() -> web.StreamResponse:
        await asyncio.sleep(after)
        return web.Response(text=text, status=status, content_type=kind)

    return answer


async def until(happened: Callable[[], bool], within: float = 5) -> None:
    async with asyncio.timeout(within):
        while not happened():  # noqa: ASYNC110  a condition has no event
            await asyncio.sleep(0.01)


@asynccontextmanager
async def other_app(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """An app that answers everything with one handler; gives its address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def self_signed(folder: Path) -> Path:
    """A certificate and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "self-signed.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with other_app(receiver.take) as receiver.url:
        yield receiver
        assert receiver.forged == []


@dataclass
class Laptop:
    """An emulator on a socket, the app it calls, and the two ways to reach it."""

    emulator: Emulator
    url: str
    client: Client
    app: Receiver
    http: aiohttp.ClientSession

    @property
    def whatsapp(self) -> Number:
        return self.emulator.number(WHATSAPP)

    @property
    def sms(self) -> Number:
        return self.emulator.number(SMS)

    async def ask(self, call: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """A call of the official client, which blocks."""
        return await asyncio.to_thread(call, *args, **more)

    async def create(self, body: str = "olá", *, to: str = ANA_SMS, from_: str | None = SMS, **more: Any) -> Any:
        given = {"status_callback": f"{self.app.url}/status?mid=1", **more}
        return await self.ask(self.client.messages.create, to=to, from_=from_, body=body, **given)

    async def refused(self, **more: Any) -> TwilioRestException:
        with pytest.raises(TwilioRestException) as caught:
            await self.create(**more)
        return caught.value

    async def control(self, method: str, path: str, document: object = None) -> Any:
        async with self.http.request(method, f"{self.url}/emulator{path}", json=document) as answer:
            return await answer.json() if answer.content_type == "application/json" else answer.status


QUICK = Delays(sending=0, sent=0.01, delivered=0.01, read=0.01)


@asynccontextmanager
async def running(data: Path | None = None, app: Receiver | None = None) -> AsyncIterator[Laptop]:
    async with receiving() as own, aiohttp.ClientSession() as http:
        app = app or own
        emulator = Emulator(
            numbers=[WHATSAPP, SMS], webhook_url_for=lambda number: f"{app.url}/in?to={number[-4:]}", data=data
        )
        for number in emulator.numbers:
            number.delays = QUICK
        async with serving(emulator) as url:
            yield Laptop(emulator, url, client_of(url, ACCOUNT_SID, AUTH_TOKEN, within=3), app, http)


@pytest.fixture
async def laptop() -> AsyncIterator[Laptop]:
    async with running() as laptop:
        yield laptop


async def test_a_create_is_answered_as_the_provider_answers(laptop: Laptop) -> None:
    message = await laptop.create("Olá!")

    assert re.fullmatch(r"SM[0-9a-f]{32}", message.sid)
    assert (message.status, message.direction, message.to, message.from_) == ("queued", "outbound-api", ANA_SMS, SMS)
    assert (message.body, message.num_media, message.num_segments) == ("Olá!", "0", "1")
    assert (message.date_sent, message.error_code, message.price) == (None, None, None)
    assert datetime.now(UTC) - message.date_created < timedelta(seconds=5)
    assert message.uri == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{message.sid}.json"
    assert message.subresource_uris == {"media": message.uri.replace(".json", "/Media.json")}


async def test_a_message_moves_on_and_can_be_fetched(laptop: Laptop) -> None:
    sid = (await laptop.create()).sid
    await laptop.emulator.settled()

    message = await laptop.ask(laptop.client.messages(sid).fetch)

    assert (message.status, message.price, message.price_unit) == ("delivered", "-0.00790", "USD")
    assert message.date_sent is not None


async def test_media_makes_another_kind_of_id(laptop: Laptop) -> None:
    message = await laptop.create(media_url=["https://example.com/a.png", "https://example.com/b.png"])

    assert re.fullmatch(r"MM[0-9a-f]{32}", message.sid)
    assert message.num_media == "2"
    assert len(await laptop.ask(laptop.client.messages(message.sid).media.list)) == 2


@pytest.mark.parametrize(
    ("asked", "code", "status"),
    [
        ({"to": "5511"}, 21211, 400),
        ({"from_": "+0"}, 21212, 400),
        ({"from_": "12345"}, 21606, 400),
        ({"from_": "+15005550007"}, 21659, 400),
        ({"from_": "whatsapp:+15005550007"}, 63007, 400),
        ({"body": "x" * 1601}, 21617, 400),
        ({"body": ""}, 21619, 400),
        ({"to": ANA}, 21910, 400),
        ({"status_callback": "http://my_host/"}, 21609, 400),
    ],
)
async def test_what_is_refused(laptop: Laptop, asked: dict[str, str], code: int, status: int) -> None:
    error = await laptop.refused(**asked)

    assert (error.code, error.status) == (code, status)
    [refused] = laptop.emulator.creates()
    assert (refused["accepted"], refused["code"], refused["answered"]) == (False, code, status)
    await laptop.emulator.settled()
    assert laptop.app.heard == []


async def test_1600_characters_are_not_too_many(laptop: Laptop) -> None:
    assert (await laptop.create("😀" * 1600)).status == "queued"


async def test_a_wrong_token_is_refused(laptop: Laptop) -> None:
    stranger = client_of(laptop.url, ACCOUNT_SID, "guess")

    with pytest.raises(TwilioRestException) as caught:
        await asyncio.to_thread(stranger.messages.create, to=ANA_SMS, from_=SMS, body="x")

    assert (caught.value.code, caught.value.status) == (20003, 401)
    assert laptop.emulator.creates() == []


async def test_another_account_is_not_found(laptop: Laptop) -> None:
    with pytest.raises(TwilioRestException) as caught:
        await laptop.ask(laptop.client.api.accounts("AC" + "f" * 32).messages.create, to=ANA_SMS, from_=SMS, body="x")

    assert (caught.value.status, laptop.emulator.creates()) == (404, [])


async def test_an_api_key_will_do() -> None:
    async with serving(Emulator(numbers=[SMS], api_keys={"SK1": "secret"})) as url:
        keyed = Client("SK1", "secret", ACCOUNT_SID, http_client=client_of(url, "", "x").http_client)  # type: ignore[no-untyped-call]

        message: Any = await asyncio.to_thread(keyed.messages.create, to=ANA_SMS, from_=SMS, body="x")
        assert message.status == "queued"


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated", "ignore:The 'auth' parameter is deprecated")
async def test_the_asynchronous_client_works_too(laptop: Laptop) -> None:
    class Http(AsyncTwilioHttpClient):
        async def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:  # type: ignore[override]
            return await super().request(method, url.replace("https://api.twilio.com", laptop.url), *args, **more)

    async with Http() as http:
        asynchronous = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=http)  # type: ignore[no-untyped-call]
        message = await asynchronous.messages.create_async(to=ANA_SMS, from_=SMS, body="x")

        assert [m.sid for m in await asynchronous.messages.list_async(to=ANA_SMS)] == [message.sid]


async def test_the_list_is_filtered_and_newest_first(laptop: Laptop) -> None:
    sids = [(await laptop.create(str(n), to=to)).sid for n, to in enumerate([ANA_SMS, BOB_SMS, ANA_SMS])]
    await laptop.emulator.write(ANA_SMS, "oi", to=SMS)
    await laptop.emulator.settled()
    listed = laptop.client.messages.list

    assert [m.sid for m in await laptop.ask(listed, to=ANA_SMS, from_=SMS)] == [sids[2], sids[0]]
    assert [m.body for m in await laptop.ask(listed, to=SMS)] == ["oi"]
    assert [m.body for m in await laptop.ask(listed)] == ["oi", "2", "1", "0"]


async def test_the_list_knows_dates(laptop: Laptop) -> None:
    await laptop.create()
    await laptop.emulator.settled()
    listed, now = laptop.client.messages.list, datetime.now(UTC)
    minute = timedelta(minutes=1)

    assert len(await laptop.ask(listed, date_sent_after=now - minute)) == 1
    assert len(await laptop.ask(listed, date_sent_before=now + minute)) == 1
    assert await laptop.ask(listed, date_sent_after=now + minute) == []
    assert await laptop.ask(listed, date_sent_before=now - minute) == []


async def test_a_message_that_was_not_sent_yet_has_no_date(laptop: Laptop) -> None:
    laptop.sms.delays = Delays(sent=30)
    await laptop.create()

    assert await laptop.ask(laptop.client.messages.list, date_sent_before=datetime.now(UTC) + timedelta(days=1)) == []
    assert len(await laptop.ask(laptop.client.messages.list)) == 1


async def test_pages_stay_put_while_messages_arrive(laptop: Laptop) -> None:
    for n in range(5):
        await laptop.create(str(n))
    first = await laptop.ask(laptop.client.messages.page, page_size=2)
    await laptop.create("5")

    second = await laptop.ask(first.next_page)
    third = await laptop.ask(second.next_page)

    assert [[m.body for m in page] for page in (first, second, third)] == [["4", "3"], ["2", "1"], ["0"]]
    assert third.next_page_url is None
    assert len(await laptop.ask(laptop.client.messages.list, page_size=2)) == 6
    assert len(await laptop.ask(laptop.client.messages.list, limit=3, page_size=2)) == 3


async def test_a_deleted_message_is_gone_and_still_counted(laptop: Laptop) -> None:
    sid = (await laptop.create()).sid

    assert await laptop.ask(laptop.client.messages(sid).delete)

    with pytest.raises(TwilioRestException) as caught:
        await laptop.ask(laptop.client.messages(sid).fetch)
    assert (caught.value.code, caught.value.status) == (20404, 404)
    assert await laptop.ask(laptop.client.messages.list) == []
    assert len(laptop.emulator.creates()) == 1


async def test_a_text_can_be_redacted(laptop: Laptop) -> None:
    sid = (await laptop.create()).sid

    assert (await laptop.ask(laptop.client.messages(sid).update, body="")).body == ""


async def test_a_messaging_service_chooses_the_sender(laptop: Laptop) -> None:
    laptop.sms.messaging_service = "MG" + "1" * 32
    message = await laptop.create(from_=None, messaging_service_sid="MG" + "1" * 32)
    await laptop.emulator.settled()

    assert (message.status, message.from_) == ("accepted", None)
    assert (await laptop.ask(laptop.client.messages(message.sid).fetch)).from_ == SMS
    assert laptop.app.heard[0].pairs["MessagingServiceSid"] == "MG" + "1" * 32


async def test_a_scheduled_message_waits_and_can_be_canceled(laptop: Laptop) -> None:
    laptop.sms.messaging_service = "MG" + "1" * 32
    soon = datetime.now(UTC) + timedelta(seconds=2)
    scheduled: dict[str, Any] = {
        "from_": None,
        "messaging_service_sid": "MG" + "1" * 32,
        "schedule_type": "fixed",
        "send_at": soon,
    }
    message, unwanted = await laptop.create("wanted", **scheduled), await laptop.create("unwanted", **scheduled)
    assert message.status == unwanted.status == "scheduled"
    assert laptop.app.heard == []

    await laptop.ask(laptop.client.messages(unwanted.sid).update, status="canceled")
    await laptop.emulator.hears(ANA_SMS)
    await laptop.emulator.settled()

    assert [m.body for m in laptop.emulator.received(ANA_SMS)] == ["wanted"]
    assert (await laptop.ask(laptop.client.messages(unwanted.sid).fetch)).status == "canceled"
    with pytest.raises(TwilioRestException) as caught:
        await laptop.ask(laptop.client.messages(message.sid).update, status="canceled")
    assert caught.value.code == 30409


async def test_the_account_can_be_looked_at(laptop: Laptop) -> None:
    account = await laptop.ask(laptop.client.api.accounts(ACCOUNT_SID).fetch)

    assert (account.sid, account.status) == (ACCOUNT_SID, "active")


async def photo_of(laptop: Laptop, content: bytes = b"\xff\xd8 a photo") -> str:
    file = {"content_type": "image/jpeg", "content": base64.b64encode(content).decode()}
    await laptop.emulator.write(ANA, "look", media=[file])
    return laptop.app.heard[-1].pairs["MediaUrl0"]


def basic() -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, AUTH_TOKEN)}


async def test_media_needs_credentials_and_leads_to_a_place_that_takes_none(laptop: Laptop) -> None:
    url = await photo_of(laptop)

    async with laptop.http.get(url, allow_redirects=False) as unknown:
        assert unknown.status == 401
    async with laptop.http.get(url, headers=basic(), allow_redirects=False) as known:
        assert known.status == 307
        place = known.headers["Location"]
    async with laptop.http.get(place) as file:
        assert (file.status, file.content_type, await file.read()) == (200, "image/jpeg", b"\xff\xd8 a photo")


async def test_credentials_that_reach_the_cdn_are_reported(laptop: Laptop) -> None:
    url = await photo_of(laptop)

    async with laptop.http.get(url, headers=basic(), allow_redirects=False) as known:
        place = known.headers["Location"]
    async with laptop.http.get(place, headers=basic()) as leaked:
        assert leaked.status == 400

    assert laptop.emulator.errors[-1]["why"] == "credentials were sent to the CDN"


async def test_the_cdn_cannot_be_guessed(laptop: Laptop) -> None:
    sid = (await photo_of(laptop)).rpartition("/")[2]

    async with laptop.http.get(f"{laptop.url}/cdn/{sid}/guess") as answer:
        assert answer.status == 403


async def test_a_file_may_be_late(laptop: Laptop) -> None:
    url = await photo_of(laptop)
    laptop.whatsapp.switch_on(MediaLate(times=1))

    statuses = []
    for _ in range(2):
        async with laptop.http.get(url, headers=basic(), allow_redirects=False) as answer:
            statuses.append(answer.status)

    assert statuses == [404, 307]


async def test_a_file_can_be_listed_and_deleted(laptop: Laptop) -> None:
    message_sid, media_sid = (await photo_of(laptop)).split("/")[-3::2]
    media = laptop.client.messages(message_sid).media

    [listed] = await laptop.ask(media.list)
    assert (listed.sid, listed.content_type, listed.parent_sid) == (media_sid, "image/jpeg", message_sid)

    assert await laptop.ask(media(media_sid).delete)
    assert await laptop.ask(media.list) == []


async def test_whatsapp_makes_a_message_of_each_file_and_sms_does_not(laptop: Laptop) -> None:
    files = [{"url": "https://example.com/a.jpg"}, {"url": "https://example.com/b.jpg"}]

    await laptop.emulator.write(ANA, "look", media=files)
    assert [(h.pairs["Body"], h.pairs["NumMedia"]) for h in laptop.app.heard] == [("look", "1"), ("", "1")]

    laptop.app.heard.clear()
    await laptop.emulator.write(ANA_SMS, "look", media=files)
    assert [(h.pairs["Body"], h.pairs["NumMedia"]) for h in laptop.app.heard] == [("look", "2")]


async def test_typing_is_shown_and_marks_as_read_until_the_answer_comes(laptop: Laptop) -> None:
    asked = await laptop.emulator.write(ANA, "oi")
    assert laptop.emulator.phone(ANA)["messages"][0]["read"] is False

    typing = laptop.client.messaging.v2.typing_indicator.create
    assert (await laptop.ask(typing, channel="whatsapp", message_id=asked.sid)).success

    phone = laptop.emulator.phone(ANA)
    assert phone["messages"][0]["read"] is True
    assert [shown["from"] for shown in phone["typing"]] == [WHATSAPP]

    await laptop.create(to=ANA, from_=WHATSAPP)
    await laptop.emulator.hears(ANA)
    assert laptop.emulator.phone(ANA)["typing"] == []


async def test_what_was_written_before_counts_as_read_too(laptop: Laptop) -> None:
    await laptop.emulator.write(ANA, "oi")
    asked = await laptop.emulator.write(ANA, "tudo bem?")
    await laptop.emulator.write(ANA, "alô?")

    await laptop.ask(laptop.client.messaging.v2.typing_indicator.create, channel="whatsapp", message_id=asked.sid)

    assert [message["read"] for message in laptop.emulator.phone(ANA)["messages"]] == [True, True, False]


async def test_people_are_known_by_what_they_wrote_and_call_themselves(laptop: Laptop) -> None:
    assert (await laptop.control("GET", "/people"))["people"] == []

    await laptop.emulator.write(ANA, "oi", profile_name="Ana")
    await laptop.emulator.write(BOB_SMS, "hi")
    await laptop.create(to=ANA_SMS)

    people = (await laptop.control("GET", "/people"))["people"]
    assert [(one["person"], one["name"]) for one in people] == [(ANA_SMS, None), (BOB_SMS, None), (ANA, "Ana")]
    assert people[0]["at"] >= people[1]["at"]


async def test_numbers_are_found_with_their_webhook(laptop: Laptop) -> None:
    numbers = laptop.client.incoming_phone_numbers
    laptop.sms.fallback = "https://example.com/again"

    (found,) = await laptop.ask(numbers.list, phone_number=SMS)

    assert (found.phone_number, found.account_sid) == (SMS, ACCOUNT_SID)
    assert (found.sms_url, found.sms_method) == (f"{laptop.app.url}/in?to=0006", "POST")
    assert (found.sms_fallback_url, found.sms_application_sid) == ("https://example.com/again", "")
    assert found.capabilities["sms"] is True
    assert (await laptop.ask(numbers(found.sid).fetch)).phone_number == SMS
    assert [n.phone_number for n in await laptop.ask(numbers.list)] == [SMS]
    assert await laptop.ask(numbers.list, phone_number="+15005550007") == []
    with pytest.raises(TwilioRestException) as caught:
        await laptop.ask(numbers("PN" + "0" * 32).fetch)
    assert (caught.value.code, caught.value.status) == (20404, 404)


async def test_whatsapp_senders_are_found_with_their_webhook(laptop: Laptop) -> None:
    senders = laptop.client.messaging.v2.channels_senders
    laptop.whatsapp.webhook = "https://example.com/in"

    (found,) = await laptop.ask(senders.list, channel="whatsapp")

    assert (found.sender_id, found.status) == (WHATSAPP, "ONLINE")
    assert (found.webhook["callback_url"], found.webhook["callback_method"]) == ("https://example.com/in", "POST")
    assert (await laptop.ask(senders(found.sid).fetch)).sender_id == WHATSAPP
    assert await laptop.ask(senders.list, channel="rcs") == []
    with pytest.raises(TwilioException, match="20001"):
        await laptop.ask(senders.list)


async def test_services_are_found_with_their_pool(laptop: Laptop) -> None:
    laptop.whatsapp.messaging_service = laptop.sms.messaging_service = "MG" + "1" * 32
    services = laptop.client.messaging.v1.services

    (found,) = await laptop.ask(services.list)

    assert (found.sid, found.use_inbound_webhook_on_number) == ("MG" + "1" * 32, True)
    assert [n.phone_number for n in await laptop.ask(services(found.sid).phone_numbers.list)] == [SMS]
    assert [n.sender for n in await laptop.ask(services(found.sid).channel_senders.list)] == [WHATSAPP]
    with pytest.raises(TwilioException, match="20404"):
        await laptop.ask(services("MG" + "2" * 32).phone_numbers.list)


async def test_a_stranger_sees_no_senders(laptop: Laptop) -> None:
    stranger = client_of(laptop.url, ACCOUNT_SID, "guess")

    with pytest.raises(TwilioException, match="20003"):
        await laptop.ask(stranger.incoming_phone_numbers.list)


async def test_typing_can_fail_and_needs_a_message(laptop: Laptop) -> None:
    asked = await laptop.emulator.write(ANA, "oi")
    laptop.whatsapp.switch_on(TypingError(times=1))
    typing = laptop.client.messaging.v2.typing_indicator.create

    for sid, status in ((asked.sid, 500), ("SM" + "0" * 32, 404)):
        with pytest.raises(TwilioRestException) as caught:
            await laptop.ask(typing, channel="whatsapp", message_id=sid)
        assert caught.value.status == status


async def test_a_message_arrives_signed_at_the_numbers_webhook(laptop: Laptop) -> None:
    message = await laptop.emulator.write(ANA, "olá, tudo bem? & mais", profile_name="Ana")

    [heard] = laptop.app.heard
    assert (heard.path, message.error) == ("/in?to=8886", None)
    assert heard.pairs["Body"] == "olá, tudo bem? & mais"
    assert (heard.pairs["MessageSid"], heard.pairs["ProfileName"]) == (message.sid, "Ana")


async def test_a_name_is_remembered(laptop: Laptop) -> None:
    await laptop.emulator.write(ANA, "oi", profile_name="Ana")
    await laptop.emulator.write(ANA, "oi")

    assert [heard.pairs["ProfileName"] for heard in laptop.app.heard] == ["Ana", "Ana"]


async def test_a_webhook_may_be_a_get(laptop: Laptop) -> None:
    laptop.sms.method = "GET"

    await laptop.emulator.write(ANA_SMS, "olá & mais")

    assert laptop.app.heard[0].pairs["Body"] == "olá & mais"
    assert laptop.app.heard[0].pairs["to"] == "0006"


async def test_a_twiml_answer_reaches_the_person(laptop: Laptop) -> None:
    laptop.app.answers.append(answering("<Response><Message>Oi, Ana!</Message><Message>E aí?</Message></Response>"))

    await laptop.emulator.write(ANA, "oi")

    assert [m.body for m in await laptop.emulator.hears(ANA, count=2)] == ["Oi, Ana!", "E aí?"]
    assert laptop.emulator.creates() == []


async def test_a_twiml_answer_has_callbacks(laptop: Laptop) -> None:
    callback = f"{laptop.app.url}/status?mid=7"
    laptop.app.answers.append(answering(f'<Response><Message statusCallback="{callback}">Oi</Message></Response>'))

    await laptop.emulator.write(ANA_SMS, "oi")
    [reply] = await laptop.emulator.hears(ANA_SMS)
    await laptop.emulator.settled()

    assert laptop.app.statuses(reply.sid) == ["sent", "delivered"]
    assert reply.direction == "outbound-reply"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (answering("{}", kind="application/json"), 12300),
        (answering("<Response>"), 12100),
        (answering("boom", status=500), 11200),
        (answering("no", status=404), 11200),
    ],
)
async def test_a_bad_answer_is_complained_about(laptop: Laptop, answer: Answer, code: int) -> None:
    laptop.app.answers.append(answer)

    message = await laptop.emulator.write(ANA, "oi")

    [error] = laptop.emulator.errors
    assert (error["code"], error["message_sid"]) == (code, message.sid)
    assert len(laptop.app.heard) == 1
    assert message.error == (code if code == 11200 else None)


async def test_a_connection_that_is_refused_is_tried_once_more(laptop: Laptop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    laptop.sms.webhook = f"http://127.0.0.1:{port}/in"

    message = await laptop.emulator.write(ANA_SMS, "oi")

    assert message.error == 11205
    assert laptop.emulator.webhooks.calls == 2


async def test_a_connection_that_comes_back_in_time_is_used(laptop: Laptop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    laptop.sms.webhook = f"http://127.0.0.1:{port}/in#rc=5"
    writing = asyncio.create_task(laptop.emulator.write(ANA_SMS, "oi"))
    await asyncio.sleep(0.15)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port):
        assert (await writing).error is None


async def test_errors_are_retried_only_if_asked_for_and_with_the_same_token(laptop: Laptop) -> None:
    laptop.sms.webhook = f"{laptop.app.url}/in#rc=3&rp=5xx"
    laptop.app.answers += [answering(status=503), answering(status=500)]

    message = await laptop.emulator.write(ANA_SMS, "oi")

    assert message.error is None
    assert len(laptop.app.heard) == 3
    assert len({heard.token for heard in laptop.app.heard}) == 1
    assert {heard.path for heard in laptop.app.heard} == {"/in"}


async def test_a_slow_answer_is_not_waited_for(laptop: Laptop) -> None:
    laptop.sms.webhook = f"{laptop.app.url}/in#rt=100"
    laptop.app.answers.append(answering(after=1))
    started = time.monotonic()

    message = await laptop.emulator.write(ANA_SMS, "oi")

    assert message.error == 11200
    assert 0.09 < time.monotonic() - started < 0.9
    assert len(laptop.app.heard) == 1


async def test_slow_answers_are_retried_within_the_total(laptop: Laptop) -> None:
    laptop.sms.webhook = f"{laptop.app.url}/in#rt=200&tt=800&rc=5&rp=rt"
    laptop.app.answers += [answering(after=2)] * 6
    started = time.monotonic()

    await laptop.emulator.write(ANA_SMS, "oi")

    # Three fit in; a busy machine may be too slow for the last. Six slow answers would take 12 s.
    assert time.monotonic() - started < 3
    assert 1 < len(laptop.app.heard) < 6


async def test_a_total_that_was_asked_for_has_a_code_of_its_own(laptop: Laptop) -> None:
    laptop.sms.webhook = f"{laptop.app.url}/in#tt=100"
    laptop.app.answers.append(answering(after=1))

    assert (await laptop.emulator.write(ANA_SMS, "oi")).error == 11203


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s" % (len(TWIML), TWIML), None),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
            % (len(TWIML), TWIML),
            None,
        ),
        (b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n%s" % TWIML, None),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n%s" % TWIML, 11200),
        (b"SSH-2.0-OpenSSH_9.9\r\n", 11200),
        (b"", 11200),
    ],
    ids=["length", "chunks", "until the end", "continue", "cut off", "not http", "nothing"],
)
async def test_answers_in_every_framing(laptop: Laptop, answer: bytes, error: int | None) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        laptop.sms.webhook = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in"
        message = await laptop.emulator.write(ANA_SMS, "oi")

    assert message.error == error
    if TWIML in answer and error is None:
        assert [m.body for m in await laptop.emulator.hears(ANA_SMS)] == ["Oi"]


async def test_a_connection_is_used_again_and_a_dead_one_is_not(laptop: Laptop) -> None:
    connections: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while head := await reader.readline():
            length = 0
            while head.strip():
                name, _, value = head.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                head = await reader.readline()
            await reader.readexactly(length)
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        laptop.sms.webhook = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in"
        for _ in range(3):
            assert (await laptop.emulator.write(ANA_SMS, "oi")).error is None
        assert len(connections) == 1

        connections[0].close()
        await asyncio.sleep(0.02)
        assert (await laptop.emulator.write(ANA_SMS, "oi")).error is None
        assert len(connections) == 2
        connections[1].close()


@pytest.mark.parametrize(("status", "method"), [(302, "GET"), (307, "POST")])
async def test_a_redirect_is_followed_and_may_lose_the_form(laptop: Laptop, status: int, method: str) -> None:
    seen: list[tuple[str, int]] = []

    async def redirect(request: web.Request) -> web.StreamResponse:
        if request.path == "/in":
            return web.Response(status=status, headers={"Location": "/there"})
        seen.append((request.method, len(await request.read())))
        return web.Response(status=204)

    async with other_app(redirect) as url:
        laptop.sms.webhook = f"{url}/in"
        assert (await laptop.emulator.write(ANA_SMS, "oi")).error is None

    assert seen[0][0] == method
    assert (seen[0][1] > 0) is (method == "POST")


async def test_redirects_have_an_end(laptop: Laptop) -> None:
    async def redirect(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/again"})

    async with other_app(redirect) as url:
        laptop.sms.webhook = f"{url}/in"
        assert (await laptop.emulator.write(ANA_SMS, "oi")).error == 11215


async def test_credentials_in_the_address_are_sent(laptop: Laptop) -> None:
    seen: list[str | None] = []

    async def look(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization"))
        return web.Response(status=204)

    async with other_app(look) as url:
        laptop.sms.webhook = url.replace("//", "//ana:s%40cret@")
        await laptop.emulator.write(ANA_SMS, "oi")

    assert seen == [aiohttp.encode_basic_auth("ana", "s@cret")]


async def test_a_certificate_that_nobody_signed_is_refused(laptop: Laptop, tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(self_signed(tmp_path))

    async def look(request: web.Request) -> web.StreamResponse:
        raise AssertionError("the handshake should have failed")

    async with other_app(look, tls) as url:
        laptop.sms.webhook = url
        assert (await laptop.emulator.write(ANA_SMS, "oi")).error == 11237


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://a..b/in", 11210),
        ("ftp://127.0.0.1/in", 11200),
        ("http://127.0.0.1:99999/", 11200),
        ("http://x/ y", 11200),
    ],
)
async def test_an_address_that_leads_nowhere(laptop: Laptop, url: str, code: int) -> None:
    laptop.sms.webhook = url

    assert (await laptop.emulator.write(ANA_SMS, "oi")).error == code


async def test_the_fallback_is_called_with_what_went_wrong(laptop: Laptop) -> None:
    laptop.sms.fallback = f"{laptop.app.url}/fallback"
    laptop.app.answers += [answering(status=500), answering("<Response><Message>sorry</Message></Response>")]

    message = await laptop.emulator.write(ANA_SMS, "oi")

    first, second = laptop.app.heard
    assert (second.path, second.pairs["MessageSid"]) == ("/fallback", first.pairs["MessageSid"])
    assert (second.pairs["ErrorCode"], second.pairs["ErrorUrl"]) == ("11200", f"{laptop.app.url}/in?to=0006")
    assert message.error is None
    assert [m.body for m in await laptop.emulator.hears(ANA_SMS)] == ["sorry"]


async def test_a_number_without_a_webhook_says_so() -> None:
    async with serving(emulator := Emulator(numbers=[SMS])):
        message = await emulator.write(ANA_SMS, "oi")

    assert (message.error, emulator.errors[0]["why"]) == (11200, "the number has no webhook")


@pytest.mark.parametrize(
    ("person", "more"),
    [("whatsapp:ana", {}), (ANA, {"to": SMS}), (ANA, {"to": "whatsapp:+19999999999"}), (ANA, {"body": 7})],
)
async def test_what_nobody_can_write(laptop: Laptop, person: str, more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        laptop.emulator.send(person, **{"body": "oi", **more})


async def test_a_phone_shows_both_sides_with_ticks(laptop: Laptop) -> None:
    laptop.app.answers += [answering("<Response><Message>Oi!</Message></Response>"), answering(status=500)]

    await laptop.emulator.write(ANA, "oi")
    await laptop.emulator.write(ANA, "still there?")
    await laptop.emulator.settled()

    shown = laptop.emulator.phone(ANA)["messages"]
    assert [(m["from_me"], m["body"], m["ticks"], m["read"]) for m in shown] == [
        (True, "oi", 2, False),
        (False, "Oi!", 2, True),
        (True, "still there?", 0, False),
    ]
    assert shown[2]["error"]["code"] == 11200


async def test_what_is_not_delivered_is_not_on_the_phone(laptop: Laptop) -> None:
    laptop.sms.switch_on(DeliveryFails(code=30003))
    await laptop.create()
    await laptop.emulator.settled()

    assert laptop.emulator.phone(ANA_SMS)["messages"] == []


async def test_a_phone_that_waits_is_told_at_once(laptop: Laptop) -> None:
    path = f"/people/{ANA}/messages"
    cursor = (await laptop.control("GET", path))["cursor"]
    waiting = asyncio.create_task(laptop.control("GET", f"{path}?after={cursor}&wait=5"))
    await asyncio.sleep(0.05)
    assert not waiting.done()

    started = time.monotonic()
    laptop.whatsapp.window = "open"
    await laptop.create("news", to=ANA, from_=WHATSAPP)

    phone = await waiting
    assert [m["body"] for m in phone["messages"]] == ["news"]
    assert time.monotonic() - started < 1
    assert phone["cursor"] > cursor


async def test_a_phone_that_waits_in_vain_comes_back(laptop: Laptop) -> None:
    started = time.monotonic()

    phone = await laptop.control("GET", f"/people/{ANA}/messages?after=0&wait=0.2")

    assert phone["messages"] == []
    assert 0.15 < time.monotonic() - started < 1


async def test_a_person_is_one_with_and_without_a_number(laptop: Laptop) -> None:
    await laptop.emulator.write(ANA, "oi", bsuid="BR.1234abcd")
    await laptop.create("to the number", to=ANA, from_=WHATSAPP)
    await laptop.create("to the id", to="whatsapp:BR.1234abcd", from_=WHATSAPP)

    assert [m.body for m in await laptop.emulator.hears(ANA, count=2)] == ["to the number", "to the id"]


async def test_callbacks_of_sms(laptop: Laptop) -> None:
    sid = (await laptop.create()).sid
    await laptop.emulator.settled()

    assert laptop.app.statuses(sid) == ["sent", "delivered"]
    last = laptop.app.heard[-1]
    assert last.path == "/status?mid=1"
    assert re.fullmatch(r"\d{10}", last.pairs["RawDlrDoneDate"])
    assert (
        last.pairs.items()
        >= {
            "SmsSid": sid,
            "SmsStatus": "delivered",
            "To": ANA_SMS,
            "From": SMS,
            "AccountSid": ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
        }.items()
    )


async def test_callbacks_of_whatsapp(laptop: Laptop) -> None:
    await laptop.emulator.write(ANA, "oi")
    sid = (await laptop.create(to=ANA, from_=WHATSAPP)).sid
    await laptop.emulator.settled()

    assert laptop.app.statuses(sid) == ["sent", "delivered", "read"]
    last = laptop.app.heard[-1].pairs
    assert (last["EventType"], last["ChannelPrefix"]) == ("READ", "whatsapp")
    assert last["ChannelInstallSid"].startswith("XE")


async def test_some_carriers_never_say_delivered(laptop: Laptop) -> None:
    laptop.sms.progress = ("sending", "sent")
    sid = (await laptop.create()).sid
    await laptop.emulator.settled()

    assert laptop.app.statuses(sid) == ["sending", "sent"]
    assert len(await laptop.emulator.hears(ANA_SMS)) == 1


async def test_a_number_may_have_a_callback_of_its_own(laptop: Laptop) -> None:
    laptop.sms.status_callback = f"{laptop.app.url}/number"
    await laptop.create(status_callback="")
    await laptop.emulator.settled()

    assert [heard.path for heard in laptop.app.heard] == ["/number", "/number"]


async def test_a_callback_that_fails_is_complained_about(laptop: Laptop) -> None:
    laptop.app.answers.append(answering(status=500))
    sid = (await laptop.create()).sid
    await laptop.emulator.settled()

    assert [(error["code"], error["message_sid"]) for error in laptop.emulator.errors] == [(11200, sid)]
    assert laptop.app.statuses(sid) == ["sent", "delivered"]


async def test_callbacks_out_of_order(laptop: Laptop) -> None:
    laptop.whatsapp.window = "open"
    laptop.whatsapp.switch_on(CallbacksDisordered(times=1))
    first = (await laptop.create(to=ANA, from_=WHATSAPP)).sid
    second = (await laptop.create(to=ANA, from_=WHATSAPP)).sid
    await laptop.emulator.settled()

    assert laptop.app.statuses(first) == ["read", "delivered", "sent"]
    assert laptop.app.statuses(second) == ["sent", "delivered", "read"]


async def test_callbacks_in_a_given_order(laptop: Laptop) -> None:
    laptop.whatsapp.window = "open"
    laptop.whatsapp.switch_on(CallbacksDisordered(order=["delivered", "read", "sent"]), CallbacksRepeated(copies=2))
    sid = (await laptop.create(to=ANA, from_=WHATSAPP)).sid
    await laptop.emulator.settled()

    assert laptop.app.statuses(sid) == ["delivered", "delivered", "read", "read", "sent", "sent"]


@pytest.mark.parametrize(("statuses", "left"), [(None, []), (["delivered"], ["sent"])])
async def test_callbacks_lost(laptop: Laptop, statuses: Any, left: list[str]) -> None:
    laptop.sms.switch_on(CallbacksLost(statuses=statuses))
    sid = (await laptop.create()).sid
    await laptop.emulator.settled()

    assert laptop.app.statuses(sid) == left
    assert (await laptop.ask(laptop.client.messages(sid).fetch)).status == "delivered"


@pytest.mark.parametrize("concurrently", [False, True])
async def test_callbacks_repeated(laptop: Laptop, concurrently: bool) -> None:
    laptop.sms.switch_on(CallbacksRepeated(copies=3, concurrently=concurrently, times=1))
    sid = (await laptop.create()).sid
    await laptop.emulator.settled()

    assert sorted(map(str, laptop.app.statuses(sid))) == ["delivered"] * 3 + ["sent"] * 3


@pytest.mark.parametrize(("after", "expected"), [("sent", ["sent", "undelivered"]), (None, ["undelivered"])])
async def test_a_delivery_fails_in_a_callback_only(laptop: Laptop, after: Any, expected: list[str]) -> None:
    laptop.sms.switch_on(DeliveryFails(code=30003, after=after, times=1))
    message = await laptop.create()
    await laptop.emulator.settled()

    assert message.status == "queued"
    assert laptop.app.statuses(message.sid) == expected
    assert laptop.app.heard[-1].pairs["ErrorCode"] == "30003"
    assert "ErrorCode" not in laptop.app.heard[0].pairs or after is None
    fetched = await laptop.ask(laptop.client.messages(message.sid).fetch)
    assert (fetched.status, fetched.error_code) == ("undelivered", 30003)


async def test_rate_limited(laptop: Laptop) -> None:
    laptop.sms.switch_on(RateLimited(times=2, retry_after=3))
    error = await laptop.refused()
    path, form = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", {"To": ANA_SMS, "From": SMS, "Body": "x"}
    async with laptop.http.post(laptop.url + path, data=form, headers=basic()) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "3")
        assert (await answer.json())["more_info"] == "https://www.twilio.com/docs/errors/20429"

    assert (error.status, error.code) == (429, 20429)
    assert (await laptop.create()).status == "queued"
    assert [create["accepted"] for create in laptop.emulator.creates()] == [False, False, True]


async def test_an_error_before_the_message_is_accepted(laptop: Laptop) -> None:
    laptop.sms.switch_on(ServerError(times=1, status=502))

    assert (await laptop.refused()).status == 502
    assert await laptop.ask(laptop.client.messages.list) == []
    assert laptop.emulator.copies("mid") == {}


async def test_an_error_after_the_message_was_accepted(laptop: Laptop) -> None:
    laptop.sms.switch_on(ServerErrorAfterAccept(times=1))

    assert (await laptop.refused()).status == 500
    await laptop.emulator.settled()

    assert [m.body for m in laptop.emulator.received(ANA_SMS)] == ["olá"]
    assert laptop.emulator.creates()[0]["answered"] == 500
    assert len(laptop.app.heard) == 2


async def test_a_slow_answer_to_an_accepted_create_is_overtaken_by_callbacks(laptop: Laptop) -> None:
    laptop.sms.switch_on(SlowAfterAccept(times=1, seconds=0.4))

    message = await laptop.create()
    answered = time.monotonic()

    assert laptop.app.statuses(message.sid) == ["sent", "delivered"]
    assert laptop.app.heard[-1].at < answered - 0.2
    assert message.status == "queued"


async def test_a_create_that_its_caller_gave_up_is_accepted_later(laptop: Laptop) -> None:
    laptop.sms.switch_on(SlowBeforeAccept(times=1, seconds=0.5))
    hasty = client_of(laptop.url, ACCOUNT_SID, AUTH_TOKEN, within=0.1)

    with pytest.raises(Exception, match="timed out"):
        await asyncio.to_thread(hasty.messages.create, to=ANA_SMS, from_=SMS, body="late")
    assert laptop.emulator.creates() == []

    await laptop.emulator.hears(ANA_SMS)
    assert [m.body for m in laptop.emulator.received(ANA_SMS)] == ["late"]


async def raw_create(laptop: Laptop) -> bytes:
    """A create over a plain socket; gives every byte that came back until the connection was closed."""
    body = f"To=%2B{ANA_SMS[1:]}&From=%2B{SMS[1:]}&Body=x".encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(laptop.url).port)
    path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    head = [
        f"POST {path} HTTP/1.1",
        "Host: x",
        f"Authorization: {basic()['Authorization']}",
        f"Content-Length: {len(body)}",
    ]
    writer.write("\r\n".join([*head, "", ""]).encode() + body)
    try:
        return await asyncio.wait_for(reader.read(), 2)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(("switch", "accepted"), [(DroppedAfterAccept, True), (DroppedBeforeAccept, False)])
async def test_a_connection_is_closed_without_a_byte(laptop: Laptop, switch: Any, accepted: bool) -> None:
    laptop.sms.switch_on(switch(times=1))

    assert await raw_create(laptop) == b""
    await laptop.emulator.settled()

    [create] = laptop.emulator.creates()
    assert (create["accepted"], create["answered"]) == (accepted, "dropped")
    assert len(laptop.emulator.received(ANA_SMS)) == accepted
    assert (await laptop.create()).status == "queued"


async def test_hidden_from_the_list_for_a_while(laptop: Laptop) -> None:
    laptop.sms.switch_on(Hidden(seconds=0.4, times=1))
    sid = (await laptop.create()).sid
    listed = laptop.client.messages.list

    assert await laptop.ask(listed, to=ANA_SMS) == []
    await asyncio.sleep(0.45)
    assert [m.sid for m in await laptop.ask(listed, to=ANA_SMS)] == [sid]


async def test_the_list_can_be_out_of_order(laptop: Laptop) -> None:
    laptop.sms.switch_on(ListError(times=1))

    with pytest.raises(Exception, match="Unable to fetch page"):
        await laptop.ask(laptop.client.messages.list, from_=SMS)
    assert await laptop.ask(laptop.client.messages.list, from_=SMS) == []


async def test_refused_with_a_code(laptop: Laptop) -> None:
    laptop.sms.switch_on(Refused(code=21614, times=1))

    assert (await laptop.refused()).code == 21614
    assert (await laptop.create()).status == "queued"


async def test_the_window_is_closed_until_the_person_writes(laptop: Laptop) -> None:
    early = await laptop.create(to=ANA, from_=WHATSAPP)
    await laptop.emulator.settled()
    assert laptop.app.statuses(early.sid) == ["failed"]
    assert laptop.app.heard[-1].pairs["ErrorCode"] == "63016"

    await laptop.emulator.write(ANA, "oi")
    in_time = await laptop.create(to=ANA, from_=WHATSAPP)
    await laptop.emulator.settled()
    assert laptop.app.statuses(in_time.sid) == ["sent", "delivered", "read"]


async def test_the_window_closes_again(laptop: Laptop) -> None:
    laptop.whatsapp.window_s = 0.2
    await laptop.emulator.write(ANA, "oi")
    await asyncio.sleep(0.25)

    late = await laptop.create(to=ANA, from_=WHATSAPP)
    await laptop.emulator.settled()

    assert laptop.app.statuses(late.sid) == ["failed"]


async def test_a_template_passes_a_closed_window(laptop: Laptop) -> None:
    await laptop.control("PUT", "/templates/HX1", {"body": "Hello {{1}}"})

    message = await laptop.create("", to=ANA, from_=WHATSAPP, content_sid="HX1", content_variables='{"1": "Ana"}')
    await laptop.emulator.settled()

    assert message.body == "Hello Ana"
    assert laptop.app.statuses(message.sid) == ["sent", "delivered", "read"]


async def test_outside_the_window_at_the_flick_of_a_switch(laptop: Laptop) -> None:
    await laptop.emulator.write(ANA, "oi")
    laptop.whatsapp.switch_on(OutsideWindow(times=1))
    told_later = await laptop.create(to=ANA, from_=WHATSAPP)
    await laptop.emulator.settled()
    assert laptop.app.statuses(told_later.sid) == ["failed"]

    laptop.whatsapp.switch_on(OutsideWindow(times=1, where="answer"))
    assert (await laptop.refused(to=ANA, from_=WHATSAPP)).code == 63016
    assert (await laptop.create(to=ANA, from_=WHATSAPP)).status == "queued"


async def test_stop_blocks_and_start_unblocks(laptop: Laptop) -> None:
    await laptop.emulator.write(ANA_SMS, "Stop ")
    assert (await laptop.refused()).code == 21610
    assert (await laptop.create(to=BOB_SMS)).status == "queued"

    await laptop.emulator.write(ANA_SMS, "START")
    assert (await laptop.create()).status == "queued"
    await laptop.emulator.settled()

    assert laptop.app.bodies() == ["Stop ", "START"]
    assert not any("OptOutType" in heard.pairs for heard in laptop.app.heard)
    heard = [m["body"] for m in laptop.emulator.phone(ANA_SMS)["messages"] if not m["from_me"]]
    assert heard[0].startswith("You have successfully been unsubscribed")
    assert heard[1].startswith("You have successfully been re-subscribed")
    assert heard[2:] == ["olá"]
    assert [m.body for m in laptop.emulator.received(ANA_SMS)] == ["olá"]


async def test_twiml_does_not_reach_who_opted_out(laptop: Laptop) -> None:
    laptop.app.answers.append(answering("<Response><Message>bye</Message></Response>"))

    await laptop.emulator.write(ANA_SMS, "STOP")
    await laptop.emulator.settled()

    assert laptop.emulator.errors[-1]["code"] == 21610
    assert laptop.emulator.received(ANA_SMS) == []


async def test_advanced_opt_out_tells_the_app(laptop: Laptop) -> None:
    laptop.sms.advanced_opt_out = True

    for word in ("STOP", "START", "HELP", "oi"):
        await laptop.emulator.write(ANA_SMS, word)

    assert [heard.pairs.get("OptOutType") for heard in laptop.app.heard if not heard.status] == [
        "STOP",
        "START",
        "HELP",
        None,
    ]


async def test_whatsapp_leaves_opting_out_to_the_app(laptop: Laptop) -> None:
    await laptop.emulator.write(ANA, "STOP")

    assert (await laptop.create(to=ANA, from_=WHATSAPP)).status == "queued"
    await laptop.emulator.settled()
    assert [m.body for m in laptop.emulator.received(ANA)] == ["olá"]


@pytest.mark.parametrize("concurrently", [False, True])
async def test_a_webhook_repeated(laptop: Laptop, concurrently: bool) -> None:
    laptop.whatsapp.switch_on(WebhookRepeated(copies=4, concurrently=concurrently, times=1))
    laptop.app.answers += [answering(after=0.2)] * 4
    started = time.monotonic()

    message = await laptop.emulator.write(ANA, "oi")

    assert [heard.pairs["MessageSid"] for heard in laptop.app.heard] == [message.sid] * 4
    assert (time.monotonic() - started < 0.6) is concurrently

    await laptop.emulator.write(ANA, "once")
    assert laptop.app.bodies().count("once") == 1


async def test_a_webhook_lost_is_in_the_list(laptop: Laptop) -> None:
    laptop.whatsapp.switch_on(WebhookLost(times=1))

    message = await laptop.emulator.write(ANA, "oi")

    assert laptop.app.heard == []
    assert [m.sid for m in await laptop.ask(laptop.client.messages.list, to=WHATSAPP)] == [message.sid]


async def test_copies_are_counted_by_what_the_callback_carries(laptop: Laptop) -> None:
    for outbound in ("a", "b", "a"):
        await laptop.create(status_callback=f"{laptop.app.url}/status?m={outbound}&a=1")

    assert laptop.emulator.copies("m") == {"a": 2, "b": 1}
    counted = await laptop.control("GET", "/copies?parameter=m")
    assert counted == {"copies": {"a": 2, "b": 1}, "repeated": {"a": 2}}


async def test_the_log_holds_every_create(laptop: Laptop) -> None:
    accepted = await laptop.create("one")
    await laptop.refused(body="")

    log = await laptop.control("GET", "/messages")

    assert (log["accepted"], log["refused"]) == (1, 1)
    first, second = log["creates"]
    assert (first["sid"], first["body"], first["to"], first["from"]) == (accepted.sid, "one", ANA_SMS, SMS)
    assert first["status_callback"] == f"{laptop.app.url}/status?mid=1"
    assert first["parameters"]["Body"] == "one"
    assert (second["code"], second["answered"]) == (21619, 400)
    assert (await laptop.control("GET", f"/messages?after={first['number']}"))["creates"] == [second]


async def test_a_person_writes_over_http(laptop: Laptop) -> None:
    written = await laptop.control("POST", f"/people/{ANA}/messages", {"body": "oi", "wait": True, "profile_name": "A"})

    [heard] = laptop.app.heard
    assert written["sids"] == [heard.pairs["MessageSid"]]
    assert written["messages"][0]["ticks"] == 2


async def test_numbers_are_set_up_over_http(laptop: Laptop) -> None:
    path = "/numbers/+15005550009"
    changed = await laptop.control(
        "PUT", path, {"webhook": f"{laptop.app.url}/new", "name": "Shop", "switches": {"rate_limited": {"times": 1}}}
    )
    assert (changed["name"], changed["switches"]["rate_limited"]["times"]) == ("Shop", 1)

    await laptop.control("POST", f"/people/{ANA_SMS}/messages", {"to": "+15005550009", "body": "oi", "wait": True})
    assert laptop.app.heard[0].path == "/new"
    assert (await laptop.refused(from_="+15005550009")).code == 20429
    assert (await laptop.create(from_="+15005550009")).status == "queued"

    await laptop.control("PUT", path, {"switches": {"server_error": True}})
    await laptop.control("DELETE", f"{path}/switches")
    assert (await laptop.create(from_="+15005550009")).status == "queued"

    await laptop.control("DELETE", path)
    assert (await laptop.refused(from_="+15005550009")).code == 21659
    assert len((await laptop.control("GET", "/numbers"))["numbers"]) == 2


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("PUT", f"/numbers/{SMS}", {"switches": {"explode": True}}),
        ("PUT", "/numbers/whatsapp:ana", {}),
        ("POST", "/people/ana/messages", {"body": "x"}),
        ("POST", f"/people/{ANA}/messages", {"bodi": "x"}),
        ("GET", f"/people/{ANA}/messages?after=x", None),
        ("GET", "/copies", None),
    ],
)
async def test_nonsense_is_explained(laptop: Laptop, method: str, path: str, document: object) -> None:
    assert (await laptop.control(method, path, document)).keys() == {"error"}


async def test_a_web_page_cannot_use_the_switchboard(laptop: Laptop) -> None:
    url, headers = f"{laptop.url}/emulator/people/{ANA}/messages", {"Origin": "https://evil.example"}

    async with laptop.http.post(url, data='{"body": "oi"}', headers=headers) as answer:
        assert answer.status == 403

    assert laptop.emulator.messages.all == []


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:1", 200), ("[::1]:1", 200), ("localhost", 200), ("emulator:8001", 200), ("evil.example:8001", 403)],
)
async def test_a_page_whose_name_leads_here_reads_nothing(laptop: Laptop, host: str, status: int) -> None:
    async with laptop.http.get(f"{laptop.url}/emulator/people", headers={"Host": host}) as answer:
        assert answer.status == status


async def test_errors_are_readable_over_http(laptop: Laptop) -> None:
    laptop.app.answers.append(answering(status=500))
    await laptop.emulator.write(ANA, "oi")

    [error] = (await laptop.control("GET", "/errors"))["errors"]
    assert error.items() >= {"code": 11200, "message": "HTTP retrieval failure", "why": "answered 500"}.items()
    assert (await laptop.control("GET", ""))["errors"] == 1


async def test_yesterday_is_there_today(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        photo = urlsplit(await photo_of(laptop, b"yesterday's photo")).path
        await laptop.emulator.write(ANA_SMS, "STOP")
        sid = (await laptop.create(to=ANA, from_=WHATSAPP)).sid
        await laptop.refused(body="")
        await laptop.emulator.settled()
        before = laptop.emulator.phone(ANA), laptop.emulator.creates()

    async with running(tmp_path) as laptop:
        assert (laptop.emulator.phone(ANA), laptop.emulator.creates()) == before
        assert (await laptop.ask(laptop.client.messages(sid).fetch)).status == "read"
        assert (await laptop.refused()).code == 21610
        assert (await laptop.create(to=ANA, from_=WHATSAPP)).status == "queued"
        await laptop.emulator.hears(ANA, count=2)
        async with laptop.http.get(laptop.url + photo, headers=basic(), allow_redirects=False) as known:
            place = known.headers["Location"]
        async with laptop.http.get(place) as file:
            assert await file.read() == b"yesterday's photo"


_KILLED = """
import asyncio, sys
from pathlib import Path
from adapters.twilio.emulator.app import Emulator
from adapters.twilio.emulator.numbers import Delays
from adapters.twilio.emulator.server import serving

async def main():
    emulator = Emulator(numbers=["+15005550006"], data=Path(sys.argv[1]))
    emulator.number("+15005550006").delays = Delays(sent=60)
    emulator.number("+15005550006").webhook = sys.argv[2]
    async with serving(emulator) as url:
        print(url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_what_was_accepted_before_a_kill_goes_on_afterwards(tmp_path: Path) -> None:
    async with receiving() as app, aiohttp.ClientSession() as http:
        app.answers.append(answering(after=60))
        killed = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _KILLED, str(tmp_path), f"{app.url}/in", stdout=subprocess.PIPE
        )
        assert killed.stdout is not None
        url = (await killed.stdout.readline()).decode().strip()
        async with http.post(f"{url}/emulator/people/{BOB_SMS}/messages", json={"body": "is it lost?"}) as written:
            assert written.status == 201
        client = client_of(url, ACCOUNT_SID, AUTH_TOKEN)
        message: Any = await asyncio.to_thread(
            client.messages.create, to=ANA_SMS, from_=SMS, body="x", status_callback=f"{app.url}/status?mid=1"
        )
        killed.send_signal(signal.SIGKILL)
        await killed.wait()

        async with running(tmp_path, app) as laptop:
            assert [m.sid for m in await laptop.ask(laptop.client.messages.list, to=ANA_SMS)] == [message.sid]
            await laptop.emulator.hears(ANA_SMS)
            await laptop.emulator.settled()

    assert app.statuses(message.sid) == ["sent", "delivered"]
    assert app.bodies() == ["is it lost?", "is it lost?"]
    assert len({heard.token for heard in app.heard if heard.status is None}) == 1


async def test_after_a_restart_the_app_may_come_up_late(tmp_path: Path) -> None:
    async with receiving() as app:
        async with serving(emulator := Emulator(numbers=[SMS], data=tmp_path)):
            app.answers.append(answering(after=60))
            emulator.number(SMS).webhook = f"{app.url}/in"
            emulator.send(ANA_SMS, "is it lost?")
            await until(lambda: len(app.heard) == 1)

        async with serving(emulator := Emulator(numbers=[SMS], data=tmp_path)):
            await asyncio.sleep(0.1)
            emulator.number(SMS).webhook = f"{app.url}/late"
            await emulator.settled()

    assert [heard.path for heard in app.heard] == ["/in", "/late"]
    assert app.heard[0].token == app.heard[1].token
    assert emulator.phone(ANA_SMS)["messages"][0]["ticks"] == 2


def modes_in(folder: Path) -> dict[str, str]:
    return {file.name: oct(file.stat().st_mode & 0o777) for file in folder.iterdir()}


async def test_what_people_wrote_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "emulator.db").touch(mode=0o644)

    async with serving(emulator := Emulator(numbers=[SMS], data=tmp_path)):
        emulator.send(ANA_SMS, "between us")
        modes = modes_in(tmp_path)

    assert modes == dict.fromkeys(("emulator.db", "emulator.db-shm", "emulator.db-wal"), "0o600")


async def test_the_driver_opens_the_account_of_its_settings(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "twilio_account_sid": "AC" + "a" * 32,
            "twilio_auth_token": "new, old",
            "twilio_from": f"{WHATSAPP},{SMS},+15005550007",
        }
    )
    surroundings = Surroundings(data=tmp_path, public_url="http://127.0.0.1:1", turn_limit=1, works=False)

    async with driver.open(settings, surroundings) as emulator:
        assert isinstance(emulator, Emulator)
        assert (emulator.account_sid, emulator.auth_token) == ("AC" + "a" * 32, "new")
        assert [emulator.numbers.webhook_of(number) for number in emulator.numbers] == [
            "http://127.0.0.1:1/webhooks/twilio/main",
            "http://127.0.0.1:1/webhooks/twilio/main-2",
            "http://127.0.0.1:1/webhooks/twilio/main-3",
        ]
    assert (tmp_path / "emulator.db").exists()


def test_the_fixture_serves_a_test_that_blocks(twilio_emulator: EmulatorInThread) -> None:  # noqa: F811
    twilio_emulator.number(WHATSAPP).window = "open"

    message = twilio_emulator.client().messages.create(to=ANA, from_=WHATSAPP, body="olá")

    assert [m.sid for m in twilio_emulator.hears(ANA)] == [message.sid]
    twilio_emulator.settled()
    assert twilio_emulator.phone(ANA)["messages"][0]["body"] == "olá"
    assert twilio_emulator.write(ANA, "oi").error == 11200
    assert len(twilio_emulator.errors) == len(twilio_emulator.creates()) == 1
    assert twilio_emulator.copies("m") == {}


def test_the_fixture_is_a_plugin(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "def test_mine(twilio_emulator):\n    assert twilio_emulator.client().messages.list() == []\n", encoding="utf-8"
    )

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "adapters.twilio.emulator.fixture", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "1 passed" in ran.stdout, ran.stdout + ran.stderr
