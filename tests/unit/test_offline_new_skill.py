"""The offline model knows no skill: a library in a made-up domain, with English examples alone, works at once."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

import adapters.offline
from adapters.offline import OfflineModel
from core.ai.ports import Invalid, Prompt, Said
from core.ai.slots import When
from core.ai.tool import Effect, Example, Tool, ToolContext


class Condition(StrEnum):
    GOOD = "good"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrow:
    """A book, until a day."""

    title: str
    until: When = When("")


@dataclass(frozen=True, slots=True, kw_only=True)
class BringBack:
    """A book, as it is now."""

    title: str
    condition: Condition = Condition.GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """So many copies."""

    copies: int
    in_colour: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose:
    """A shelf, which must be named."""

    shelf: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """No arguments."""


async def never(arguments: Any, context: ToolContext) -> str:
    raise AssertionError("a model calls no tool")


def tool(name: str, arguments: type[Any], effect: Effect, *examples: tuple[str, dict[str, Any]]) -> Tool:
    return Tool(
        name=name,
        description=name,
        arguments=arguments,
        handler=never,
        effect=effect,
        examples=tuple(Example(language="en", utterance=utterance, arguments=given) for utterance, given in examples),
    )


LIBRARY = (
    tool(
        "borrow",
        Borrow,
        Effect.KEYED,
        ("I'd like to borrow Dune", {"title": "Dune"}),
        ("borrow Moby Dick until tomorrow", {"title": "Moby Dick", "until": "tomorrow"}),
        ("lend me The Hobbit please", {"title": "The Hobbit"}),
    ),
    tool(
        "bring_back",
        BringBack,
        Effect.KEYED,
        ("I returned Dune", {"title": "Dune"}),
        ("returning Moby Dick", {"title": "Moby Dick"}),
        ("I returned Emma with a torn cover", {"title": "Emma", "condition": "damaged"}),
    ),
    tool(
        "my_books",
        Nothing,
        Effect.NONE,
        ("which books do I have?", {}),
        ("what have I borrowed?", {}),
    ),
    tool(
        "print",
        Print,
        Effect.KEYED,
        ("print 3 copies", {"copies": 3}),
        ("print 2 copies in colour", {"copies": 2, "in_colour": True}),
    ),
    tool("choose", Choose, Effect.KEYED, ("choose the good shelf", {"shelf": "good"})),
)


MODEL = OfflineModel()


async def called(*messages: str, language: str = "en") -> Sequence[tuple[str, Any]]:
    prompt = Prompt(
        instructions="", parts=tuple(Said(text=text) for text in messages), tools=LIBRARY, language=language
    )
    return [(call.name, call.arguments) for call in (await MODEL.complete(prompt)).calls]


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("I'd like to borrow Anna Karenina", ("borrow", Borrow(title="Anna Karenina"))),
        (
            "can i borow the old man and the sea until tomorow?",
            ("borrow", Borrow(title="old man and the sea", until=When("tomorow"))),
        ),
        ("borrow war and peace until tomorrow", ("borrow", Borrow(title="war and peace", until=When("tomorrow")))),
        ("pls lend me Ulysses", ("borrow", Borrow(title="Ulysses"))),
        ("i retruned Ulysses", ("bring_back", BringBack(title="Ulysses"))),
        (
            "i returned Ulysses with a torn page",
            ("bring_back", BringBack(title="Ulysses", condition=Condition.DAMAGED)),
        ),
        ("choose the damaged shelf", ("choose", Choose(shelf=Condition.DAMAGED))),
        ("wich boks do i have", ("my_books", Nothing())),
        ("print 5 copies", ("print", Print(copies=5))),
        ("print 5 copies in colour please", ("print", Print(copies=5, in_colour=True))),
    ],
)
async def test_a_new_skill_is_understood_from_its_examples_alone(text: str, call: tuple[str, Any]) -> None:
    assert await called(text) == [call]


async def test_it_is_understood_in_a_conversation_in_another_language() -> None:
    assert await called("oi, lend me Ulysses", language="pt") == [("borrow", Borrow(title="Ulysses"))]


async def test_what_is_missing_is_asked_for_by_its_kind() -> None:
    replies = [
        (await MODEL.complete(Prompt(instructions="", parts=(Said(text=text),), tools=LIBRARY, language="en"))).text
        for text in ("print copies", "I'd like to borrow", "choose the shelf")
    ]

    assert replies == ["How many?", "What exactly?", "Which one: good or damaged?"]


@pytest.mark.parametrize(
    "text", ["i did not return Dune", "the library is nice", "print", "if i borrow Dune, what then?"]
)
async def test_a_new_skill_is_not_called_on_a_guess(text: str) -> None:
    assert await called(text) == []


async def test_every_call_can_be_read() -> None:
    for utterance in [example.utterance for tool in LIBRARY for example in tool.examples]:
        calls = await called(utterance)

        assert len(calls) == 1
        assert not isinstance(calls[0][1], Invalid)


def test_no_words_of_a_skill_are_in_the_model() -> None:
    sources = [module.read_text(encoding="utf-8") for module in Path(adapters.offline.__file__).parent.glob("*.py")]

    words = {word for source in sources for text in texts_in(source) for word in re.findall(r"[^\W\d_]+", text.lower())}

    assert {"obrigado", "thanks", "gracias"} <= words
    assert words.isdisjoint(SKILLED)


SKILLED = [
    "gastei",
    "gasto",
    "gastos",
    "paguei",
    "recebi",
    "fatura",
    "cliente",
    "despesa",
    "lembra",
    "lembrete",
    "mercado",
    "spent",
    "spend",
    "paid",
    "expense",
    "invoice",
    "customer",
    "reminder",
    "remind",
    "market",
    "borrow",
    "book",
    "gasté",
    "pagué",
    "factura",
    "recuérdame",
]


def texts_in(source: str) -> Iterator[str]:
    """The texts of a module that are no docstrings."""
    tree = ast.parse(source)
    notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes:
            yield node.value
