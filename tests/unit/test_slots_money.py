"""Amounts: what people write, where it stands, and how it is written back."""

import re
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.ai.slots.currencies import CODES, decimals
from core.ai.slots.money import Amount, find, read, say
from core.ai.slots.numbers import NUMBER_WORDS, SCALES
from core.errors import Rejected


def amount(value: str, currency: str = "BRL") -> Amount:
    return Amount(value=Decimal(value), currency=currency)


def found(text: str) -> list[str]:
    return [place.text for place in find(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", "10"),
        ("52,90", "52.90"),
        ("52.90", "52.90"),
        ("10,5", "10.50"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1'234.56", "1234.56"),
        ("1.234", "1234"),
        ("1,234", "1234"),
        ("0,500", "0.50"),
        ("1.234.567", "1234567"),
        ("1.234.567,89", "1234567.89"),
        ("1,234,567.89", "1234567.89"),
        ("12345,6", "12345.60"),
        ("007", "7"),
        ("R$ 52,90", "52.90"),
        ("R$52", "52"),
        ("r$ 52", "52"),
        ("rs 50", "50"),
        ("50rs", "50"),
        ("52,90 R$", "52.90"),
        ("R$ 50 reais", "50"),
        ("10 reais", "10"),
        ("1 real", "1"),
        ("10 conto", "10"),
        ("10 contos", "10"),
        ("10 pila", "10"),
        ("10 pilas", "10"),
        ("10 pau", "10"),
        ("10 paus", "10"),
        ("3k", "3000"),
        ("3 mil", "3000"),
        ("2,5 mil", "2500"),
        ("1,2345 mil", "1234.50"),
        ("mil", "1000"),
        ("mil e duzentos", "1200"),
        ("5 mil e 200", "5200"),
        ("2 mil 500", "2500"),
        ("1 milhão", "1000000"),
        ("1 milhão de reais", "1000000"),
        ("2 millones 500 mil", "2500000"),
        ("2 milhões e meio", "2500000"),
        ("2 mil millones", "2000000000"),
        ("cinquenta reais", "50"),
        ("vinte e cinco", "25"),
        ("ciento veinte", "120"),
        ("treinta y cinco", "35"),
        ("duzentos e trinta e quatro reais", "234"),
        ("dois mil e quinhentos reais", "2500"),
        ("forty-five", "45"),
        ("a hundred and five", "105"),
        ("5 reais e 50 centavos", "5.50"),
        ("5 reais e 50", "5.50"),
        ("cinco reais e cinquenta centavos", "5.50"),
        ("5 reais e meio", "5.50"),
        ("50 centavos", "0.50"),
        ("uns 50 reais", "50"),
        ("total: 50", "50"),
        ("(50)", "50"),
        ("50.", "50"),
        ("+50", "50"),
        ("５２,９０", "52.90"),  # noqa: RUF001
        ("٥٢٫٩٠", "52.90"),  # noqa: RUF001
        ("999999999999999", "999999999999999"),
    ],
)
def test_an_amount_is_read_in_the_usual_currency(text: str, value: str) -> None:
    assert read(text, "BRL") == amount(value)


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("US$ 12", "12", "USD"),
        ("US$12.50", "12.50", "USD"),
        ("U$ 12", "12", "USD"),
        ("u$s 12", "12", "USD"),
        ("12 dólares", "12", "USD"),
        ("$12", "12", "USD"),
        ("12$", "12", "USD"),
        ("$1.5m", "1500000", "USD"),
        ("USD 5", "5", "USD"),
        ("5 usd", "5", "USD"),
        ("usd5", "5", "USD"),
        ("twenty bucks", "20", "USD"),
        ("forty five dollars", "45", "USD"),
        ("US$ 50 dólares", "50", "USD"),
        ("5 dollars and 20 cents", "5.20", "USD"),
        ("€ 5", "5", "EUR"),
        ("5€", "5", "EUR"),
        ("5 euros", "5", "EUR"),
        ("£3", "3", "GBP"),
        ("3 quid", "3", "GBP"),
        ("¥ 500", "500", "JPY"),
        ("20 pesos", "20", "MXN"),
        ("20 soles", "20", "PEN"),
        ("S/ 20", "20", "PEN"),
        ("AR$ 1.500", "1500", "ARS"),
        ("KWD 1.234", "1.234", "KWD"),
        ("KWD 1.234,567", "1234.567", "KWD"),
        ("PEN 5", "5", "PEN"),
    ],
)
def test_a_currency_that_is_named_is_the_one(text: str, value: str, currency: str) -> None:
    assert read(text, "BRL") == amount(value, currency)


