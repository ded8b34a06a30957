"""The channel as core sees it: WhatsApp and SMS on one code path. Every verb has its own module."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from adapters.twilio import finding, inspecting, parsing, rehearsing, sending
from adapters.twilio.accounts import Accounts
from adapters.twilio.media import Downloads
from adapters.twilio.reading import Api
from adapters.twilio.sending import STUMBLED
from adapters.twilio.settings import Settings
from adapters.twilio.wire import Trouble, Wire, session
from core.conversation.content import Media
from core.conversation.inspection import ChecksLines, Finding, Inspects, Rehearsal, Rehearses
from core.conversation.outbox import Accepted, Look, NotNow, Outcome, Send
from core.conversation.ports import Channel, Fetched, FetchesMedia, Receipt, ShowsTyping, Webhook
from core.driver import Surroundings
from core.errors import Permanent, Unavailable
from core.identity.medium import Medium
from core.identity.model import Address, Line, LineId

API = "https://api.twilio.com"
MESSAGING = "https://messaging.twilio.com"
SEND_WITHIN = timedelta(seconds=10)
_TYPING_S = 2.0
_FEWEST_CONNECTIONS = 8


class TwilioChannel(Channel, FetchesMedia, ShowsTyping, ChecksLines, Inspects, Rehearses):
    """`account` and `senders` are what lines are made from when there is none."""

    account: str
    senders: tuple[Address, ...]

    def __init__(self, settings: Settings, public_url: str, accounts: Accounts, downloads: Downloads) -> None:
        self.account = settings.account
        self.senders = settings.senders
        self._real = settings.twilio_api_url is None
        self._public_url = public_url
        self._accounts = accounts
        self._downloads = downloads

    def receive(self, webhook: Webhook, line: Line) -> Receipt:
        return parsing.receive(webhook, line, self._accounts.of(line).tokens)

    async def send(self, message: Send, line: Line) -> Outcome:
        try:
            client = self._accounts.client(line)
        except Permanent as error:
            return NotNow(why=str(error), patient=True)
        return await sending.send(client, self._public_url, message, line)

    async def find(self, look: Look, line: Line) -> Accepted | None:
        try:
            client = self._accounts.client(line)
        except Permanent as error:
            raise Unavailable(str(error)) from error
        return await finding.find(client, look, line)

    async def fetch(self, media: Media, line: Line) -> Fetched:
        account = self._accounts.of(line)
        return await self._downloads.fetch(media, line, (account.user, account.password))

    async def typing(self, provider_id: str, line: Line) -> None:
        if line.medium is not Medium.WHATSAPP:
            return
        try:
            client = self._accounts.client(line)
            async with asyncio.timeout(_TYPING_S):
                await client.messaging.v2.typing_indicator.create_async(channel="whatsapp", message_id=provider_id)
        except (Permanent, Trouble, TimeoutError, *STUMBLED):
            return

    def unusable(self, lines: Sequence[Line]) -> Mapping[LineId, Finding]:
        return self._accounts.unusable(lines)

    async def inspect(self, line: Line, webhook_url: str) -> Sequence[Finding]:
        account = self._accounts.of(line)
        api = Api(self._accounts.client(line), cure=account.cure)
        return await inspecting.inspect(api, line, webhook_url, account=account, real=self._real)

    def rehearsal(self, line: Line, webhook_url: str) -> Rehearsal:
        account = self._accounts.of(line)
        return rehearsing.rehearsal(line, webhook_url, account.sid, account.tokens[0])


@asynccontextmanager
async def opened(
    settings: Settings, surroundings: Surroundings, *, send_within: timedelta = SEND_WITHIN
) -> AsyncIterator[TwilioChannel]:
    """The channel over its own connections, which all accounts share and which are closed at the end."""
    api, messaging = settings.twilio_api_url or API, settings.twilio_api_url or MESSAGING
    async with (
        session(connections=max(surroundings.turn_limit, _FEWEST_CONNECTIONS)) as connections,
        Downloads.opened(settings, api) as downloads,
    ):
        wire = Wire(connections, (api, messaging), within=send_within)
        accounts = Accounts(settings, wire, api=api, messaging=messaging)
        yield TwilioChannel(settings, surroundings.public_url, accounts, downloads)
