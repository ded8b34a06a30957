"""The assistant: its file, the skills and models it names, and whether each model answers."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack

from pydantic.fields import FieldInfo

from core.ai.chain import full_name
from core.ai.ports import LanguageModel, Prompt, Said
from core.conversation.inspection import Finding
from core.driver import Surroundings
from core.errors import Permanent, RecadoError, Rejected, Unavailable
from core.log import Log
from entrypoints.briefing import Briefing, agent_path
from entrypoints.doctor.choosing import Choices, opened
from entrypoints.doctor.findings import fine, of_error, problem
from entrypoints.doctor.setup import Setup
from entrypoints.drivers import installed
from entrypoints.settings import limits_of, variables

Fields = Mapping[str, FieldInfo]

_ANSWER_S = 8.0
_TINY = 16
"""Tokens of an answer: enough that no model refuses the number."""


def agent(setup: Setup) -> tuple[Briefing | None, list[Finding]]:
    """The agent's file, if it can be read."""
    path = agent_path(setup.settings)
    try:
        wanted = Briefing(setup.settings, setup.environ)
    except RecadoError as error:
        return None, list(of_error(error))
    about = wanted.file.agent
    skills = ", ".join(installed("skill") if about.skills is None else about.skills) or "none"
    return wanted, [fine(f"{about.name}, as {path} has it. Skills: {skills}.")]


async def models(
    setup: Setup, wanted: Briefing, choices: Choices, surroundings: Surroundings, log: Log
) -> AsyncIterator[Finding]:
    """Each model of the chain is asked for one word."""
    async with AsyncExitStack() as stack:
        models: dict[str, LanguageModel] = {}
        for driver in choices.of("model"):
            model, wrong = await opened(driver, choices, stack, surroundings, within=_ANSWER_S)
            for finding in wrong:
                yield finding
            if model is not None:
                models[driver.name] = model
        settings = {driver.name: variables(driver.driver.settings) for driver in choices.of("model")}
        asked = [name for name in _names(wanted, setup) if name.partition(":")[0] in models]
        for finding in await asyncio.gather(*(_asked(name, models, settings) for name in asked)):
            yield finding
    if choices.flawless:
        for finding in await _together(wanted, surroundings, setup, log):
            yield finding


def _names(wanted: Briefing, setup: Setup) -> list[str]:
    about = wanted.file.agent
    asked = (about.model or setup.settings.model, *about.fallback)
    return list(dict.fromkeys(full_name(name, tuple(installed("model")), setup.settings.model) for name in asked))


async def _asked(name: str, models: Mapping[str, LanguageModel], settings: Mapping[str, Fields]) -> Finding:
    driver, _, model = name.partition(":")
    prompt = Prompt(
        instructions="Answer with one word.", parts=(Said(text="ping"),), may_call=False, max_output=_TINY, model=model
    )
    shown = f"{driver}:{model or models[driver].name}" if models[driver].name != driver else driver
    loop = asyncio.get_running_loop()
    begun = loop.time()
    try:
        async with asyncio.timeout(_ANSWER_S):
            await models[driver].complete(prompt)
    except TimeoutError:
        return problem(f"The model {shown} did not answer within {_ANSWER_S:g} s.", _cure(settings[driver], "URL"))
    except Rejected:
        pass  # it reads and answers; what it makes of this prompt is not what is asked here
    except Unavailable as error:
        return problem(f"The model {shown} cannot be asked now: {error}.", _cure(settings[driver], "URL"))
    except Permanent as error:
        return problem(f"The model {shown} does not answer: {error}.", _cure(settings[driver], *_blamed(str(error))))
    return fine(f"The model {shown} answers ({(loop.time() - begun) * 1000:.0f} ms).")


def _blamed(error: str) -> tuple[str, ...]:
    """The kinds of settings that such an error is about, by a word of their names."""
    if "(401" in error or "(403" in error:
        return ("KEY", "URL")
    if "credit" in error:
        return ()
    return ("MODEL", "URL")


def _cure(settings: Fields, *words: str) -> str:
    """What to look at: the driver's settings whose names have such a word, in the driver's own words."""
    if not words:
        return "Add credit to the account, or name another model in the agent's file."
    named = [
        f"{name}: {(field.description or '').strip()}"
        for word in words
        for name, field in settings.items()
        if word in name
    ]
    online = "Is this machine online? " if words == ("URL",) else ""
    return online + (f"Check {' Or '.join(named)}" if named else "See `recado drivers`.")


async def _together(wanted: Briefing, surroundings: Surroundings, setup: Setup, log: Log) -> Iterator[Finding]:
    """What only shows when everything is put together: prices that caps need, tools of one name."""
    async with AsyncExitStack() as stack:
        try:
            await wanted.open(stack, surroundings)
            wanted.brief(limits_of(setup.settings), log)
        except RecadoError as error:
            return of_error(error)
    return iter(())
