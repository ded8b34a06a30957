"""Drivers are found by the name of their entry point; what is wrong with one is said in a line, with the cure."""

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic_settings import BaseSettings

from core.ai.tool import Skill
from core.driver import Driver, Surroundings
from core.errors import Permanent

PORTS = ("store", "queue", "model", "channel", "emulator", "skill")
"""Each has an entry point group of its own: `recado.` and this name."""

CHOSEN_BY = {"store": "RECADO_STORE", "queue": "RECADO_QUEUE", "model": "RECADO_MODEL", "channel": "RECADO_CHANNELS"}
"""The setting that names the driver of a port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A driver, and which it is."""

    port: str
    name: str
    module: str
    """Where it is, for what is said when it cannot be opened."""
    driver: Driver[Any]

    async def enter(self, stack: AsyncExitStack, settings: Any, surroundings: Surroundings) -> Any:
        """Open it until `stack` ends. A vendor's package that is missing is named: a driver imports it only now."""
        try:
            return await stack.enter_async_context(self.driver.open(settings, surroundings))
        except ModuleNotFoundError as error:
            raise _missing(self.port, self.name, self.module, error) from error

    async def migrate(self, settings: Any, surroundings: Surroundings) -> Sequence[str]:
        """Bring its schema up to date, where opening does not do that; gives the names of the steps it took."""
        if self.driver.migrate is None:
            return ()
        try:
            return await self.driver.migrate(settings, surroundings)
        except ModuleNotFoundError as error:
            raise _missing(self.port, self.name, self.module, error) from error


def installed(port: str) -> Mapping[str, EntryPoint]:
    """The installed drivers of a port, by name."""
    return _installed(tuple(sys.path))[port]


@lru_cache(maxsize=1)
def _installed(path: tuple[str, ...]) -> Mapping[str, Mapping[str, EntryPoint]]:
    """The same for every port, with what is on this path: looking into every installed package takes a while."""
    points = entry_points()
    return {
        port: {
            point.name: point for point in sorted(points.select(group=f"recado.{port}"), key=lambda point: point.name)
        }
        for port in PORTS
    }


def find(port: str, name: str) -> Chosen:
    """The driver of this name. Raises `Permanent` if there is none, or if it cannot be imported."""
    found = installed(port)
    if name not in found:
        known = ", ".join(found) or "none"
        setting = f"{CHOSEN_BY[port]}: " if port in CHOSEN_BY else ""
        raise Permanent(f"{setting}there is no {port} {name!r}. Choose one that is installed: {known}.")
    return load(port, found[name])


def load(port: str, point: EntryPoint) -> Chosen:
    """The driver that an entry point names. Raises `Permanent` if it cannot be imported or is no driver."""
    try:
        driver = point.load()
    except ModuleNotFoundError as error:
        raise _missing(port, point.name, point.module, error) from error
    except (ImportError, AttributeError) as error:
        raise Permanent(f"The {port} {point.name!r} cannot be imported from {point.value}: {error}.") from error
    if port == "skill" and isinstance(driver, Skill):
        driver = _driver_of(driver)
    if not isinstance(driver, Driver):
        raise Permanent(f"The {port} {point.name!r} is no driver: {point.value} must be a core.driver.Driver.")
    return Chosen(port=port, name=point.name, module=point.module, driver=driver)


class _NoSettings(BaseSettings):
    """There is nothing to set."""


def _driver_of(skill: Skill) -> Driver[Skill]:
    """A skill that needs no settings stands in its entry point as it is."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Skill]:
        yield skill

    def open_skill(settings: Any, surroundings: Surroundings) -> AbstractAsyncContextManager[Skill]:
        return opened()

    summary = skill.abilities.get("en", "") or ", ".join(tool.name for tool in skill.tools)
    return Driver(summary=summary[:1].upper() + summary[1:] + ".", settings=_NoSettings, open=open_skill)


def _missing(port: str, name: str, module: str, error: ModuleNotFoundError) -> Permanent:
    package = (error.name or str(error)).partition(".")[0]
    if package == module.partition(".")[0]:
        return Permanent(
            f"The {port} {name!r} lacks its module {error.name}: install again, or remove its entry point."
        )
    return Permanent(f"The {port} {name!r} needs the package {package!r}: install it with `pip install {package}`.")