@pytest.mark.parametrize(
    ("text", "usual", "currency"),
    [
        ("$12", "MXN", "MXN"),
        ("$12", "CLP", "CLP"),
        ("$12", "CAD", "CAD"),
        ("$12", "EUR", "USD"),
        ("12 dólares", "MXN", "USD"),
        ("12 dollars", "AUD", "AUD"),
        ("US$ 12 dollars", "AUD", "USD"),
        ("20 pesos", "ARS", "ARS"),
        ("20 pesos", "USD", "MXN"),
        ("10 paus", "EUR", "EUR"),
        ("10 conto", "USD", "BRL"),
        ("Rs 100", "INR", "INR"),
        ("10 pavos", "USD", "USD"),
    ],
)
def test_what_several_countries_say_is_the_usual_currency_if_it_may_be(text: str, usual: str, currency: str) -> None:
    assert read(text, usual).currency == currency


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("", "give the amount alone"),
        ("cinco maçãs", "give the amount alone"),
        ("gastei 10 no café", "give the amount alone"),
        ("10 20", "give the amount alone"),
        ("10%", "give the amount alone"),
        ("10²", "give the amount alone"),
        ("½", "give the amount alone"),
        ("NaN", "give the amount alone"),
        ("sNaN", "give the amount alone"),
        ("Infinity", "give the amount alone"),
        ("-inf", "without the minus"),
        ("1e5", "give the amount alone"),
        ("0x10", "give the amount alone"),
        ("1_000", "give the amount alone"),
        ("10 contos de fadas", "give the amount alone"),
        ("x" * 300, "give the amount alone"),
        ("1" * 300, "give the amount alone"),
        ("1,2,3", "separators"),
        ("1.23.456", "separators"),
        ("1.234,567,89", "separators"),
        ("-5", "without the minus"),
        ("- 5", "without the minus"),
        ("−5", "without the minus"),  # noqa: RUF001
        ("R$ -5", "without the minus"),
        ("-R$ 5", "without the minus"),
        ("menos 5", "without the minus"),
        ("0", "above zero"),
        ("R$ 0,00", "above zero"),
        ("zero reais", "above zero"),
        ("1" * 16, "15 digits"),
        ("9999999999 milhões", "15 digits"),
        ("1" * 100, "15 digits"),
        ("1.2345", "round it"),
        ("0,505", "round it"),
        ("US$ 50 reais", "two currencies"),
    ],
)
def test_what_is_no_amount_is_refused_with_a_cure(text: str, cure: str) -> None:
    with pytest.raises(Rejected, match=re.escape(cure)):
        read(text, "BRL")


@pytest.mark.parametrize("text", ["gastei 52,90 com Ana", "R$ -52,90", "5290000000000000000"])
def test_a_refusal_never_repeats_what_was_written(text: str) -> None:
    with pytest.raises(Rejected) as refused:
        read(text, "BRL")

    assert not re.search(r"5290000|Ana|-52", str(refused.value))


@pytest.mark.parametrize(
    ("text", "currency", "value"),
    [("52,00", "JPY", "52"), ("1.234", "CLP", "1234"), ("1,234", "KWD", "1.234"), ("10,5", "EUR", "10.50")],
)
def test_a_currency_has_its_own_decimals(text: str, currency: str, value: str) -> None:
    assert str(read(text, currency).value) == value


def test_more_decimals_than_the_currency_has_are_refused() -> None:
    with pytest.raises(Rejected, match="JPY has 0 decimals"):
        read("52,90", "JPY")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("gastei 10 no café", ["10"]),
        ("gastei 52,90 no mercado ontem", ["52,90"]),
        ("almoço 35", ["35"]),
        ("35 uber", ["35"]),
        ("gasté 20 en café", ["20"]),
        ("spent forty five dollars on food", ["forty five dollars"]),
        ("gastei vinte no uber", ["vinte"]),
        ("torrei 80 conto no bar", ["80 conto"]),
        ("recebi 1 milhão de reais", ["1 milhão de reais"]),
        ("paguei R$ 1.234,56 de aluguel dia 5", ["R$ 1.234,56"]),
        ("café 10, pão 5,50, leite 7", ["10", "5,50", "7"]),
        ("gastei\n27,80\nna padaria", ["27,80"]),
        ("gastei 10, 20 e 30", ["10", "20", "30"]),
        ("café-10", ["10"]),
        ("café - 10", ["10"]),
        ("gastei 10 no café e 20 reais no mercado", ["10", "20 reais"]),
        ("entre 10 e 20 reais", ["10", "20 reais"]),
        ("50 rs", ["50"]),
        ("10 all day", ["10"]),
    ],
)
def test_amounts_are_found_where_they_stand(text: str, places: list[str]) -> None:
    assert found(text) == places


