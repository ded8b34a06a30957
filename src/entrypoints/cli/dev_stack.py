"""`recado dev --stack`: what runs in production, on this machine. Servers and commands in processes of their own.

PostgreSQL, Supabase's API over it, Redis, one `recado serve` and two `recado worker`; the emulator is in this process.
"""

import asyncio
import shlex
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from core.driver import Surroundings
from core.errors import RecadoError
from core.identity.model import Line
from entrypoints.briefing import agent_path
from entrypoints.cli.dev import connect, emulator_of
from entrypoints.cli.dev_state import DevState
from entrypoints.cli.log_lines import shown
from entrypoints.container import running
from entrypoints.drivers import find
from entrypoints.process import Alarm, make_folder, stop_signals
from entrypoints.rereading import when_saved
from entrypoints.serving import bind, bind_near, serving, url_of
from entrypoints.settings import Settings, environment, read
from entrypoints.stack import Postgres, Redis, Rest, postgres, private, redis, rest
from entrypoints.stack.child import Child
from entrypoints.stack.command import Command
from entrypoints.stack.guarding import Guard, guarding
from entrypoints.stack.place import Place, placed

_WORKERS = 2
_STORES = ("supabase", "postgres")
"""Those that share the database; the first unless the environment names the other."""
_PAUSES = (0.0, 1.0, 3.0, 10.0)
"""Seconds before a child that died by itself is started again, the longer the more often it did so in a row."""
_IN_A_ROW = 30.0
"""Seconds after which a child that was started again counts as well."""

Say = Callable[[str, str], None]
"""Prints a line of somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """What Recado runs on."""

    postgres: Postgres
    redis: Redis
    rest: Rest

    def addresses(self) -> Mapping[str, str]:
        """The settings that lead to them, whatever `.env` says about others."""
        return {
            "RECADO_QUEUE": "arq",
            "SUPABASE_URL": self.rest.url,
            "SUPABASE_SECRET_KEY": self.rest.secret_key,
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What runs, and where."""

    app: str
    emulator: str
    settings: Settings
    servers: Servers
    commands: Sequence[Command]
    env_file: Path
    """The settings with which another command joins in."""


