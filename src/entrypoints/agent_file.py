"""The agent's file: read, checked, and explained by line when something in it is wrong."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from core.ai.agent import Agent
from core.ai.prices import NANOS, Price
from core.conversation.burst import Burst
from core.conversation.turn import Cap, Caps
from core.errors import Permanent
from core.limits import Limits
from entrypoints.toml_lines import line_of

SHIPPED = Path(__file__).with_name("recado.toml")
"""The agent that comes with Recado; `recado init` writes a copy of it."""

Language = Literal["pt", "en", "es"]
Text = Annotated[str, Field(min_length=1, max_length=1600, pattern=r"\S")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Burst(_Part):
    quiet_ms: int = Field(1200, ge=0, le=60_000)
    max_wait_ms: int = Field(8000, ge=0, le=300_000)

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.max_wait_ms < self.quiet_ms:
            raise ValueError("max_wait_ms must not be less than quiet_ms")
        return self


class _Limits(_Part):
    model_calls: int = Field(6, ge=1, le=20)
    tool_calls: int = Field(8, ge=1, le=50)
    history: int = Field(40, ge=1, le=200)
    reply_parts: int = Field(3, ge=1, le=10)
    turn_seconds: float = Field(90, ge=5, le=600)


class _Cap(_Part):
    tokens_per_day: int | None = Field(None, ge=1)
    usd_per_day: Decimal | None = Field(None, gt=0, le=1_000_000, allow_inf_nan=False)

    def cap(self) -> Cap:
        return Cap(tokens=self.tokens_per_day, cost=None if self.usd_per_day is None else int(self.usd_per_day * NANOS))


class _Caps(_Part):
    contact: _Cap = _Cap()
    workspace: _Cap = _Cap()


class _Price(_Part):
    input: Decimal = Field(ge=0, le=100_000, allow_inf_nan=False)
    output: Decimal = Field(ge=0, le=100_000, allow_inf_nan=False)
    cached: Decimal | None = Field(None, ge=0, le=100_000, allow_inf_nan=False)


class _File(_Part):
    name: str = Field(Agent().name, min_length=1, max_length=80)
    instructions: str = Field(Agent().instructions, min_length=1, max_length=20_000)
    language: Language = "en"
    currency: str = Field("USD", pattern=r"^[A-Z]{3}$")
    time_zone: ZoneInfo = ZoneInfo("UTC")
    skills: tuple[str, ...] | None = None
    model: str | None = Field(None, min_length=1)
    fallback: tuple[str, ...] = ()
    greeting: dict[Language, Text] | None = None
    apology: dict[Language, Text] | None = None
    cap_reached: dict[Language, Text] | None = None
    burst: _Burst | None = None
    limits: _Limits = _Limits()
    caps: _Caps = _Caps()
    prices: dict[str, _Price] = Field(default_factory=dict)

    @field_validator("time_zone", mode="before")
    @classmethod
    def _known(cls, value: object) -> object:
        if not isinstance(value, str):
            raise ValueError("must be the name of a time zone, such as America/Sao_Paulo")
        try:
            return ZoneInfo(value)
        except (OSError, ValueError, KeyError):
            raise ValueError(
                "is no time zone: take a name from the IANA list, such as America/Sao_Paulo or Europe/Lisbon"
            ) from None

    @field_validator("greeting", "apology", "cap_reached", mode="before")
    @classmethod
    def _one_for_all(cls, value: object, info: ValidationInfo) -> object:
        return {info.data.get("language", "en"): value} if isinstance(value, str) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFile:
    """An agent as its file describes it, with what the file says beside."""

    path: Path
    agent: Agent
    prices: Mapping[str, Price]
    """By the full name of a model; in the place of list prices."""
    burst: Burst | None
    """None: as the settings have it."""
    _limits: _Limits

    def limits(self, limits: Limits) -> Limits:
        """These limits, as the file moves them."""
        own = self._limits
        return replace(
            limits,
            burst=self.burst or limits.burst,
            model_calls=own.model_calls,
            tool_calls=own.tool_calls,
            history=own.history,
            parts=own.reply_parts,
            turn_budget=timedelta(seconds=own.turn_seconds),
        )


def read_agent(path: Path) -> AgentFile:
    """The agent of this file. Raises `Permanent`, one line per mistake: file, line, what is wrong, the cure."""
    try:
        text = path.read_text(encoding="utf-8")
        given = tomllib.loads(text)
    except OSError as error:
        raise Permanent(f"{path}: the agent's file cannot be read ({error.strerror}). Write one: recado init") from None
    except UnicodeDecodeError:
        raise Permanent(f"{path}: the agent's file is not UTF-8. Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise Permanent(_not_toml(path, str(error))) from None
    try:
        return _agent_of(path, _File.model_validate(given))
    except ValidationError as error:
        mistakes = [_explained(path, text, mistake) for mistake in error.errors(include_url=False)]
        raise Permanent("\n".join(dict.fromkeys(mistakes))) from None


def _agent_of(path: Path, file: _File) -> AgentFile:
    burst, default = file.burst, Agent()
    return AgentFile(
        path=path,
        agent=Agent(
            name=file.name,
            instructions=file.instructions,
            language=file.language,
            currency=file.currency,
            zone=file.time_zone,
            skills=file.skills,
            model=file.model,
            fallback=file.fallback,
            caps=Caps(contact=file.caps.contact.cap(), workspace=file.caps.workspace.cap()),
            greeting=_texts(file.greeting, default.greeting),
            apology=_texts(file.apology, default.apology),
            cap_reached=_texts(file.cap_reached, default.cap_reached),
        ),
        prices={
            model: Price(input=price.input, output=price.output, cached=price.cached)
            for model, price in file.prices.items()
        },
        burst=None
        if burst is None
        else Burst(quiet=timedelta(milliseconds=burst.quiet_ms), ceiling=timedelta(milliseconds=burst.max_wait_ms)),
        _limits=file.limits,
    )


def _texts(given: Mapping[Language, str] | None, default: Mapping[str, str]) -> Mapping[str, str]:
    return default if given is None else {str(language): text for language, text in given.items()}


_PLAINLY = {"missing": "is missing", "model_type": "must be a table, such as [burst]"}

_CURES = {
    "currency": "Use the three capital letters of ISO 4217, such as BRL, USD, EUR.",
    "language": "Use pt, en or es.",
    "model": "Name a driver and its model, such as openai:gpt-6-luna, or leave it out for RECADO_MODEL.",
    "fallback": 'List models, such as ["openai:gpt-5.6-luna", "offline"].',
    "skills": 'List names, such as ["finance"]; left out, every installed skill is used (`recado drivers`).',
    "greeting": "Give one text, or one for each of pt, en, es.",
    "apology": "Give one text, or one for each of pt, en, es.",
    "cap_reached": "Give one text, or one for each of pt, en, es.",
}


def _explained(path: Path, text: str, mistake: Any) -> str:
    # That it was a key, not a value, stands as a further step of the way.
    keys = [str(step) for step in mistake["loc"] if step != "[key]"]
    line, known = line_of(text, keys)
    key = ".".join(keys[:known]) or "the file"
    if mistake["type"] == "extra_forbidden":
        around = ".".join(keys[:-1])
        return f"{path}:{line}: {'.'.join(keys)} is not known{f' in {around}' if around else ''}. {_allowed(keys)}"
    message = mistake["msg"].removeprefix("Value error, ")
    message = _PLAINLY.get(mistake["type"], message[:1].lower() + message[1:])
    named = ".".join(keys) if mistake["type"] == "missing" else key
    return f"{path}:{line}: {named}: {message}. {_CURES.get(keys[0] if keys else '', '')}".rstrip()


_PARTS: Mapping[str, type[BaseModel]] = {
    "burst": _Burst,
    "limits": _Limits,
    "caps": _Caps,
    "contact": _Cap,
    "workspace": _Cap,
}


def _allowed(keys: list[str]) -> str:
    model: type[BaseModel] = _File
    for key in keys[:-1]:
        model = _PARTS.get(key, _Price)
    return f"Known here: {', '.join(model.model_fields)}."


def _not_toml(path: Path, error: str) -> str:
    place = re.search(r"\(at line (\d+), column \d+\)$", error)
    line = place[1] if place else "1"
    what = error[: place.start()].strip() if place else error
    return f"{path}:{line}: this is not TOML: {what}. Texts stand in quotes, and long ones in three: https://toml.io"
