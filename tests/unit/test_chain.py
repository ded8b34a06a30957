"""The chain of models: who is asked, who rests, and that a tool loop never changes horses."""

import asyncio
from typing import Any

import pytest

from core.ai import hand_over
from core.ai.chain import Model, ModelChain, full_name
from core.ai.ports import Invalid
from core.ai.tool import Tool
from core.conversation.lifecycle import Handler
from core.errors import Permanent, Rejected, Unavailable
from tests.fakes import RecordingLog, ScriptedModel, asks, read
from tests.simulation import World, passes, working
from tests.unit.test_tools import COFFEE, Ledger, skill, tool
from tests.virtual_time import simulated


class Calls:
    """Remembers which models were asked; `sick` ones raise."""

    def __init__(self, **sick: Exception) -> None:
        self.asked: list[str] = []
        self.sick = sick

    async def __call__(self, model: Model) -> str:
        self.asked.append(model.name)
        await asyncio.sleep(0.1)
        if model.name in self.sick:
            raise self.sick[model.name]
        return f"answered by {model.name}"


def chain(*names: str) -> ModelChain:
    drivers = {name.partition(":")[0]: ScriptedModel() for name in names}
    return ModelChain(drivers=drivers, names=names, log=RecordingLog())


async def try_to_ask(models: ModelChain, calls: Calls, *, times: int = 1, pinned: str | None = None) -> list[Any]:
    asked = (models.ask(calls, pinned=pinned) for _ in range(times))
    return [(await asyncio.gather(each, return_exceptions=True))[0] for each in asked]


@simulated
async def test_the_first_model_answers_while_it_is_well() -> None:
    calls = Calls()

    assert await try_to_ask(chain("a", "b"), calls, times=3) == ["answered by a"] * 3
    assert calls.asked == ["a"] * 3


@simulated
@pytest.mark.parametrize("trouble", [Unavailable("overloaded"), Permanent("wrong key")])
async def test_the_next_model_answers_when_one_fails(trouble: Exception) -> None:
    calls = Calls(a=trouble)

    assert await try_to_ask(chain("a", "b"), calls) == ["answered by b"]
    assert calls.asked == ["a", "b"]


@simulated
async def test_a_refused_prompt_is_not_shown_around() -> None:
    calls = Calls(a=Rejected("too long"))

    [answer] = await try_to_ask(chain("a", "b"), calls)

    assert isinstance(answer, Rejected)
    assert calls.asked == ["a"]


@simulated
async def test_the_last_error_is_told_when_all_fail() -> None:
    [answer] = await try_to_ask(chain("a", "b"), Calls(a=Unavailable("one"), b=Permanent("two")))

    assert str(answer) == "two"


@simulated
async def test_a_model_that_keeps_failing_is_left_alone_then_probed_once() -> None:
    calls, models = Calls(a=Unavailable("down")), chain("a", "b")
    await try_to_ask(models, calls, times=5)
    assert calls.asked.count("a") == 5

    await try_to_ask(models, calls, times=5)
    assert calls.asked.count("a") == 5

    await passes(15)
    await asyncio.gather(*(models.ask(calls, pinned=None) for _ in range(10)))
    assert calls.asked.count("a") == 6


@simulated
async def test_a_probe_that_succeeds_ends_the_rest_and_one_that_fails_doubles_it() -> None:
    calls, models = Calls(a=Unavailable("down")), chain("a", "b")
    await try_to_ask(models, calls, times=5)
    await passes(15)
    await try_to_ask(models, calls)
    await passes(15)
    await try_to_ask(models, calls)
    assert calls.asked.count("a") == 6

    await passes(15)
    calls.sick.clear()
    assert await try_to_ask(models, calls, times=3) == ["answered by a"] * 3


@simulated
async def test_calls_that_fail_together_make_the_first_rest_no_longer() -> None:
    calls, models = Calls(a=Unavailable("down")), chain("a", "b")
    await asyncio.gather(*(models.ask(calls, pinned=None) for _ in range(20)))
    assert calls.asked.count("a") == 20

    await passes(16)
    await models.ask(calls, pinned=None)

    assert calls.asked.count("a") == 21


@simulated
async def test_a_call_of_before_the_rest_lets_no_second_probe_through_when_it_is_broken_off() -> None:
    asked: list[str] = []

    async def call(model: Model) -> str:
        asked.append(model.name)
        if model.name == "b":
            return "answered by b"
        number = asked.count("a")
        await asyncio.sleep(60 if number in (1, 7) else 0)
        raise Unavailable("down")

    models = chain("a", "b")
    late = asyncio.create_task(models.ask(call, pinned=None))
    await passes(0.1)
    await asyncio.gather(*(models.ask(call, pinned=None) for _ in range(5)))
    await passes(16)
    probe = asyncio.create_task(models.ask(call, pinned=None))
    await passes(1)
    late.cancel()
    await passes(1)

    assert await models.ask(call, pinned=None) == "answered by b"
    assert asked.count("a") == 7
    await asyncio.gather(late, probe, return_exceptions=True)


