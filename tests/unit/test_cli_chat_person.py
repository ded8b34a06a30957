"""Who is meant by a name or a number."""

import pytest

from core.errors import Rejected
from core.identity.medium import Medium
from entrypoints.cli.person import ANA, Person, found, spelled

BOB = Person(number="+14155550123", name="Bob")
KNOWN = (BOB, Person(number="+34600000001", name=None, medium=Medium.SMS))


@pytest.mark.parametrize(
    ("words", "number", "name"),
    [
        ("Ana", ANA.number, "Ana"),
        ("aNá", ANA.number, "Ana"),
        ("bob", BOB.number, "Bob"),
        (ANA.number, ANA.number, "Ana"),
        (BOB.number, BOB.number, "Bob"),
        ("+34 600-000 001", "+34600000001", None),
        ("whatsapp:+1 (415) 555-0123", BOB.number, "Bob"),
        ("Robert +14155550123", BOB.number, "Robert"),
        ("+442071838750", "+442071838750", None),
    ],
)
def test_who_is_meant(words: str, number: str, name: str | None) -> None:
    assert found(words, KNOWN, Medium.SMS) == Person(number=number, name=name, medium=Medium.SMS)


def test_a_new_name_gets_the_same_number_every_time() -> None:
    numbers = {found(name, (), Medium.WHATSAPP).number for name in ("José", "jose", "JOSÉ")}

    assert numbers == {"+5511917028376"}


def test_different_names_are_different_people() -> None:
    assert len({found(name, (), Medium.WHATSAPP).number for name in ("José", "Maria", "Bia", "Bob", "Eve")}) == 5


@pytest.mark.parametrize("words", ["", " ", "x" * 41, "whatsapp:BR.123", "+0123456789", "+12", "+1234567890123456"])
def test_who_cannot_be_meant(words: str) -> None:
    with pytest.raises(Rejected):
        found(words, KNOWN, Medium.WHATSAPP)


def test_a_person_is_reached_on_either_medium() -> None:
    assert ANA.address == "whatsapp:+5511987654321"
    assert ANA.by(Medium.SMS).address == "+5511987654321"
    assert Person.at(ANA.address, "Ana") == ANA
    assert Person.at("+5511987654321", None) == Person(number="+5511987654321", name=None, medium=Medium.SMS)


def test_a_title_says_who_it_is_and_how_they_write() -> None:
    assert ANA.title == "Ana on WhatsApp (+55 11 98765-4321)"
    assert Person(number="+14155550123", name=None, medium=Medium.SMS).title == "+14155550123 by SMS"


def test_only_numbers_that_we_know_how_to_spell_are_spelled() -> None:
    assert (spelled("+5511987654321"), spelled("+351912345678")) == ("+55 11 98765-4321", "+351912345678")
