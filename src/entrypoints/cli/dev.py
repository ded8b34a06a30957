"""`recado dev`: app, worker and emulator in one process and loop, without an account anywhere."""

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from starlette.types import ASGIApp

from core.driver import Surroundings
from core.errors import Permanent
from core.identity.medium import Medium
from core.identity.model import Line
from entrypoints.briefing import agent_path
from entrypoints.cli.dev_state import DevState
from entrypoints.cli.phone import Phone
from entrypoints.container import read_again, running
from entrypoints.drivers import find, installed
from entrypoints.http import create_app
from entrypoints.process import Alarm, make_folder, stop_signals
from entrypoints.rereading import when_saved
from entrypoints.serving import bind, bind_near, serving, url_of
from entrypoints.settings import Settings, environment, read
from entrypoints.worker import working

_GRACE = timedelta(seconds=1)
"""Ctrl-C at a laptop: what is not answered by then is answered at the next start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dev:
    """What runs, and where."""

    app: str
    emulator: str
    settings: Settings


async def dev() -> int:
    """Run everything until Ctrl-C. 1 if something died before."""
    with stop_signals() as stop:
        alarm = Alarm(stop)
        async with developing(environment(), alarm) as running_dev:
            print(_what_next(running_dev), flush=True)
            await stop.wait()
            print("\nStopping. Everything that was said is kept: start again and go on.", flush=True)
        return int(alarm.rung)


@asynccontextmanager
async def developing(environ: Mapping[str, str], alarm: Alarm, *, any_port: bool = False) -> AsyncIterator[Dev]:
    """App, worker and emulator, until the block ends. With `any_port` it gets out of the way of whatever runs."""
    asked = read(Settings, environ)
    listening = bind_near(asked.host, 0) if any_port else bind(asked.host, asked.port)
    beside = bind_near("127.0.0.1", 0 if any_port else asked.port + 1)
    app_url, emulator_url = url_of(listening), url_of(beside)
    state = DevState.of(asked.data).at(emulator_url)
    environ = {
        **state.environment(),
        **environ,
        "TWILIO_API_URL": emulator_url,
        "RECADO_PUBLIC_URL": app_url,
    }
    settings = read(Settings, environ)
    async with AsyncExitStack() as stack:
        emulator = await emulator_of(stack, settings, environ, public_url=app_url)
        await stack.enter_async_context(serving(emulator, beside, drain=0, on_death=alarm.ring))
        container = await stack.enter_async_context(
            running(settings, works=True, environ=environ, line_ids=("main", "sms"))
        )
        await stack.enter_async_context(when_saved(lambda: agent_path(settings), lambda: read_again(container)))
        await stack.enter_async_context(working(container, on_death=alarm.ring, grace=_GRACE))
        app = create_app(container=container)
        await stack.enter_async_context(serving(app, listening, drain=1, on_death=alarm.ring))
        await connect(emulator_url, app_url, await container.store().lines())
        state.keep(settings.data)
        stack.callback(lambda: state.at(None).keep(settings.data))
        yield Dev(app=app_url, emulator=emulator_url, settings=settings)


async def emulator_of(
    stack: AsyncExitStack, settings: Settings, environ: Mapping[str, str], *, public_url: str
) -> ASGIApp:
    """The emulator of the first channel that has one, open until `stack` ends."""
    names = [name for name in settings.channels if name in installed("emulator")]
    if not names:
        known = ", ".join(installed("emulator")) or "none"
        raise Permanent(f"RECADO_CHANNELS={','.join(settings.channels)} names no channel with an emulator ({known}).")
    chosen = find("emulator", names[0])
    make_folder(settings.data)
    surroundings = Surroundings(data=settings.data, public_url=public_url, turn_limit=1, works=False)
    emulator: ASGIApp = await chosen.enter(stack, read(chosen.driver.settings, environ), surroundings)
    return emulator


async def connect(emulator: str, app: str, lines: Sequence[Line]) -> None:
    """Have the emulator's senders call the app's webhooks."""
    async with Phone.at(emulator) as phone:
        for line in lines:
            if line.channel not in installed("emulator"):
                continue
            sender = f"whatsapp:{line.address.value}" if line.medium is Medium.WHATSAPP else line.address.value
            await phone.connect(sender, f"{app}/webhooks/{line.channel}/{line.id}")


def _what_next(dev: Dev) -> str:
    recado = Path(sys.argv[0])
    command = recado.relative_to(Path.cwd()) if recado.is_relative_to(Path.cwd()) else recado
    write = f"{dev.emulator}/emulator/people/whatsapp:+5511987654321/messages"
    return f"""
Recado is running. Ctrl-C stops it; nothing that was said is lost.

  Talk to it from another terminal:
    {command} chat          as a person on WhatsApp
    {command} chat --sms    as a person who sends an SMS

  Or without it:
    curl {write} -d '{{"body": "Olá!"}}'
    curl '{write}?wait=10'

  app       {dev.app}     store {dev.settings.store}, queue {dev.settings.queue}, model {dev.settings.model}
  emulator  {dev.emulator}     Twilio on this machine: nothing leaves it
  data      {dev.settings.data}
"""
