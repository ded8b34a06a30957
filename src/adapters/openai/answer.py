"""What came back, tolerant of what compatible servers make of it."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import httpx2
from pydantic_core import from_json, to_json

from adapters.openai import faults
from adapters.openai.schema import Schemas
from core.ai.ports import Call, Completion, Invalid, Prompt, Replied, Stop
from core.ai.tool import Tool
from core.conversation.turn import Usage
from core.errors import Unavailable

_STOPS = {"length": Stop.LENGTH, "content_filter": Stop.REFUSED}


def as_object(json: str | bytes) -> dict[str, Any] | None:
    """The object this text is; none if it is anything else."""
    try:
        value = from_json(json)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def completion(prompt: Prompt, response: httpx2.Response, schemas: Schemas, model: str) -> Completion:
    """What the model answered. `model` is its name where the answer has none. Raises as `LanguageModel.complete`."""
    answer = as_object(response.content)
    if answer is None:
        raise _garbled("is not a JSON object")
    if (error := faults.error_of(answer)) is not None:
        raise faults.of_status(*error, response.headers)
    choice = _first(answer.get("choices"))
    message = choice.get("message")
    if not isinstance(message, dict):
        raise _garbled("has no message")

    refusal = _text(message.get("refusal"))
    text = (_text(message.get("content")) or refusal).strip()
    calls = tuple(_calls(prompt, message, schemas)) if prompt.may_call else ()
    stop = _STOPS.get(str(choice.get("finish_reason")), Stop.CALLS if calls else Stop.END)
    if refusal:
        stop = Stop.REFUSED
    if not text and not calls and stop is not Stop.REFUSED:
        raise _garbled("is empty")
    return Completion(
        text=text,
        calls=calls,
        stop=stop,
        usage=_usage(answer.get("usage")),
        model=answer["model"] if isinstance(answer.get("model"), str) and answer["model"] else model,
    )


def _garbled(how: str) -> Unavailable:
    return Unavailable(f"the model's answer {how}")


def _first(choices: object) -> dict[str, Any]:
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise _garbled("has no choices")
    return choices[0]


def _text(content: object) -> str:
    """Words of a string, or of a list of parts; other parts (reasoning, sound) are not for the person."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = [part for part in content if isinstance(part, dict) and part.get("type", "text") in ("text", "output_text")]
    return "".join(part["text"] for part in parts if isinstance(part.get("text"), str))


def _calls(prompt: Prompt, message: Mapping[str, Any], schemas: Schemas) -> Iterator[Call]:
    tools = {tool.name: tool for tool in prompt.tools}
    taken = {call.id for part in prompt.parts if isinstance(part, Replied) for call in part.calls}
    all_asked = message.get("tool_calls") or []
    if not isinstance(all_asked, list):
        raise _garbled("holds calls that are no list")
    for asked in all_asked:
        function = asked.get("function") if isinstance(asked, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise _garbled("holds a call without a name")
        id_ = asked.get("id")
        if not isinstance(id_, str) or not id_ or id_ in taken:
            # The same each time this answer is read, and unlike every other one of the prompt.
            id_ = next(free for n in count(len(taken)) if (free := f"call_{n}") not in taken)
        taken.add(id_)
        name, text = function["name"], _arguments(function.get("arguments"))
        tool = tools.get(name)
        yield Call(
            id=id_,
            name=name,
            text=text,
            arguments=schemas[tool.arguments].read(text) if tool else _unknown(tools),
        )


def _arguments(written: object) -> str:
    if isinstance(written, str):
        return written.strip() or "{}"
    return "{}" if written is None else to_json(written).decode()


def _unknown(tools: Mapping[str, Tool]) -> Invalid:
    return Invalid(why=f"there is no such tool; there are: {', '.join(tools) or 'none'}")


def _usage(usage: object) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else usage.get("prompt_cache_hit_tokens")
    return Usage(
        input=_count(usage.get("prompt_tokens")), output=_count(usage.get("completion_tokens")), cached=_count(cached)
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
