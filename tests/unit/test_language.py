"""The language of a few words, as people write them: short, without accents, with typos."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ai.language import language_in

SAID = {
    "pt": (
        "gastei 10 no café",
        "gastei 52,90 no mercado ontem",
        "almoço 35",
        "paguei a luz 120",
        "quanto gastei esse mês?",
        "qto gastei esse mes",
        "oi, tudo bem?",
        "Olá!",
        "bom dia",
        "recebi 500 da maria",
        "recebi 500 reais",
        "quem me deve?",
        "quem ta me devendo",
        "desfaz",
        "apaga o ultimo",
        "nao, foram 45",
        "não, na verdade foi ontem",
        "quero falar com um humano",
        "falar com atendente",
        "obrigado!",
        "valeu, brigado",
        "me lembra de ligar pro joão amanhã",
        "a Maria pagou",
        "cadastra o cliente João Silva",
        "faz uma fatura de 300 pra Padaria Sol",
        "o que vc sabe fazer?",
        "e ontem, quanto foi?",
        "uber 23 reais",
        "gstei 30 na farmacia",
        "comprei pão",
        "quanto esse mês",
        "qnt gastei ontem",
        "pagei 50 de luz",
        "extrato",
        "vlw",
        "bom diaaa",
        "kkkk",
        "mercado 230 hj",
        "a luz veio 180",
        "uma torta de 90",
    ),
    "en": (
        "spent 10 on coffee",
        "I spent 52.90 on groceries yesterday",
        "lunch 35",
        "paid the electricity bill 120",
        "how much did I spend this month?",
        "how much this month",
        "hi there",
        "Hello!",
        "good morning",
        "got 500 from Maria",
        "received $500",
        "who owes me?",
        "who owes me money",
        "undo",
        "undo that please",
        "no, it was 45",
        "actually it was yesterday",
        "I want to talk to a human",
        "let me speak with someone",
        "thanks!",
        "thx a lot",
        "remind me to call John tomorrow",
        "Maria paid",
        "add the customer John Smith",
        "invoice Sun Bakery for 300",
        "what can you do?",
        "and yesterday?",
        "uber 23 bucks",
        "spnt 30 at the pharmacy",
        "bought bread",
        "hw much did i spent",
        "howmuch did i spend this week",
        "thnks",
        "rent 1200",
        "nope",
        "yesterday i paid 30 for dinner",
        "it should be 60",
        "never mind",
    ),
    "es": (
        "gasté 10 en café",
        "gaste 52,90 en el super ayer",
        "almuerzo 35",
        "pagué la luz 120",
        "¿cuánto gasté este mes?",
        "cuanto gaste este mes",
        "hola, ¿qué tal?",
        "Hola",
        "buenos días",
        "recibí 500 de maría",
        "cobré 500 pesos",
        "¿quién me debe?",
        "quien me debe plata",
        "deshacer",
        "borra lo último",
        "no, fueron 45",
        "en realidad fue ayer",
        "quiero hablar con un humano",
        "hablar con una persona",
        "¡gracias!",
        "muchas gracias",
        "recuérdame llamar a juan mañana",
        "María pagó",
        "agrega el cliente Juan Pérez",
        "haz una factura de 300 para Panadería Sol",
        "¿qué puedes hacer?",
        "¿y ayer?",
        "uber 23 pesos",
        "gsté 30 en la farmacia",
        "compré pan",
        "cuanto gste ayer",
        "grasias",
        "gastos de esta semana",
        "me pagaron 3000",
        "cámbialo a 75",
        "vendí dos tortas por 90",
        "nafta 40",
        "jajaja",
        "sí por favor",
        "me puedes ayudar",
    ),
}


@pytest.mark.parametrize(("language", "text"), [(language, text) for language in SAID for text in SAID[language]])
def test_a_few_words_tell_the_language(language: str, text: str) -> None:
    assert language_in([text]) == language


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [""],
        ["10"],
        ["ok"],
        ["👍"],
        ["no"],
        ["Maria"],
        ["mercado"],
        ["50 uber"],
        ["R$ 50"],
        ["netflix 40"],
        ["\ud800"],
    ],
)
def test_what_could_be_any_is_no_guess(texts: list[str]) -> None:
    assert language_in(texts) is None


@given(st.lists(st.text()))
def test_any_texts_are_one_of_three_or_a_guess(texts: list[str]) -> None:
    assert language_in(texts) in ("pt", "en", "es", None)


def test_the_newest_words_count_most() -> None:
    assert language_in(["spent 10 on coffee", "gastei 10 no café"]) == "pt"
    assert language_in(["gastei 10 no café", "spent 10 on coffee"]) == "en"
    assert language_in(["how much did I spend this month?", "ok", "10"]) == "en"
