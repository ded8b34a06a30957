"""Who asked not to be written to, and who asked for it again: opt-out words, by medium.

Pure: the rule says what a message asks for; the store, which knows who is opted out, compares and applies it.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from core.identity.medium import Medium


class Change(StrEnum):
    """The side a person steps to."""

    OUT = "out"
    IN = "in"


class Declared(StrEnum):
    """What the provider says it has already decided about a message (Twilio's `OptOutType`)."""

    START = "START"
    STOP = "STOP"
    HELP = "HELP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A message that is about consent and nothing else.

    `only_if_out`: it restores a person who is opted out; from anybody else it is an ordinary message for the assistant.
    `answered_by_provider`: the provider sends the confirmation itself, so a second one of ours must not follow.
    """

    change: Change
    only_if_out: bool
    answered_by_provider: bool


# SMS: the provider's own list, because it acts on these words whether we agree or not. WhatsApp has no list, so it is
# ours and short: "cancelar" and "yes" are everyday answers to an assistant. Words that could be such an answer restore
# only a person who is opted out; VOLTAR ("back") is left out, as people type it to mean a menu.
_OUT = {
    Medium.SMS: frozenset({"stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"}),
    Medium.WHATSAPP: frozenset({"stop", "unsubscribe", "parar", "sair", "baja"}),
}
_IN = frozenset({"start", "unstop"})
_IN_ONLY_IF_OUT = {
    Medium.SMS: frozenset({"yes"}),
    Medium.WHATSAPP: frozenset({"yes", "iniciar"}),
}
_LONGEST = max(len(word) for words in (*_OUT.values(), _IN, *_IN_ONLY_IF_OUT.values()) for word in words)


def consent_of(text: str, *, medium: Medium, declared: Declared | None) -> Consent | None:
    """What `text` asks for, or None when it is an ordinary message.

    `declared` decides when present; HELP is a question, not consent. Otherwise the whole message must be one word of
    the medium's list, with case, accents, width, surrounding punctuation and whitespace folded.
    """
    word = _folded(text)
    if declared is not None:
        return _declared(declared, word, medium)
    by_provider = medium is Medium.SMS
    if word in _OUT[medium]:
        return Consent(change=Change.OUT, only_if_out=False, answered_by_provider=by_provider)
    if word in _IN:
        return Consent(change=Change.IN, only_if_out=False, answered_by_provider=by_provider)
    if word in _IN_ONLY_IF_OUT[medium]:
        return Consent(change=Change.IN, only_if_out=True, answered_by_provider=by_provider)
    return None


def _declared(declared: Declared, word: str, medium: Medium) -> Consent | None:
    if declared is Declared.HELP:
        return None
    if declared is Declared.STOP:
        return Consent(change=Change.OUT, only_if_out=False, answered_by_provider=True)
    # The provider declares START for a "yes" too, also from a person who never left and is answering our question.
    return Consent(change=Change.IN, only_if_out=word in _IN_ONLY_IF_OUT[medium], answered_by_provider=True)


def _folded(text: str) -> str:
    """The one word of `text` in lower case, without accents, invisible characters, and punctuation or space around it.

    Nothing when there is more than one word, or a longer one than any of ours: that is where most texts end early.
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    word: list[str] = []
    ended = False
    for char in decomposed:
        category = unicodedata.category(char)
        if category in ("Mn", "Me", "Cf"):
            continue
        if _is_edge(char):
            ended = bool(word)
        elif ended or len(word) == _LONGEST:
            return ""
        else:
            word.append(char)
    return "".join(word)


def _is_edge(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "PZC" or category == "Sk"
