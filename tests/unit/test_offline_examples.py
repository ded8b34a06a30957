"""How an example becomes a pattern, and a text becomes tokens."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import pytest

from adapters.offline.examples import Frame, Hole, frame_of
from adapters.offline.fields import Field, Kind, fields_of
from adapters.offline.tokens import TAKEN_BACK, tokens_of
from core.ai.slots import Money, Name, When
from core.ai.tool import Example


class Way(StrEnum):
    CASH = "cash"
    CARD = "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One argument of each kind."""

    amount: Money
    who: Name
    what: str = ""
    on: When | None = None
    parts: int = 1
    rate: Decimal = Decimal()
    way: Way = Way.CASH
    tags: tuple[str, ...] = ()


def frame(utterance: str, **arguments: object) -> Frame:
    return frame_of(Example(language="en", utterance=utterance, arguments=arguments), fields_of(Payment))


def test_fields_are_known_by_how_they_are_said() -> None:
    fields = fields_of(Payment)

    assert {name: field.kind for name, field in fields.items()} == {
        "amount": Kind.MONEY,
        "who": Kind.NAME,
        "what": Kind.TEXT,
        "on": Kind.WHEN,
        "parts": Kind.NUMBER,
        "rate": Kind.NUMBER,
        "way": Kind.CHOICE,
        "tags": Kind.CHOICE,
    }
    assert fields["way"] == Field(name="way", kind=Kind.CHOICE, required=False, choices=("cash", "card"))
    assert [name for name, field in fields.items() if field.required] == ["amount", "who"]


def test_arguments_leave_holes_and_the_other_words_stay() -> None:
    made = frame("Bob paid 50 for the cake yesterday", amount="50", who="Bob", what="the cake", on="yesterday")

    assert made.elements == (
        Hole(kind=Kind.NAME, field="who"),
        "paid",
        Hole(kind=Kind.MONEY, field="amount"),
        "for",
        Hole(kind=Kind.TEXT, field="what"),
        Hole(kind=Kind.WHEN, field="on"),
    )
    assert made.words == {"paid", "for"}
    assert made.fillers["what"] == ("the", "cake")
    assert not made.is_question


def test_what_is_not_said_is_implied() -> None:
    made = frame("Bob paid by card?", who="Bob", way="card", parts=2)

    assert made.implied == {"way": "card", "parts": 2}
    assert made.elements == (Hole(kind=Kind.NAME, field="who"), "paid", "by", "card")
    assert made.is_question


def test_an_argument_is_a_whole_word_and_none_lies_in_another() -> None:
    made = frame("Annabel paid for Ann and Ann Lee", who="Ann", what="Ann Lee")

    assert made.elements == (
        "annabel",
        "paid",
        "for",
        Hole(kind=Kind.NAME, field="who"),
        "and",
        Hole(kind=Kind.TEXT, field="what"),
    )


def test_an_amount_that_is_no_argument_is_still_an_amount() -> None:
    assert frame("Bob paid 50", who="Bob").elements[-1] == Hole(kind=Kind.MONEY)


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("pt", "Não, 45", [TAKEN_BACK, ""]),
        ("pt", "não gastei 45", ["nao", "gastei", ""]),
        ("pt", "ops, quer dizer, foi ontem", [TAKEN_BACK, "foi", ""]),
        ("en", "no wait, it was 45", [TAKEN_BACK, "it", "was", ""]),
        ("en", "no milk today", ["no", "milk", ""]),
        ("en", "don’t go", ["don't", "go"]),
        ("es", "perdón, en realidad 45", [TAKEN_BACK, ""]),
        ("pt", "no mercado", ["no", "mercado"]),
        ("fr", "Non, ça va", ["non", "ca", "va"]),
        ("pt", "👍 ...", []),
    ],
)
def test_text_is_cut_into_words_amounts_and_times(language: str, text: str, words: list[str]) -> None:
    assert [token.word for token in tokens_of(text, language)] == words


def test_tokens_know_their_place() -> None:
    text = "gastei  50 no café"

    assert [text[token.start : token.end] for token in tokens_of(text, "pt")] == ["gastei", "50", "no", "café"]
