"""What a person entered in a WhatsApp form, as lines that a model and a person can read: its JSON is made for code."""

import json
from collections.abc import Iterator

_TOKENS = ("flow_token", "flowToken", "flow_id", "flowId")
_NO_ANSWERS = (*_TOKENS, "page_id", "pageId", "screen")
_LABELS = ("label", "title", "name", "key")
_DEEPEST = 6


def name_of_form(text: str) -> str:
    """The id that tells which form it was: whatever of the usual names its JSON carries."""
    found = _parsed(text)
    if isinstance(found, dict):
        for token in _TOKENS:
            value = found.get(token)
            if isinstance(value, str) and value:
                return value
    return "form"


def answers(text: str) -> str:
    """One line per answer, `label: value`; nothing when the JSON cannot be read."""
    return "\n".join(_lines(_parsed(text), "", _DEEPEST))


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _lines(value: object, label: str, deeper: int) -> Iterator[str]:
    if deeper == 0:
        return
    if isinstance(value, dict):
        named = next((value[name] for name in _LABELS if isinstance(value.get(name), str)), None)
        if named and "value" in value:
            yield from _lines(value["value"], named, deeper - 1)
            return
        for key, inner in value.items():
            if key not in _NO_ANSWERS:
                yield from _lines(inner, key, deeper - 1)
    elif isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        yield from _lines(", ".join(map(str, value)), label, deeper - 1)
    elif isinstance(value, list):
        for item in value:
            yield from _lines(item, label, deeper - 1)
    elif isinstance(value, bool):
        yield f"{label}: {'yes' if value else 'no'}"
    elif isinstance(value, str | int | float) and value != "":
        yield f"{label}: {value}" if label else str(value)
