"""A person at the desk: takes over, replies, hands back, closes, sends; against running turns and queued parts."""

import asyncio

import pytest

from core.conversation.lifecycle import Handler, State
from core.conversation.message import Status
from core.conversation.turn import TurnState
from core.errors import Conflict, KeyReused, Rejected
from tests.fakes import FakeChannel, ScriptedModel
from tests.simulation import World, passes, working
from tests.virtual_time import simulated

PARTS = "\n\n".join(f"{n} " + "word " * 250 for n in range(3))


@simulated
async def test_a_take_over_while_the_model_thinks_makes_the_draft_a_suggestion() -> None:
    async with working(World(model=ScriptedModel(delay=5))) as world:
        await world.write("hello")
        await passes(3)
        await world.desk.take_over(await world.conversation(), by="ana", key="k1")
        await passes(60)

        assert world.channel.texts == []
        assert await world.outbound() == [("read: hello", Status.HELD)]
        assert [turn.state for turn in await world.turns()] == [TurnState.SUGGESTED]
        assert await world.inbound() == [Status.PENDING]


@simulated
async def test_a_take_over_between_two_parts_holds_the_rest() -> None:
    channel = FakeChannel()
    channel.delay = 3.0
    async with working(World(model=ScriptedModel(script=[PARTS]), channel=channel)) as world:
        await world.write("tell me")
        await passes(3)
        await world.desk.take_over(await world.conversation(), by="ana", key="k1")
        await passes(60)

        assert [status for _, status in await world.outbound()] == [Status.ACCEPTED, Status.HELD, Status.HELD]
        assert len(channel.texts) == 1


@simulated
async def test_a_reply_takes_over_answers_what_was_seen_and_goes_out() -> None:
    async with working(World(model=ScriptedModel(delay=5))) as world:
        await world.write("hello")
        await passes(3)
        conversation = await world.conversation()
        result = await world.desk.reply(conversation, "Ana here", by="ana", key="k1", seen=1)
        await passes(60)

        assert result.conversation.standing.handler is Handler.HUMAN
        assert world.channel.texts == ["Ana here"]
        assert await world.inbound() == [Status.ANSWERED]


@simulated
async def test_a_reply_to_what_has_changed_is_a_conflict_that_can_be_overridden() -> None:
    async with working(World(model=ScriptedModel(delay=50))) as world:
        await world.write("hello")
        await world.write("wait, not that")
        conversation = await world.conversation()

        with pytest.raises(Conflict):
            await world.desk.reply(conversation, "ok", by="ana", key="k1", seen=1)
        await world.desk.reply(conversation, "ok", by="ana", key="k2", seen=1, override=True)
        await passes(5)

        assert world.channel.texts == ["ok"]


@simulated
async def test_the_same_key_moves_once() -> None:
    async with working(World(model=ScriptedModel(delay=50))) as world:
        await world.write("hello")
        conversation = await world.conversation()
        for _ in range(3):
            await world.desk.reply(conversation, "ok", by="ana", key="k1", seen=1)
        await passes(30)
        assert world.channel.texts == ["ok"]


@simulated
async def test_a_key_is_good_for_one_thing_only() -> None:
    async with working(World(model=ScriptedModel(delay=50))) as world:
        await world.write("hello")
        conversation = await world.conversation()
        await world.desk.reply(conversation, "ok", by="ana", key="k1", seen=1)

        with pytest.raises(KeyReused):
            await world.desk.reply(conversation, "not ok", by="ana", key="k1", seen=1)
        with pytest.raises(KeyReused):
            await world.desk.reply(conversation, "ok", by="ana", key="k1")
        with pytest.raises(KeyReused):
            await world.desk.take_over(conversation, by="ana", key="k1", seen=1)
        with pytest.raises(KeyReused):
            await world.desk.send(conversation, "ok", by="ana", key="k1")
        await passes(30)
        assert world.channel.texts == ["ok"]


@simulated
async def test_a_key_whose_move_was_refused_is_still_good() -> None:
    async with working(World(model=ScriptedModel(delay=50))) as world:
        await world.write("hello")
        await world.write("wait, not that")
        conversation = await world.conversation()
        with pytest.raises(Conflict):
            await world.desk.reply(conversation, "ok", by="ana", key="k1", seen=1)

        await world.desk.reply(conversation, "ok", by="ana", key="k1", seen=1, override=True)
        await passes(5)
        assert world.channel.texts == ["ok"]


@simulated
async def test_a_hand_back_answers_what_is_pending_at_once() -> None:
    async with working(World()) as world:
        await world.write("hello")
        await passes(10)
        conversation = await world.conversation()
        await world.desk.take_over(conversation, by="ana", key="k1")
        await world.write("are you human?")
        await passes(60)
        assert world.channel.texts == ["read: hello"]

        began = asyncio.get_running_loop().time()
        await world.desk.hand_back(conversation, by="ana", key="k2")
        await passes(10)
        assert world.channel.texts == ["read: hello", "read: are you human?"]
        assert world.channel.accepted[-1].at - began < 1


@simulated
async def test_a_send_by_a_program_during_a_turn_goes_out_before_the_turn_ends() -> None:
    async with working(World(model=ScriptedModel(delay=20))) as world:
        await world.write("hello")
        await passes(3)
        await world.desk.send(await world.conversation(), "your order has left", by="shop", key="k1")
        await passes(3)
        assert world.channel.texts == ["your order has left"]
        await passes(60)
        assert world.channel.texts == ["your order has left", "read: hello"]


@simulated
async def test_closing_ignores_what_is_pending_and_the_next_text_reopens() -> None:
    async with working(World(model=ScriptedModel(delay=5))) as world:
        await world.write("hello")
        await passes(3)
        conversation = await world.conversation()
        await world.desk.close(conversation, by="ana", key="k1")
        await passes(30)
        assert world.channel.texts == []
        assert await world.inbound() == [Status.IGNORED]
        assert [turn.state for turn in await world.turns()] == [TurnState.SUGGESTED]

        await world.write("hello again")
        await passes(30)
        standing = await world.store.conversation(conversation)
        assert standing is not None
        assert (standing.episode, standing.standing.state) == (2, State.OPEN)
        assert world.read_by_model()[-1] == ["hello again"]
        assert world.channel.texts == ["read: hello again"]


@simulated
async def test_a_question_waits_for_its_answer() -> None:
    async with working(World(model=ScriptedModel(script=["Which size?"]))) as world:
        await world.write("a shirt please")
        await passes(10)
        conversation = await world.store.conversation(await world.conversation())
        assert conversation is not None
        assert conversation.standing.state is State.WAITING


@simulated
async def test_empty_and_endless_texts_are_refused() -> None:
    async with working(World()) as world:
        await world.write("hello")
        conversation = await world.conversation()
        for text in ("", "  \n", "word " * 4000):
            with pytest.raises(Rejected):
                await world.desk.reply(conversation, text, by="ana", key="k", seen=1)
