"""What money is spent on, worked out from everyday words."""

from collections import Counter

import pytest

from core.skills.finance.categories import asked_for, category_name, category_of
from core.skills.finance.category_words import NAMES, WORDS
from core.skills.phrases import phrase, speaks_of


@pytest.mark.parametrize(
    ("language", "what", "category"),
    [
        ("pt", "mercado", "groceries"),
        ("pt", "Almoço com a Ana", "food"),
        ("pt", "conta de luz", "utilities"),
        ("pt", "REMEDIO", "health"),
        ("pt", "remédio do cachorro", "pets"),
        ("pt", "ônibus", "transport"),
        ("pt", "compras do mês", "groceries"),
        ("pt", "presente pra mãe", "gifts"),
        ("pt", "coisas pra casa", "home"),
        ("pt", "rifa", "other"),
        ("pt", "", "other"),
        ("en", "gas", "transport"),
        ("en", "gas bill", "utilities"),
        ("en", "uber eats", "food"),
        ("en", "parking fine", "taxes"),
        ("en", "sneakers", "clothes"),
        ("es", "gas", "utilities"),
        ("es", "el súper", "groceries"),
        ("es", "comida del perro", "pets"),
        ("es", "colegiatura", "education"),
        ("pt", "groceries", "groceries"),
        ("de", "cinema", "leisure"),
    ],
)
def test_a_word_speaks_of_a_category(language: str, what: str, category: str) -> None:
    assert category_of("", what, language) == category


@pytest.mark.parametrize(
    ("given", "category"),
    [
        ("lazer", "leisure"),
        ("Alimentação", "food"),
        ("food", "food"),
        ("Food & Drinks", "food"),
        ("almoço", "food"),
        ("other", "other"),
        ("Sítio da vó", "Sítio da vó"),
        ("x" * 100, "x" * 40),
    ],
)
def test_the_category_that_is_given_counts_before_the_word(given: str, category: str) -> None:
    assert category_of(given, "uber", "pt") == category


def test_a_category_is_called_by_its_name_in_each_language() -> None:
    assert [category_name("groceries", language) for language in ("pt", "en", "es", "de")] == [
        "mercado",
        "groceries",
        "supermercado",
        "groceries",
    ]
    assert category_name("Sítio da vó", "en") == "Sítio da vó"


@pytest.mark.parametrize(
    ("asked", "categories"),
    [
        ("comida", {"food", "groceries"}),
        ("Food", {"food", "groceries"}),
        ("mercado", {"groceries"}),
        ("transportes", {"transport"}),
        ("uber", set()),
    ],
)
def test_a_question_covers_the_categories_it_names(asked: str, categories: set[str]) -> None:
    assert asked_for(asked) == categories


def test_every_language_names_the_same_categories_and_has_words_for_all_but_the_other() -> None:
    categories = set(NAMES["en"])

    assert all(set(names) == categories for names in NAMES.values())
    assert all(set(words) == categories - {"other"} for words in WORDS.values())


@pytest.mark.parametrize("language", WORDS)
def test_no_word_speaks_of_two_categories_in_one_language(language: str) -> None:
    categories = {
        word: category for category, listed in WORDS[language].items() for word in map(phrase, listed.split(","))
    }
    counted = Counter(word for listed in WORDS[language].values() for word in set(map(phrase, listed.split(","))))

    assert [(word, categories[word]) for word, number in counted.items() if number > 1] == []


def test_words_are_compared_without_case_accents_and_plural() -> None:
    assert speaks_of("Dois LANCHES na praia", "lanche")
    assert speaks_of("pão de queijo", "Pao de Queijo")
    assert not speaks_of("queijo de pão", "pão de queijo")
    assert not speaks_of("almoço", "")
