"""The emulator: Twilio on your laptop, as an ASGI app and as an object."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from adapters.twilio.emulator.control import Control
from adapters.twilio.emulator.deliveries import Deliveries
from adapters.twilio.emulator.hangup import SEND
from adapters.twilio.emulator.media import Files
from adapters.twilio.emulator.message import Message
from adapters.twilio.emulator.messages import Messages
from adapters.twilio.emulator.numbers import Number, Numbers, WebhookUrlFor
from adapters.twilio.emulator.people import People
from adapters.twilio.emulator.rest import Rest
from adapters.twilio.emulator.senders import Senders
from adapters.twilio.emulator.storage import Storage
from adapters.twilio.emulator.webhooks import Webhooks
from adapters.twilio.emulator.written import Written

ACCOUNT_SID = "AC" + "0" * 31 + "1"
AUTH_TOKEN = "twilio-on-your-laptop"  # noqa: S105  known to everybody, and good for nothing but this emulator


class Emulator:
    """An account with its numbers, the people who write to them, and everything that can go wrong in between.

    It is an async context manager, or is opened by the lifespan of the server that runs it. `data` is a folder; state
    is kept in its `emulator.db`, or nowhere if there is none. `url` is where the app reaches the emulator; None: where
    it was last called.
    """

    def __init__(
        self,
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        numbers: Iterable[str] = (),
        webhook_url_for: WebhookUrlFor | None = None,
        data: Path | None = None,
        *,
        url: str | None = None,
        api_keys: Mapping[str, str] | None = None,
        width: int = 200,
        seed: int | None = None,
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.templates: dict[str, str] = {}
        chance = random.Random(seed)  # noqa: S311  chance for switches, not for secrets
        self.numbers = Numbers(numbers, webhook_url_for, chance)
        self._storage = Storage(data / "emulator.db" if data is not None else None)
        self.messages = Messages(self._storage)
        self.webhooks = Webhooks(auth_token, self._storage, width=width)
        self.deliveries = Deliveries(account_sid, self.messages, self.numbers, self.webhooks, chance)
        self.people = People(account_sid, self.messages, self.numbers, self.webhooks, self.deliveries, self._storage)
        credentials = {account_sid: auth_token, **(api_keys or {})}
        rest = Rest(account_sid, credentials, self.templates, self.messages, self.numbers, self.deliveries)
        files = Files(account_sid, rest, self.messages, self.numbers, self._storage, self.webhooks)
        control = Control(
            account_sid, self.people, self.messages, self.numbers, self.webhooks, self.templates, self.copies
        )
        senders = Senders(account_sid, rest, self.numbers)
        routes = [*rest.routes(), *senders.routes(), *files.routes(), *control.routes()]
        self._router = Router(routes, lifespan=self._lifespan)
        self._url = url
        self._open = False
        if url is not None:
            self.people.url = url

    async def __aenter__(self) -> Self:
        self._storage.open()
        self.messages.load()
        self.webhooks.load()
        self.people.load()
        self.deliveries.resume()
        self.people.resume()
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        self.deliveries.close()
        await self.webhooks.close()
        self._storage.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[SEND] = send
            if self._url is None:
                self._learn_url(scope)
        await self._router(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, app: Any) -> AsyncIterator[None]:
        if self._open:
            yield
        else:
            async with self:
                yield

    def _learn_url(self, scope: Scope) -> None:
        host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
        if host:
            self.people.url = f"{scope.get('scheme', 'http')}://{host}{scope.get('root_path', '')}"

    def number(self, address: str) -> Number:
        """The number of this address, to set its webhook and switches; added if it is new."""
        return self.numbers.add(address)

    async def write(self, person: str, body: str = "", *, to: str | None = None, **more: Any) -> Message:
        """A person writes, and the app has answered when this returns. `more`: the fields of `Written`.

        Answers the (last) message; its `error` is None if the app took it.
        """
        jobs = self.people.write(person, Written.model_validate({"to": to, "body": body, **more}))
        await asyncio.gather(*(post() for _, post in jobs))
        return jobs[-1][0]

    def send(self, person: str, body: str = "", *, to: str | None = None, **more: Any) -> list[Message]:
        """`write` without waiting for the app."""
        return self.people.send(person, Written.model_validate({"to": to, "body": body, **more}))

    def phone(self, person: str, *, after: int = 0, sender: str | None = None) -> dict[str, Any]:
        """What the person's phone shows that is new since revision `after`: `messages`, and how things stand."""
        return self.messages.phone(person, after, sender)

    def received(self, person: str) -> list[Message]:
        """What has reached the person's phone from the account, in order; Twilio's own answers to STOP left out."""
        return [
            m
            for m in self.messages.of(*self.messages.addresses_of(person))
            if m.direction != "inbound" and m.delivered_at is not None and not m.ours
        ]

    async def hears(self, person: str, *, count: int = 1, within: float = 5.0) -> list[Message]:
        """Wait until `count` messages have reached the person. Raises `TimeoutError`."""
        ends = time.monotonic() + within
        while len(heard := self.received(person)) < count:
            left = ends - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{len(heard)} of {count} messages arrived within {within:g} s")
            await self.messages.wait(person, self.messages.revision, left)
        return heard

    def creates(self) -> list[dict[str, Any]]:
        """The ground truth: every create that was asked for, accepted or refused, in order."""
        return [entry.create() for entry in self.messages.creates()]

    def copies(self, parameter: str) -> dict[str, int]:
        """How many messages were accepted for each value of a parameter of their StatusCallback's query."""
        counted: Counter[str] = Counter()
        for entry in self.messages.creates():
            if isinstance(entry, Message) and entry.status_callback:
                counted.update(parse_qs(urlsplit(entry.status_callback).query).get(parameter, ()))
        return dict(counted)

    @property
    def errors(self) -> Sequence[Mapping[str, Any]]:
        """What Twilio's debugger would show: webhooks that failed."""
        return self.webhooks.errors

    async def settled(self, within: float = 10.0) -> None:
        """Wait until no message is under way and no webhook is being called. Raises `TimeoutError`."""
        async with asyncio.timeout(within):
            while self.deliveries.under_way or self.webhooks.inbound.busy or self.webhooks.callbacks.busy:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
