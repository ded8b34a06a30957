"""`recado chat`: be a person who writes, in a terminal or in a pipe."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from core.errors import RecadoError
from core.identity.medium import Medium
from entrypoints.agent_file import read_agent
from entrypoints.briefing import agent_path
from entrypoints.cli.dev_state import DevState
from entrypoints.cli.live import live
from entrypoints.cli.person import found
from entrypoints.cli.phone import Phone
from entrypoints.cli.recite import recite
from entrypoints.cli.screen import Pipe, Plain, Screen
from entrypoints.process import Alarm, stop_signals
from entrypoints.settings import Settings, environment, read


async def chat(who: str, *, medium: Medium, as_json: bool, patience: float) -> int:
    """Talk until the input ends, or Ctrl-C. 1 if something that was written got no answer."""
    settings = read(Settings, environment())
    with stop_signals() as stop, _screen(settings, as_json=as_json) as screen:
        async with _emulator(settings, Alarm(stop)) as emulator, Phone.at(emulator) as phone:
            person = found(who, [person for person, _ in await phone.people()], medium)
            if isinstance(screen, Pipe):
                return int(bool(await _first_of(recite(phone, screen, person, patience=patience), stop.wait())))
            screen.note("/help shows what else can be typed; Ctrl-D leaves.")
            await _first_of(live(phone, screen, person), stop.wait())
            return 0


@contextmanager
def _screen(settings: Settings, *, as_json: bool) -> Iterator[Screen]:
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield Pipe(as_json=as_json)
    elif os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        yield Plain(_assistant(settings))
    else:
        from prompt_toolkit.patch_stdout import patch_stdout

        from entrypoints.cli.terminal import Terminal

        with patch_stdout(raw=True):  # whatever else is written, such as a log, scrolls by above the prompt
            yield Terminal(_assistant(settings))


def _assistant(settings: Settings) -> str:
    """What the assistant is called: the running app read the same file, as far as can be told from here."""

    try:
        return read_agent(agent_path(settings)).agent.name
    except RecadoError:
        return "Recado"


@asynccontextmanager
async def _emulator(settings: Settings, alarm: Alarm) -> AsyncIterator[str]:
    """The emulator of the `dev` that runs; if none does, one of our own, which says nothing unless it fails."""
    kept = DevState.found(settings.data)
    if kept is not None and kept.emulator is not None and await _answers(kept.emulator):
        yield kept.emulator
        return
    if sys.stdin.isatty():
        print("Nothing runs here yet, so this chat brings its own: `recado dev` would stay.", file=sys.stderr)
    # Only now: a chat with what runs already needs nothing of the app.
    from entrypoints.cli.dev import developing

    async with developing({"RECADO_LOG_LEVEL": "error", **environment()}, alarm, any_port=True) as dev:
        yield dev.emulator


async def _answers(emulator: str) -> bool:
    async with Phone.at(emulator) as phone:
        return await phone.there()


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
