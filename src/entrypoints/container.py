"""The wiring: chosen drivers are opened in one stack, and a thin container builds the use cases over them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol, runtime_checkable

from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import Dependency, Singleton

from core.ai.agent import Agent
from core.ai.assistant import Assistant
from core.ai.ports import LanguageModel
from core.ai.tool import Skill
from core.conversation.ports import Channel, WakeQueue
from core.desk import Desk
from core.driver import Surroundings
from core.identity.model import Address, Line, LineId, WorkspaceId
from core.limits import Limits
from core.log import Log
from core.orchestrator import Orchestrator
from core.storage import Storage
from core.worker import Worker
from entrypoints.drivers import Chosen, find, installed, load
from entrypoints.logs import open_log
from entrypoints.process import make_folder, turns_of_this_machine
from entrypoints.settings import Settings, environment, limits_of, read, secrets


class Container(DeclarativeContainer):
    """Ports go in open, use cases come out. No resources, no selectors, no `wire()`: see docs/decisions/0007."""

    settings = Dependency[Settings]()
    store = Dependency[Storage]()
    queue = Dependency[WakeQueue]()
    model = Dependency[LanguageModel]()
    channels = Dependency[Mapping[str, Channel]]()
    skills = Dependency[Sequence[Skill]]()
    agent = Dependency[Agent]()
    limits = Dependency[Limits]()
    log = Dependency[Log]()

    assistant = Singleton(Assistant, model=model, agent=agent, skills=skills, limits=limits)
    orchestrator = Singleton(
        Orchestrator, store=store, channels=channels, queue=queue, assistant=assistant, limits=limits, log=log
    )
    worker = Singleton(Worker, orchestrator=orchestrator, store=store, queue=queue, limits=limits, log=log)
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
) -> AsyncIterator[Container]:
    """The application, open until the block ends. Raises core errors, each with the cure in its text.

    `works`: this process runs turns. `line_ids` name the first lines, should there be none yet.
    """
    environ = environment() if environ is None else environ
    chosen = _choose(settings)
    told = {driver: read(driver.driver.settings, environ) for drivers in chosen.values() for driver in drivers}
    if log is None:
        log = open_log(settings.log_level, secrets=frozenset().union(*map(secrets, told.values())))
    make_folder(settings.data)
    limits = limits_of(settings, turns=turns_of_this_machine())
    surroundings = Surroundings(
        data=settings.data, public_url=settings.public_url, turn_limit=limits.turns, works=works
    )
    async with AsyncExitStack() as stack:
        ports = {
            port: {driver.name: await driver.enter(stack, told[driver], surroundings) for driver in drivers}
            for port, drivers in chosen.items()
        }
        container = Container(
            settings=settings,
            store=ports["store"][settings.store],
            queue=ports["queue"][settings.queue],
            model=ports["model"][settings.model],
            channels=ports["channel"],
            skills=tuple(ports["skill"].values()),
            agent=Agent(),
            limits=limits,
            log=log,
        )
        await _seed(container, line_ids)
        yield container


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
    for line in await container.store().seed(lines_of(channels, ids)):
        channel = channels.get(line.channel)
        if channel is None or (isinstance(channel, OwnsSenders) and channel.account != line.account):
            why = "its channel is switched off" if channel is None else "it belongs to another account of the provider"
            container.log().warning("line refuses its webhooks", line=line.id, channel=line.channel, why=why)


def _choose(settings: Settings) -> Mapping[str, Sequence[Chosen]]:
    return {
        "store": (find("store", settings.store),),
        "queue": (find("queue", settings.queue),),
        "model": (find("model", settings.model),),
        "channel": tuple(find("channel", name) for name in settings.channels),
        "skill": tuple(load("skill", point) for point in installed("skill").values()),
    }
