"""Tools: what the assistant can do, with the effect it has and examples of how people ask for it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """How somebody asks for a tool, in one language, and the arguments that are meant."""

    language: str
    utterance: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """`arguments` is a dataclass; `handler` gets an instance of it and answers in words for the model.

    A handler raises `Rejected` for a mistake the model can mend; `Unavailable` fails the turn, which is tried again.
    """

    name: str
    description: str
    arguments: type[Any]
    handler: Callable[[Any, ToolContext], Awaitable[str]]
    effect: Effect
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """A set of tools under one name, and what the assistant must know to use them."""

    name: str
    instructions: str
    tools: tuple[Tool, ...]
