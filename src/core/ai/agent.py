"""An agent is data: who the assistant is and the few texts it says without a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.identity.model import Address, AddressKind

_APOLOGY = {
    "en": "Sorry, I could not answer that: something failed on our side. A person will look at it.",
    "pt": "Desculpe, não consegui responder: algo falhou do nosso lado. Uma pessoa vai olhar isso.",
    "es": "Lo siento, no pude responder: algo falló de nuestro lado. Una persona lo va a revisar.",
}

_INSTRUCTIONS = """\
You are {name}, the assistant of a business, and you talk with its customers by text message.
Answer in the language the person writes. Be brief and friendly: this is a phone, not a letter.
Say honestly what you cannot do. Never invent facts about the business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """`language` is used where the person's own is not known; `apology` holds one honest text per language."""

    name: str = "Recado"
    instructions: str = _INSTRUCTIONS
    language: str = "en"
    apology: Mapping[str, str] = field(default_factory=lambda: dict(_APOLOGY))

    def apology_for(self, address: Address) -> str:
        """The apology in the language that the address suggests."""
        language = language_of(address, self.language)
        return self.apology.get(language) or self.apology[self.language]


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
