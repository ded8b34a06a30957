"""An agent is data: who the assistant is, what it may use and spend, and the few texts it says without a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from core.conversation.turn import Caps
from core.identity.model import Address, AddressKind

_GREETING = {
    "en": "Hi! I am {name}.",
    "pt": "Oi! Eu sou {name}.",
    "es": "¡Hola! Soy {name}.",
}

_APOLOGY = {
    "en": "Sorry, I could not answer that: something failed on our side. A person will look at it.",
    "pt": "Desculpe, não consegui responder: algo falhou do nosso lado. Uma pessoa vai olhar isso.",
    "es": "Lo siento, no pude responder: algo falló de nuestro lado. Una persona lo va a revisar.",
}

_CAP_REACHED = {
    "en": "That is all I can do today, sorry. A person will see your messages, and I am back tomorrow.",
    "pt": "Por hoje cheguei ao meu limite, desculpe. Uma pessoa vai ver suas mensagens, e amanhã eu volto.",
    "es": "Por hoy llegué a mi límite, lo siento. Una persona verá tus mensajes, y mañana vuelvo.",
}

_INSTRUCTIONS = """\
You are {name}, the assistant of a business, and you talk with its customers by text message.
Answer in the language the person writes. Be brief and friendly: this is a phone, not a letter.
Say honestly what you cannot do. Never invent facts about the business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """`greeting`, `apology` and `cap_reached` hold one text per language; `{name}` in a text is the agent's name."""

    name: str = "Recado"
    instructions: str = _INSTRUCTIONS
    language: str = "en"
    """Where the person's own is not known."""
    currency: str = "USD"
    """ISO 4217: of an amount that nobody named one for."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """Of people whose number does not tell, and of the days that caps count."""
    skills: tuple[str, ...] | None = None
    """By name; None: every one that is installed."""
    model: str | None = None
    """`driver:model`, or a driver, or a model of the configured driver; None: what is configured."""
    fallback: tuple[str, ...] = ()
    """Models to ask in this order when the one before does not answer."""
    caps: Caps = field(default_factory=Caps)
    greeting: Mapping[str, str] = field(default_factory=lambda: dict(_GREETING))
    apology: Mapping[str, str] = field(default_factory=lambda: dict(_APOLOGY))
    cap_reached: Mapping[str, str] = field(default_factory=lambda: dict(_CAP_REACHED))

    def say(self, texts: Mapping[str, str], language: str) -> str:
        """One of the agent's texts in this language, else in its own, else in any."""
        text = texts.get(language) or texts.get(self.language) or next(iter(texts.values()), "")
        return text.replace("{name}", self.name)


_PORTUGUESE = ("+55", "+351", "+244", "+258", "+238")
_SPANISH = (
    "+34", "+52", "+53", "+54", "+56", "+57", "+58", "+51",
    "+502", "+503", "+504", "+505", "+506", "+507", "+591", "+593", "+595", "+598", "+1809", "+1829", "+1849",
)  # fmt: skip
_ENGLISH = ("+1", "+44", "+61", "+64", "+353", "+27")


def language_of(address: Address, default: str) -> str:
    """A guess at a person's language from their country code (ITU E.164): pt, es, en, else `default`."""
    if address.kind is not AddressKind.PHONE:
        return default
    for language, prefixes in (("pt", _PORTUGUESE), ("es", _SPANISH), ("en", _ENGLISH)):
        if address.value.startswith(prefixes):
            return language
    return default
