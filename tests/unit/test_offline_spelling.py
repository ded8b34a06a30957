"""Which known words a word may be meant as."""

import pytest

from adapters.offline.spelling import Lexicon

KNOWN = ("gastei", "quanto", "market", "recuerdame", "obrigado", "haha", "kkk", "who", "dinner", "mes")


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(KNOWN, KNOWN)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gatsei", "gastei"),
        ("gstei", "gastei"),
        ("gasttei", "gastei"),
        ("gasteeeeei", "gastei"),
        ("gaste", "gastei"),
        ("gastamos", "gastei"),
        ("gastou", "gastei"),
        ("qto", "quanto"),
        ("qnto", "quanto"),
        ("markt", "market"),
        ("markets", "market"),
        ("recurdme", "recuerdame"),
        ("obrigadoooo", "obrigado"),
        ("hahahahaha", "haha"),
        ("kkkkkkkkk", "kkk"),
    ],
)
def test_slips_forms_and_short_forms_are_seen(lexicon: Lexicon, typed: str, meant: str) -> None:
    assert meant in lexicon.like(typed)


@pytest.mark.parametrize("typed", ["mas", "wha", "xyz", "dizer", "thinner", "cats", "gato", "", "k"])
def test_another_word_is_not_taken_for_a_known_one(lexicon: Lexicon, typed: str) -> None:
    assert lexicon.like(typed) == {}


def test_a_known_word_is_itself_and_no_slip_for_another() -> None:
    assert Lexicon(("casa", "caso"), ("casa", "caso")).like("casa")["casa"] == 1.0
    assert "mesa" not in Lexicon(("mesa", "misa"), ("mesa", "misa")).like("misa")


def test_swapped_and_missing_letters_are_surer_than_another_letter(lexicon: Lexicon) -> None:
    assert lexicon.like("gatsei")["gastei"] > lexicon.like("gostei")["gastei"]


def test_only_words_that_are_spelt_so_here_are_seen_in_slips() -> None:
    lexicon = Lexicon(("diner", "market"), ("market",))

    assert lexicon.like("dinerr") == {}
    assert lexicon.like("diner") == {"diner": 1.0}


def test_it_forgets_so_that_it_does_not_grow_for_ever(lexicon: Lexicon) -> None:
    for number in range(10_000):
        lexicon.like(f"word{number}")

    assert len(lexicon._remembered) <= 4096
