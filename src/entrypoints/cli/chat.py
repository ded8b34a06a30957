"""`recado chat`: be a person who writes, in a terminal or in a pipe."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from core.errors import Unavailable
from entrypoints.cli.dev import developing
from entrypoints.cli.dev_state import DevState
from entrypoints.cli.phone import Phone
from entrypoints.cli.screen import Pipe, Screen, Terminal
from entrypoints.process import Alarm, stop_signals
from entrypoints.settings import Settings, environment, read

_EARLIER = 30
"""Messages of yesterday that are shown."""
_LOOK = 20.0
"""Seconds of one look at the phone."""
_SETTLED = 1.5
"""Seconds without a further reply after which an answer counts as whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who writes, and how."""

    number: str
    name: str
    sms: bool

    @property
    def address(self) -> str:
        return self.number if self.sms else f"whatsapp:{self.number}"

    @property
    def title(self) -> str:
        return f"{self.number}, by SMS" if self.sms else f"{self.name}, {self.number}, on WhatsApp"

    @property
    def shown_name(self) -> str | None:
        return None if self.sms else self.name


async def chat(person: Person, *, patience: float) -> int:
    """Talk until the input ends, or Ctrl-C. 1 if something that was written got no answer."""
    with stop_signals() as stop:
        async with _emulator(Alarm(stop)) as emulator, Phone.at(emulator) as phone:
            if sys.stdin.isatty():
                print(f"You are {person.title}. Ctrl-C leaves.\n")
                screen = Terminal()
                cursor = await _earlier(phone, person, screen)
                await _first_of(_type(phone, person, screen), _watch(phone, person, screen, cursor), stop.wait())
                print()
                return 0
            unanswered = await _first_of(_recite(phone, person, patience), stop.wait())
            return int(bool(unanswered))


@asynccontextmanager
async def _emulator(alarm: Alarm) -> AsyncIterator[str]:
    """The emulator of the `dev` that runs; if none does, one of our own, which says nothing unless it fails."""
    environ = environment()
    kept = DevState.found(read(Settings, environ).data)
    if kept is not None and kept.emulator is not None and await _answers(kept.emulator):
        yield kept.emulator
        return
    if sys.stdin.isatty():
        print("Nothing runs here yet, so this chat brings its own: `recado dev` would stay.")
    async with developing({"RECADO_LOG_LEVEL": "error", **environ}, alarm, any_port=True) as dev:
        yield dev.emulator


async def _answers(emulator: str) -> bool:
    async with Phone.at(emulator) as phone:
        return await phone.there()


async def _earlier(phone: Phone, person: Person, screen: Screen) -> int:
    news = await phone.news(person.address, 0, wait=0)
    screen.past(news.bubbles[-_EARLIER:])
    return news.cursor


async def _type(phone: Phone, person: Person, screen: Terminal) -> None:
    async for line in _lines():
        if line:
            await phone.write(person.address, line, name=person.shown_name)
        screen.entered()


async def _watch(phone: Phone, person: Person, screen: Screen, cursor: int) -> None:
    typing = False
    while True:
        news = await phone.news(person.address, cursor, wait=1 if typing else _LOOK)
        cursor, typing = news.cursor, news.typing
        screen.typing(typing)
        for bubble in news.bubbles:
            screen.show(bubble)


async def _recite(phone: Phone, person: Person, patience: float) -> int:
    """Write each line and print what is answered, before the next. Answers how many lines got no answer."""
    screen = Pipe()
    cursor = await _earlier(phone, person, screen)
    unanswered = 0
    async for line in _lines():
        if line:
            await phone.write(person.address, line, name=person.shown_name)
            cursor, answered = await _answer(phone, person, screen, cursor, patience)
            if not answered:
                unanswered += 1
                print(f"recado: no answer within {patience:g} s", file=sys.stderr)
    return unanswered


async def _answer(phone: Phone, person: Person, screen: Pipe, cursor: int, patience: float) -> tuple[int, bool]:
    """Show replies until none comes any more. Answers the new cursor, and whether there was one."""
    clock = asyncio.get_running_loop().time
    ends, answered = clock() + patience, False
    while (left := ends - clock()) > 0:
        news = await phone.news(person.address, cursor, wait=min(left, _LOOK))
        cursor = news.cursor
        for bubble in news.bubbles:
            if bubble.mine and bubble.problem is not None:
                raise Unavailable(f"The app did not take the message: {bubble.problem}")
            if screen.show(bubble):
                answered, ends = True, clock() + _SETTLED
    return cursor, answered


async def _first_of(*works: Coroutine[Any, Any, Any]) -> Any:
    """The result of what ends first; the others are cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _lines() -> AsyncIterator[str]:
    """Lines of the standard input. A thread reads the descriptor itself: at exit nobody waits for it or its lock."""
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    def pump() -> None:
        chunk = b"?"
        while chunk:
            chunk = os.read(sys.stdin.fileno(), 65_536)
            try:
                loop.call_soon_threadsafe(arrived.put_nowait, chunk)
            except RuntimeError:  # the loop is closed
                return

    threading.Thread(target=pump, name="stdin", daemon=True).start()
    left = b""
    while chunk := await arrived.get():
        *whole, left = (left + chunk).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace").strip()
    if left:
        yield left.decode(errors="replace").strip()
