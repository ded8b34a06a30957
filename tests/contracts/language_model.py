"""What every model driver promises. A driver's test is a subclass with a `model` fixture."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from core.ai.ports import Call, Invalid, LanguageModel, Prompt, Replied, Returned, Said, Stop
from core.ai.tool import Effect, Tool, ToolContext
from core.conversation.turn import Usage


class Way(StrEnum):
    CASH = "cash"
    CARD = "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """An expense, as tools have them."""

    what: str
    amount: Decimal
    on: date
    parts: int = 1
    way: Way = Way.CASH
    note: str | None = field(default=None, metadata={"description": "Whatever else was said of it."})


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """No arguments."""


async def never(arguments: Any, context: ToolContext) -> str:
    raise AssertionError("a model calls no tool")


ADD_EXPENSE = Tool(
    name="add_expense", description="Write down an expense.", arguments=Expense, handler=never, effect=Effect.KEYED
)
BALANCE = Tool(name="balance", description="Tell the balance.", arguments=Nothing, handler=never, effect=Effect.NONE)

GIVEN = {"what": "café", "amount": "12.50", "on": "2026-11-03", "parts": 3, "way": "card", "note": "com João"}
MEANT = Expense(what="café", amount=Decimal("12.50"), on=date(2026, 11, 3), parts=3, way=Way.CARD, note="com João")


def prompt(*texts: str, **rest: Any) -> Prompt:
    """The person said these, one after the other."""
    return Prompt(
        instructions="You are Recado. Answer briefly.", parts=tuple(Said(text=text) for text in texts), **rest
    )


class LanguageModelContract:
    """Every driver answers a plain prompt, reads arguments the same way, and can be broken off."""

    @pytest.fixture
    def model(self) -> LanguageModel:
        raise NotImplementedError("a driver's test gives its model")

    async def test_a_plain_prompt_is_answered_in_words(self, model: LanguageModel) -> None:
        completion = await model.complete(prompt("Good morning"))

        assert completion.text.strip()
        assert completion.calls == ()
        assert completion.stop is Stop.END
        assert completion.model

    def test_it_has_a_name_under_which_its_price_is_found(self, model: LanguageModel) -> None:
        price = model.price(model.name)

        assert model.name
        assert price is None or price.cost(Usage(input=1_000, output=1_000)) >= 0

    async def test_what_was_used_is_told(self, model: LanguageModel) -> None:
        usage = (await model.complete(prompt("Good morning"))).usage

        assert usage.input > 0
        assert usage.output > 0
        assert 0 <= usage.cached <= usage.input

    async def test_the_same_model_answers_many_at_once(self, model: LanguageModel) -> None:
        completions = await asyncio.gather(*(model.complete(prompt(f"Message {n}")) for n in range(20)))

        assert all(completion.text for completion in completions)

    async def test_no_tool_is_called_when_none_may_be(self, model: LanguageModel) -> None:
        completion = await model.complete(
            prompt("I spent 12.50 on coffee", tools=(ADD_EXPENSE, BALANCE), may_call=False)
        )

        assert completion.calls == ()
        assert completion.text.strip()

    async def test_an_answer_is_given_after_a_tool_was_called(self, model: LanguageModel) -> None:
        call = Call(id="call_1", name="add_expense", text=json.dumps(GIVEN), arguments=MEANT)
        parts = (
            Said(text="I spent 12.50 on coffee"),
            Replied(text="", calls=(call,)),
            Returned(call="call_1", text="Written down."),
        )

        completion = await model.complete(
            Prompt(instructions="You are Recado.", parts=parts, tools=(ADD_EXPENSE,), may_call=False)
        )

        assert completion.text.strip()

    async def test_a_call_that_could_not_be_read_may_stand_in_the_history(self, model: LanguageModel) -> None:
        call = Call(id="call_1", name="gone", text='{"half', arguments=Invalid(why="the tool is gone"))
        parts = (
            Said(text="Do it"),
            Replied(text="One moment", calls=(call,)),
            Returned(call="call_1", text="There is no such tool."),
            Said(text="And now?"),
        )

        completion = await model.complete(Prompt(instructions="You are Recado.", parts=parts, may_call=False))

        assert completion.text.strip()

    async def test_it_can_be_broken_off_and_asked_again(self, model: LanguageModel) -> None:
        tasks = [asyncio.create_task(model.complete(prompt("Good morning"))) for _ in range(10)]
        for yields, task in enumerate(tasks):
            for _ in range(yields):
                await asyncio.sleep(0)
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)

        completion = await model.complete(prompt("Good morning"))

        # Cancelled, or done before that.
        assert all(isinstance(end, asyncio.CancelledError) or not isinstance(end, BaseException) for end in ended)
        assert completion.text.strip()

    def test_arguments_are_read_into_the_dataclass_of_the_tool(self, model: LanguageModel) -> None:
        assert model.read(ADD_EXPENSE, json.dumps(GIVEN)) == MEANT
        assert model.read(ADD_EXPENSE, json.dumps(GIVEN, ensure_ascii=False)) == MEANT

    def test_what_has_a_default_may_be_left_out(self, model: LanguageModel) -> None:
        read = model.read(ADD_EXPENSE, '{"what": "pão", "amount": 3.2, "on": "2026-11-03"}')

        assert read == Expense(what="pão", amount=Decimal("3.2"), on=date(2026, 11, 3))
        assert isinstance(read.amount, Decimal)

    def test_null_stands_for_nothing_where_nothing_is_allowed(self, model: LanguageModel) -> None:
        assert model.read(ADD_EXPENSE, json.dumps(GIVEN | {"note": None})) == replace(MEANT, note=None)

    @pytest.mark.parametrize("text", ["{}", "", "  "])
    def test_a_tool_without_arguments_reads_none(self, model: LanguageModel, text: str) -> None:
        assert model.read(BALANCE, text) == Nothing()

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "nonsense",
            "null",
            "[]",
            '"a text"',
            '{"what": "café", "amount": "12.50", "on": "2026-1',
            json.dumps({"what": "café"}),
            json.dumps(GIVEN | {"amount": "12,50"}),
            json.dumps(GIVEN | {"amount": "NaN"}),
            json.dumps(GIVEN | {"on": "yesterday"}),
            json.dumps(GIVEN | {"way": "cheque"}),
            json.dumps(GIVEN | {"parts": 1.5}),
            json.dumps(GIVEN | {"what": None}),
            json.dumps(GIVEN | {"tenant": "another"}),
            "[" * 100_000,
        ],
    )
    def test_what_cannot_be_read_is_invalid_and_says_why(self, model: LanguageModel, text: str) -> None:
        read = model.read(ADD_EXPENSE, text)

        assert isinstance(read, Invalid)
        assert read.why

    def test_why_names_the_argument_and_does_not_repeat_its_value(self, model: LanguageModel) -> None:
        read = model.read(ADD_EXPENSE, json.dumps(GIVEN | {"amount": "+55 11 91234-5678"}))

        assert isinstance(read, Invalid)
        assert "amount" in read.why
        assert "91234" not in read.why
