"""In-memory stand-ins for the edges: a channel that remembers what it sent and a model that follows a script."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import Any

from core.ai.ports import Call, Completion, Invalid, LanguageModel, Prompt, Said, Stop
from core.ai.prices import FREE, Price
from core.ai.tool import Tool
from core.conversation.content import Media
from core.conversation.outbox import Accepted, Look, Outcome, Send
from core.conversation.ports import Channel, Fetched, FetchesMedia, Receipt, ShowsTyping, Webhook
from core.conversation.turn import Usage
from core.errors import Rejected
from core.identity.model import Line
from core.identity.seal import NoSeal, Seal
from entrypoints.seal import KeySeal


class Locks(Seal):
    """The seal of an installation whose keys a test changes while it runs: the first seals, all open; none refuse."""

    def __init__(self, *keys: str) -> None:
        self.change(*(keys or ("first",)))

    def change(self, *keys: str) -> None:
        found = [sha256(key.encode()).digest() for key in keys]
        self._now: Seal = KeySeal(found, set()) if found else NoSeal()

    def seal(self, plain: bytes, about: bytes) -> str:
        return self._now.seal(plain, about)

    def open(self, sealed: str, about: bytes) -> bytes:
        return self._now.open(sealed, about)


@dataclass(slots=True)
class Copy:
    """One message as the provider took it."""

    send: Send
    provider_id: str
    at: float


class FakeChannel(Channel, FetchesMedia, ShowsTyping):
    """Accepts everything, at once, unless told otherwise: `outcomes` are used up first, then `answer` decides.

    `accepted` is the ground truth: every copy the provider took, also those it then said nothing about.
    """

    def __init__(self) -> None:
        self.accepted: list[Copy] = []
        self.outcomes: list[Outcome | Callable[[Send], Awaitable[Outcome]]] = []
        self.hidden = False
        """Whether `find` sees nothing."""
        self.typed: list[str] = []
        self.files: dict[str, Fetched] = {}
        self.delay = 0.0

    @property
    def texts(self) -> list[str]:
        return [copy.send.text for copy in self.accepted]

    def take(self, send: Send) -> Accepted:
        provider_id = f"SM-out-{len(self.accepted) + 1}"
        self.accepted.append(Copy(send, provider_id, asyncio.get_running_loop().time()))
        return Accepted(provider_id=provider_id)

    def receive(self, webhook: Webhook, line: Line) -> Receipt:
        raise Rejected("the fake channel is told directly what it heard")

    async def send(self, message: Send, line: Line) -> Outcome:
        await asyncio.sleep(self.delay)
        if self.outcomes:
            outcome = self.outcomes.pop(0)
            return await outcome(message) if callable(outcome) else outcome
        return self.take(message)

    async def find(self, look: Look, line: Line) -> Accepted | None:
        if self.hidden:
            return None
        for copy in self.accepted:
            if copy.send.ref == look.send.ref and copy.provider_id not in look.taken:
                return Accepted(provider_id=copy.provider_id)
        return None

    async def fetch(self, media: Media, line: Line) -> Fetched:
        if media.url not in self.files:
            raise Rejected("no such file")
        return self.files[media.url]

    async def typing(self, provider_id: str, line: Line) -> None:
        self.typed.append(provider_id)


Answer = str | Exception | Completion | Callable[[Prompt], Any]


@dataclass(slots=True)
class ScriptedModel(LanguageModel):
    """Takes `delay` seconds, then gives the next scripted answer; without one, says what it read."""

    script: list[Answer] = field(default_factory=list)
    delay: float = 0.0
    prompts: list[Prompt] = field(default_factory=list)
    cancelled: int = 0
    name: str = "scripted"
    list_price: Price | None = FREE

    def price(self, model: str) -> Price | None:
        return self.list_price

    async def complete(self, prompt: Prompt) -> Completion:
        self.prompts.append(prompt)
        try:
            await asyncio.sleep(self.delay)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        answer: Any = self.script.pop(0) if self.script else echo(prompt)
        if callable(answer):
            answer = answer(prompt)
            if isinstance(answer, Awaitable):
                answer = await answer
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Completion):
            return answer
        return Completion(text=answer, stop=Stop.END, usage=Usage(input=10, output=5), model="scripted")

    def read(self, tool: Tool, text: str) -> Any | Invalid:
        return read(tool, text)


def read(tool: Tool, text: str) -> Any | Invalid:
    """Arguments of a tool whose fields are all strings or numbers as JSON has them."""
    try:
        given = json.loads(text)
        known = {f.name for f in fields(tool.arguments)}
        if not isinstance(given, dict) or set(given) - known:
            return Invalid(why="unknown arguments")
        return tool.arguments(**given)
    except (ValueError, TypeError) as error:
        return Invalid(why=str(error))


def unanswered(prompt: Prompt) -> list[str]:
    """The texts at the end of the prompt that nothing answers yet."""
    texts: list[str] = []
    for part in reversed(prompt.parts):
        if not isinstance(part, Said):
            break
        texts.insert(0, part.text)
    return texts


def echo(prompt: Prompt) -> str:
    return "read: " + " | ".join(unanswered(prompt))


def asks(*calls: tuple[Tool, dict[str, Any]], text: str = "") -> Completion:
    """A model answer that asks for tools."""
    made = tuple(
        Call(id=f"call-{n}", name=tool.name, text=json.dumps(given), arguments=read(tool, json.dumps(given)))
        for n, (tool, given) in enumerate(calls)
    )
    return Completion(text=text, calls=made, stop=Stop.CALLS, usage=Usage(input=10, output=5), model="scripted")


@dataclass(slots=True)
class RecordingLog:
    """Keeps what was logged."""

    lines: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def debug(self, event: str, /, **fields: Any) -> None:
        self.lines.append(("debug", event, fields))

    def info(self, event: str, /, **fields: Any) -> None:
        self.lines.append(("info", event, fields))

    def warning(self, event: str, /, **fields: Any) -> None:
        self.lines.append(("warning", event, fields))

    def error(self, event: str, /, **fields: Any) -> None:
        self.lines.append(("error", event, fields))

    def events(self) -> Sequence[str]:
        return [event for _, event, _ in self.lines]
