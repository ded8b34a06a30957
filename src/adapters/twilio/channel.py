"""The channel as core sees it: WhatsApp and SMS on one code path. Every verb has its own module."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from twilio.rest import Client

from adapters.twilio import finding, inspecting, parsing, rehearsing, sending
from adapters.twilio.media import Downloads
from adapters.twilio.reading import Api
from adapters.twilio.sending import STUMBLED
from adapters.twilio.settings import Settings
from adapters.twilio.wire import Trouble, Wire, session
from core.conversation.content import Media
from core.conversation.inspection import Finding, Inspects, Rehearsal, Rehearses
from core.conversation.outbox import Accepted, Look, Outcome, Send
from core.conversation.ports import Channel, Fetched, FetchesMedia, Receipt, ShowsTyping, Webhook
from core.driver import Surroundings
from core.identity.medium import Medium
from core.identity.model import Address, Line

API = "https://api.twilio.com"
MESSAGING = "https://messaging.twilio.com"
SEND_WITHIN = timedelta(seconds=10)
_TYPING_S = 2.0
_FEWEST_CONNECTIONS = 8


class TwilioChannel(Channel, FetchesMedia, ShowsTyping, Inspects, Rehearses):
    """`account` and `senders` are what lines are made from when there is none."""

    account: str
    senders: tuple[Address, ...]

    def __init__(self, settings: Settings, public_url: str, client: Client, downloads: Downloads) -> None:
        self.account = settings.account
        self.senders = settings.senders
        self._tokens = settings.tokens
        self._real = settings.twilio_api_url is None
        self._public_url = public_url
        self._client = client
        self._downloads = downloads

    def receive(self, webhook: Webhook, line: Line) -> Receipt:
        return parsing.receive(webhook, line, self._tokens)

    async def send(self, message: Send, line: Line) -> Outcome:
        return await sending.send(self._client, self._public_url, message, line)

    async def find(self, look: Look, line: Line) -> Accepted | None:
        return await finding.find(self._client, look, line)

    async def fetch(self, media: Media, line: Line) -> Fetched:
        return await self._downloads.fetch(media, line)

    async def typing(self, provider_id: str, line: Line) -> None:
        if line.medium is not Medium.WHATSAPP:
            return
        try:
            async with asyncio.timeout(_TYPING_S):
                await self._client.messaging.v2.typing_indicator.create_async(
                    channel="whatsapp", message_id=provider_id
                )
        except (Trouble, TimeoutError, *STUMBLED):
            return

    async def inspect(self, line: Line, webhook_url: str) -> Sequence[Finding]:
        return await inspecting.inspect(Api(self._client), line, webhook_url, account=self.account, real=self._real)

    def rehearsal(self, line: Line, webhook_url: str) -> Rehearsal:
        return rehearsing.rehearsal(line, webhook_url, self.account, self._tokens[0])


@asynccontextmanager
async def opened(
    settings: Settings, surroundings: Surroundings, *, send_within: timedelta = SEND_WITHIN
) -> AsyncIterator[TwilioChannel]:
    """The channel over its own connections, which are closed at the end."""
    api, messaging = settings.twilio_api_url or API, settings.twilio_api_url or MESSAGING
    async with (
        session(connections=max(surroundings.turn_limit, _FEWEST_CONNECTIONS)) as connections,
        Downloads.opened(settings, api) as downloads,
    ):
        user, password = settings.credentials
        client = Client(  # type: ignore[no-untyped-call]
            user,
            password,
            account_sid=settings.account,
            http_client=Wire(connections, (api, messaging), within=send_within),
            # Not the process's: a TWILIO_REGION or TWILIO_EDGE left in it would send elsewhere than the settings say.
            environment={"": ""},
        )
        client.api.base_url = api
        client.messaging.base_url = messaging
        yield TwilioChannel(settings, surroundings.public_url, client, downloads)
