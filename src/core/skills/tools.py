"""Making a tool from its handler, with examples as marked text: where an argument is said, it is marked there."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from core.ai.tool import Effect, Example, Tool, ToolContext

Marked = Mapping[str, Mapping[str, str]]
"""By language, then by tool, one utterance a line: `called [Ana](name) [today](on) {what: phone call}`.

In round brackets is the argument that the words in square ones are; in braces, one that the utterance only implies.
"""

_SAID = re.compile(r"\[([^\]]+)\]\((\w+)\)")
_IMPLIED = re.compile(r" \{(\w+): ([^}]+)\}")


def tool_of(
    handler: Callable[[Any, ToolContext], Awaitable[str]],
    arguments: type[Any],
    effect: Effect,
    description: str,
    *,
    marked: Marked,
) -> Tool:
    """A tool is called what its handler is called, and finds its examples by that name."""
    return Tool(
        name=handler.__name__,
        description=description,
        arguments=arguments,
        handler=handler,
        effect=effect,
        examples=examples_of(handler.__name__, marked),
    )


def examples_of(tool: str, marked: Marked) -> tuple[Example, ...]:
    """What `marked` holds for `tool`."""
    return tuple(
        _example(language, line.strip())
        for language, of_tools in marked.items()
        for line in of_tools[tool].strip().splitlines()
    )


def _example(language: str, line: str) -> Example:
    utterance = _IMPLIED.sub("", line)
    return Example(
        language=language,
        utterance=_SAID.sub(r"\1", utterance),
        arguments={name: value for value, name in _SAID.findall(utterance)} | dict(_IMPLIED.findall(line)),
    )