async def dev_stack() -> int:
    """Run everything until Ctrl-C, which may come before everything is up. 1 if something died before."""
    with stop_signals() as stop:
        alarm = Alarm(stop)
        async with AsyncExitStack() as open_stack:
            developing = developing_stack(environment(), alarm, say=_say)
            opening = asyncio.create_task(open_stack.enter_async_context(developing))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait((opening, stopping), return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                print(_what_next(await opening), flush=True)
                await stopping
            stopping.cancel()
            opening.cancel()
            print("\nStopping. Everything that was said is kept: start again and go on.", flush=True)
            with suppress(asyncio.CancelledError):
                await opening
        return int(alarm.rung)


@asynccontextmanager
async def developing_stack(environ: Mapping[str, str], alarm: Alarm, *, say: Say) -> AsyncIterator[Stack]:
    """The whole stack until the block ends. A child that dies by itself is started again."""
    asked = read(Settings, environ)
    with bind(asked.host, asked.port) as listening:  # `serve` will: better that it be said now
        app = url_of(listening)
    make_folder(asked.data)
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(placed(asked.data / "stack"))
        guard = await stack.enter_async_context(guarding(hold=(place.lock,)))
        say("stack", "starting PostgreSQL, Redis and Supabase's API")
        servers = await _servers(stack, place, guard)
        beside = bind_near("127.0.0.1", asked.port + 1)
        state = DevState.of(asked.data).at(url_of(beside))
        environ = _environment(environ, servers, state, app=app, data=asked.data)
        settings = read(Settings, environ)
        for step in await _migrated(settings, environ):
            say("stack", f"applied {step}")
        emulator = await emulator_of(stack, settings, environ, public_url=app)
        await stack.enter_async_context(serving(emulator, beside, drain=0, on_death=alarm.ring))
        lines = await _lines(settings, environ)
        commands = _commands(settings, environ, place, guard, say)
        stack.push_async_callback(_stop, commands)
        await asyncio.gather(*(command.start() for command in commands))
        for child in (servers.postgres, servers.redis, servers.rest, *commands):
            await stack.enter_async_context(_kept_up(child, say))
        await stack.enter_async_context(when_saved(lambda: agent_path(settings), lambda: _read_again(commands)))
        await connect(url_of(beside), app, lines)
        state.keep(settings.data)
        stack.callback(lambda: state.at(None).keep(settings.data))
        env_file = _write_env(place, environ)
        yield Stack(
            app=app, emulator=url_of(beside), settings=settings, servers=servers, commands=commands, env_file=env_file
        )


async def _servers(stack: AsyncExitStack, place: Place, guard: Guard) -> Servers:
    folder = place.folder
    database = await stack.enter_async_context(
        postgres(folder / "postgres", port=place.port("postgres"), durable=True, guard=guard)
    )
    wakes = await stack.enter_async_context(redis(folder / "redis", port=place.port("redis"), keep=True, guard=guard))
    api = await stack.enter_async_context(rest(folder / "rest", database.url, port=place.port("rest"), guard=guard))
    return Servers(postgres=database, redis=wakes, rest=api)


def _environment(
    environ: Mapping[str, str], servers: Servers, state: DevState, *, app: str, data: Path
) -> Mapping[str, str]:
    """What the commands are told."""
    store = environ.get("RECADO_STORE")
    return {
        **state.environment(),
        **environ,
        **servers.addresses(),
        "RECADO_STORE": store if store in _STORES else _STORES[0],
        "RECADO_PUBLIC_URL": app,
        "RECADO_DATA": str(data.absolute()),
        "TWILIO_API_URL": state.emulator or "",
    }


async def _migrated(settings: Settings, environ: Mapping[str, str]) -> Sequence[str]:
    store = find("store", settings.store)
    surroundings = Surroundings(data=settings.data, public_url=settings.public_url, turn_limit=1, works=False)
    return await store.migrate(read(store.driver.settings, environ), surroundings)


async def _lines(settings: Settings, environ: Mapping[str, str]) -> Sequence[Line]:
    """The lines there are; the first are made here, as `dev` makes them, before `serve` would name them otherwise."""
    async with running(settings, works=False, environ=environ, line_ids=("main", "sms")) as container:
        return await container.store().lines()


def _commands(
    settings: Settings, environ: Mapping[str, str], place: Place, guard: Guard, say: Say
) -> Sequence[Command]:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - only asked there

    def command(name: str, verb: str) -> Command:
        def hear(line: str) -> None:
            say(name, shown(line))

        return Command(name, verb, environ, guard, host=host, port=place.port(name), hear=hear)

    return (command("serve", "serve"), *(command(f"worker-{n}", "worker") for n in range(1, _WORKERS + 1)))


async def _stop(commands: Sequence[Command]) -> None:
    """What comes in first, then what is being answered."""
    await commands[0].stop()
    await asyncio.gather(*(command.stop() for command in commands[1:]))


async def _read_again(commands: Sequence[Command]) -> None:
    for command in commands:
        command.hang_up()


@asynccontextmanager
async def _kept_up(child: Child, say: Say) -> AsyncIterator[None]:
    async def watch() -> None:
        deaths = 0
        while True:
            began = time.monotonic()
            code = await child.ended()
            deaths = 0 if time.monotonic() - began > _IN_A_ROW else deaths
            say(child.name, f"ended by itself ({_how(code)}) and is started again")
            await _again(child, say, deaths)
            say(child.name, f"is back as process {child.pid}")
            deaths += 1

    task = asyncio.create_task(watch(), name=f"keeps {child.name} up")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _again(child: Child, say: Say, deaths: int) -> None:
    while True:
        await asyncio.sleep(_PAUSES[min(deaths, len(_PAUSES) - 1)])
        try:
            return await child.start()
        except RecadoError as error:
            say(child.name, str(error))
            deaths += 1


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _write_env(place: Place, environ: Mapping[str, str]) -> Path:
    """What a command needs to join in, for a shell to read."""
    file = place.folder / "env"
    wanted = ("RECADO_", "TWILIO_", "SUPABASE_", "DATABASE_URL", "REDIS_URL")
    ours = {
        name: value
        for name, value in environ.items()
        if name.startswith(wanted) and name != "RECADO_METRICS_PORT"  # each process has its own
    }
    private.write(file, "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(ours.items())))
    return file


def _say(name: str, text: str) -> None:
    for line in text.splitlines():
        print(f"{name:<10} {line}", flush=True)


def _what_next(stack: Stack) -> str:
    recado = Path(sys.argv[0])
    command = recado.relative_to(Path.cwd()) if recado.is_relative_to(Path.cwd()) else recado
    pids = ", ".join(f"{child.name} {child.pid}" for child in stack.commands)
    return f"""
Recado is running as in production. Ctrl-C stops it; nothing that was said is lost.

  Talk to it from another terminal:
    {command} chat          as a person on WhatsApp
    {command} chat --sms    as a person who sends an SMS

  Another worker, or any other command, on the same store and queue:
    (. {stack.env_file}; {command} worker)

  app         {stack.app}     store {stack.settings.store}, queue {stack.settings.queue}, model {stack.settings.model}
  emulator    {stack.emulator}     Twilio on this machine: nothing leaves it
  PostgreSQL  127.0.0.1:{stack.servers.postgres.port}     process {stack.servers.postgres.pid}
  Supabase    {stack.servers.rest.url}     process {stack.servers.rest.pid}
  Redis       127.0.0.1:{stack.servers.redis.port}     process {stack.servers.redis.pid}
  processes   {pids}; kill one and see: it is started again
  data        {stack.settings.data / "stack"}     addresses and passwords in {stack.env_file}
"""
