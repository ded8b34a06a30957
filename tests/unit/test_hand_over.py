"""The tool that every agent has: from then on a person answers."""

from core.ai import hand_over
from core.conversation.facts import FactKind
from core.conversation.lifecycle import Handler
from core.conversation.message import Status
from core.errors import Unavailable
from tests.fakes import ScriptedModel, asks
from tests.simulation import World, passes, working
from tests.virtual_time import simulated


@simulated
async def test_the_farewell_goes_out_and_a_person_has_the_conversation() -> None:
    call = asks((hand_over.tool, {"reason": "wants a refund"}))
    async with working(World(model=ScriptedModel(script=[call, "Someone will write to you."]))) as world:
        await world.write("I want to talk to a human")
        await passes(10)
        await world.write("hello?")
        await passes(60)

        assert world.channel.texts == ["Someone will write to you."]
        conversation = await world.store.conversation(await world.conversation())
        assert conversation is not None
        assert (conversation.standing.handler, conversation.needs_human) == (Handler.HUMAN, True)
        assert (await world.inbound()) == [Status.ANSWERED, Status.PENDING]
        facts = [fact.fact for fact in await world.store.facts(conversation.ref)]
        assert [f.details for f in facts if f.kind is FactKind.HANDED_OVER] == [{"reason": "wants a refund"}]


@simulated
async def test_a_turn_interrupted_after_the_call_still_hands_over() -> None:
    call = asks((hand_over.tool, {}))
    model = ScriptedModel(script=[call, Unavailable("interrupted"), "Someone will write to you."])
    async with working(World(model=model)) as world:
        await world.write("human please")
        await passes(60)

        conversation = await world.store.conversation(await world.conversation())
        assert conversation is not None
        assert conversation.standing.handler is Handler.HUMAN
        assert world.channel.texts == ["Someone will write to you."]


async def test_it_is_said_in_the_persons_language() -> None:
    assert {example.language for example in hand_over.tool.examples} == {"pt", "en", "es"}
