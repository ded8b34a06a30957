"""The skill of remembering people: what is worth knowing about them, dealings with them, and reminders."""

from functools import partial

from core.ai.tool import Effect, Skill
from core.skills.relationships.examples import MARKED
from core.skills.relationships.forgetting import ForgetLast, forget_last
from core.skills.relationships.people import (
    About,
    NoteInteraction,
    RememberPerson,
    about,
    note_interaction,
    remember_person,
)
from core.skills.relationships.reminders import Remind, Reminders, remind, reminders
from core.skills.tools import tool_of

_INSTRUCTIONS = """\
You remember people for the person with the tools. Pass names, notes, days and times exactly as the person wrote them:
the tools read "amanhã às 10" and "next friday" themselves. Never invent what is known about somebody: ask `about`.
A fact about somebody is remember_person, also a birthday; a talk or a meeting that took place is note_interaction.
A reminder is kept and shown when asked for; nobody is written to at its time, so never promise that.
When the name or the time is missing, ask. Hand on what a tool answers; where it asks something, ask the person."""

_ABILITIES = {
    "pt": "lembrar o que você me conta sobre as pessoas e guardar lembretes",
    "en": "remember what you tell me about people, and keep reminders",
    "es": "recordar lo que me cuentas de las personas y guardar recordatorios",
}


_tool = partial(tool_of, marked=MARKED)

skill = Skill(
    name="relationships",
    instructions=_INSTRUCTIONS,
    tools=(
        _tool(remember_person, RememberPerson, Effect.KEYED, "Remember a fact about somebody."),
        _tool(note_interaction, NoteInteraction, Effect.KEYED, "Note a talk or a meeting with somebody."),
        _tool(about, About, Effect.NONE, "Say what is known about somebody."),
        _tool(remind, Remind, Effect.KEYED, "Keep a reminder with its time. It is shown when asked for, not sent."),
        _tool(reminders, Reminders, Effect.NONE, "Say which reminders there are."),
        _tool(forget_last, ForgetLast, Effect.KEYED, "Strike out the newest note, meeting or reminder."),
    ),
    abilities=_ABILITIES,
)
