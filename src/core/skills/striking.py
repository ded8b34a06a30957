"""Striking out the newest thing that a skill remembers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from core.ai.records import Record
from core.ai.tool import ToolContext
from core.skills.deciding import Choice, decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """What was struck out, and when that was asked for: the same at every repeat."""

    record: Record
    at: datetime
    companion: Record | None
    """What the record says it `added` on its way; it went with it."""


async def strike_out_newest(context: ToolContext, kinds: Collection[str], intention: str) -> Struck | None:
    """Strike out the newest record of these kinds; None if there is none. `intention` is the kind of the choice."""

    async def choose() -> Choice | str:
        newest = await context.ledger.last(*kinds)
        return "" if newest is None else Choice(document={"of": newest.key})

    choice = await decided(context, intention, choose)
    record = None if isinstance(choice, str) else await context.ledger.get(choice.document["of"])
    if isinstance(choice, str) or record is None:
        return None
    added = record.document.get("added")
    companion = await context.ledger.get(added) if added else None
    if companion is not None:
        await context.ledger.void(companion)
    await context.ledger.void(record)
    return Struck(record=record, at=choice.at, companion=companion)
