"""The tool loop: journaled before it acts, acted once, bounded, and refused once a human has the conversation."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from core.ai.ports import Call, Completion, Invalid, Prompt, Returned, Stop
from core.ai.tool import Effect, Skill, Tool, ToolContext
from core.conversation.facts import FactKind
from core.conversation.message import Status
from core.conversation.turn import TurnState, Usage
from core.errors import Rejected, Unavailable
from tests.fakes import ScriptedModel, asks
from tests.simulation import LINE, World, passes, working
from tests.virtual_time import simulated


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    what: str
    amount: int


@dataclass(slots=True)
class Ledger:
    """A store of effects that keeps one per key, as keyed tools must."""

    by_key: dict[str, Expense] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None
    after: Callable[[], Awaitable[None]] | None = None

    async def add(self, arguments: Expense, context: ToolContext) -> str:
        self.calls.append(context.key)
        if self.before is not None:
            await self.before()
        self.by_key.setdefault(context.key, arguments)
        if self.after is not None:
            await self.after()
        return f"added {arguments.what}"


def tool(ledger: Ledger, effect: Effect = Effect.KEYED, name: str = "add_expense") -> Tool:
    return Tool(name=name, description="Add an expense.", arguments=Expense, handler=ledger.add, effect=effect)


def skill(*tools: Tool) -> Skill:
    return Skill(name="test", instructions="Add what people spend.", tools=tools)


COFFEE: dict[str, Any] = {"what": "coffee", "amount": 10}


def returned(prompt: Prompt) -> list[str]:
    return [part.text for part in prompt.parts if isinstance(part, Returned)]


@simulated
async def test_a_tool_acts_once_and_the_model_reads_its_result() -> None:
    ledger = Ledger()
    add = tool(ledger)
    model = ScriptedModel(script=[asks((add, COFFEE)), lambda prompt: f"Done: {returned(prompt)[0]}"])
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("spent 10 on coffee")
        await passes(10)

        assert world.channel.texts == ["Done: added coffee"]
        assert list(ledger.by_key.values()) == [Expense(**COFFEE)]
        [turn] = await world.turns()
        assert turn.usage == Usage(input=20, output=10)
        assert len(turn.journal) == 2
        facts = await world.store.facts(await world.conversation())
        acted = [fact.fact.details for fact in facts if fact.fact.kind is FactKind.TOOL_ACTED]
        assert [(details["tool"], details["outcome"]) for details in acted] == [("add_expense", "done")]


@simulated
async def test_a_turn_that_fails_after_its_tool_goes_on_from_the_journal() -> None:
    ledger = Ledger()
    add = tool(ledger)
    model = ScriptedModel(script=[asks((add, COFFEE)), Unavailable("overloaded"), lambda p: f"Done: {returned(p)[0]}"])
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("spent 10 on coffee")
        await passes(60)

        assert world.channel.texts == ["Done: added coffee"]
        assert len(ledger.calls) == 1


@simulated
async def test_a_keyed_tool_interrupted_after_its_effect_is_called_again_with_its_key() -> None:
    ledger = Ledger()

    async def die() -> None:
        ledger.after = None
        raise Unavailable("the process stopped here")

    ledger.after = die
    add = tool(ledger)
    model = ScriptedModel(script=[asks((add, COFFEE)), "Done."])
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("spent 10 on coffee")
        await passes(60)

        assert world.channel.texts == ["Done."]
        assert len(ledger.calls) == 2
        assert len(set(ledger.calls)) == 1
        assert len(ledger.by_key) == 1


@simulated
async def test_an_unkeyed_tool_once_begun_is_never_called_again_but_reported() -> None:
    ledger = Ledger()

    async def die() -> None:
        raise Unavailable("the process stopped here")

    ledger.after = die
    add = tool(ledger, Effect.UNKEYED)
    model = ScriptedModel(script=[asks((add, COFFEE)), lambda prompt: returned(prompt)[0]])
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("pay 10 for coffee")
        await passes(60)

        assert len(ledger.calls) == 1
        assert world.channel.texts[0].startswith("It is not known whether this was done")
        facts = await world.store.facts(await world.conversation())
        acted = [fact.fact.details for fact in facts if fact.fact.kind is FactKind.TOOL_ACTED]
        assert [details["outcome"] for details in acted] == ["unknown"]


@simulated
async def test_a_recorded_call_whose_tool_is_gone_becomes_an_error_result() -> None:
    ledger = Ledger()

    async def die() -> None:
        raise Unavailable("the process stopped here")

    ledger.before = die
    add = tool(ledger)
    first = World(model=ScriptedModel(script=[asks((add, COFFEE))]), skills=[skill(add)])
    async with working(first):
        await first.write("spent 10 on coffee")
        await passes(3)
    second = World(model=ScriptedModel(script=[lambda prompt: returned(prompt)[0]]), store=first.store)
    async with working(second):
        await passes(60)
        assert second.channel.texts == ["There is no tool 'add_expense'."]


@simulated
async def test_wrong_arguments_and_unknown_tools_are_told_to_the_model() -> None:
    ledger = Ledger()
    add = tool(ledger)
    ghost = tool(ledger, name="ghost")
    model = ScriptedModel(script=[asks((add, {"nonsense": 1}), (ghost, COFFEE)), lambda p: " / ".join(returned(p))])
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("spent 10 on coffee")
        await passes(10)
        assert world.channel.texts == ["Not done: unknown arguments / There is no tool 'ghost'."]
        assert ledger.calls == []


@simulated
async def test_a_rejection_by_the_tool_is_a_result_and_not_a_failure() -> None:
    ledger = Ledger()

    async def refuse() -> None:
        raise Rejected("the amount must be positive")

    ledger.before = refuse
    add = tool(ledger)
    model = ScriptedModel(script=[asks((add, COFFEE)), lambda prompt: returned(prompt)[0]])
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("spent -10 on coffee")
        await passes(10)
        assert world.channel.texts == ["Not done: the amount must be positive"]
        assert [turn.attempts for turn in await world.turns()] == [0]


@simulated
async def test_a_tool_that_always_crashes_kills_its_turn_and_not_the_conversation() -> None:
    ledger = Ledger()

    async def crash() -> None:
        raise ZeroDivisionError

    ledger.before = crash
    add = tool(ledger)
    model = ScriptedModel(script=[asks((add, COFFEE))])
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("spent 10 on coffee")
        await passes(900)
        [turn] = await world.turns()
        assert turn.state is TurnState.DEAD
        assert turn.why is not None
        assert "ZeroDivisionError" in turn.why

        await world.write("hello")
        await passes(10)
        assert world.channel.texts[-1] == "read: hello"


@simulated
async def test_the_loop_ends_when_the_model_never_stops_calling() -> None:
    ledger = Ledger()
    add = tool(ledger)
    amounts = iter(range(1000))

    def more(prompt: Prompt) -> Completion | str:
        if not prompt.may_call:
            return "Enough."
        return asks(*((add, {"what": "coffee", "amount": next(amounts)}) for _ in range(3)))

    model = ScriptedModel(script=[more] * 20)
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("spend")
        await passes(10)
        assert world.channel.texts == ["Enough."]
        assert len(model.prompts) <= world.limits.model_calls
        assert len(ledger.calls) == world.limits.tool_calls


@simulated
async def test_a_turn_that_has_called_enough_may_not_call_again_when_it_goes_on() -> None:
    ledger = Ledger()
    add = tool(ledger)
    may_call: list[bool] = []

    def fails(prompt: Prompt) -> Unavailable:
        may_call.append(prompt.may_call)
        return Unavailable("overloaded")

    def ends(prompt: Prompt) -> str:
        may_call.append(prompt.may_call)
        return "Enough."

    many = asks(*((add, {"what": "coffee", "amount": n}) for n in range(9)))
    async with working(World(model=ScriptedModel(script=[many, fails, ends]), skills=[skill(add)])) as world:
        await world.write("spend")
        await passes(60)

        assert may_call == [False, False]


@simulated
async def test_the_same_call_a_third_time_is_not_made() -> None:
    ledger = Ledger()
    add = tool(ledger, Effect.NONE)

    def again(prompt: Prompt) -> Completion | str:
        return asks((add, COFFEE)) if prompt.may_call else "Enough."

    async with working(World(model=ScriptedModel(script=[again] * 20), skills=[skill(add)])) as world:
        await world.write("spend")
        await passes(10)
        assert len(ledger.calls) == 2
        assert world.channel.texts == ["Enough."]


@simulated
async def test_a_text_after_an_effect_was_asked_for_is_answered_by_the_next_turn() -> None:
    ledger = Ledger()
    add = tool(ledger)
    model = ScriptedModel(script=[asks((add, COFFEE)), "Done.", "And hello."], delay=5)
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("spent 10 on coffee")
        await passes(8)  # the second model call is in flight
        await world.write("and hello")
        await passes(60)

        assert world.channel.texts == ["Done.", "And hello."]
        assert len(ledger.calls) == 1
        assert [turn.supersedes for turn in await world.turns()] == [0, 0]


@simulated
async def test_a_text_after_a_call_that_only_reads_supersedes_and_steps_go_on() -> None:
    ledger = Ledger()
    look = tool(ledger, Effect.NONE)
    model = ScriptedModel(script=[asks((look, COFFEE)), asks((look, COFFEE)), "Both."], delay=5)
    async with working(World(model=model, skills=[skill(look)])) as world:
        await world.write("what did I spend")
        await passes(8)
        await world.write("on coffee")
        await passes(60)
        assert world.channel.texts == ["Both."]
        assert len(set(ledger.calls)) == 2  # the keys of the new draft are its own


@simulated
async def test_a_human_who_takes_over_in_a_tool_loop_stops_the_next_effect_and_gets_the_draft() -> None:
    ledger = Ledger()
    add = tool(ledger)
    model = ScriptedModel(
        script=[asks((add, COFFEE)), asks((add, {"what": "tea", "amount": 5})), lambda p: f"Draft: {returned(p)[-1]}"],
        delay=5,
    )
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("coffee 10, tea 5")
        await passes(8)
        await world.desk.take_over(await world.conversation(), by="ana", key="k1")
        await passes(60)

        assert len(ledger.by_key) == 1
        assert world.channel.texts == []
        assert await world.outbound() == [
            ("Draft: Not done: a colleague has taken over this conversation.", Status.HELD)
        ]
        assert [turn.state for turn in await world.turns()] == [TurnState.SUGGESTED]
        assert await world.inbound() == [Status.PENDING]


@simulated
async def test_the_context_of_a_tool_comes_from_the_turn() -> None:
    seen: list[ToolContext] = []

    async def look(arguments: Expense, context: ToolContext) -> str:
        seen.append(context)
        return "ok"

    spy = Tool(name="spy", description="", arguments=Expense, handler=look, effect=Effect.NONE)
    async with working(World(model=ScriptedModel(script=[asks((spy, COFFEE)), "ok"]), skills=[skill(spy)])) as world:
        await world.write("look")
        await passes(10)
        [context] = seen
        conversation = await world.store.conversation(await world.conversation())
        assert conversation is not None
        assert (context.workspace, context.contact) == (LINE.workspace, conversation.contact)
        assert context.conversation == conversation.ref


@simulated
async def test_calls_beside_a_refusal_of_tools_do_not_count_as_words() -> None:
    ledger = Ledger()
    add = tool(ledger)
    stubborn = Completion(
        text="",
        calls=(Call(id="1", name="add_expense", text="{}", arguments=Invalid(why="empty")),),
        stop=Stop.CALLS,
        usage=Usage(),
        model="scripted",
    )
    async with working(World(model=ScriptedModel(script=[stubborn] * 100), skills=[skill(add)])) as world:
        await world.write("hello")
        await passes(1200)
        assert [turn.state for turn in await world.turns()] == [TurnState.DEAD]
        assert ledger.calls == []


@simulated
async def test_a_worker_that_stops_in_a_tool_loop_leaves_the_journal_to_the_next() -> None:
    ledger = Ledger()
    add = tool(ledger)
    model = ScriptedModel(script=[asks((add, COFFEE)), "Done."], delay=5)
    world = World(model=model, skills=[skill(add)])
    async with working(world):
        await world.write("coffee 10")
        await passes(8)
        await world.worker.stop(timedelta(seconds=0.5))
        second = world.another_worker()
        running = asyncio.create_task(second.run())
        await passes(30)
        assert world.channel.texts == ["Done."]
        assert len(ledger.calls) == 1
        await second.stop(timedelta(seconds=1))
        await running


@simulated
async def test_a_turn_that_dies_after_its_tool_acted_says_what_was_done_before_it_apologises() -> None:
    ledger = Ledger()
    add = tool(ledger)
    model = ScriptedModel(script=[asks((add, COFFEE)), Rejected("declined")])
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("spent 10 on coffee")
        await passes(60)

        [text] = world.channel.texts
        assert text.startswith("added coffee\n\nSorry")
        assert len(ledger.by_key) == 1


@simulated
async def test_a_turn_that_fails_to_its_end_says_what_was_done_once() -> None:
    ledger = Ledger()
    add = tool(ledger)
    model = ScriptedModel(script=[asks((add, COFFEE)), *[Unavailable("overloaded") for _ in range(9)]])
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("spent 10 on coffee")
        await passes(1800)

        [text] = world.channel.texts
        assert text.startswith("added coffee\n\nSorry")
        assert len(ledger.calls) == 1


@simulated
async def test_what_is_done_at_a_second_try_is_told_too() -> None:
    ledger = Ledger()

    async def die() -> None:
        ledger.after = None
        raise Unavailable("the process stopped here")

    ledger.after = die
    add = tool(ledger)
    model = ScriptedModel(script=[asks((add, COFFEE)), Rejected("declined")])
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("spent 10 on coffee")
        await passes(120)

        assert world.channel.texts[0].startswith("added coffee\n\nSorry")
