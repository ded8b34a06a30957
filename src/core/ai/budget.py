"""What a model call can take at most, before it is made; and the day it counts for."""

from dataclasses import fields
from datetime import date, datetime
from zoneinfo import ZoneInfo

from core.ai.ports import Part, Prompt, Replied, Returned, Said
from core.conversation.turn import Usage

_LETTERS_PER_TOKEN = 2
"""Of ASCII. Everyday text has about four; byte-level tokenizers make up to one token of each other byte."""
_IMAGE = 2_000
"""Tokens of a large picture."""
_ARGUMENT = 60
"""Tokens by which a tool's schema grows with each argument."""
_FRAME = 16
"""Tokens around each part and tool."""


def most_of(prompt: Prompt) -> Usage:
    """The most tokens an answer to this prompt can take; nothing of it counts as cached."""
    text = sum(map(_tokens, _texts(prompt)))
    tools = sum(_ARGUMENT * len(fields(tool.arguments)) for tool in prompt.tools)
    images = sum(len(part.images) for part in prompt.parts if isinstance(part, Said))
    frames = _FRAME * (1 + len(prompt.parts) + len(prompt.tools))
    return Usage(input=text + tools + _IMAGE * images + frames, output=prompt.max_output)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The day on the agent's calendar."""
    return instant.astimezone(zone).date()


def _tokens(text: str) -> int:
    others = len(text.encode("utf-8", "surrogatepass")) - (ascii_letters := sum(map(str.isascii, text)))
    return others + -(-ascii_letters // _LETTERS_PER_TOKEN)


def _texts(prompt: Prompt) -> list[str]:
    texts = [prompt.instructions, *(tool.name + tool.description for tool in prompt.tools)]
    for part in prompt.parts:
        texts += _texts_of(part)
    return texts


def _texts_of(part: Part) -> list[str]:
    match part:
        case Said(text=text) | Returned(text=text):
            return [text]
        case Replied(text=text, calls=calls):
            return [text, *(call.name + call.text for call in calls)]
