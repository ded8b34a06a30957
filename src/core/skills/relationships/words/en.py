"""English."""

from core.skills.relationships.words.sentences import Words

WORDS = Words(
    note="{name}: {note}",
    interaction="{name}, {day}: {what}",
    reminder="reminder “{what}”, {day}",
    passed=" (already past)",
    noted="Noted. {thing}.",
    kept="I kept the {thing}. I do not write on my own at that time yet: to see it, ask for your reminders.",
    forgotten="Forgotten: {thing}.",
    nothing_to_forget="There is nothing to forget.",
    which_person="I know more than one person by that name: {names}. Which one?",
    already_over="That is already over ({day}). When should the reminder be?",
    known="What I know about {name}:\n{lines}",
    nothing_known="I know nothing about {name} yet.",
    reminders="Your reminders:\n{lines}",
    reminders_in="Your reminders {period}:\n{lines}",
    no_reminders="You have no reminders.",
    no_reminders_in="You have no reminders {period}.",
)
