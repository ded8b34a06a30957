"""A model without network or key, so that everything runs on a laptop at once: it says what it is and what it read."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_settings import BaseSettings

from core.ai.ports import Completion, Invalid, LanguageModel, Part, Prompt, Replied, Returned, Said, Stop
from core.ai.tool import Tool
from core.conversation.turn import Usage
from core.driver import Driver, Surroundings

_ANSWER = {
    "pt": "Oi! Eu sou o modelo offline do Recado, sem rede nem chave. Li: {read}",
    "en": "Hi! I am Recado's offline model, without network or key. I read: {read}",
    "es": "¡Hola! Soy el modelo sin conexión de Recado, sin red ni clave. Leí: {read}",
}
_NOTHING = {"pt": "nada", "en": "nothing", "es": "nada"}
_DEFAULT = "pt"

# Everyday words that two of the three languages do not share; letters that only one of them has count as well.
_WORDS = {
    language: frozenset(words.split())
    for language, words in {
        "pt": "oi olá ola bom boa dia tarde noite você voce não nao sim obrigado obrigada quanto gastei hoje ontem "
        "amanhã meu minha eu está estou com uma um os do da em no na quero preciso tudo bem fala tchau quem",
        "en": "hi hello hey good morning evening you your yes thanks thank please what how much is are am my the an "
        "with for want need today yesterday tomorrow and do can i of to in bye who",
        "es": "hola buenos buenas días dias tardes noches usted tú sí gracias cuánto cuanto gasté gaste hoy ayer "
        "mañana mi yo está estoy con una un los del el la las en quiero necesito todo bien adiós quién",
    }.items()
}
_LETTERS = {"pt": re.compile("[ãõçâêô]"), "en": re.compile(r"\b(?:i'm|don't|it's)\b"), "es": re.compile("[ñ¿¡]")}

_CHARACTERS_A_TOKEN = 4


class OfflineModel(LanguageModel):
    """Deterministic: the same prompt gets the same answer."""

    def __init__(self) -> None:
        self._adapters: dict[type[Any], TypeAdapter[Any]] = {}

    async def complete(self, prompt: Prompt) -> Completion:
        texts = _unanswered(prompt.parts)
        language = _language(" ".join(texts)) or _language(prompt.instructions) or _DEFAULT
        read = ", ".join(f'"{text}"' for text in texts) or _NOTHING[language]
        whole = _ANSWER[language].format(read=read)
        text = whole[: prompt.max_output * _CHARACTERS_A_TOKEN]
        given = len(prompt.instructions) + sum(len(part.text) for part in prompt.parts)
        return Completion(
            text=text,
            stop=Stop.END if text == whole else Stop.LENGTH,
            usage=Usage(input=_tokens(given), output=_tokens(len(text))),
            model="offline",
        )

    def read(self, tool: Tool, text: str) -> Any | Invalid:
        adapter = self._adapters.get(tool.arguments)
        if adapter is None:
            adapter = self._adapters[tool.arguments] = TypeAdapter(tool.arguments)
        try:
            return adapter.validate_json(text.strip() or "{}", extra="forbid")
        except ValidationError as error:
            mistakes = error.errors(include_url=False, include_context=False, include_input=False)
            return Invalid(
                why="; ".join(f"{'.'.join(map(str, each['loc'])) or 'arguments'}: {each['msg']}" for each in mistakes)
            )


def _unanswered(parts: Sequence[Part]) -> list[str]:
    """What the person said since we last said something: a burst is several messages."""
    texts: list[str] = []
    for part in reversed(parts):
        match part:
            case Said(text=text):
                texts.append(text)
            case Replied(calls=()):
                break
            case Replied() | Returned():
                pass
    return texts[::-1]


def _language(text: str) -> str | None:
    """The language most words speak for; none if it is anyone's guess."""
    text = text.lower()
    words = re.findall(r"[^\W\d_]+", text)
    votes = {
        language: sum(word in known for word in words) + len(_LETTERS[language].findall(text))
        for language, known in _WORDS.items()
    }
    first, second = sorted(votes, key=votes.__getitem__, reverse=True)[:2]
    return first if votes[first] > votes[second] else None


def _tokens(characters: int) -> int:
    """An estimate: nothing is counted, as nothing is paid for."""
    return -(-characters // _CHARACTERS_A_TOKEN)


class Settings(BaseSettings):
    """There is nothing to set."""


@asynccontextmanager
async def _open(settings: Settings, surroundings: Surroundings) -> AsyncIterator[LanguageModel]:
    yield OfflineModel()


driver: Driver[LanguageModel] = Driver(
    summary="Answers without network or key; understands nothing, repeats what it read.", settings=Settings, open=_open
)
