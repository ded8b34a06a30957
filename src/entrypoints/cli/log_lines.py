"""Other processes' log lines as people read them: what happened, and then the rest."""

import json
import re
from collections.abc import Mapping
from typing import Any

_ID = re.compile(r"(?:[A-Z]{2})?[0-9a-f]{32}")
_ENOUGH = 6
"""The end of an id tells it from its neighbours; its beginning is the time."""


def shown(line: str) -> str:
    """A JSON log event in words, its ids cut short; any other line as it is."""
    try:
        event = json.loads(line)
    except ValueError:
        return line
    if not isinstance(event, dict) or "event" not in event:
        return line
    first = " ".join((str(event.get("timestamp", ""))[11:19], f"{event.get('level', ''):<7}", str(event["event"])))
    trace = str(event.get("exception") or "")
    return "\n".join(part for part in (f"{first} {_rest(event)}".strip(), trace) if part)


def _rest(event: Mapping[str, Any]) -> str:
    said = ("timestamp", "level", "event", "exception")
    return " ".join(
        f"{name}={_short(value)}" for name, value in event.items() if name not in said and value is not None
    )


def _short(value: Any) -> str:
    text = str(value)
    return f"…{text[-_ENOUGH:]}" if _ID.fullmatch(text) else text
