"""The Twilio channel keeps the promises of a channel, on SMS and on WhatsApp, through the real client."""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from adapters.twilio.channel import opened
from adapters.twilio.settings import Settings
from core.conversation.content import Media
from core.conversation.message import Status
from core.conversation.ports import Webhook
from core.driver import Surroundings
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId
from tests.contracts.channel import FILE, Case, ChannelContract, Mood, Provider, Taken

ACCOUNT = "AC3f1c0b5c7d9e4a6f8b2d1e0c9a7b5d3f"
TOKEN = "12345678901234567890123456789012"
PUBLIC = "https://desk.example.com"
WITHIN = timedelta(seconds=0.6)
VALIDATOR: Any = RequestValidator
NUMBER, PERSON = "+14155238886", "+5511987654321"


def sid(prefix: str, name: object) -> str:
    return prefix + md5(repr(name).encode(), usedforsecurity=False).hexdigest()


class Twilio(Provider):
    """As much of Twilio as the suite needs."""

    def __init__(self, medium: Medium) -> None:
        super().__init__()
        self._prefix = "whatsapp:" if medium is Medium.WHATSAPP else ""
        self._rows: list[dict[str, Any]] = []
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def listens(self) -> None:
        app = web.Application()
        account = f"/2010-04-01/Accounts/{ACCOUNT}"
        app.router.add_post(f"{account}/Messages.json", self._create)
        app.router.add_get(f"{account}/Messages.json", self._list)
        app.router.add_get(f"{account}/Messages/{{message}}/Media/{{media}}", self._media)
        app.router.add_post("/v2/Indicators/Typing.json", self._typing)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def goes_down(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _create(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        asked = {name: str(value) for name, value in (await request.post()).items()}
        match self.mood:
            case Mood.IS_SILENT:
                await asyncio.sleep(3600)
            case Mood.IS_BROKEN:
                return web.json_response({"code": 20500, "status": 500}, status=500)
            case Mood.REFUSES:
                return web.json_response({"code": 21211, "message": f"{asked['To']} is not valid"}, status=400)
            case Mood.THROTTLES:
                return web.json_response({"code": 20429}, status=429, headers={"Retry-After": "7"})
        created = sid("SM", len(self._rows))
        self.taken.append(
            Taken(provider_id=created, to=asked["To"], text=asked["Body"], callback=asked["StatusCallback"])
        )
        stamp = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
        row = {"sid": created, "status": "queued", "direction": "outbound-api", "date_created": stamp}
        self._rows.insert(0, {**row, "to": asked["To"], "from": asked["From"], "body": asked["Body"].strip()})
        if self.mood is Mood.DROPS:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(self._rows[0], status=201)

    async def _list(self, request: web.Request) -> web.Response:
        asked = request.query
        rows = [row for row in self._rows if (row["to"], row["from"]) == (asked["To"], asked["From"])]
        return web.json_response({"messages": rows, "next_page_uri": None, "page_size": 50})

    async def _media(self, request: web.Request) -> web.Response:
        if not request.headers.get("Authorization", "").startswith("Basic "):
            return web.json_response({"code": 20003}, status=401)
        return web.Response(body=FILE, content_type="image/jpeg")

    async def _typing(self, request: web.Request) -> web.Response:
        return web.json_response({"success": True})

    def _post(self, params: Mapping[str, str], url: str = f"{PUBLIC}/webhooks/twilio/main") -> Webhook:
        return Webhook(
            method="POST",
            url=url,
            headers={
                "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
                "x-twilio-signature": VALIDATOR(TOKEN).compute_signature(url, params),
            },
            body=urlencode(params).encode(),
        )

    def says(self, text: str, provider_id: str = "") -> Webhook:
        return self._post(
            {
                "MessageSid": sid("SM", ("in", provider_id)),
                "SmsStatus": "received",
                "AccountSid": ACCOUNT,
                "From": self._prefix + PERSON,
                "To": self._prefix + NUMBER,
                "Body": text,
                "NumMedia": "0",
            }
        )

    def reports(self, taken: Taken, status: Status) -> Webhook:
        params = {
            "MessageSid": taken.provider_id,
            "MessageStatus": str(status),
            "AccountSid": ACCOUNT,
            "From": self._prefix + NUMBER,
            "To": taken.to,
        }
        return self._post(params, taken.callback)

    def tampered(self, webhook: Webhook) -> Sequence[Webhook]:
        signed = dict(webhook.headers)
        unsigned = {name: value for name, value in signed.items() if name != "x-twilio-signature"}
        return (
            replace(webhook, body=webhook.body + b"&Body=other"),
            replace(webhook, body=webhook.body.replace(b"received", b"receiving")),
            replace(webhook, url=webhook.url + "2"),
            replace(webhook, url=webhook.url + "?a=1"),
            replace(webhook, headers=unsigned),
            replace(webhook, headers={**signed, "x-twilio-signature": ""}),
            replace(webhook, headers={**signed, "x-twilio-signature": signed["x-twilio-signature"].swapcase()}),
            replace(webhook, headers={**signed, "content-type": "application/json"}),
        )

    def genuine_garbage(self) -> Sequence[Webhook]:
        ours = {"AccountSid": ACCOUNT, "To": self._prefix + NUMBER, "From": self._prefix + PERSON}
        return (
            self._post(ours),
            self._post({**ours, "Body": "x", "MessageSid": "nonsense"}),
            self._post({**ours, "Body": "x", "MessageSid": sid("SM", 1), "From": ""}),
            self._post({**ours, "Body": "a\0b", "MessageSid": sid("SM", 1)}),
        )

    def file(self) -> Media:
        message, media = sid("MM", 1), sid("ME", 1)
        url = f"{self.url}/2010-04-01/Accounts/{ACCOUNT}/Messages/{message}/Media/{media}"
        return Media(url=url, content_type="image/jpeg", provider_id=message)


class _OnTwilio(ChannelContract):
    @property
    @abstractmethod
    def medium(self) -> Medium:
        """What the line speaks."""

    @pytest.fixture
    async def case(self) -> AsyncIterator[Case]:
        provider = Twilio(self.medium)
        await provider.listens()
        address = Address(medium=self.medium, kind=AddressKind.PHONE, value=NUMBER)
        settings = Settings(
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=(SecretStr(TOKEN),),
            twilio_from=(NUMBER,),
            twilio_api_url=provider.url,
        )
        surroundings = Surroundings(data=Path(), public_url=PUBLIC, turn_limit=8, works=True)
        line = Line(
            workspace=WorkspaceId("main"), id=LineId("main"), channel="twilio", address=address, account=ACCOUNT
        )
        async with opened(settings, surroundings, send_within=WITHIN) as channel:
            yield Case(
                channel=channel,
                provider=provider,
                line=line,
                person=Address(medium=self.medium, kind=AddressKind.PHONE, value=PERSON),
                within=WITHIN,
            )
        await provider.goes_down()


class TestTwilioBySms(_OnTwilio):
    medium = Medium.SMS


class TestTwilioByWhatsApp(_OnTwilio):
    medium = Medium.WHATSAPP
