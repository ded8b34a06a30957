"""The drivers that a set-up chooses, with their settings; and opening one without letting it stop the examination."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from core.conversation.inspection import Finding
from core.driver import Surroundings
from core.errors import RecadoError
from entrypoints.briefing import Briefing
from entrypoints.doctor.findings import of_error, problem
from entrypoints.doctor.setup import Setup
from entrypoints.doctor.variables import understood
from entrypoints.drivers import Chosen, find
from entrypoints.settings import secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """`told` holds the settings of the drivers whose settings are right."""

    chosen: Sequence[Chosen]
    told: Mapping[Chosen, Any]
    findings: Sequence[Finding]

    def of(self, port: str) -> Iterator[Chosen]:
        """Those of a port that can be opened."""
        return (chosen for chosen in self.chosen if chosen.port == port and chosen in self.told)

    @property
    def flawless(self) -> bool:
        """Whether every driver can be opened with the settings as they stand."""
        return not self.findings and len(self.told) == len(set(self.chosen))

    @property
    def secrets(self) -> frozenset[str]:
        return frozenset().union(*(secrets(settings) for settings in self.told.values()))


def choose(setup: Setup, wanted: Briefing | None) -> Choices:
    """What the settings and the agent's file choose; `wanted` is None if that file cannot be read."""
    named = [("store", setup.settings.store), ("queue", setup.settings.queue)]
    named += [("channel", name) for name in setup.settings.channels]
    named += [("model", setup.settings.model)] if wanted is None else []
    chosen: list[Chosen] = list(wanted.drivers) if wanted is not None else []
    told: dict[Chosen, Any] = {}
    findings: list[Finding] = []
    for port, name in named:
        try:
            chosen.append(find(port, name))
        except RecadoError as error:
            findings += of_error(error)
    for driver in chosen:
        settings, wrong = understood(driver.driver.settings, setup.environ)
        findings += wrong
        if settings is not None:
            told[driver] = settings
    return Choices(chosen=chosen, told=told, findings=findings)


async def opened(
    chosen: Chosen, choices: Choices, stack: AsyncExitStack, surroundings: Surroundings, *, within: float
) -> tuple[Any | None, list[Finding]]:
    """The driver, open until `stack` ends; or why it is not."""
    what = f"The {chosen.port} {chosen.name!r}"
    try:
        async with asyncio.timeout(within):
            return await chosen.enter(stack, choices.told[chosen], surroundings), []
    except TimeoutError:
        return None, [problem(f"{what} could not be opened within {within:g} s.", "Does what it connects to answer?")]
    except RecadoError as error:
        return None, list(of_error(error))
    except Exception as error:  # noqa: BLE001 - a driver's bug must not hide what else is wrong
        return None, [problem(f"{what} cannot be opened: {type(error).__name__}.", "Please report this bug.")]
