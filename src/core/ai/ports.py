"""The port of ai: a language model."""

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from core.ai.prices import Price
from core.ai.tool import Tool
from core.conversation.turn import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture the person sent."""

    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The person said this."""

    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """Arguments that could not be read, and why, in words the model can act on."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A tool call the model asked for. `arguments` is an instance of the tool's arguments, or why it is not.

    `text` is what the model wrote for them; it is journaled, and read again by `LanguageModel.read`.
    """

    id: str
    name: str
    text: str
    arguments: Any | Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    """We said this, and asked for these calls."""

    text: str
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What came of a call."""

    call: str
    text: str


Part = Said | Replied | Returned


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """All a model is given. With `may_call` false it must answer in words."""

    instructions: str
    parts: tuple[Part, ...]
    tools: tuple[Tool, ...] = ()
    may_call: bool = True
    max_output: int = 1024
    """In tokens."""
    model: str = ""
    """Which of the driver's models; empty: the one it has by itself."""
    language: str = ""
    """The person's language as core takes it to be: pt, en, es. `instructions` say it too, where it matters."""
    greeting: str = ""
    """What to say first, in this very first answer to a person. `instructions` say it too."""
    abilities: tuple[str, ...] = ()
    """What the tools do, in `language`, for who is asked what they can do. `instructions` say it in other words."""


class Stop(StrEnum):
    """Why the model stopped."""

    END = "end"
    CALLS = "calls"
    LENGTH = "length"
    REFUSED = "refused"
    """It declined, or a content filter stopped it; `text` may hold its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A model's answer: words, calls, or both."""

    text: str
    calls: tuple[Call, ...] = ()
    stop: Stop
    usage: Usage
    model: str


class LanguageModel(Protocol):
    """Something that reads a prompt and answers."""

    name: str
    """The model that answers when the prompt names none."""

    @abstractmethod
    def price(self, model: str) -> Price | None:
        """The list price of a model of this driver; None if it is not known."""

    @abstractmethod
    async def complete(self, prompt: Prompt) -> Completion:
        """One answer, without retries. Safe to cancel.

        Raises `Unavailable` (overloaded, rate limited, timed out, broken answer; with `after` if told), `Permanent`
        (wrong key, no such model, no quota), `Rejected` (this prompt is refused or too long).
        """

    @abstractmethod
    def read(self, tool: Tool, text: str) -> Any | Invalid:
        """The arguments in `text`, as `complete` would give them for a call of this tool."""
