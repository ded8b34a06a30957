"""What is remembered: notes about people, dealings with them, and reminders; and how each is named in an answer."""

from datetime import datetime

from core.ai.records import Record
from core.ai.slots import when
from core.ai.tool import ToolContext
from core.skills.moments import read_back
from core.skills.relationships.words import words_in

NOTE = "relationships.note"
INTERACTION = "relationships.interaction"
REMINDER = "relationships.reminder"

KINDS = (NOTE, INTERACTION, REMINDER)
"""What may be forgotten."""


def describe(record: Record, context: ToolContext, now: datetime) -> str:
    """The record as a noun phrase, with its day as one says it at `now`."""
    words, document = words_in(context.language), record.document
    if record.kind == NOTE:
        return words.note.format(name=document["name"], note=document["note"])
    day = said_day(record, context, now)
    if record.kind == INTERACTION:
        return words.interaction.format(name=document["name"], what=document["what"], day=day)
    return words.reminder.format(what=document["what"], day=day)


def said_day(record: Record, context: ToolContext, now: datetime) -> str:
    """When it was, or is due, as one says it at `now`."""
    return when.say(read_back(record.document["on"], context.zone), now, context.language)
