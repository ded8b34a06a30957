"""Twilio calls: signed requests to the app, with Twilio's timeouts, retries and complaints.

Sources: twilio.com/docs/usage/webhooks/webhooks-connection-overrides, webhooks-security.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from twilio.request_validator import RequestValidator

from adapters.twilio.emulator.codes import PROBLEMS
from adapters.twilio.emulator.message import iso
from adapters.twilio.emulator.parameters import Pairs
from adapters.twilio.emulator.storage import Storage
from adapters.twilio.emulator.wire import Failure, Wires

Job = Callable[[], Awaitable[None]]

_MOST_S = 15.0
_PATIENCE_S = 30.0
_HEAD = (
    "User-Agent: TwilioProxy/1.1\r\nAccept: */*\r\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the fragment of a webhook's URL asks for: `#rc=3&rp=ct,rt,5xx&ct=2000&rt=5000&tt=15000`."""

    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})
    connect_s: float = 5.0
    read_s: float = _MOST_S
    total_s: float = _MOST_S

    @classmethod
    def of(cls, fragment: str) -> "Overrides":
        """Values outside Twilio's limits are moved to the limit, what cannot be read is ignored."""
        if not fragment:
            return USUAL
        given = dict(parse_qsl(fragment))

        def number(name: str, lowest: int, highest: int, usual: float) -> float:
            text = given.get(name, "")
            return min(max(int(text), lowest), highest) if text.isdecimal() else usual

        policy = frozenset(part.strip() for part in given.get("rp", "ct").split(","))
        return cls(
            retries=int(number("rc", 0, 5, 1)),
            policy=frozenset({"ct", "rt", "4xx", "5xx"}) if "all" in policy else policy,
            connect_s=number("ct", 100, 10_000, 5_000) / 1000,
            read_s=number("rt", 100, 15_000, 15_000) / 1000,
            total_s=number("tt", 100, 15_000, 15_000) / 1000,
        )


USUAL = Overrides()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How a call ended. `code` is None if it was answered with success, else Twilio's error."""

    content_type: str = ""
    body: bytes = b""
    code: int | None = None
    why: str = ""


quoted = lru_cache(maxsize=16_384)(quote_plus)
"""Names, numbers, ids and statuses come again and again; quoting them anew is a sixth of a callback's cost."""


def encode(pairs: Pairs) -> str:
    """A form, as it is sent."""
    return "&".join([f"{quoted(name)}={quoted(value)}" for name, value in pairs])


class Form(dict[str, str]):
    """A form without repeated names, which the official validator reads without trying out other kinds first."""

    def getall(self, name: str) -> Sequence[str]:
        return (self[name],)


class Lane:
    """Runs what is submitted, so many at a time, in the order it came."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._jobs: deque[Job] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, job: Job) -> None:
        self._jobs.append(job)
        if len(self._tasks) < self._width:
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        while self._jobs:
            await self._jobs.popleft()()

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    async def close(self) -> None:
        self._jobs.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Webhooks:
    """The account's way out. What people wrote and what became of ours have a lane each, so that neither waits."""

    def __init__(self, auth_token: str, storage: Storage, *, width: int) -> None:
        self._sign: Callable[[str, Any], str] = RequestValidator(auth_token).compute_signature  # type: ignore[no-untyped-call]
        self._storage = storage
        self._width = width
        self._wires = Wires()
        self.inbound = Lane(width)
        self.callbacks = Lane(width)
        self.errors: list[dict[str, Any]] = []
        self.calls = 0

    def load(self) -> None:
        """Read what an earlier run left."""
        self.errors = self._storage.log("error")

    async def close(self) -> None:
        await self.inbound.close()
        await self.callbacks.close()
        self._wires.close()

    def complain(self, code: int, *, url: str, message: str, why: str) -> None:
        """Write into the error log, as Twilio's debugger does."""
        entry = {
            "at": iso(time.time()),
            "code": code,
            "message": PROBLEMS.get(code, ""),
            "why": why,
            "url": url,
            "message_sid": message,
        }
        self.errors.append(entry)
        self._storage.put_log("error", entry)

    async def call(self, url: str, pairs: Pairs, *, token: str, method: str = "POST") -> Reply:
        """Call a webhook until it is answered, or its retries or its time are used up. Never raises."""
        address, _, fragment = url.partition("#")
        overrides = Overrides.of(fragment)
        ends = time.monotonic() + overrides.total_s
        attempts = 0
        while True:
            try:
                attempts += 1
                return await self._attempt(address, pairs, token, method, overrides, ends - time.monotonic())
            except Failure as failure:
                pause = 0.1 * 2 ** (attempts - 1)
                again = failure.weakness in overrides.policy and attempts <= overrides.retries
                if not again or time.monotonic() + pause >= ends:
                    late = failure.weakness == "rt" and overrides.total_s < _MOST_S and time.monotonic() >= ends
                    return Reply(code=11203 if late else failure.code, why=str(failure))
            await asyncio.sleep(pause)

    @staticmethod
    async def insist(call: Callable[[], Awaitable[Reply]]) -> Reply:
        """Call until it is answered with success: after a restart, when the app may not be there yet."""
        ends = time.monotonic() + _PATIENCE_S
        while True:
            reply = await call()
            if reply.code is None or time.monotonic() > ends:
                return reply
            await asyncio.sleep(0.2)

    async def _attempt(
        self, url: str, pairs: Pairs, token: str, method: str, overrides: Overrides, left: float
    ) -> Reply:
        self.calls += 1
        if method == "GET":
            url = f"{url}{'&' if '?' in url else '?'}{encode(pairs)}"
            body, signature = b"", self._sign(url, {})
        else:
            body, signature = encode(pairs).encode(), self._sign(url, Form(pairs))
        response = await self._wires.call(
            method,
            url,
            f"{_HEAD}X-Twilio-Signature: {signature}\r\nI-Twilio-Idempotency-Token: {token}\r\n",
            body,
            connect_s=overrides.connect_s,
            read_s=overrides.read_s,
            total_s=left,
        )
        if response.status >= 400:
            raise Failure("4xx" if response.status < 500 else "5xx", 11200, f"answered {response.status}")
        return Reply(content_type=response.content_type, body=response.body)
