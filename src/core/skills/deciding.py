"""How a tool that chooses what to do may be run again: it writes its choice first, and obeys what is written."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.ai.records import Record
from core.ai.tool import ToolContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a call is to do; `at` is when that happens, now if left out."""

    document: Mapping[str, Any]
    at: datetime | None = None


async def decided(context: ToolContext, kind: str, choose: Callable[[], Awaitable[Choice | str]]) -> Record | str:
    """What this call is to do: as written down when it ran first, else as `choose` says now, written down.

    Acting on the answer, never on what is read later, makes a repeat choose the same although the first run has changed
    what there is to choose from. A text: nothing is to be done, and this is to be said.
    """
    before = await context.ledger.get(context.key)
    if before is not None:
        return before
    choice = await choose()
    if isinstance(choice, str):
        return choice
    return await context.ledger.put(kind, choice.document, at=choice.at)
