"""Recording what people write: once, in order, durable, and due when the burst is over."""

import asyncio
from datetime import timedelta

import pytest

from core.conversation.burst import Burst
from core.conversation.content import Choice, ChoiceKind, Content, Location, Media, Quote, Referral
from core.conversation.events import Arrival
from core.conversation.facts import FactKind
from core.conversation.lifecycle import Handler, Standing, State
from core.conversation.message import Author, ConversationId, ConversationRef, Direction, Status
from core.conversation.ports import Known, New
from core.conversation.turn import Later
from core.errors import Rejected
from core.identity.model import Line
from tests.build import (
    ANA,
    BIA,
    FOREIGN_LINE,
    LINE,
    NOON,
    SECOND_LINE,
    arrival,
    close,
    line,
    phone,
    seconds,
    send,
    take_over,
)
from tests.contracts.store.contract import StoreContract
from tests.contracts.story import Story, conversation_of

EVERYTHING = Content(
    text="olá, açaí 🍇",
    media=(
        Media(url="https://api.example/1", content_type="image/jpeg", provider_id="in-1"),
        Media(url="https://api.example/2", content_type=None, provider_id="in-1"),
    ),
    location=Location(latitude=-23.55, longitude=-46.63, label="home", address="Rua A, 1"),
    choice=Choice(kind=ChoiceKind.LIST, id="row-1", label="Coffee"),
    quote=Quote(provider_id="out-9", sender="+14155550100"),
    referral=Referral(
        source_id="ad-1",
        source_type="ad",
        source_url="https://ads.example/1",
        headline="Sale",
        body="Now",
        click_id="click-1",
        media=(Media(url="https://ads.example/1.jpg", content_type="image/jpeg", provider_id="in-1"),),
    ),
    forwarded=True,
)


