"""The wiring: chosen drivers are opened in one stack, and a thin container builds the use cases over them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Protocol, runtime_checkable

from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import Dependency, Singleton

from core.ai.assistant import Assistant
from core.ai.brief import Brief
from core.conversation.inspection import ChecksLines
from core.conversation.ports import Channel, WakeQueue
from core.desk import Desk
from core.driver import Surroundings
from core.identity.model import Address, Line, LineId, WorkspaceId
from core.limits import Limits
from core.log import Log
from core.orchestrator import Orchestrator
from core.storage import Storage
from core.worker import Worker
from entrypoints.briefing import Briefing
from entrypoints.drivers import Chosen, find
from entrypoints.logs import open_log
from entrypoints.metrics import Counting, Metrics, counted_records, timed
from entrypoints.process import make_folder, turns_of_this_machine
from entrypoints.rereading import on_hangup
from entrypoints.seal import seal_of
from entrypoints.settings import Settings, environment, limits_of, read, secrets, secrets_among


class Container(DeclarativeContainer):
    """Ports go in open, use cases come out. No resources, no selectors, no `wire()`: see docs/decisions/0007."""

    settings = Dependency[Settings]()
    store = Dependency[Storage]()
    queue = Dependency[WakeQueue]()
    channels = Dependency[Mapping[str, Channel]]()
    briefing = Dependency[Briefing]()
    brief = Dependency[Brief]()
    limits = Dependency[Limits]()
    log = Dependency[Log]()
    metrics = Singleton(Metrics)

    assistant = Singleton(Assistant, brief=brief, records=store)
    orchestrator = Singleton(Orchestrator, store=store, channels=channels, queue=queue, assistant=assistant, log=log)
    worker = Singleton(Worker, orchestrator=orchestrator, store=store, queue=queue, log=log)
    desk = Singleton(Desk, store=store, queue=queue, limits=limits, log=log)


@runtime_checkable
class OwnsSenders(Protocol):
    """A channel that knows its own senders, from which lines are made when there is none."""

    senders: Sequence[Address]
    account: str


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    works: bool,
    environ: Mapping[str, str] | None = None,
    log: Log | None = None,
    line_ids: Sequence[str] = (),
    channels: Mapping[str, Channel] | None = None,
    queue: WakeQueue | None = None,
    clock: Callable[[], datetime] | None = None,
    model: str | None = None,
) -> AsyncIterator[Container]:
    """The application, open until the block ends. Raises core errors, each with the cure in its text.

    `works`: this process runs turns. `line_ids` name the first lines, should there be none yet. `channels`,
    `queue`, `clock` and `model` take the place of the configured channels and queue, of the time, and of the agent's
    models.
    """
    environ = environment() if environ is None else environ
    chosen = _choose(settings) if channels is None else {**_choose(settings), "channel": ()}
    briefing = Briefing(settings, environ, model=model)
    every = [*briefing.drivers, *(driver for drivers in chosen.values() for driver in drivers)]
    told = {driver: read(driver.driver.settings, environ) for driver in every}
    seen: set[str] = set()
    if log is None:
        hidden = secrets_among(environ).union(*map(secrets, (settings, *told.values())))
        log = open_log(settings.log_level, secrets=hidden, seen=seen)
    metrics = Metrics()
    log = Counting(log, metrics)
    make_folder(settings.data)
    limits = limits_of(settings, turns=turns_of_this_machine(settings.turns))
    surroundings = Surroundings(
        data=settings.data,
        public_url=settings.public_url,
        turn_limit=limits.turns,
        works=works,
        seal=seal_of(settings.secret_keys, seen),
    )
    if clock is not None:
        surroundings = replace(surroundings, clock=clock)
    async with AsyncExitStack() as stack:
        is_open = asyncio.Event()

        async def reread() -> None:
            await is_open.wait()  # it may be asked for before everything is open
            await read_again(container)

        stack.enter_context(counted_records(metrics))
        await stack.enter_async_context(on_hangup(reread))
        ports = {
            port: {driver.name: await driver.enter(stack, told[driver], surroundings) for driver in drivers}
            for port, drivers in chosen.items()
            if port != "queue" or queue is None
        }
        await briefing.open(stack, surroundings)
        container = Container(
            settings=settings,
            store=timed(ports["store"][settings.store], metrics),
            queue=ports["queue"][settings.queue] if queue is None else queue,
            channels=ports["channel"] if channels is None else channels,
            briefing=briefing,
            brief=briefing.brief(limits, log),
            limits=limits,
            log=log,
            metrics=metrics,
        )
        await _seed(container, line_ids)
        is_open.set()
        yield container


async def read_again(container: Container) -> None:
    """Give the assistant its file's new brief. What is wrong with the file is logged, and the old brief stays."""
    await container.briefing().again(container.assistant(), container.log())


def lines_of(channels: Mapping[str, Channel], ids: Sequence[str] = ()) -> Sequence[Line]:
    """A line for each sender that the channels own: named by `ids` as far as they go, then `main-2`, `main-3`…"""
    senders = [
        (name, channel.account, sender)
        for name, channel in channels.items()
        if isinstance(channel, OwnsSenders)
        for sender in channel.senders
    ]
    names = [*ids, *("main" if place == 1 else f"main-{place}" for place in range(len(ids) + 1, len(senders) + 1))]
    return tuple(
        Line(workspace=WorkspaceId("main"), id=LineId(line), channel=channel, address=sender, account=account)
        for line, (channel, account, sender) in zip(names, senders, strict=False)
    )


async def _seed(container: Container, ids: Sequence[str]) -> None:
    channels = container.channels()
    lines = await container.store().seed(lines_of(channels, ids))
    unusable = {line.id: "Its channel is switched off." for line in lines if line.channel not in channels}
    for name, channel in channels.items():
        if isinstance(channel, ChecksLines):
            found = channel.unusable([line for line in lines if line.channel == name])
            unusable |= {id_: finding.what for id_, finding in found.items()}
    for id_, why in unusable.items():
        container.log().warning("line refuses its webhooks", line=id_, why=why)


def _choose(settings: Settings) -> Mapping[str, Sequence[Chosen]]:
    return {
        "store": (find("store", settings.store),),
        "queue": (find("queue", settings.queue),),
        "channel": tuple(find("channel", name) for name in settings.channels),
    }
