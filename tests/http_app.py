"""The HTTP app over in-memory drivers and a channel whose proof is a header, for tests without sockets."""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from core.ai.agent import Agent
from core.ai.brief import Brief
from core.ai.chain import ModelChain
from core.conversation.content import Content
from core.conversation.events import Inbound
from core.conversation.outbox import Accepted, Look, Never, Outcome, Send
from core.conversation.ports import Channel, Receipt, Webhook
from core.driver import Surroundings
from core.errors import Untrusted
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId
from core.limits import Limits
from entrypoints.briefing import Briefing
from entrypoints.container import Container
from entrypoints.drivers import find
from entrypoints.http import create_app
from entrypoints.http.context import Context
from entrypoints.logs import open_log
from entrypoints.metrics import Counting, Metrics
from entrypoints.settings import Settings, read
from tests.asgi import Answer, call

PROOF = {"x-proof": "yes"}
PUBLIC_URL = "https://recado.example"


def phone(number: str) -> Address:
    return Address(medium=Medium.SMS, kind=AddressKind.PHONE, value=number)


def line(name: str, *, channel: str = "test") -> Line:
    return Line(
        workspace=WorkspaceId("main"),
        id=LineId(name),
        channel=channel,
        address=phone("+15550100"),
        account="account",
    )


class DoorChannel(Channel):
    """Trusts whoever brings the proof; `raising` is what it says instead. It remembers what it was shown."""

    def __init__(self, raising: Exception | None = None) -> None:
        self.account = "account"
        self.senders: Sequence[Address] = (phone("+15550100"), phone("+15550101"))
        self.seen: list[tuple[Webhook, Line]] = []
        self._raising = raising

    def receive(self, webhook: Webhook, line: Line) -> Receipt:
        self.seen.append((webhook, line))
        if self._raising is not None:
            raise self._raising
        if webhook.headers.get("x-proof") != "yes":
            raise Untrusted("no proof")
        said = Inbound(
            provider_id=webhook.headers.get("x-id", "SM1"), sender=phone("+5511987654321"), content=Content(text="oi")
        )
        return Receipt(events=(said,), content_type="text/xml", body=b"<Response/>")

    async def send(self, message: Send, line: Line) -> Outcome:
        return Never(why="a door does not send")

    async def find(self, look: Look, line: Line) -> Accepted | None:
        return None


@dataclass(slots=True, kw_only=True)
class App:
    """The app, and what stands around it."""

    app: FastAPI
    container: Container
    channel: DoorChannel
    log: io.StringIO

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    async def webhook(
        self,
        path: str = "/webhooks/test/main",
        *,
        headers: Mapping[str, str] = PROOF,
        body: bytes = b"a=1",
        **more: Any,
    ) -> Answer:
        return await call(self.app, "POST", path, headers=headers, pieces=(body,), **more)

    async def get(self, path: str) -> Answer:
        return await call(self.app, "GET", path)

    async def pending(self) -> int:
        return (await self.container.store().counts())["pending"]


@contextmanager
def logging_as_it_was() -> Iterator[None]:
    """Undoes what opening a log does to the standard library's."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


@asynccontextmanager
async def app_with(*, raising: Exception | None = None, **ports: Any) -> AsyncIterator[App]:
    """The app with lines `main` of channel `test` and `other` of channel `gone`; `ports` replace the container's."""
    channel = DoorChannel(raising)
    logged = io.StringIO()
    async with AsyncExitStack() as stack:
        stack.enter_context(logging_as_it_was())
        settings, metrics = read(Settings, {"RECADO_PUBLIC_URL": PUBLIC_URL}), Metrics()
        log = Counting(open_log("info", stream=logged), metrics)
        models = ModelChain(drivers={"offline": await memory(stack, "model", "offline")}, names=("offline",), log=log)
        given = {
            "settings": settings,
            "store": await memory(stack, "store", "memory"),
            "queue": await memory(stack, "queue", "inline"),
            "channels": {"test": channel},
            "briefing": Briefing(settings, {}),
            "brief": Brief(agent=Agent(), models=models, skills=(), limits=Limits()),
            "limits": Limits(),
            "log": log,
            "metrics": metrics,
            **ports,
        }
        container = Container(**given)
        await container.store().seed([line("main"), line("other", channel="gone")])
        app = stack.enter_context(app_over(container))
        yield App(app=app, container=container, channel=channel, log=logged)


_SPARE: list[FastAPI] = []
"""Apps that no test holds: one takes long to build, and differs from the next in nothing but its context."""


@contextmanager
def app_over(container: Container) -> Iterator[FastAPI]:
    """The app with this container, until the block ends. One that a test failed with is not used again."""
    app = _SPARE.pop() if _SPARE else create_app(container=container)
    app.state.context = Context(container=container, log=container.log(), public_url=container.settings().public_url)
    yield app
    _SPARE.append(app)


async def memory(stack: AsyncExitStack, port: str, name: str) -> Any:
    """A driver that needs nothing, found as the application finds it."""
    chosen = find(port, name)
    around = Surroundings(data=Path(), public_url=PUBLIC_URL, turn_limit=1, works=False)
    return await chosen.enter(stack, read(chosen.driver.settings, {}), around)
