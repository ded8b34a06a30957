"""Values that are kept whole, as JSON: what a message holds, a journal's entries, details of facts, first answers."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

from core.conversation.content import Content
from core.conversation.turn import Entry
from core.conversation.written import content_in, content_out, entry_in, entry_out

encoded: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
decoded: Callable[[str], Any] = json.JSONDecoder().decode


def content_to_text(content: Content) -> str:
    return encoded(content_out(content))


def content_from_text(text: str) -> Content:
    return content_in(decoded(text))


def entry_to_text(entry: Entry) -> tuple[str, str]:
    """The kind of entry, and its text."""
    kind, fields = entry_out(entry)
    return kind, encoded(fields)


def entry_from_text(kind: str, text: str, *, step: int, day: date) -> Entry:
    """`step` and `day` are as in `entry_in`."""
    return entry_in(kind, decoded(text), step=step, day=day)
