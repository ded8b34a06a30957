"""Spanish as most of America reads it."""

from core.skills.relationships.words.sentences import Words

WORDS = Words(
    note="{name}: {note}",
    interaction="{name}, {day}: {what}",
    reminder="recordatorio “{what}”, {day}",
    passed=" (ya pasó)",
    noted="Anotado. {thing}.",
    kept="Guardé el {thing}. Todavía no escribo por mi cuenta a esa hora: cuando quieras verlo, pregunta por tus "
    "recordatorios.",
    forgotten="Olvidado: {thing}.",
    nothing_to_forget="No hay nada guardado para olvidar.",
    which_person="Conozco a más de una persona con ese nombre: {names}. ¿Cuál de ellas?",
    already_over="Eso ya pasó ({day}). ¿Para cuándo es el recordatorio?",
    known="Lo que sé de {name}:\n{lines}",
    nothing_known="Todavía no sé nada de {name}.",
    reminders="Tus recordatorios:\n{lines}",
    reminders_in="Tus recordatorios {period}:\n{lines}",
    no_reminders="No tienes recordatorios.",
    no_reminders_in="No tienes recordatorios {period}.",
)