@pytest.mark.parametrize(
    ("text", "places"),
    [
        # Counts and measures.
        ("2 cafés 10 reais", ["10 reais"]),
        ("2 cafés por 10", ["10"]),
        ("1 café 8", ["8"]),
        ("comprei uma pizza 40", ["40"]),
        ("2kg carne 80", ["80"]),
        ("comprei 2 cafés", []),
        ("50 compras", ["50"]),
        ("3x de 50", ["50"]),
        ("em 3 vezes", []),
        ("paguei 3 mil e 10 parcelas", ["3 mil"]),
        ("10% de 50", ["50"]),
        ("10 por cento", []),
        ("mil desculpas", []),
        ("once again", []),
        ("comprei doce", []),
        # Dates and times.
        ("gastei 50 dia 5", ["50"]),
        ("dia 5 200 no mercado", ["200"]),
        ("bom dia 20 no mercado", ["20"]),
        ("12/03 45,90 mercado", ["45,90"]),
        ("31/02 45", ["45"]),
        ("10:30 50 reais", ["50 reais"]),
        ("às 15h 30 reais", ["30 reais"]),
        ("me lembra em 2 horas de pagar 50", ["50"]),
        ("12 de março", []),
        # Numbers of other things.
        ("nota 123", []),
        ("fatura nº 123", []),
        ("#123 50", ["50"]),
        ("paguei a fatura 120,50", ["120,50"]),
        ("iphone 15 por 5000", ["5000"]),
        ("comprei um iphone 5000", ["5000"]),
        ("11 98765-4321", []),
        ("(11) 98765-4321", []),
        ("+55 11 98765-4321", []),
        ("5511987654321", []),
        ("123.456.789-00", []),
        ("https://a.b/10 20", ["20"]),
        ("a10@b.co 20", ["20"]),
        ("abc123", []),
        ("v2 10", ["10"]),
        # What cannot be read.
        ("café -10", []),
        ("R$ -10", []),
        ("-R$ 10", []),
        ("gastei 0", []),
        ("R$ 0,00", []),
        ("10.20.30.40", []),
        ("1" * 20 + " reais", []),
    ],
)
def test_other_numbers_are_no_amounts(text: str, places: list[str]) -> None:
    assert found(text) == places


def test_a_place_is_one_in_the_original_text() -> None:
    text = "Olá! 👍🏽 gastei R$\u00a052,90 no café"

    (place,) = find(text)

    assert text[place.start : place.end] == place.text == "R$\u00a052,90"


PIECES = [
    *sorted(NUMBER_WORDS | set(SCALES))[::3],
    *(
        piece
        for pieces in (
            "0 1 5 10 50 200 1234 999999 52,90 1.234 1,234.56 1.2.3 -5 10% 3x",
            "R$ US$ $ € £ S/ rs bs usd PEN reais pesos euros dólares conto centavos cents e y and a de meio",
            "k m mil no café dia às : , . - / ½ ² 12/03 15h nota # bom",
        )
        for piece in pieces.split()
    ),
    "\u00a0",
    "\n",
    "\N{ARABIC-INDIC DIGIT FIVE}",
]
UTTERANCES = st.one_of(
    st.text(),
    st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
)


@given(UTTERANCES, st.sampled_from(["BRL", "USD", "EUR", "MXN"]))
@example("5 e 5 reais e 5", "BRL")
@example("℅ 5㎏ ㍘", "BRL")
def test_whatever_is_found_can_be_read(text: str, currency: str) -> None:
    places = find(text)

    for place in places:
        assert text[place.start : place.end] == place.text
        assert read(place.text, currency).value > 0
    assert all(one.end <= other.start for one, other in pairwise(places))


@given(UTTERANCES, st.sampled_from(sorted(CODES)))
def test_any_text_is_read_or_refused(text: str, currency: str) -> None:
    try:
        known = read(text, currency)
    except Rejected:
        return
    assert known.value > 0
    assert known.value.as_tuple().exponent == -decimals(known.currency)


@pytest.mark.parametrize(
    ("value", "currency", "pt", "en", "es"),
    [
        ("1234.56", "BRL", "R$ 1.234,56", "R$1,234.56", "R$ 1.234,56"),
        ("12", "USD", "US$ 12,00", "$12.00", "US$ 12,00"),
        ("5", "EUR", "€ 5,00", "€5.00", "€ 5,00"),
        ("1500", "CLP", "CL$ 1.500", "CL$1,500", "CL$ 1.500"),
        ("1.5", "KWD", "KWD 1,500", "KWD 1.500", "KWD 1,500"),
        ("-3", "BRL", "-R$ 3,00", "-R$3.00", "-R$ 3,00"),
        ("0", "BRL", "R$ 0,00", "R$0.00", "R$ 0,00"),
    ],
)
def test_an_amount_is_said_as_the_language_writes_it(value: str, currency: str, pt: str, en: str, es: str) -> None:
    said = [say(amount(value, currency), language) for language in ("pt", "en", "es")]

    assert said == [pt, en, es]


@given(
    st.integers(min_value=1, max_value=10**15 - 1),
    st.sampled_from(sorted(CODES)),
    st.sampled_from(["pt", "en", "es"]),
)
def test_what_is_said_is_read_back(units: int, currency: str, language: str) -> None:
    known = Amount(value=Decimal(units).scaleb(-decimals(currency)), currency=currency)

    assert read(say(known, language), currency) == known


@given(st.integers(min_value=1, max_value=10**15 - 1), st.sampled_from(sorted(CODES)), st.sampled_from(["pt", "es"]))
def test_what_is_said_in_portuguese_or_spanish_names_its_currency(units: int, currency: str, language: str) -> None:
    known = Amount(value=Decimal(units).scaleb(-decimals(currency)), currency=currency)

    assert read(say(known, language), "BRL") == known
