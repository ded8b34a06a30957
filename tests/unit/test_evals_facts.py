"""When a text has a fact in it."""

from decimal import Decimal

import pytest

from entrypoints.evals.facts import amounts, has, is_like


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("52,90", "Anotei R$ 52,90 no mercado."),
        ("52.90", "Anotei R$ 52,90 no mercado."),
        ("52.9", "Noted: $52.90."),
        ("R$ 52,90", "foram 52.9"),
        ("US$ 12", "12 dollars"),
        ("€ 1.234,56", "you owe 1,234.56"),
        ("1234.56", "R$ 1.234,56"),
        ("1500", "1.500 reais"),
        ("1500", "1\u202f500,00 €"),
        ("1500000", "1,500,000"),
        ("1234567.5", "1.234.567,50"),
        ("0", "R$ 0,00 em cinema"),
        ("350", "350."),
    ],
)
def test_an_amount_is_found_however_it_is_written(wanted: str, text: str) -> None:
    assert has(text, (wanted,))


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("52,90", "R$ 152,90"),
        ("10", "R$ 100"),
        ("5", "R$ 5,50"),
        ("12", "on 12/03/2026 at 12:30"),
        ("15", "às 15h, ou 15h30"),
        ("3", "the 2026-03-04"),
    ],
)
def test_another_amount_or_a_date_is_not_it(wanted: str, text: str) -> None:
    assert not has(text, (wanted,))


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("almoço", "Anotei: ALMOCO."),
        ("maria souza", "A *Maria  Souza* deve"),
        ("?", "Quanto foi?"),
        ("São", "sao joao"),
    ],
)
def test_words_are_found_without_case_accents_and_marks(wanted: str, text: str) -> None:
    assert has(text, (wanted,))


def test_a_part_of_a_word_is_no_fact() -> None:
    assert not has("banana", ("ana",))


def test_words_have_to_be_beside_each_other() -> None:
    assert not has("Maria da Souza", ("Maria Souza",))


def test_any_of_several_is_enough() -> None:
    assert has("nenhum gasto", ("0", "nada", "nenhum"))
    assert not has("um gasto", ("0", "nada", "nenhum"))


def test_an_apostrophe_and_a_comma_are_read_as_what_they_separate() -> None:
    assert amounts("1'500,25 and 7,5 and 1,000") == {Decimal("1500.25"), Decimal("7.5"), Decimal(1000)}


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("52.90", "52,90"),
        ("no Mercado Extra", "mercado"),
        (3, "3"),
        (True, "true"),
        (["food", "home"], "home"),
        (None, ""),
        ("", ""),
    ],
)
def test_a_field_is_like_what_is_wanted_of_it(value: object, wanted: str) -> None:
    assert is_like(value, (wanted,))


@pytest.mark.parametrize(("value", "wanted"), [("152.90", "52.90"), (None, "mercado"), (False, "true"), ("x", "")])
def test_a_field_that_says_something_else_is_not(value: object, wanted: str) -> None:
    assert not is_like(value, (wanted,))
