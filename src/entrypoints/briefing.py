"""From the agent's file to what the assistant works with: models and skills found, opened, and put in order."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.ai import hand_over
from core.ai.assistant import Assistant
from core.ai.brief import Brief
from core.ai.budget import most_of
from core.ai.chain import Breaker, ModelChain, full_name
from core.ai.ports import LanguageModel, Prompt
from core.ai.prices import NANOS
from core.ai.tool import Skill
from core.conversation.burst import Burst
from core.driver import Surroundings
from core.errors import Permanent, RecadoError
from core.limits import Limits
from core.log import Log
from entrypoints.agent_file import SHIPPED, AgentFile, read_agent
from entrypoints.drivers import Chosen, find, installed, load
from entrypoints.settings import Settings, limits_of, read


class Briefing:
    """How the assistant's brief is made of its file, again and again while the app runs.

    What the file names is opened when it names it first, and stays open as long as the app.
    """

    def __init__(self, settings: Settings, environ: Mapping[str, str], *, model: str | None = None) -> None:
        """Finds what the file asks for and opens nothing yet; `model` takes the place of its models.

        Raises `Permanent`.
        """
        self._settings = settings
        self._environ = environ
        self._model = model
        self._breakers: dict[str, Breaker] = {}
        self._open: dict[tuple[str, str], Any] = {}
        """By port and name: a skill without settings is another driver each time it is found."""
        self._one_at_a_time = asyncio.Lock()
        self._read()

    def _read(self) -> None:
        file = read_agent(agent_path(self._settings))
        if self._model is not None:
            file = replace(file, agent=replace(file.agent, model=self._model, fallback=()))
        drivers = dict.fromkeys(name.partition(":")[0] for name in _names(file, self._settings))
        wanted = installed("skill") if file.agent.skills is None else dict.fromkeys(file.agent.skills)
        models = [find("model", name) for name in drivers]
        skills = [_skill(name, file) for name in wanted]
        self._models, self._skills, self.file = models, skills, file

    @property
    def drivers(self) -> Sequence[Chosen]:
        """Everything that the file names."""
        return (*self._models, *self._skills)

    async def open(self, stack: AsyncExitStack, surroundings: Surroundings) -> None:
        """Open what the file names, until `stack` ends."""
        self._stack, self._surroundings = stack, surroundings
        for chosen in self.drivers:
            if (chosen.port, chosen.name) not in self._open:
                told = read(chosen.driver.settings, self._environ)
                self._open[chosen.port, chosen.name] = await chosen.enter(stack, told, surroundings)

    def brief(self, limits: Limits, log: Log) -> Brief:
        """The brief as the file has it, of what is open. Raises `Permanent`."""
        # All that are open, not only those that the file names: a turn may wait in the middle of another's tool loop.
        models: Mapping[str, LanguageModel] = {name: it for (port, name), it in self._open.items() if port == "model"}
        chain = ModelChain(
            drivers=models,
            names=[_named(name, models) for name in _names(self.file, self._settings)],
            prices=self.file.prices,
            breakers=self._breakers,
            log=log,
        )
        self._check_prices(chain)
        skills = tuple(self._open[chosen.port, chosen.name] for chosen in self._skills)
        _check_tools(skills, self.file)
        self._check_caps(chain, skills)
        own = self.file.limits(limits)
        own = replace(own, burst=self._burst(own.burst, limits.burst))
        return Brief(agent=self.file.agent, models=chain, skills=skills, limits=own)

    def _burst(self, of_file: Burst, of_settings: Burst) -> Burst:
        """What was set goes first, each for itself."""
        is_set = self._settings.model_fields_set
        quiet = of_settings.quiet if "quiet_ms" in is_set else of_file.quiet
        ceiling = of_settings.ceiling if "max_wait_ms" in is_set else of_file.ceiling
        return Burst(quiet=quiet, ceiling=max(quiet, ceiling))

    async def again(self, assistant: Assistant, log: Log) -> bool:
        """Read the file once more, for a new brief. What is wrong with it is logged, and the old one stays."""
        async with self._one_at_a_time:
            try:
                self._read()
                await self.open(self._stack, self._surroundings)
                limits = limits_of(self._settings, turns=assistant.brief.limits.turns)
                assistant.brief = self.brief(limits, log)
            except RecadoError as error:
                log.error("agent's file refused", why=str(error))
                return False
            except Exception as error:  # a bug of a skill: whoever watches the file must go on watching
                log.error("agent's file refused", why=type(error).__name__, exc_info=error)
                return False
            log.info("agent's file read", file=str(self.file.path))
            return True

    def _check_caps(self, models: ModelChain, skills: Sequence[Skill]) -> None:
        """A cap that is below what one answer may take lets nobody be answered: that is a mistake in the file."""
        agent = self.file.agent
        tools = tuple(tool for skill in (*skills, hand_over.skill) for tool in skill.tools)
        words = "".join((agent.instructions, *(skill.instructions for skill in skills)))
        most = most_of(Prompt(instructions=words, parts=(), tools=tools))
        costs = [price.cost(most) for name in models.names if (price := models.named(name).price) is not None]
        for whose, cap in (("contact", agent.caps.contact), ("workspace", agent.caps.workspace)):
            for key, limit, least in (
                ("tokens_per_day", cap.tokens, most.tokens),
                ("usd_per_day", cap.cost, max(costs, default=0)),
            ):
                if limit is not None and limit < least:
                    shown = f"{least:,}" if key == "tokens_per_day" else f"{least / NANOS:.6f}"
                    raise Permanent(
                        f"{self.file.path}: caps.{whose}.{key} is below what one answer may take ({shown}), so nobody "
                        f"would be answered. Raise it."
                    )

    def _check_prices(self, chain: ModelChain) -> None:
        known = installed("model")
        for name in self.file.prices:
            if name.partition(":")[0] not in known:
                raise Permanent(
                    f'{self.file.path}: [prices."{name}"] names no model driver. Write it with one of the installed: '
                    f"{', '.join(known)}; such as openai:gpt-6-luna."
                )
        caps = self.file.agent.caps
        if caps.contact.cost is None and caps.workspace.cost is None:
            return
        for name in chain.names:
            if chain.named(name).price is None:
                raise Permanent(
                    f"{self.file.path}: usd_per_day cannot hold: nobody knows what {name} costs. "
                    f'Say so in [prices."{name}"], or cap tokens_per_day.'
                )


def agent_path(settings: Settings) -> Path:
    """The configured file; the one that comes with Recado when none was configured and none is there."""
    is_asked_for = "agent" in settings.model_fields_set
    return settings.agent if is_asked_for or settings.agent.is_file() else SHIPPED


def _skill(name: str, file: AgentFile) -> Chosen:
    found = installed("skill")
    if name not in found:
        known = ", ".join(found) or "none"
        raise Permanent(f"{file.path}: there is no skill {name!r}. Choose among the installed ones: {known}.")
    return load("skill", found[name])


def _names(file: AgentFile, settings: Settings) -> Sequence[str]:
    """The chain's models, each with its driver; no model is in it twice."""
    drivers = tuple(installed("model"))
    asked = (file.agent.model or settings.model, *file.agent.fallback)
    default = settings.model.partition(":")[0]
    return tuple(dict.fromkeys(full_name(name, drivers, default) for name in asked))


def _named(name: str, models: Mapping[str, LanguageModel]) -> str:
    """The name with the driver's own model, where none was named; a driver of one model is called as that is."""
    driver, _, model = name.partition(":")
    if driver not in models:
        raise Permanent(
            f"The model {name} needs the driver {driver!r}, which was not opened at the start: start again."
        )
    model = model or models[driver].name
    return driver if model == driver else f"{driver}:{model}"


def _check_tools(skills: Sequence[Skill], file: AgentFile) -> None:
    owners: dict[str, str] = {}
    for skill in skills:
        for tool in skill.tools:
            if owners.setdefault(tool.name, skill.name) != skill.name:
                raise Permanent(
                    f"{file.path}: the skills {owners[tool.name]} and {skill.name} both have a tool {tool.name!r}: "
                    f"name only one of them in `skills`."
                )
