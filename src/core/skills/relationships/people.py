"""People: what is worth knowing about them, and what one had to do with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.ai.records import Record
from core.ai.slots import Name, When
from core.ai.tool import ToolContext
from core.errors import Rejected
from core.skills.deciding import Choice, decided
from core.skills.listing import lines, together
from core.skills.moments import clock, day_of, moment, written
from core.skills.naming import meant, name_given
from core.skills.phrases import speaks_of
from core.skills.relationships.remembered import INTERACTION, NOTE, REMINDER, describe, said_day
from core.skills.relationships.words import words_in
from core.skills.tidy import tidy


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberPerson:
    """`name` of the person and the `note` to keep about them, as it was written."""

    name: Name
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteInteraction:
    """`name` of the person, `what` was done or talked about, and the day it was `on`, as they were written."""

    name: Name
    what: str
    on: When = When("")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """`name` of the person, as it was written."""

    name: Name


async def remember_person(arguments: RememberPerson, context: ToolContext) -> str:
    return await _note(NOTE, arguments.name, {"note": _needed(arguments.note)}, None, context)


async def note_interaction(arguments: NoteInteraction, context: ToolContext) -> str:
    on = moment(arguments.on, context)
    document = {"what": _needed(arguments.what), "on": written(on)}
    return await _note(INTERACTION, arguments.name, document, on.since, context)


async def _note(kind: str, said: Name, document: Mapping[str, Any], at: datetime | None, context: ToolContext) -> str:
    """Keep it under the name by which the person is known already, or under this one, if nobody is."""
    name = name_given(said)

    async def choose() -> Choice | str:
        names = await _people(name, context)
        if len(names) > 1:
            return _ask_which(names, context)
        told_at = clock(context).isoformat()
        return Choice(document={**document, "name": names[0] if names else name, "told_at": told_at}, at=at)

    choice = await decided(context, kind, choose)
    if isinstance(choice, str):
        return choice
    told_at = datetime.fromisoformat(choice.document["told_at"]).astimezone(context.zone)
    return words_in(context.language).noted.format(thing=describe(choice, context, told_at))


async def about(arguments: About, context: ToolContext) -> str:
    words, name = words_in(context.language), name_given(arguments.name)
    names = await _people(name, context)
    if len(names) > 1:
        return _ask_which(names, context)
    name = names[0] if names else name
    known = [record async for record in context.ledger.find((NOTE, INTERACTION)) if record.document["name"] == name]
    to_come = context.ledger.find((REMINDER,), since=day_of(clock(context)).since)
    known += [record async for record in to_come if speaks_of(record.document["what"], name)]
    if not known:
        return words.nothing_known.format(name=name)
    # The newest first: the oldest are the ones that are left out of a long list.
    known.reverse()
    return words.known.format(name=name, lines=lines([_line(each, context) for each in known], context.language))


def _line(record: Record, context: ToolContext) -> str:
    """What the record says about a person who is named already."""
    if record.kind == NOTE:
        return str(record.document["note"])
    if record.kind == INTERACTION:
        return f"{said_day(record, context, clock(context))}: {record.document['what']}"
    return describe(record, context, clock(context))


async def _people(name: str, context: ToolContext) -> tuple[str, ...]:
    known = [record.document["name"] async for record in context.ledger.find((NOTE, INTERACTION))]
    return meant(name, dict.fromkeys(known))


def _ask_which(names: tuple[str, ...], context: ToolContext) -> str:
    return words_in(context.language).which_person.format(names=together(names, context.language))


def _needed(text: str) -> str:
    kept = tidy(text)
    if not kept:
        raise Rejected("there is nothing to keep: ask the person what to note, and give it as they write it")
    return kept
