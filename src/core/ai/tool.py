"""Tools: what the assistant can do, with the effect it has and examples of how people ask for it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from core.ai.ledger import Ledger
from core.conversation.message import ConversationRef
from core.identity.model import ContactId, WorkspaceId


class Effect(StrEnum):
    """What happens if a tool is called twice."""

    NONE = "none"
    """It only reads."""
    KEYED = "keyed"
    """It acts once per key, whenever and however often it is called."""
    UNKEYED = "unkeyed"
    """It may act again: never called again once begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """For whom a tool acts. It comes from the turn, never from the model. `key` is the same at every repeat."""

    workspace: WorkspaceId
    contact: ContactId
    conversation: ConversationRef
    key: str
    now: datetime
    """Aware; `now.astimezone(zone)` is the person's clock."""
    ledger: Ledger
    """What is remembered about the person, and where a tool writes it."""
    language: str = "en"
    """The person's language, as far as it can be told: pt, en or es. Results are best said in it."""
    currency: str = "USD"
    """ISO 4217: what an amount is in when nobody says."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """Where the person's days begin and end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """How somebody asks for a tool, in one language, and the arguments that are meant.

    An argument is the part of the utterance that it was read from, as it stands there, or a value that the words imply.
    """

    language: str
    utterance: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """`arguments` is a dataclass; `handler` gets an instance of it and answers in words for the model.

    Fields are typed by what people say for them: `core.ai.slots` has `Money`, `When`, `Name`; a plain `str` is free
    text, an `Enum` one of its values. The words of the answer are a whole sentence in `context.language`, so that a
    model may hand them on as they are. A handler raises `Rejected` for a mistake the model can mend; `Unavailable`
    fails the turn, which is tried again.
    """

    name: str
    description: str
    arguments: type[Any]
    handler: Callable[[Any, ToolContext], Awaitable[str]]
    effect: Effect
    examples: tuple[Example, ...] = ()
    hands_over: bool = False
    """When it succeeds a person has the conversation from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """A set of tools under one name, and what the assistant must know to use them."""

    name: str
    instructions: str
    tools: tuple[Tool, ...]
    abilities: Mapping[str, str] = field(default_factory=dict)
    """What it does, per language, as one may say it to people: "note your expenses and say what you spent"."""
