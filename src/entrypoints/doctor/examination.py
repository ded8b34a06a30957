"""The examination, from the inside out: settings, assistant, store, queue, models, address, and each line."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.conversation.inspection import Finding
from core.conversation.ports import Channel, WakeQueue
from core.driver import Surroundings
from core.errors import RecadoError
from core.identity.model import Line
from core.storage import Storage
from entrypoints.container import lines_of
from entrypoints.doctor import keeping, mind
from entrypoints.doctor.choosing import Choices, choose, opened
from entrypoints.doctor.findings import Section, collected, doubt, fine
from entrypoints.doctor.lines import lacking, line_checked, title
from entrypoints.doctor.reaching import reached
from entrypoints.doctor.setup import Setup, found_setup
from entrypoints.doctor.variables import survey
from entrypoints.logs import HIDDEN, open_log
from entrypoints.seal import seal_of
from entrypoints.settings import Settings, secrets

_OPEN_S, _STORE_S, _QUEUE_S, _LINES_S, _MODELS_S = 3.0, 3.0, 2.0, 9.0, 10.0
"""Seconds. The models are asked, and the address is looked at, meanwhile: all of it ends within about 20."""


async def examine(environ: Mapping[str, str]) -> AsyncIterator[Section]:
    """Section by section, as they are found out. Never raises for what is wrong with the set-up."""
    setup, about_settings = await found_setup(environ)
    wanted, about_agent = mind.agent(setup)
    choices = choose(setup, wanted)
    hidden = secrets(setup.settings) | choices.secrets
    seen: set[str] = set()
    log = open_log("error", secrets=hidden, seen=seen)

    def section(name: str, findings: Iterable[Finding]) -> Section:
        return Section(title=name, findings=[_without(hidden | seen, finding) for finding in findings])

    kinds = dict.fromkeys(chosen.driver.settings for chosen in choices.chosen)
    yield section("Settings", [*about_settings, *choices.findings, *survey(environ, Settings, *kinds)])
    yield section("Assistant", about_agent)
    async with AsyncExitStack() as stack:
        surroundings = _surroundings(setup, stack, seen)
        looking = asyncio.create_task(reached(setup))
        stack.callback(looking.cancel)
        answers = None
        if wanted is not None:
            asking = mind.models(setup, wanted, choices, surroundings, log)
            answers = asyncio.create_task(collected(asking, within=_MODELS_S, about="Asking the models"))
            stack.callback(answers.cancel)
        store, about_store = await _store(choices, stack, surroundings)
        about_folder = keeping.folder(setup.settings.data)
        yield section("Store", [*about_folder, *about_store, *keeping.lock(setup.settings.data)])
        yield section("Queue", await _queue(choices, stack, surroundings))
        if answers is not None:
            yield section("Model", await answers)
        reach = await looking
        yield section("Address", reach.findings)
        channels, about_channels = await _channels(choices, stack, surroundings)
        lines, about_lines = await _lines(store, channels, setup)
        if about_channels or about_lines:
            yield section("Channels", [*about_channels, *about_lines])
        checks = [line_checked(line, channels, setup, reach.base) for line in lines]
        found = await asyncio.gather(*(collected(check, within=_LINES_S, about="Looking at it") for check in checks))
        for line, findings in zip(lines, found, strict=True):
            yield section(title(line), findings)


def _without(hidden: Iterable[str], finding: Finding) -> Finding:
    """The finding without any configured secret, should a driver have put one into its words."""
    what, cure = finding.what, finding.cure
    for secret in sorted(hidden, key=len, reverse=True):
        what, cure = what.replace(secret, HIDDEN), cure.replace(secret, HIDDEN)
    return Finding(severity=finding.severity, what=what, cure=cure)


def _surroundings(setup: Setup, stack: AsyncExitStack, seen: set[str]) -> Surroundings:
    """A data folder that is not there yet is not made: what would be in it is tried in a temporary one."""
    data = setup.settings.data
    if not data.is_dir():
        data = Path(stack.enter_context(TemporaryDirectory(prefix="recado-doctor-")))
    return Surroundings(
        data=data,
        public_url=setup.settings.public_url,
        turn_limit=4,
        works=False,
        seal=seal_of(setup.settings.secret_keys, seen),
    )


async def _store(
    choices: Choices, stack: AsyncExitStack, surroundings: Surroundings
) -> tuple[Storage | None, Sequence[Finding]]:
    for chosen in choices.of("store"):
        store, wrong = await opened(chosen, choices, stack, surroundings, within=_OPEN_S)
        if store is None:
            return None, wrong
        checks = keeping.store(store, chosen.name, chosen.driver.summary)
        return store, await collected(checks, within=_STORE_S, about="Trying the store")
    return None, [doubt("It could not be looked at: see the settings above.")]


async def _queue(choices: Choices, stack: AsyncExitStack, surroundings: Surroundings) -> Sequence[Finding]:
    for chosen in choices.of("queue"):
        queue, wrong = await opened(chosen, choices, stack, surroundings, within=_OPEN_S)
        if queue is None:
            return wrong
        ready = _ready(queue, f"The queue {chosen.name!r} is ready. {chosen.driver.summary}")
        return await collected(ready, within=_QUEUE_S, about="Trying the queue")
    return [doubt("It could not be looked at: see the settings above.")]


async def _ready(queue: WakeQueue, well: str) -> AsyncIterator[Finding]:
    await queue.ready()
    yield fine(well)


async def _channels(
    choices: Choices, stack: AsyncExitStack, surroundings: Surroundings
) -> tuple[Mapping[str, Channel], Sequence[Finding]]:
    channels: dict[str, Any] = {}
    findings: list[Finding] = []
    for chosen in choices.of("channel"):
        channel, wrong = await opened(chosen, choices, stack, surroundings, within=_OPEN_S)
        findings += wrong
        if channel is not None:
            channels[chosen.name] = channel
    return channels, findings


async def _lines(
    store: Storage | None, channels: Mapping[str, Channel], setup: Setup
) -> tuple[Sequence[Line], Sequence[Finding]]:
    """The lines there are; while there is none, those that the first start will make."""
    try:
        async with asyncio.timeout(_STORE_S):
            kept = await store.lines() if store is not None else ()
    except (TimeoutError, RecadoError):
        return (), [doubt("The lines could not be read from the store.")]
    lines = kept or lines_of(channels, ("main", "sms") if setup.dev else ())
    return lines, [finding for name, channel in channels.items() for finding in lacking(name, channel, lines, setup)]
