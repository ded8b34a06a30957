"""What calls cost, and that a day's caps hold, also with many turns at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.memory import MemoryStore
from core.ai.agent import Agent
from core.ai.budget import most_of
from core.ai.ports import Completion, Image, Prompt, Said, Stop
from core.ai.prices import Price
from core.conversation.facts import FactKind
from core.conversation.turn import Cap, Caps, Refused, Stale, Superseded, TurnRef, TurnState, Usage
from core.errors import Unavailable
from core.limits import Limits
from tests.fakes import ScriptedModel, asks
from tests.simulation import LINE, World, passes, working
from tests.unit.test_tools import COFFEE, Ledger, skill, tool
from tests.virtual_time import now, simulated

PRICE = Price(input=Decimal("0.10"), output=Decimal("0.50"), cached=Decimal("0.01"))


def answer(text: str = "fine", *, input: int = 100, output: int = 50) -> Completion:
    return Completion(text=text, stop=Stop.END, usage=Usage(input=input, output=output), model="scripted")


def capped(**caps: Cap) -> Agent:
    return replace(Agent(language="en"), caps=Caps(**caps), cap_reached={"en": "Chega.", "pt": "Chega."})


class SlowToSupersede(MemoryStore):
    """A store whose answer about news takes a while."""

    async def supersede(
        self, turn: TurnRef, epoch: int, *, read_to: int, at_most: int, history: int
    ) -> Superseded | Refused | Stale:
        await passes(0.5)
        return await super().supersede(turn, epoch, read_to=read_to, at_most=at_most, history=history)


async def spent(world: World) -> Usage:
    day = now().date()
    rows = await world.store.spending(LINE.workspace, since=day, until=day)
    return sum((row.usage for row in rows), Usage())


# Prices


@pytest.mark.parametrize(
    ("usage", "nanos"),
    [
        (Usage(), 0),
        (Usage(input=1_000_000), 100_000_000),
        (Usage(input=1_000_000, cached=1_000_000), 10_000_000),
        (Usage(output=1_000_000), 500_000_000),
        (Usage(input=1), 100),
        (Usage(input=10, cached=9, output=1), 100 + 90 + 500),
    ],
)
def test_a_price_is_exact(usage: Usage, nanos: int) -> None:
    assert PRICE.cost(usage) == nanos


def test_a_part_of_a_billionth_is_rounded_up() -> None:
    assert Price(input=Decimal("0.00001"), output=Decimal(0)).cost(Usage(input=1)) == 1


def test_without_a_price_for_the_cache_it_costs_as_much_as_the_rest() -> None:
    assert replace(PRICE, cached=None).cost(Usage(input=10, cached=10)) == PRICE.cost(Usage(input=10))


def test_a_server_that_counts_the_cache_beside_the_input_gives_nothing_back() -> None:
    assert PRICE.cost(Usage(input=10, cached=100)) == PRICE.cost(Usage(input=100, cached=100))


@pytest.mark.parametrize("text", ["hello", "não é possível", "你好世界", "👋🏽" * 20, "a" * 5000])
def test_the_most_of_a_call_is_above_what_tokenizers_make_of_it(text: str) -> None:
    most = most_of(Prompt(instructions="", parts=(Said(text=text),)))

    # Byte-level tokenizers make at most one token of a byte, and of everyday ASCII one of two letters.
    others = [letter for letter in text if not letter.isascii()]
    assert most.input >= len("".join(others).encode()) + (len(text) - len(others)) / 2
    assert most.output == 1024


def test_a_picture_counts() -> None:
    image = Image(content_type="image/png", body=b"")

    plain, shown = (most_of(Prompt(instructions="", parts=(Said(text="", images=i),))) for i in ((), (image,)))

    assert shown.input - plain.input == 2000


# The books


@simulated
async def test_every_call_of_a_turn_is_in_the_books_with_its_cost() -> None:
    ledger = Ledger()
    add = tool(ledger)
    model = ScriptedModel(script=[asks((add, COFFEE)), answer("Done.")], list_price=PRICE)
    async with working(World(model=model, skills=[skill(add)])) as world:
        await world.write("spent 10 on coffee")
        await passes(5)

        [turn] = await world.turns()
        assert [(call.model, call.usage.cost) for call in turn.calls] == [("scripted", 3_500), ("scripted", 35_000)]
        assert turn.usage.cost == 38_500
        assert (await spent(world)).cost == 38_500


@simulated
async def test_a_draft_that_was_superseded_is_paid_for_all_the_same() -> None:
    model = ScriptedModel(delay=5, script=[answer("both")], list_price=PRICE)
    async with working(World(model=model)) as world:
        await world.write("first")
        await passes(2)
        await world.write("second")
        await passes(30)

        assert world.channel.texts == ["both"]
        [turn] = await world.turns()
        broken_off, answered = turn.calls
        assert broken_off.usage.input > 0
        assert broken_off.usage.output == 0
        assert answered.usage.cost == 35_000


@simulated
async def test_an_answer_that_came_while_the_store_was_asked_for_news_is_paid_for_in_full() -> None:
    model = ScriptedModel(delay=3.2, script=[answer("one", output=77), answer("both")])
    world = World(model=model, store=SlowToSupersede(clock=now))
    async with working(world):
        await world.write("first")
        await passes(3)
        await world.write("second")
        await passes(30)

        assert world.channel.texts == ["both"]
        [turn] = await world.turns()
        assert [call.usage.output for call in turn.calls] == [77, 50]


@simulated
async def test_what_failed_costs_nothing_and_what_came_before_it_stays() -> None:
    model = ScriptedModel(script=["  ", Unavailable("down"), answer("at last")], list_price=PRICE)
    async with working(World(model=model)) as world:
        await world.write("hello")
        await passes(120)

        [turn] = await world.turns()
        assert [call.usage.cost for call in turn.calls] == [3_500, 35_000]


# Caps


@simulated
async def test_a_person_at_their_cap_is_told_once_and_a_human_is_called() -> None:
    model = ScriptedModel(script=[answer(input=9_000, output=500)] * 9)
    async with working(World(model=model, agent=capped(contact=Cap(tokens=10_000)))) as world:
        for text in ("one", "two", "three"):
            await world.write(text)
            await passes(10)

        assert world.channel.texts == ["fine", "Chega."]
        assert len(model.prompts) == 1
        [conversation], _ = await world.store.conversations(LINE.workspace)
        assert conversation.needs_human
        assert conversation.due_at is None
        facts = [fact.fact for fact in await world.store.facts(conversation.ref)]
        assert [fact.details["whose"] for fact in facts if fact.kind is FactKind.CAP_REACHED] == ["contact"] * 2


@simulated
async def test_the_next_day_the_person_is_answered_again() -> None:
    model = ScriptedModel(script=[answer(input=9_000)] * 2)
    limits = Limits(sweep_every=timedelta(minutes=5))  # or half a day would be thousands of sweeps
    async with working(World(model=model, agent=capped(contact=Cap(tokens=10_000)), limits=limits)) as world:
        await world.write("one")
        await passes(10)
        await world.write("two")
        await passes(12 * 3600)  # since noon
        await world.write("three")
        await passes(10)

        assert world.channel.texts == ["fine", "Chega.", "fine"]


@simulated
async def test_one_person_at_their_cap_does_not_silence_another() -> None:
    model = ScriptedModel(script=[answer(input=9_000)] * 2)
    async with working(World(model=model, agent=capped(contact=Cap(tokens=10_000)))) as world:
        for who in (1, 2):
            await world.write("hello", who=who)
        await passes(10)

        assert world.channel.texts == ["fine", "fine"]


@simulated
@pytest.mark.parametrize("cap", [Cap(tokens=40_000), Cap(cost=12_000_000)])
async def test_caps_hold_with_fifty_turns_at_once(cap: Cap) -> None:
    price = Price(input=Decimal(1), output=Decimal(1))
    model = ScriptedModel(delay=3, script=[answer(input=200, output=1_000)] * 50, list_price=price)
    async with working(World(model=model, agent=capped(workspace=cap))) as world:
        await asyncio.gather(*(world.write("hello", who=who) for who in range(50)))
        await passes(30)

        total = await spent(world)
        assert 0 < total.tokens <= (cap.tokens or total.tokens)
        assert 0 < total.cost <= (cap.cost or total.cost)
        answered, told = (world.channel.texts.count(text) for text in ("fine", "Chega."))
        assert answered + told == 50
        assert told > 0
        assert answered == len(model.prompts) == total.tokens / 1_200


@simulated
async def test_a_cap_reached_in_the_middle_tells_what_was_done() -> None:
    ledger = Ledger()
    add = tool(ledger)
    asked = asks((add, COFFEE))
    model = ScriptedModel(script=[replace(asked, usage=Usage(input=9_500))])
    async with working(World(model=model, skills=[skill(add)], agent=capped(contact=Cap(tokens=10_000)))) as world:
        await world.write("spent 10 on coffee")
        await passes(10)

        assert world.channel.texts == ["added coffee\n\nChega."]
        assert len(ledger.by_key) == 1


@simulated
async def test_a_call_that_failed_gives_its_reservation_back() -> None:
    script: Sequence[Completion | Exception] = [Unavailable("down"), Unavailable("down"), answer(input=1_000)]
    model = ScriptedModel(script=list(script))
    async with working(World(model=model, agent=capped(contact=Cap(tokens=3_500)))) as world:
        await world.write("hello")
        await passes(60)

        assert world.channel.texts == ["fine"]
        assert (await spent(world)).tokens == 1_050


@simulated
async def test_the_next_model_of_the_chain_has_the_room_that_the_failed_one_did_not_take() -> None:
    second = ScriptedModel(script=[answer()])
    first = ScriptedModel(script=[Unavailable("overloaded")])
    async with working(World(model=first, models={"second": second}, agent=capped(contact=Cap(tokens=2_500)))) as world:
        await world.write("hello")
        await passes(5)

        assert world.channel.texts == ["fine"]
        [turn] = await world.turns()
        assert [(call.model, call.usage.tokens) for call in turn.calls] == [("scripted", 0), ("second", 150)]


@simulated
async def test_a_draft_that_was_superseded_leaves_the_room_that_its_answer_did_not_take() -> None:
    model = ScriptedModel(delay=5, script=[answer("both")])
    async with working(World(model=model, agent=capped(contact=Cap(tokens=3_100)))) as world:
        await world.write("first")
        await passes(2)
        await world.write("second")
        await passes(30)

        assert world.channel.texts == ["both"]


@simulated
async def test_a_server_that_does_not_tell_what_a_call_took_is_held_to_the_most_under_caps() -> None:
    model = ScriptedModel(script=[Completion(text="fine", stop=Stop.END, usage=Usage(), model="scripted")] * 9)
    async with working(World(model=model, agent=capped(contact=Cap(tokens=5_000)))) as world:
        for _ in range(5):
            await world.write("hello")
            await passes(5)

        assert world.channel.texts[-1] == "Chega."


@simulated
async def test_without_a_word_for_a_cap_nothing_is_said() -> None:
    model = ScriptedModel(script=[answer(input=9_000)])
    agent = replace(capped(contact=Cap(tokens=10_000)), cap_reached={"pt": " "})
    async with working(World(model=model, agent=agent)) as world:
        for text in ("one", "two"):
            await world.write(text)
            await passes(10)

        assert world.channel.texts == ["fine"]
        assert {turn.state for turn in await world.turns()} == {TurnState.COMMITTED}
