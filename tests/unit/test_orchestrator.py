"""One message's life on fakes: received, answered, delivered, swept. Time is virtual; nothing waits."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.memory import MemoryStore
from core.ai.agent import Agent
from core.ai.ports import Prompt
from core.conversation.content import Media
from core.conversation.message import Author, ConversationRef, Direction, Status
from core.conversation.outbox import Never, NotNow, OutboundRef, Send, Unknown, Withheld
from core.conversation.ports import Fetched, SendWitness, WakeQueue
from core.conversation.turn import Claim, Ending, Later, ModelCall, Nothing, Released, Stale, TurnRef, TurnState
from core.errors import Permanent, Rejected, Unavailable
from core.identity.model import Line
from core.limits import Limits
from tests.fakes import FakeChannel, ScriptedModel
from tests.simulation import LINE, World, passes, working
from tests.virtual_time import now, simulated


class SwitchedOffQueue(WakeQueue):
    """Loses every hint."""

    async def put(self, conversation: ConversationRef, after: timedelta) -> None:
        pass

    async def consume(self, handle: object) -> None:
        await asyncio.Event().wait()

    async def ready(self) -> None:
        pass


class BrokenQueue(SwitchedOffQueue):
    async def put(self, conversation: ConversationRef, after: timedelta) -> None:
        raise Unavailable("the queue does not answer")


class FrozenQueue(SwitchedOffQueue):
    async def put(self, conversation: ConversationRef, after: timedelta) -> None:
        await asyncio.Event().wait()


@simulated
async def test_a_message_is_answered_once() -> None:
    async with working(World()) as world:
        await world.write("hello")

        await passes(5)

        assert world.channel.texts == ["read: hello"]
        assert await world.inbound() == [Status.ANSWERED]
        assert await world.outbound() == [("read: hello", Status.ACCEPTED)]
        assert [turn.state for turn in await world.turns()] == [TurnState.COMMITTED]


@simulated
async def test_a_message_that_comes_three_times_is_answered_once() -> None:
    async with working(World()) as world:
        for _ in range(3):
            await world.write("hello", provider_id="SM1")

        await passes(10)

        assert world.channel.texts == ["read: hello"]


@simulated
async def test_five_texts_in_a_second_are_one_turn_and_one_reply() -> None:
    async with working(World()) as world:
        for word in ("one", "two", "three", "four", "five"):
            await world.write(word)
            await passes(0.2)

        await passes(20)

        assert world.channel.texts == ["read: one | two | three | four | five"]
        assert len(await world.turns()) == 1


@simulated
async def test_somebody_who_never_stops_typing_is_answered_at_the_ceiling() -> None:
    async with working(World()) as world:
        for n in range(30):
            await world.write(str(n))
            await passes(0.5)

        assert world.channel.accepted[0].at < 10
        await passes(30)
        assert set(await world.inbound()) == {Status.ANSWERED}
        read = [text for texts in world.read_by_model() for text in texts]
        assert set(read) == {str(n) for n in range(30)}


@simulated
async def test_a_text_while_the_model_thinks_supersedes_the_turn() -> None:
    model = ScriptedModel(delay=10)
    async with working(World(model=model)) as world:
        await world.write("book a table")
        await passes(5)
        await world.write("for four")

        await passes(40)

        assert world.channel.texts == ["read: book a table | for four"]
        assert model.cancelled == 1
        assert [(turn.state, turn.supersedes) for turn in await world.turns()] == [(TurnState.COMMITTED, 1)]


@simulated
async def test_a_turn_is_superseded_twice_at_most_and_the_rest_is_answered_next() -> None:
    model = ScriptedModel(delay=10)
    async with working(World(model=model)) as world:
        for n in range(6):
            await world.write(str(n))
            await passes(5)

        await passes(60)

        assert set(await world.inbound()) == {Status.ANSWERED}
        answered = [text.removeprefix("read: ").split(" | ") for text in world.channel.texts]
        assert [n for texts in answered for n in texts] == [str(n) for n in range(6)]
        assert max(turn.supersedes for turn in await world.turns()) == 2


@simulated
async def test_news_is_found_at_commit_when_every_hint_is_lost() -> None:
    model = ScriptedModel(delay=10)
    async with working(World(model=model, queue=SwitchedOffQueue())) as world:
        await world.write("book a table")
        await passes(8)
        await world.write("for four")

        await passes(60)

        assert world.channel.texts == ["read: book a table | for four"]


@simulated
async def test_without_a_queue_everything_is_answered_within_the_sweep_interval() -> None:
    for queue in (SwitchedOffQueue(), BrokenQueue(), FrozenQueue()):
        async with working(World(queue=queue)) as world:
            for who in range(1, 20):
                await world.write("hello", who=who)

            # quiet period, at most one interval until the sweep that finds it
            await passes(1.2 + world.limits.sweep_every.total_seconds() + 6.5)

            assert len(world.channel.accepted) == 19


@simulated
async def test_a_frozen_queue_holds_no_webhook_up() -> None:
    async with working(World(queue=FrozenQueue())) as world:
        began = asyncio.get_running_loop().time()
        await world.write("hello")
        assert asyncio.get_running_loop().time() - began < 0.5


@simulated
async def test_two_hundred_conversations_are_answered_at_once_and_each_in_order() -> None:
    async with working(World(model=ScriptedModel(delay=5))) as world:
        for n in range(3):
            for who in range(200):
                await world.write(f"{who}-{n}", who=who)
            await passes(30)

        assert len(world.channel.accepted) == 600
        assert max(copy.at for copy in world.channel.accepted[:200]) < 7
        for who in range(200):
            assert [text for text, _ in await world.outbound(who)] == [f"read: {who}-{n}" for n in range(3)]


@simulated
async def test_a_failing_model_is_retried_with_backoff_then_apologises_once_and_goes_on() -> None:
    model = ScriptedModel(script=[Unavailable("overloaded")] * 5)
    async with working(World(model=model)) as world:
        await world.write("hello")

        await passes(600)

        assert len(model.prompts) == 5
        [apology] = world.channel.texts
        assert apology.startswith("Sorry")  # the number is Brazilian, the words were not
        [turn] = await world.turns()
        assert (turn.state, turn.why) == (TurnState.DEAD, "overloaded")
        assert await world.inbound() == [Status.DEAD]
        conversation = await world.store.conversation(await world.conversation())
        assert conversation is not None
        assert conversation.needs_human

        await world.write("are you there?")
        await passes(10)
        assert world.channel.texts[1:] == ["read: are you there?"]


@simulated
async def test_a_second_death_within_the_hour_has_no_second_apology() -> None:
    async with working(World(model=ScriptedModel(script=[Rejected("refused"), Rejected("refused")]))) as world:
        await world.write("one")
        await passes(60)
        await world.write("two")
        await passes(60)

        assert len(world.channel.texts) == 1
        assert [turn.state for turn in await world.turns()] == [TurnState.DEAD, TurnState.DEAD]


@simulated
async def test_without_words_for_an_apology_none_is_sent() -> None:
    model = ScriptedModel(script=[Rejected("refused")])
    async with working(World(model=model, agent=Agent(apology={}))) as world:
        await world.write("hello")
        await passes(60)

        assert world.channel.texts == []
        assert [turn.state for turn in await world.turns()] == [TurnState.DEAD]


@simulated
async def test_nonsense_from_the_model_is_a_failure_and_is_tried_again() -> None:
    for nonsense in ("", "  \n ", Permanent("no such model"), KeyError("bug")):
        async with working(World(model=ScriptedModel(script=[nonsense]))) as world:
            await world.write("hello")
            await passes(60)
            assert world.channel.texts == ["read: hello"]
            assert [turn.attempts for turn in await world.turns()] == [1]


@simulated
async def test_a_model_that_never_answers_is_cut_at_the_budget_and_tried_again() -> None:
    async def hang(prompt: object) -> str:
        await asyncio.Event().wait()
        return ""

    async with working(World(model=ScriptedModel(script=[hang]))) as world:
        await world.write("hello")
        await passes(150)
        assert world.channel.texts == ["read: hello"]


@simulated
async def test_a_new_text_joins_a_turn_that_waits_for_its_retry_and_does_not_hurry_it() -> None:
    async with working(World(model=ScriptedModel(script=[Unavailable("busy", after=timedelta(seconds=30))]))) as world:
        await world.write("one")
        await passes(5)
        await world.write("two")

        await passes(15)
        assert world.channel.texts == []
        await passes(60)
        assert world.channel.texts == ["read: one | two"]


@simulated
async def test_a_long_reply_goes_out_in_parts_and_in_order() -> None:
    text = "\n\n".join(f"{n} " + "word " * 250 for n in range(3))
    channel = FakeChannel()
    channel.delay = 1.0
    async with working(World(model=ScriptedModel(script=[text]), channel=channel)) as world:
        await world.write("tell me")
        await passes(20)
        assert [sent[0] for sent in world.channel.texts] == ["0", "1", "2"]
        times = [copy.at for copy in world.channel.accepted]
        assert times == sorted(times)


@simulated
async def test_the_provider_asks_to_wait_and_is_waited_for() -> None:
    channel = FakeChannel()
    channel.outcomes = [NotNow(why="20429", after=timedelta(seconds=40))]
    async with working(World(channel=channel)) as world:
        await world.write("hello")
        await passes(20)
        assert channel.texts == []
        await passes(60)
        assert channel.texts == ["read: hello"]


@simulated
async def test_a_reply_outlives_an_outage_of_the_provider() -> None:
    channel = FakeChannel()
    channel.outcomes = [NotNow(why="not reached")] * 5
    async with working(World(channel=channel)) as world:
        await world.write("hello")
        await passes(300)
        assert channel.texts == []
        await passes(600)
        assert channel.texts == ["read: hello"]


@simulated
async def test_a_reply_that_can_never_be_sent_is_held_for_a_person_in_the_end() -> None:
    channel = FakeChannel()
    channel.outcomes = [NotNow(why="not reached")] * 5
    async with working(World(channel=channel, limits=Limits(send_attempts=5))) as world:
        await world.write("hello")
        await passes(900)
        assert channel.texts == []
        assert [status for _, status in await world.outbound()] == [Status.HELD]
        conversation = await world.store.conversation(await world.conversation())
        assert conversation is not None
        assert conversation.needs_human


@simulated
async def test_a_lost_answer_is_found_at_the_provider_and_not_sent_again() -> None:
    channel = FakeChannel()

    async def accept_and_drop(send: Send) -> Unknown:
        channel.take(send)
        return Unknown(why="connection lost")

    channel.outcomes = [accept_and_drop]
    async with working(World(channel=channel)) as world:
        await world.write("hello")
        await passes(600)
        assert channel.texts == ["read: hello"]
        assert await world.outbound() == [("read: hello", Status.ACCEPTED)]


@simulated
async def test_a_lost_answer_is_settled_by_its_callback_at_once() -> None:
    channel = FakeChannel()

    async def accept_and_drop(send: Send) -> Unknown:
        channel.take(send)
        return Unknown(why="connection lost")

    channel.outcomes = [accept_and_drop]
    channel.hidden = True
    async with working(World(channel=channel)) as world:
        await world.write("hello")
        await passes(5)
        assert [status for _, status in await world.outbound()] == [Status.UNCERTAIN]
        await world.callback(0, Status.DELIVERED)
        assert [status for _, status in await world.outbound()] == [Status.DELIVERED]
        await passes(600)
        assert len(channel.accepted) == 1


@simulated
async def test_an_unsettled_send_is_sent_again_once_at_the_bound_and_then_held() -> None:
    channel = FakeChannel()
    channel.outcomes = [Unknown(why="timeout"), Unknown(why="timeout")]
    async with working(World(channel=channel)) as world:
        await world.write("hello")
        await passes(170)
        assert len(channel.outcomes) == 1
        await passes(40)
        assert channel.outcomes == []
        await passes(600)
        assert channel.texts == []
        assert [status for _, status in await world.outbound()] == [Status.HELD]


@simulated
async def test_a_resend_that_proves_to_be_a_second_copy_is_counted() -> None:
    channel = FakeChannel()

    async def accept_and_drop(send: Send) -> Unknown:
        channel.take(send)
        return Unknown(why="timeout")

    channel.outcomes = [accept_and_drop]
    channel.hidden = True  # longer than T: the one case in which a reply is repeated
    async with working(World(channel=channel)) as world:
        await world.write("hello")
        await passes(300)
        assert channel.texts == ["read: hello", "read: hello"]
        await world.callback(0, Status.DELIVERED)
        assert (await world.store.counts())["duplicate_send_detected"] == 1


@simulated
async def test_a_part_that_fails_takes_the_rest_of_its_reply_with_it() -> None:
    text = "\n\n".join(f"{n} " + "word " * 250 for n in range(3))
    channel = FakeChannel()
    channel.outcomes = [Never(why="21614: not a mobile number")]
    async with working(World(model=ScriptedModel(script=[text]), channel=channel)) as world:
        await world.write("tell me")
        await passes(20)
        assert channel.texts == []
        assert {status for _, status in await world.outbound()} == {Status.FAILED}

        await world.write("again")
        await passes(20)
        assert channel.texts == ["read: tell me | again"]


@simulated
async def test_a_closed_window_holds_the_reply_for_a_person() -> None:
    channel = FakeChannel()
    channel.outcomes = [Withheld(why="63016: outside the window")]
    async with working(World(channel=channel)) as world:
        await world.write("hello")
        await passes(20)
        assert [status for _, status in await world.outbound()] == [Status.HELD]
        conversation = await world.store.conversation(await world.conversation())
        assert conversation is not None
        assert conversation.needs_human


@simulated
async def test_a_refusal_of_the_person_opts_them_out() -> None:
    channel = FakeChannel()
    channel.outcomes = [Never(why="21610", opts_out=True)]
    async with working(World(channel=channel)) as world:
        await world.write("hello")
        await passes(20)
        await world.write("hello?")
        await passes(20)
        assert channel.texts == []
        assert (await world.inbound())[-1] is Status.IGNORED
        assert len(world.model.prompts) == 1


@simulated
async def test_stop_while_the_model_thinks_sends_nothing_and_start_restores() -> None:
    async with working(World(model=ScriptedModel(delay=5))) as world:
        await world.write("hello")
        await passes(3)
        await world.write("STOP")
        await passes(30)
        assert world.channel.texts == []
        await world.write("are you there")
        await passes(30)
        assert world.channel.texts == []

        await world.write("START")
        await passes(30)
        await world.write("hello again")
        await passes(30)
        assert world.channel.texts[-1] == "read: hello again"


@simulated
async def test_stop_between_two_parts_stops_the_second() -> None:
    text = "\n\n".join(f"{n} " + "word " * 250 for n in range(3))
    channel = FakeChannel()
    channel.delay = 2.0
    async with working(World(model=ScriptedModel(script=[text]), channel=channel)) as world:
        await world.write("tell me")
        await passes(4)
        await world.write("PARAR")
        await passes(60)
        assert [sent[0] for sent in channel.texts] == ["0"] or [sent[0] for sent in channel.texts] == ["0", "1"]
        assert [status for _, status in await world.outbound()].count(Status.FAILED) == 3 - len(channel.texts)


@simulated
async def test_stop_by_a_callback_counts_too() -> None:
    async with working(World()) as world:
        await world.write("hello")
        await passes(5)
        await world.callback(0, Status.UNDELIVERED, opts_out=True)
        await world.write("hello?")
        await passes(20)
        assert len(world.channel.texts) == 1


@simulated
async def test_a_picture_reaches_the_model_and_a_missing_one_is_said() -> None:
    channel = FakeChannel()
    channel.files["https://api/1"] = Fetched(content_type="image/png", body=b"png")
    async with working(World(channel=channel)) as world:
        media = [Media(url=f"https://api/{n}", content_type="image/png", provider_id="MM1") for n in (1, 2)]
        await world.write("look", media=media)
        await passes(10)
        [part] = world.model.prompts[0].parts
        assert [image.body for image in getattr(part, "images", ())] == [b"png"]
        assert world.read_by_model() == [["[picture, shown below]\n[picture that you cannot see or hear]\nlook"]]


@simulated
async def test_typing_is_shown_for_what_is_being_answered() -> None:
    async with working(World(model=ScriptedModel(delay=3))) as world:
        await world.write("hello", provider_id="SM7")
        await passes(2)
        assert world.channel.typed == ["SM7"]


@simulated
async def test_a_worker_that_stops_hands_its_turn_back_and_another_answers_without_a_count() -> None:
    world = World(model=ScriptedModel(delay=20))
    async with working(world):
        await world.write("hello")
        await passes(5)
        await world.worker.stop(timedelta(seconds=1))
        second = world.another_worker()
        running = asyncio.create_task(second.run())
        await passes(40)
        assert world.channel.texts == ["read: hello"]
        assert [turn.attempts for turn in await world.turns()] == [0]
        await second.stop(timedelta(seconds=1))
        await running


@simulated
async def test_a_worker_that_dies_is_taken_over_after_its_lease_and_counts() -> None:
    world = World(model=ScriptedModel(delay=20))
    await world.store.put_line(LINE)
    await world.write("hello")
    await passes(2)
    # A claim whose holder is never heard of again.
    claim = await world.store.claim(await world.conversation(), "dead/1", world.limits.lease, history=40)
    assert isinstance(claim, Claim)
    async with working(world):
        await passes(90)
        assert world.channel.texts == ["read: hello"]
        assert [turn.attempts for turn in await world.turns()] == [1]


@simulated
async def test_a_turn_longer_than_its_lease_is_kept_by_renewal() -> None:
    async with working(World(model=ScriptedModel(delay=80))) as world:
        other = asyncio.create_task(world.another_worker().run())
        await world.write("hello")
        await passes(200)
        assert world.channel.texts == ["read: hello"]
        assert len(world.model.prompts) == 1
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)


@simulated
async def test_a_worker_at_its_limit_answers_what_it_passed_over_when_a_slot_is_free() -> None:
    limits = Limits(turns=2, sweep_every=timedelta(hours=1))
    async with working(World(model=ScriptedModel(delay=5), limits=limits)) as world:
        for who in range(1, 9):
            await world.write("hello", who=who)
        await passes(40)
        assert len(world.channel.accepted) == 8


@simulated
async def test_the_prompt_holds_what_operators_and_programs_said() -> None:
    async with working(World()) as world:
        await world.write("hello")
        await passes(10)
        conversation = await world.conversation()
        await world.desk.send(conversation, "your order has left", by="shop", key="k1")
        await passes(5)
        await world.write("thanks")
        await passes(10)
        assert world.channel.texts == ["read: hello", "your order has left", "read: thanks"]
        said = [getattr(part, "text", "") for part in world.model.prompts[-1].parts]
        assert said == ["hello", "read: hello", "your order has left", "thanks"]
        authors = [m.author for m in await world.messages() if m.direction is Direction.OUTBOUND]
        assert authors == [Author.ASSISTANT, Author.API, Author.ASSISTANT]


@simulated
async def test_one_correlation_joins_the_log_from_webhook_to_delivery() -> None:
    async with working(World()) as world:
        await world.write("hello", provider_id="SM7")
        await passes(5)
        await world.callback(0, Status.DELIVERED)

        steps = [(event, fields["correlation"]) for _, event, fields in world.log.lines if "correlation" in fields]
        assert [event for event, _ in steps] == [
            "recorded",
            "turn begun",
            "model answered",
            "turn ended",
            "sent",
            "recorded",
        ]
        assert {correlation for _, correlation in steps} == {"SM7"}


@simulated
async def test_what_cannot_be_noted_does_not_leave() -> None:
    class Forgetful(MemoryStore, SendWitness):
        full = True

        def leaving(self, row: OutboundRef, attempt: int) -> None:
            if self.full:
                raise Unavailable("the disk is full")

    store = Forgetful(clock=now)
    async with working(World(store=store)) as world:
        await world.write("hello")
        await passes(4)
        assert world.channel.texts == []
        store.full = False
        await passes(20)
        assert world.channel.texts == ["read: hello"]


class SlowStore(MemoryStore):
    """Answers a commit late: between what it did and its answer, anything may happen."""

    async def commit(self, *args: Any, **kwargs: Any) -> Any:
        answer = await super().commit(*args, **kwargs)
        await asyncio.sleep(10)
        return answer


@simulated
async def test_a_commit_whose_answer_is_late_is_sent_although_the_budget_ended_or_the_lease_was_missed() -> None:
    for limits in (Limits(turn_budget=timedelta(seconds=5)), Limits(renew_every=timedelta(seconds=1))):
        world = World(store=SlowStore(clock=now), limits=limits)
        async with working(world):
            await world.write("hello")
            await passes(15)
            assert world.channel.texts == ["read: hello"]


class RefusingStore(MemoryStore):
    """Says for a while that a person has to act, as when a key is being changed."""

    refuses = False

    async def renew(self, by: str, leases: Sequence[tuple[TurnRef, int]], ttl: timedelta) -> frozenset[TurnRef]:
        if self.refuses:
            raise Permanent("the key is refused")
        return await super().renew(by, leases, ttl)

    async def release(
        self, turn: TurnRef, epoch: int, how: Ending, calls: Sequence[ModelCall] = ()
    ) -> Released | Stale:
        if self.refuses:
            raise Permanent("the key is refused")
        return await super().release(turn, epoch, how, calls)


@simulated
async def test_a_renewal_that_is_refused_ends_no_turn() -> None:
    store = RefusingStore(clock=now)
    limits = Limits(renew_every=timedelta(seconds=2))
    async with working(World(store=store, model=ScriptedModel(delay=20), limits=limits)) as world:
        await world.write("hello")
        await passes(5)
        store.refuses = True
        await passes(5)
        store.refuses = False
        await passes(20)
        assert world.channel.texts == ["read: hello"]


@simulated
async def test_a_release_that_is_refused_leaves_the_turn_to_the_sweep() -> None:
    store = RefusingStore(clock=now)
    model = ScriptedModel(script=[Unavailable("the model is away")])
    async with working(World(store=store, model=model)) as world:
        store.refuses = True
        await world.write("hello")
        await passes(10)
        store.refuses = False
        await passes(60)
        assert world.channel.texts == ["read: hello"]
        assert "release lost" in world.log.events()


class MumblingStore(MemoryStore):
    """Does as it is asked, but its first answer to each claim is lost on the way."""

    def __init__(self) -> None:
        super().__init__(clock=now)
        self._asked: set[str] = set()

    def _lose_the_first(self, by: str) -> None:
        if by not in self._asked:
            self._asked.add(by)
            raise Unavailable("the answer was lost")

    async def claim(
        self, conversation: ConversationRef, by: str, ttl: timedelta, *, history: int
    ) -> Claim | Later | Nothing:
        answer = await super().claim(conversation, by, ttl, history=history)
        self._lose_the_first(by)
        return answer

    async def claim_due(self, limit: int, by: str, ttl: timedelta, *, history: int) -> Sequence[Claim]:
        answer = await super().claim_due(limit, by, ttl, history=history)
        self._lose_the_first(by)
        return answer


@simulated
async def test_a_claim_whose_answer_is_lost_costs_neither_its_lease_nor_an_attempt() -> None:
    for queue in (None, SwitchedOffQueue()):
        async with working(World(store=MumblingStore(), queue=queue)) as world:
            await world.write("hello")
            await passes(15)
            assert world.channel.texts == ["read: hello"]
            assert [turn.attempts for turn in await world.turns()] == [0]


class SlowTyping(FakeChannel):
    """Takes a while to let go of the typing indicator."""

    async def typing(self, provider_id: str, line: Line) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(2)
            raise


@simulated
async def test_a_renewal_that_misses_a_turn_just_committed_costs_it_nothing() -> None:
    limits = Limits(renew_every=timedelta(milliseconds=500))
    async with working(World(channel=SlowTyping(), limits=limits)) as world:
        await world.write("hello")
        await passes(10)
        assert world.channel.texts == ["read: hello"]


@simulated
async def test_a_stop_between_a_commit_and_its_send_still_sends() -> None:
    world = World(channel=SlowTyping())
    async with working(world):
        await world.write("hello")
        await passes(1.25)  # quiet, claimed, answered, committed
        await world.worker.stop(timedelta(0))
        await passes(5)
        assert world.channel.texts == ["read: hello"]


@simulated
async def test_a_worker_that_slept_through_its_lease_goes_on_with_its_new_claim() -> None:
    asleep = timedelta(0)

    def clock() -> datetime:
        return now() + asleep

    model = ScriptedModel(delay=20)
    async with working(World(model=model, store=MemoryStore(clock=clock))) as world:
        await world.write("hello")
        await passes(5)
        asleep = timedelta(minutes=10)
        await passes(30)
        assert world.channel.texts == ["read: hello"]


@simulated
async def test_a_lane_freed_during_a_turn_does_not_wait_for_the_sweep() -> None:
    limits = Limits(sweep_every=timedelta(hours=1))
    async with working(World(model=ScriptedModel(delay=30), limits=limits)) as world:
        await world.write("hello")
        await passes(3)
        await world.desk.send(await world.conversation(), "your order has left", by="shop", key="k1")
        await passes(1)
        assert world.channel.texts == ["your order has left"]


@simulated
async def test_turns_never_exceed_the_limit() -> None:
    limits = Limits(turns=10)
    model = ScriptedModel(delay=5)
    most = 0

    def count_running(prompt: Prompt) -> str:
        nonlocal most
        most = max(most, len(world.worker._running))
        return "ok"

    model.script = [count_running] * 100
    async with working(World(model=model, limits=limits)) as world:
        for who in range(1, 60):
            await world.write("hello", who=who)
        await passes(120)
        assert len(world.channel.accepted) == 59
        assert most <= 10