@simulated
async def test_when_every_model_rests_it_says_for_how_long() -> None:
    models, calls = chain("a"), Calls(a=Unavailable("down"))
    await try_to_ask(models, calls, times=5)

    [answer] = await try_to_ask(models, calls)

    assert isinstance(answer, Unavailable)
    assert answer.after is not None
    assert 14 <= answer.after.total_seconds() <= 15


@simulated
async def test_a_call_that_is_broken_off_says_nothing_about_the_model() -> None:
    models, calls = chain("a", "b"), Calls(a=Unavailable("down"))
    await try_to_ask(models, calls, times=5)
    await passes(15)
    probe = asyncio.create_task(models.ask(calls, pinned=None))
    await passes(0.05)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)

    await try_to_ask(models, calls)

    assert calls.asked.count("a") == 7


@simulated
async def test_a_pinned_model_is_asked_and_no_other() -> None:
    calls = Calls(b=Unavailable("down"))

    [answer] = await try_to_ask(chain("a", "b", "c"), calls, pinned="b")

    assert isinstance(answer, Unavailable)
    assert calls.asked == ["b"]


@simulated
async def test_a_pinned_model_whose_driver_is_gone_is_an_error_that_says_what_to_do() -> None:
    [answer] = await try_to_ask(chain("a"), Calls(), pinned="gone:model")

    assert isinstance(answer, Permanent)
    assert "name it in the agent's file again" in str(answer)


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("openai", "openai"),
        ("openai:gpt-6-luna", "openai:gpt-6-luna"),
        ("gpt-6-luna", "openai:gpt-6-luna"),
        ("llama3.2:3b", "openai:llama3.2:3b"),
        ("offline", "offline"),
    ],
)
def test_a_model_is_named_with_its_driver(written: str, full: str) -> None:
    assert full_name(written, ("offline", "openai"), "openai") == full


# In a conversation


@simulated
async def test_the_person_is_answered_by_the_next_model_in_the_same_turn() -> None:
    first, second = ScriptedModel(script=[Unavailable("overloaded")]), ScriptedModel(script=["hello from the second"])
    async with working(World(model=first, models={"second": second})) as world:
        await world.write("hello")
        await passes(3)

        assert world.channel.texts == ["hello from the second"]
        [turn] = await world.turns()
        assert (turn.model, turn.attempts) == ("second", 0)
        assert [call.model for call in turn.calls] == ["second"]


@simulated
async def test_in_the_middle_of_a_tool_loop_no_other_model_is_asked() -> None:
    ledger = Ledger()
    add = tool(ledger)
    first = ScriptedModel(script=[asks((add, COFFEE)), Unavailable("overloaded"), Unavailable("overloaded"), "Done."])
    second = ScriptedModel(script=["I am another, and know nothing."])
    async with working(World(model=first, models={"second": second}, skills=[skill(add)])) as world:
        await world.write("spent 10 on coffee")
        await passes(120)

        assert world.channel.texts == ["Done."]
        assert second.prompts == []
        [turn] = await world.turns()
        assert {call.model for call in turn.calls} == {"scripted"}


class Particular(ScriptedModel):
    """Of a driver that does not read what others write."""

    def read(self, tool: Tool, text: str) -> Any | Invalid:
        return Invalid(why="null") if "null" in text else read(tool, text)


@simulated
async def test_what_a_model_asked_for_is_read_again_by_its_own_driver() -> None:
    ledger = Ledger()

    async def die() -> None:
        ledger.after = None
        raise Unavailable("the process stopped here")

    ledger.after = die
    add = tool(ledger)
    asked = asks((add, {"what": "coffee", "amount": None}))
    second = ScriptedModel(script=[asked, lambda p: asked if "Not done" in p.parts[-1].text else "Done.", "Done."])
    first = Particular(script=[Unavailable("overloaded")])
    async with working(World(model=first, models={"second": second}, skills=[skill(add)])) as world:
        await world.write("spent on coffee")
        await passes(60)

        assert world.channel.texts == ["Done."]
        assert len(ledger.by_key) == 1


@simulated
async def test_a_person_gets_the_conversation_whoever_is_first_when_the_turn_goes_on() -> None:
    call = asks((hand_over.tool, {"reason": None}))
    second = ScriptedModel(script=[call, Unavailable("interrupted"), "Someone will write to you."])
    first = Particular(script=[Unavailable("overloaded")])
    async with working(World(model=first, models={"second": second})) as world:
        await world.write("human please")
        await passes(60)

        conversation = await world.store.conversation(await world.conversation())
        assert conversation is not None
        assert conversation.standing.handler is Handler.HUMAN
