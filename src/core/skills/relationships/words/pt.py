"""Portuguese as it is spoken in Brazil."""

from core.skills.relationships.words.sentences import Words

WORDS = Words(
    note="{name}: {note}",
    interaction="{name}, {day}: {what}",
    reminder="lembrete “{what}”, {day}",
    passed=" (já passou)",
    noted="Anotado. {thing}.",
    kept="Guardei o {thing}. Ainda não escrevo por conta própria na hora marcada: para vê-lo, pergunte "
    "pelos seus lembretes.",
    forgotten="Esqueci: {thing}.",
    nothing_to_forget="Não há nada guardado para esquecer.",
    which_person="Conheço mais de uma pessoa com esse nome: {names}. Qual delas?",
    already_over="Isso já passou ({day}). Para quando é o lembrete?",
    known="O que sei sobre {name}:\n{lines}",
    nothing_known="Ainda não sei nada sobre {name}.",
    reminders="Seus lembretes:\n{lines}",
    reminders_in="Seus lembretes {period}:\n{lines}",
    no_reminders="Você não tem lembretes.",
    no_reminders_in="Você não tem lembretes {period}.",
)
