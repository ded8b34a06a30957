"""Twilio in a test: `pytest -p adapters.twilio.emulator.fixture` offers `twilio_emulator`, on a socket of its own.

    def test_it_answers(twilio_emulator, my_app_url):
        twilio_emulator.number("+15005550006").webhook = f"{my_app_url}/sms"

        twilio_emulator.write("+5511999999999", "hello")

        assert twilio_emulator.hears("+5511999999999")[0].body == "hello to you"

It runs in a thread, so that it serves a test of any kind. A test that shares its loop with the app must not block it:
it takes `adapters.twilio.emulator.server.serving` instead.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import pytest
from twilio.rest import Client

from adapters.twilio.emulator.app import Emulator
from adapters.twilio.emulator.client import client
from adapters.twilio.emulator.message import Message
from adapters.twilio.emulator.numbers import Number
from adapters.twilio.emulator.server import serving

NUMBERS = ("whatsapp:+14155238886", "+15005550006")

T = TypeVar("T")


class EmulatorInThread:
    """The emulator, for callers outside its loop. `inside` is the emulator itself."""

    def __init__(self, inside: Emulator) -> None:
        self.inside = inside
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="twilio-emulator", daemon=True)

    @property
    def account_sid(self) -> str:
        return self.inside.account_sid

    @property
    def auth_token(self) -> str:
        return self.inside.auth_token

    def client(self) -> Client:
        """The official client, pointed here."""
        return client(self.url, self.account_sid, self.auth_token)

    def number(self, address: str) -> Number:
        """The number of this address, to set its webhook and switches; added if it is new."""
        return self.inside.number(address)

    def write(self, person: str, body: str = "", *, to: str | None = None, **more: Any) -> Message:
        """A person writes, and the app has answered when this returns."""
        return self._do(self.inside.write(person, body, to=to, **more))

    def hears(self, person: str, *, count: int = 1, within: float = 5.0) -> list[Message]:
        """Wait until `count` messages have reached the person. Raises `TimeoutError`."""
        return self._do(self.inside.hears(person, count=count, within=within))

    def settled(self, within: float = 10.0) -> None:
        """Wait until nothing is under way. Raises `TimeoutError`."""
        self._do(self.inside.settled(within))

    def phone(self, person: str, *, after: int = 0, sender: str | None = None) -> dict[str, Any]:
        """What the person's phone shows that is new since revision `after`."""
        return self.inside.phone(person, after=after, sender=sender)

    def creates(self) -> list[dict[str, Any]]:
        """The ground truth: every create that was asked for, accepted or refused."""
        return self.inside.creates()

    def copies(self, parameter: str) -> dict[str, int]:
        """How many messages were accepted for each value of a parameter of their StatusCallback's query."""
        return self.inside.copies(parameter)

    @property
    def errors(self) -> Sequence[Mapping[str, Any]]:
        """What Twilio's debugger would show."""
        return self.inside.errors

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        try:
            async with serving(self.inside) as self.url:
                self._ready.set()
                await self._stop.wait()
        except BaseException as failure:  # noqa: BLE001  it belongs to the test, which is in another thread
            self._failure = failure
        finally:
            self._ready.set()


@pytest.fixture
def twilio_emulator() -> Iterator[EmulatorInThread]:
    """Twilio on a free port, with one WhatsApp sender and one phone number; nothing is kept."""
    emulator = EmulatorInThread(Emulator(numbers=NUMBERS))
    emulator.start()
    try:
        yield emulator
    finally:
        emulator.stop()
