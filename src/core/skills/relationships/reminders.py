"""Reminders: kept with the time they are due, shown when somebody asks for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.ai.records import Record
from core.ai.slots import When, when
from core.ai.tool import ToolContext
from core.errors import Rejected
from core.skills.deciding import Choice, decided
from core.skills.listing import lines
from core.skills.moments import clock, read_back, written
from core.skills.relationships.remembered import REMINDER, describe, said_day
from core.skills.relationships.words import words_in
from core.skills.tidy import tidy

_SHOWN_AFTER = timedelta(days=7)
"""Nobody is told when a reminder is due, so one that was missed is still shown for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """`what` to remind of, and `when`, as the person wrote them."""

    what: str
    when: When


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminders:
    """`period` as the person wrote it; all that are still to come, if left out."""

    period: When = When("")


async def remind(arguments: Remind, context: ToolContext) -> str:
    words, what = words_in(context.language), tidy(arguments.what)
    if not what:
        raise Rejected("there is nothing to be reminded of: ask the person what it is")

    async def choose() -> Choice | str:
        now = clock(context)
        due = when.read(arguments.when, now, ahead=True)
        if due.until <= now:
            return words.already_over.format(day=when.say(due, now, context.language))
        return Choice(document={"what": what, "on": written(due), "told_at": now.isoformat()}, at=due.since)

    choice = await decided(context, REMINDER, choose)
    if isinstance(choice, str):
        return choice
    told_at = datetime.fromisoformat(choice.document["told_at"]).astimezone(context.zone)
    return words.kept.format(thing=describe(choice, context, told_at))


async def reminders(arguments: Reminders, context: ToolContext) -> str:
    words, now = words_in(context.language), clock(context)
    if not arguments.period.strip():
        found = [record async for record in context.ledger.find((REMINDER,), since=now - _SHOWN_AFTER)]
        return words.reminders.format(lines=_listed(found, context)) if found else words.no_reminders
    period = when.read(arguments.period, now, ahead=True)
    found = [record async for record in context.ledger.find((REMINDER,), since=period.since, until=period.until)]
    sentence = words.reminders_in if found else words.no_reminders_in
    return sentence.format(period=when.say(period, now, context.language), lines=_listed(found, context))


def _listed(found: list[Record], context: ToolContext) -> str:
    """In the order in which they are due."""
    now, passed = clock(context), words_in(context.language).passed
    ordered = sorted(found, key=lambda record: (record.at, record.number))
    return lines(
        [
            f"{record.document['what']}, {said_day(record, context, now)}"
            + (passed if read_back(record.document["on"], context.zone).until <= now else "")
            for record in ordered
        ],
        context.language,
    )