class RecordingContract(StoreContract):
    """`record`, for arrivals."""

    async def test_a_first_text_makes_a_conversation_that_is_due_when_the_burst_is_over(self, s: Story) -> None:
        new = await s.hears("hello", id_="in-1")

        assert new.wake_after == seconds(1.2)
        assert not new.sendable
        conversation = await s.sees(conversation_of(new))
        assert conversation.standing == Standing(state=State.OPEN, handler=Handler.ASSISTANT)
        assert (conversation.line, conversation.episode, conversation.number) == (LINE.id, 1, 1)
        assert (conversation.needs_human, conversation.opted_out) == (False, False)
        assert (conversation.due_at, conversation.last_message_at) == (NOON + seconds(1.2), NOON)

    async def test_a_message_is_read_back_as_it_was_written(self, s: Story) -> None:
        new = await s.learns(arrival(id_="in-1", content=EVERYTHING, time=NOON - seconds(3)))

        (message,) = await s.messages(conversation_of(new))
        assert message.content == EVERYTHING
        assert (message.id, message.number, message.episode) == (new.message, 1, 1)
        assert (message.direction, message.author) == (Direction.INBOUND, Author.CONTACT)
        assert (message.status, message.why) == (Status.PENDING, None)
        assert (message.provider_id, message.provider_time) == ("in-1", NOON - seconds(3))
        assert message.recorded_at == NOON
        assert (message.turn, message.attempts) == (None, 0)

    async def test_the_same_event_again_is_known_and_changes_nothing(self, s: Story) -> None:
        event = arrival("hello", id_="in-1")
        conversation = conversation_of(await s.learns(event))
        before = await s.snapshot(conversation)

        s.passes(5)
        again = [await s.record(event), await s.record(event)]

        assert again == [[Known(conversation=conversation)], [Known(conversation=conversation)]]
        assert await s.snapshot(conversation) == before

    async def test_a_repeat_with_other_words_changes_nothing_either(self, s: Story) -> None:
        conversation = conversation_of(await s.hears("hello", id_="in-1"))

        (again,) = await s.record(arrival("something else", id_="in-1"))

        assert again == Known(conversation=conversation)
        assert await s.inbound(conversation) == [("hello", Status.PENDING)]

    async def test_fifty_records_of_one_event_at_once_make_one_message(self, s: Story) -> None:
        event = arrival("hello", id_="in-1")

        answers = await asyncio.gather(*(s.on(n).record([event], Burst()) for n in range(50)))

        kinds = [type(answer) for (answer,) in answers]
        assert (kinds.count(New), kinds.count(Known)) == (1, 49)
        (conversation,) = {conversation_of(answer) for (answer,) in answers}
        assert await s.inbound(conversation) == [("hello", Status.PENDING)]

    async def test_fifty_first_texts_of_one_person_at_once_make_one_conversation(self, s: Story) -> None:
        events = [arrival(f"text {n}", id_=f"in-{n}") for n in range(50)]

        answers = await asyncio.gather(*(s.on(n).record([event], Burst()) for n, event in enumerate(events)))

        (conversation,) = {conversation_of(answer) for (answer,) in answers}
        messages = await s.messages(conversation)
        assert [message.number for message in messages] == list(range(1, 51))
        assert len({message.content.text for message in messages}) == 50

    async def test_a_batch_answers_each_event_in_its_place(self, s: Story) -> None:
        answers = await s.record(
            arrival("one", id_="in-1"),
            arrival("one", id_="in-1"),
            arrival("two", id_="in-2", sender=BIA),
            arrival("three", id_="in-3"),
        )

        assert [type(answer) for answer in answers] == [New, Known, New, New]
        assert conversation_of(answers[0]) == conversation_of(answers[3]) != conversation_of(answers[2])
        assert await s.inbound(conversation_of(answers[0])) == [("one", Status.PENDING), ("three", Status.PENDING)]

    async def test_an_empty_batch_is_answered_with_nothing(self, s: Story) -> None:
        assert list(await s.record()) == []

    async def test_the_same_provider_id_on_another_line_is_another_message(self, s: Story) -> None:
        first = await s.hears("hello", id_="in-1", on=LINE)
        second = await s.hears("hello", id_="in-1", on=SECOND_LINE)

        assert conversation_of(first) != conversation_of(second)

    @pytest.mark.parametrize("bad", [line("unheard-of"), line(FOREIGN_LINE.id, workspace="main")])
    async def test_one_bad_event_fails_alone(self, s: Story, bad: Line) -> None:
        answers = await s.record(
            arrival("one", id_="in-1"), arrival("bad", id_="in-2", on=bad), arrival("two", id_="in-3")
        )

        assert [type(answer) for answer in answers] == [New, Rejected, New]
        conversation = conversation_of(answers[0])
        assert await s.inbound(conversation) == [("one", Status.PENDING), ("two", Status.PENDING)]

    async def test_a_text_that_cannot_be_stored_fails_alone_if_it_fails(self, s: Story) -> None:
        broken = arrival("half a pair: \ud83d", id_="in-2")

        one, _, two = await s.record(arrival("one", id_="in-1"), broken, arrival("two", id_="in-3"))

        assert conversation_of(one) == conversation_of(two)
        texts = [text for text, _ in await s.inbound(conversation_of(one))]
        assert (texts[0], texts[-1]) == ("one", "two")

    async def test_numbers_count_both_directions_without_a_gap(self, s: Story) -> None:
        send = await s.sending("first", "second")
        conversation = send.ref.conversation
        await s.hears("more")

        assert [message.number for message in await s.messages(conversation)] == [1, 2, 3, 4]
        assert (await s.sees(conversation)).number == 4

    async def test_facts_count_without_a_gap(self, s: Story) -> None:
        send = await s.sending("first", "second")
        conversation = send.ref.conversation
        await s.settles(send)
        await s.moves(conversation, take_over())

        facts = await s.store.facts(conversation)
        assert [fact.number for fact in facts] == list(range(1, len(facts) + 1))
        assert len(facts) >= 3

    async def test_a_text_is_a_fact(self, s: Story) -> None:
        new = await s.hears()

        assert await s.facts(conversation_of(new), FactKind.MESSAGE_RECEIVED) == [{"message": new.message}]

    # The burst

    async def test_a_text_within_the_quiet_joins_the_burst(self, s: Story) -> None:
        conversation = await s.meets("my")
        s.passes(1)

        again = await s.hears("coffee")

        assert again.wake_after == seconds(1.2)
        assert (await s.sees(conversation)).due_at == NOON + seconds(2.2)

    async def test_a_burst_ends_at_the_ceiling_after_its_first_text(self, s: Story) -> None:
        conversation = await s.meets("text")
        for _ in range(6):
            s.passes(1)
            await s.hears("text")
        s.passes(1)

        last = await s.hears("text")

        assert last.wake_after == seconds(1)
        assert (await s.sees(conversation)).due_at == NOON + seconds(8)

    async def test_a_text_after_the_ceiling_does_not_put_it_off(self, s: Story) -> None:
        conversation = await s.meets("text")
        s.passes(9)

        again = await s.hears("text")

        assert again.wake_after == timedelta(0)
        assert (await s.sees(conversation)).due_at == NOON + seconds(8)

    async def test_each_text_keeps_the_burst_it_was_recorded_with(self, s: Story) -> None:
        slow = Burst(quiet=seconds(5), ceiling=seconds(10))
        new = await s.hears("slow", burst=slow)
        conversation = conversation_of(new)
        assert (await s.sees(conversation)).due_at == NOON + seconds(5)

        await s.hears("quick", burst=Burst(quiet=seconds(1), ceiling=seconds(2)))
        assert (await s.sees(conversation)).due_at == NOON + seconds(1)

        await s.hears("slow", burst=Burst(quiet=seconds(60), ceiling=seconds(60)))
        assert (await s.sees(conversation)).due_at == NOON + seconds(10)

    async def test_the_ceiling_counts_from_the_first_text_that_is_still_unanswered(self, s: Story) -> None:
        claim = await s.turn("first")
        s.passes(5)
        await s.hears("second")

        committed = await s.commits(claim, supersede_at_most=0)

        assert committed.due_after == seconds(1.2)
        s.passes(1)
        await s.hears("third")
        assert (await s.try_claim(claim.turn.conversation)) == Later(after=seconds(1.2))

    # Standing

    async def test_a_text_opens_a_waiting_conversation(self, s: Story) -> None:
        claim = await s.turn()
        await s.commits(claim, "which size?", asked=True)
        assert (await s.sees(claim.turn.conversation)).standing.state is State.WAITING

        await s.hears("large")

        assert (await s.sees(claim.turn.conversation)).standing.state is State.OPEN

    async def test_a_text_reopens_a_closed_conversation_as_a_new_episode(self, s: Story) -> None:
        conversation = await s.meets("first")
        await s.moves(conversation, close())
        s.passes(60)

        new = await s.hears("second")

        assert conversation_of(new) == conversation
        assert new.wake_after == seconds(1.2)
        seen = await s.sees(conversation)
        assert (seen.standing.state, seen.standing.handler, seen.episode) == (State.OPEN, Handler.ASSISTANT, 2)
        assert [message.episode for message in await s.messages(conversation)] == [1, 2]
        assert await s.facts(conversation, FactKind.REOPENED) == [{"episode": "2"}]

    async def test_a_text_to_a_human_waits_for_the_human(self, s: Story) -> None:
        conversation = await s.meets("first")
        await s.moves(conversation, take_over())

        new = await s.hears("second")

        assert new.wake_after is None
        assert (await s.sees(conversation)).due_at is None
        assert await s.inbound(conversation) == [("first", Status.PENDING), ("second", Status.PENDING)]

    async def test_the_last_message_is_noted(self, s: Story) -> None:
        conversation = await s.meets()
        s.passes(60)

        await s.hears()

        assert (await s.sees(conversation)).last_message_at == NOON + seconds(60)

    async def test_people_and_lines_each_have_their_own_conversation(self, s: Story) -> None:
        conversations = [
            await s.meets(on=LINE, sender=ANA),
            await s.meets(on=LINE, sender=BIA),
            await s.meets(on=SECOND_LINE, sender=ANA),
            await s.meets(on=LINE, sender=phone(3)),
        ]

        assert len(set(conversations)) == 4

    async def test_an_unknown_conversation_is_seen_by_nobody(self, s: Story) -> None:
        unknown = ConversationRef(workspace=LINE.workspace, id=ConversationId("no-such-conversation"))

        assert await s.store.conversation(unknown) is None
        assert list(await s.store.messages(unknown)) == []
        assert list(await s.store.turns(unknown)) == []
        assert list(await s.store.facts(unknown)) == []

    async def test_a_text_frees_no_lane(self, s: Story) -> None:
        await s.moves(await s.meets(), send("a notice"))

        assert not (await s.hears()).sendable

    async def test_many_events_in_one_batch_keep_their_order(self, s: Story) -> None:
        events: list[Arrival] = [arrival(f"text {n}", id_=f"in-{n}") for n in range(100)]

        answers = await s.record(*events)

        texts = [text for text, _ in await s.inbound(conversation_of(answers[0]))]
        assert texts == [f"text {n}" for n in range(100)]
