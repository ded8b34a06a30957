"""What the offline model says in its own words, per language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.offline.fields import Kind
from adapters.offline.phrases import Talk


@dataclass(frozen=True, slots=True, kw_only=True)
class Sayings:
    """The sentences of one language."""

    hello: str
    can: str
    """With `{abilities}`."""
    between: str
    """Between the last two of several."""
    no_skills: str
    not_understood: str
    for_example: str
    """With `{examples}`."""
    small_talk: Mapping[Talk, str]
    """The answer to what asks for none; what asks has answers of its own."""
    nothing_to_drop: str
    identity: str
    failed: str
    failed_because: str
    """With `{why}`."""
    unknown_outcome: str
    not_now: str
    asks: Mapping[Kind, str]
    asks_who: Mapping[str, str]
    """How a name is asked for, by the words that lead to it."""
    asks_which: str
    """With `{choices}`."""
    unheard: Mapping[str, str]
    """By the first word of what the system says came with a message."""


SAYINGS: Mapping[str, Sayings] = {
    "pt": Sayings(
        hello="Oi!",
        can="Posso {abilities}.",
        between="ou",
        no_skills="Ainda não sei fazer nada aqui: nenhuma habilidade está instalada.",
        not_understood="Desculpe, não entendi.",
        for_example="Por exemplo: {examples}.",
        small_talk={
            Talk.THANKS: "De nada!",
            Talk.FAREWELL: "Até mais!",
            Talk.ASSENT: "Certo!",
            Talk.REFUSAL: "Tudo bem.",
            Talk.DROP: "Tudo bem, deixei para lá.",
            Talk.LAUGHTER: "😄 Se precisar de algo, é só escrever.",
        },
        nothing_to_drop="Não há nada em aberto aqui.",
        identity="Sou um assistente automático: o modelo offline do Recado, sem rede nem chave. Entendo só o que "
        "aprendi com exemplos.",
        failed="Não consegui fazer isso. Pode escrever de outro jeito?",
        failed_because="Não consegui fazer isso: {why}",
        unknown_outcome="Não sei se isso foi feito: houve uma interrupção no meio. Confira antes de pedir de novo.",
        not_now="Agora não posso fazer isso. Tente de novo daqui a pouco, por favor.",
        asks={
            Kind.MONEY: "Quanto foi?",
            Kind.WHEN: "Quando?",
            Kind.NUMBER: "Quantos?",
            Kind.NAME: "Qual é o nome?",
            Kind.TEXT: "O que, exatamente?",
            Kind.CHOICE: "Qual deles?",
        },
        asks_who={
            "para pra pro pras pros ao aos": "Para quem?",
            "de da do das dos": "De quem?",
            "com": "Com quem?",
            "sobre": "Sobre quem?",
        },
        asks_which="Qual: {choices}?",
        unheard={
            "voice": "Ainda não consigo ouvir áudios. Pode me escrever?",
            "video": "Ainda não consigo ver vídeos. Pode me contar por escrito?",
            "picture": "Ainda não consigo ver imagens. Pode me contar por escrito?",
            "document": "Ainda não consigo ler documentos. Pode me escrever o que importa?",
            "file": "Ainda não consigo abrir arquivos. Pode me contar por escrito?",
            "location": "Ainda não sei o que fazer com uma localização. Pode me escrever o que precisa?",
        },
    ),
    "en": Sayings(
        hello="Hi!",
        can="I can {abilities}.",
        between="or",
        no_skills="I cannot do anything here yet: no skill is installed.",
        not_understood="Sorry, I did not understand that.",
        for_example="For example: {examples}.",
        small_talk={
            Talk.THANKS: "You're welcome!",
            Talk.FAREWELL: "See you!",
            Talk.ASSENT: "All right!",
            Talk.REFUSAL: "All right.",
            Talk.DROP: "All right, never mind.",
            Talk.LAUGHTER: "😄 If you need something, just write.",
        },
        nothing_to_drop="There is nothing open here.",
        identity="I am an automatic assistant: Recado's offline model, without network or key. I understand only "
        "what I learned from examples.",
        failed="I could not do that. Can you say it another way?",
        failed_because="I could not do that: {why}",
        unknown_outcome="I do not know whether that was done: I was interrupted. Please check before you ask again.",
        not_now="I cannot do that right now. Please try again in a moment.",
        asks={
            Kind.MONEY: "How much was it?",
            Kind.WHEN: "When?",
            Kind.NUMBER: "How many?",
            Kind.NAME: "What is the name?",
            Kind.TEXT: "What exactly?",
            Kind.CHOICE: "Which one?",
        },
        asks_who={"for to": "For whom?", "from of by": "From whom?", "with": "With whom?", "about": "About whom?"},
        asks_which="Which one: {choices}?",
        unheard={
            "voice": "I cannot hear voice notes yet. Can you write it to me?",
            "video": "I cannot see videos yet. Can you tell me in words?",
            "picture": "I cannot see pictures yet. Can you tell me in words?",
            "document": "I cannot read documents yet. Can you write me what matters?",
            "file": "I cannot open files yet. Can you tell me in words?",
            "location": "I do not know what to do with a location yet. Can you write me what you need?",
        },
    ),
    "es": Sayings(
        hello="¡Hola!",
        can="Puedo {abilities}.",
        between="o",
        no_skills="Todavía no sé hacer nada aquí: no hay ninguna habilidad instalada.",
        not_understood="Perdón, no entendí.",
        for_example="Por ejemplo: {examples}.",
        small_talk={
            Talk.THANKS: "¡De nada!",
            Talk.FAREWELL: "¡Hasta luego!",
            Talk.ASSENT: "¡De acuerdo!",
            Talk.REFUSAL: "Está bien.",
            Talk.DROP: "Está bien, lo dejo así.",
            Talk.LAUGHTER: "😄 Si necesitas algo, escríbeme.",
        },
        nothing_to_drop="No hay nada pendiente aquí.",
        identity="Soy un asistente automático: el modelo sin conexión de Recado, sin red ni clave. Entiendo solo lo "
        "que aprendí de ejemplos.",
        failed="No pude hacerlo. ¿Puedes escribirlo de otra forma?",
        failed_because="No pude hacerlo: {why}",
        unknown_outcome="No sé si eso se hizo: hubo una interrupción. Compruébalo antes de pedirlo otra vez.",
        not_now="Ahora no puedo hacerlo. Inténtalo de nuevo en un momento, por favor.",
        asks={
            Kind.MONEY: "¿Cuánto fue?",
            Kind.WHEN: "¿Cuándo?",
            Kind.NUMBER: "¿Cuántos?",
            Kind.NAME: "¿Cuál es el nombre?",
            Kind.TEXT: "¿Qué exactamente?",
            Kind.CHOICE: "¿Cuál?",
        },
        asks_who={"para a al": "¿Para quién?", "de del": "¿De quién?", "con": "¿Con quién?", "sobre": "¿Sobre quién?"},
        asks_which="¿Cuál: {choices}?",
        unheard={
            "voice": "Todavía no puedo escuchar audios. ¿Me lo escribes?",
            "video": "Todavía no puedo ver videos. ¿Me lo cuentas por escrito?",
            "picture": "Todavía no puedo ver imágenes. ¿Me lo cuentas por escrito?",
            "document": "Todavía no puedo leer documentos. ¿Me escribes lo que importa?",
            "file": "Todavía no puedo abrir archivos. ¿Me lo cuentas por escrito?",
            "location": "Todavía no sé qué hacer con una ubicación. ¿Me escribes lo que necesitas?",
        },
    ),
}


def listed(items: Sequence[str], between: str) -> str:
    """`a, b or c`; with semicolons where there are commas within."""
    if len(items) < 3:
        return f" {between} ".join(items)
    comma = "; " if any("," in item for item in items) else ", "
    return f"{comma.join(items[:-1])}{comma}{between} {items[-1]}"
