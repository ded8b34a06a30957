"""The model without network: what it says, and in which language."""

import time
from typing import Any

import pytest

from adapters.offline import OfflineModel
from core.ai.ports import Call, Part, Prompt, Replied, Returned, Said, Stop


async def said(*parts: Part, instructions: str = "", **rest: Any) -> str:
    completion = await OfflineModel().complete(Prompt(instructions=instructions, parts=parts, **rest))
    return completion.text


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Oi, tudo bem?", 'Oi! Eu sou o modelo offline do Recado, sem rede nem chave. Li: "Oi, tudo bem?"'),
        (
            "Hello, how are you?",
            'Hi! I am Recado\'s offline model, without network or key. I read: "Hello, how are you?"',
        ),
        (
            "Hola, ¿qué tal?",
            '¡Hola! Soy el modelo sin conexión de Recado, sin red ni clave. Leí: "Hola, ¿qué tal?"',
        ),
    ],
)
async def test_it_greets_says_what_it_is_and_repeats_what_it_read(text: str, answer: str) -> None:
    assert await said(Said(text=text)) == answer


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pt", "Gastei 30 no almoço hoje"),
        ("pt", "quanto gastei?"),
        ("pt", "obrigada!"),
        ("pt", "BOA NOITE"),
        ("en", "I spent 30 on lunch today"),
        ("en", "thanks"),
        ("es", "Gasté 30 en el almuerzo hoy"),
        ("es", "¿cuánto?"),
        ("es", "mañana"),
    ],
)
async def test_it_answers_in_the_language_of_the_person(language: str, text: str) -> None:
    start = {"pt": "Oi!", "en": "Hi!", "es": "¡Hola!"}[language]

    assert (await said(Said(text=text))).startswith(start)


@pytest.mark.parametrize(
    ("instructions", "start"),
    [
        ("Answer in the language the person writes.", "Hi!"),
        ("Responda em português, você é da casa.", "Oi!"),
        ("", "Oi!"),
    ],
)
async def test_where_the_words_do_not_tell_it_follows_its_instructions(instructions: str, start: str) -> None:
    assert (await said(Said(text="12345"), instructions=instructions)).startswith(start)


async def test_a_burst_is_repeated_whole_and_what_was_answered_is_not() -> None:
    text = await said(
        Said(text="antes"), Replied(text="respondido"), Said(text="oi"), Said(text="gastei 30"), Said(text="no almoço")
    )

    assert text.endswith('Li: "oi", "gastei 30", "no almoço"')


async def test_steps_of_the_turn_do_not_hide_what_was_asked() -> None:
    call = Call(id="call_1", name="balance", text="{}", arguments=None)

    text = await said(Said(text="qual o saldo?"), Replied(text="", calls=(call,)), Returned(call="call_1", text="7"))

    assert text.endswith('"qual o saldo?"')


async def test_a_prompt_without_a_person_is_answered_too() -> None:
    assert await said() == "Oi! Eu sou o modelo offline do Recado, sem rede nem chave. Li: nada"


async def test_braces_and_quotes_are_repeated_as_they_are() -> None:
    assert (await said(Said(text='{read} "oi" %s'))).endswith('"{read} "oi" %s"')


async def test_the_same_prompt_gets_the_same_answer() -> None:
    asked = Prompt(instructions="", parts=(Said(text="oi"),))

    assert await OfflineModel().complete(asked) == await OfflineModel().complete(asked)


async def test_it_says_no_more_than_it_may() -> None:
    completion = await OfflineModel().complete(Prompt(instructions="", parts=(Said(text="oi " * 500),), max_output=100))

    assert (len(completion.text), completion.stop) == (400, Stop.LENGTH)


async def test_it_takes_less_than_a_millisecond() -> None:
    model = OfflineModel()
    texts = "Oi, tudo bem? Gastei 30 no almoço hoje e quero saber quanto falta para o fim do mês."
    once: list[Part] = [Said(text=texts), Replied(text=texts)]
    parts = (*(once * 20), Said(text=texts))
    asked = Prompt(instructions="Você é um assistente. " * 50, parts=parts)

    began = time.process_time()
    for _ in range(100):
        await model.complete(asked)

    assert (time.process_time() - began) / 100 < 0.001
