"""What speaks for one tool and against another, where both have something of what was said."""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.offline import OfflineModel
from core.ai.ports import Prompt, Said
from core.ai.slots import Money, Name
from core.ai.tool import Effect, Example, Tool, ToolContext

_ARGUMENT = re.compile(r"\[([^\]]+)\]\((\w+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anything:
    """One argument of each kind that is said, none of them needed."""

    amount: Money = Money("")
    what: str = ""
    who: Name = Name("")


async def never(arguments: Any, context: ToolContext) -> str:
    raise AssertionError("a model calls no tool")


def tool(name: str, *examples: tuple[str, str], effect: Effect = Effect.KEYED) -> Tool:
    """Examples with their languages, and `[the argument](and its field)`."""
    return Tool(
        name=name,
        description=name,
        arguments=Anything,
        handler=never,
        effect=effect,
        examples=tuple(
            Example(
                language=language,
                utterance=_ARGUMENT.sub(r"\1", text),
                arguments={field: value for value, field in _ARGUMENT.findall(text)},
            )
            for language, text in examples
        ),
    )


async def called(text: str, *tools: Tool, language: str) -> list[str]:
    prompt = Prompt(instructions="", parts=(Said(text=text),), tools=tools, language=language)
    return [call.name for call in (await OfflineModel().complete(prompt)).calls]


async def test_a_known_word_is_not_taken_for_a_form_of_another() -> None:
    earn = tool("earn", ("es", "cobré mi [sueldo](what) de [500](amount)"))
    bill = tool("bill", ("es", "cóbrale [200](amount) a [Ana](who)"))

    assert await called("cobré 300 de Luis", earn, bill, language="es") == ["earn"]
    assert await called("cóbrale 300 a Luis", earn, bill, language="es") == ["bill"]


async def test_a_statement_is_no_question_that_only_lacks_its_sign() -> None:
    settle = tool("settle", ("pt", "a [Maria](who) pagou"))
    owes = tool("owes", ("pt", "a [Ana](who) já pagou?"), effect=Effect.NONE)

    assert await called("a Bia já pagou", settle, owes, language="pt") == ["settle"]
    assert await called("a Bia já pagou?", settle, owes, language="pt") == ["owes"]


async def test_examples_in_the_language_of_the_person_come_first() -> None:
    one = tool("one", ("pt", "anota [50](amount) de [pão](what)"))
    other = tool("other", ("es", "anota [50](amount) de [pan](what)"), ("pt", "coisa bem diferente"))

    assert await called("anota 20 de leite", one, other, language="pt") == ["one"]


async def test_words_of_other_examples_speak_for_a_tool_too() -> None:
    person = tool("person", ("en", "fetch somebody"), ("en", "a real human"), ("en", "representative"))

    assert await called("fetch somebody real", person, language="en") == ["person"]
    assert await called("fetch a real representative", person, language="en") == ["person"]
    assert await called("fetch my umbrella", person, language="en") == []


@pytest.mark.parametrize("text", ["the dentist is 300", "what is 300", "gave 300"])
async def test_an_amount_alone_is_no_reason_to_act(text: str) -> None:
    spend = tool("spend", ("en", "spent [50](amount) on [bread](what)"))

    assert await called(text, spend, language="en") == []
