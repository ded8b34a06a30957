"""Turns: the journal, superseding, and the ways a turn ends."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from core.conversation.facts import Fact, FactKind
from core.conversation.lifecycle import Handler, State
from core.conversation.message import Author, Status, TurnId
from core.conversation.outbox import Settlement
from core.conversation.turn import (
    Claim,
    Dropped,
    Ending,
    HandedBack,
    Later,
    News,
    Nothing,
    Refused,
    Released,
    Retry,
    Stale,
    Step,
    Suggested,
    Superseded,
    TurnRef,
    TurnState,
    Usage,
)
from tests.build import (
    ANA,
    LINE,
    OUT,
    asks,
    close,
    hand_back,
    later,
    model_call,
    reply,
    results,
    seconds,
    send,
    take_over,
    uncertain,
)
from tests.contracts.store.contract import StoreContract
from tests.contracts.story import LEASE, SEND_WITHIN, Story, death, read_on, texts


async def human(s: Story, claim: Claim) -> None:
    await s.moves(claim.turn.conversation, take_over())


async def closed(s: Story, claim: Claim) -> None:
    await s.moves(claim.turn.conversation, close())


async def opted_out(s: Story, claim: Claim) -> None:
    await s.hears("STOP", consent=OUT)


Happening = Callable[[Story, Claim], Awaitable[None]]


class JournalContract(StoreContract):
    """`journal`."""

    async def test_an_entry_is_stored_before_it_is_acted_on(self, s: Story) -> None:
        claim = await s.turn()

        news = [
            await s.journals(claim, claim.steps, asks()),
            await s.journals(claim, claim.steps, results()),
            await s.journals(claim, claim.steps + 1, asks("pay", effects=True)),
        ]

        nothing_new = News(newest_pending=1, handler=Handler.ASSISTANT, opted_out=False, closed=False)
        assert news == [nothing_new] * 3
        (turn,) = await s.store.turns(claim.turn.conversation)
        assert turn.model == "offline:offline"
        assert turn.journal == (
            Step(number=claim.steps, entry=asks()),
            Step(number=claim.steps, entry=results()),
            Step(number=claim.steps + 1, entry=asks("pay", effects=True)),
        )

    async def test_a_repeated_entry_is_stored_once(self, s: Story) -> None:
        claim = await s.turn()
        first = await s.journals(claim, claim.steps, asks("pay", effects=True))
        await s.journals(claim, claim.steps, asks("pay", effects=True))  # its answer is thrown away

        again = await s.journals(claim, claim.steps, asks("another", effects=True))

        assert again == first
        (turn,) = await s.store.turns(claim.turn.conversation)
        assert turn.journal == (Step(number=claim.steps, entry=asks("pay", effects=True)),)

    async def test_usage_of_a_repeat_counts_once(self, s: Story) -> None:
        claim = await s.turn()
        entry = asks(call=model_call(input=100, output=10, cached=50))

        await s.journals(claim, claim.steps, entry)
        await s.journals(claim, claim.steps, entry)

        (turn,) = await s.store.turns(claim.turn.conversation)
        assert turn.usage == Usage(input=100, output=10, cached=50)

    async def test_news_tells_what_happened_meanwhile(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.hears("two")
        await human(s, claim)

        news = await s.journals(claim, claim.steps, asks())

        assert news == News(newest_pending=2, handler=Handler.HUMAN, opted_out=False, closed=False)

    async def test_news_tells_that_nothing_is_pending_any_more(self, s: Story) -> None:
        claim = await s.turn("one")
        await closed(s, claim)

        news = await s.journals(claim, claim.steps, asks())

        assert news == News(newest_pending=0, handler=Handler.ASSISTANT, opted_out=False, closed=True)

    @pytest.mark.parametrize("happening", [human, closed, opted_out])
    async def test_an_effect_is_refused_once_the_assistant_may_not_act(self, s: Story, happening: Happening) -> None:
        claim = await s.turn()
        await happening(s, claim)

        news = await s.journals(claim, claim.steps, asks("pay", effects=True))

        assert isinstance(news, News)
        assert news.refused
        (turn,) = await s.store.turns(claim.turn.conversation)
        assert turn.journal == ()

    @pytest.mark.parametrize("happening", [human, closed, opted_out])
    async def test_what_has_no_effect_is_not_refused(self, s: Story, happening: Happening) -> None:
        claim = await s.turn()
        await s.journals(claim, claim.steps, asks("pay", effects=True))
        await happening(s, claim)

        news = [
            await s.journals(claim, claim.steps, results("paid", of="pay")),
            await s.journals(claim, claim.steps + 1, asks()),
        ]

        assert [isinstance(new, News) and not new.refused for new in news] == [True, True]
        (turn,) = await s.store.turns(claim.turn.conversation)
        assert len(turn.journal) == 3

    async def test_an_effect_that_was_stored_is_not_refused_afterwards(self, s: Story) -> None:
        claim = await s.turn()
        await s.journals(claim, claim.steps, asks("pay", effects=True))
        await human(s, claim)

        again = await s.journals(claim, claim.steps, asks("pay", effects=True))

        assert isinstance(again, News)
        assert not again.refused

    async def test_a_refused_entry_may_be_stored_after_the_hand_back(self, s: Story) -> None:
        claim = await s.turn()
        await human(s, claim)
        await s.journals(claim, claim.steps, asks("pay", effects=True))
        await s.moves(claim.turn.conversation, hand_back())

        news = await s.journals(claim, claim.steps, asks("pay", effects=True))

        assert isinstance(news, News)
        assert not news.refused


class SupersedeContract(StoreContract):
    """`supersede`."""

    async def test_a_turn_is_superseded_by_news(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.journals(claim, claim.steps, asks())
        await s.journals(claim, claim.steps, results())
        await s.hears("two")
        await s.hears("three")

        answer = await s.supersedes(claim)

        assert isinstance(answer, Superseded)
        assert (answer.read_to, texts(answer.messages)) == (3, ["one", "two", "three"])
        assert answer.steps == claim.steps + 1
        (turn,) = await s.store.turns(claim.turn.conversation)
        assert (turn.ref, turn.state, turn.supersedes, turn.read_to) == (claim.turn, TurnState.RUNNING, 1, 3)
        assert await s.facts(claim.turn.conversation, FactKind.TURN_SUPERSEDED) == [{"turn": claim.turn.id}]

    async def test_steps_go_on_after_a_draft_is_dropped(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.journals(claim, claim.steps, asks())
        await s.hears("two")
        await s.reads_on(claim)
        await s.journals(claim, claim.steps + 1, asks("look_again"))
        s.clock.advance(LEASE + seconds(1))

        again = await s.claims(claim.turn.conversation)

        assert again.journal == (Step(number=claim.steps + 1, entry=asks("look_again")),)
        assert again.steps == claim.steps + 2

    async def test_without_news_it_is_refused(self, s: Story) -> None:
        claim = await s.turn("one")

        assert await s.supersedes(claim) == Refused()

    async def test_an_effect_that_was_asked_for_cannot_be_taken_back(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.journals(claim, claim.steps, asks())
        await s.journals(claim, claim.steps, results())
        await s.journals(claim, claim.steps + 1, asks("pay", effects=True))
        await s.hears("two")

        assert await s.supersedes(claim) == Refused()
        committed = await s.commits(claim)
        assert committed.due_after == seconds(1.2)

    async def test_an_effect_still_counts_after_a_crash(self, s: Story) -> None:
        first = await s.turn("one")
        await s.journals(first, first.steps, asks("pay", effects=True))
        s.clock.advance(LEASE + seconds(1))
        await s.hears("two")
        s.passes(2)

        second = await s.claims(first.turn.conversation)

        assert second.read_to == 1
        assert await s.supersedes(second) == Refused()

    async def test_a_turn_is_superseded_so_often_and_no_more(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.hears("two")
        claim = await s.reads_on(claim)
        await s.journals(claim, claim.steps, asks())
        await s.hears("three")
        claim = await s.reads_on(claim)
        await s.journals(claim, claim.steps, asks())
        await s.hears("four")

        assert await s.supersedes(claim) == Refused()
        committed = await s.commits(claim)

        assert committed.due_after == seconds(1.2)
        assert (await s.inbound(claim.turn.conversation))[-1] == ("four", Status.PENDING)

    async def test_core_says_how_often(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.hears("two")

        assert await s.supersedes(claim, at_most=0) == Refused()
        assert isinstance(await s.supersedes(claim, at_most=1), Superseded)

    async def test_superseding_does_not_count_as_an_attempt(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.hears("two")
        await s.supersedes(claim)
        await s.releases(claim)
        s.passes(2)

        assert (await s.claims(claim.turn.conversation)).attempts == 0

    async def test_a_repeated_supersede_answers_with_the_same_news(self, s: Story) -> None:
        """Whoever did not hear that its turn reads further would answer messages that it never read."""
        claim = await s.turn("one")
        await s.hears("two")
        first = await s.supersedes(claim)  # its answer is lost
        assert isinstance(first, Superseded)

        again = await s.supersedes(claim)

        assert again == first
        (turn,) = await s.store.turns(claim.turn.conversation)
        assert turn.supersedes == 1

    async def test_a_repeated_supersede_is_not_refused_because_the_turn_was_superseded_often_enough(
        self, s: Story
    ) -> None:
        claim = await s.turn("one")
        await s.hears("two")
        first = await s.supersedes(claim, at_most=1)  # its answer is lost
        assert isinstance(first, Superseded)
        await s.hears("three")

        again = await s.supersedes(claim, at_most=1)

        assert again == first
        (turn,) = await s.store.turns(claim.turn.conversation)
        assert (turn.supersedes, turn.read_to) == (1, 2)

    async def test_a_mere_hint_after_a_supersede_changes_nothing(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.hears("two")
        claim = await s.reads_on(claim)
        before = await s.snapshot(claim.turn.conversation)

        assert [await s.supersedes(claim) for _ in range(3)] == [Refused()] * 3
        assert await s.snapshot(claim.turn.conversation) == before

    async def test_whoever_has_read_less_is_told_how_the_turn_stands(self, s: Story) -> None:
        """However often it asks, whatever the turn has done since, and whether or not it may be superseded."""
        claim = await s.turn("one")
        await s.hears("two")
        moved = await s.reads_on(claim)  # which the caller of `claim` did not hear
        await s.journals(claim, moved.steps, asks("pay", effects=True))
        await s.hears("three")
        before = await s.snapshot(claim.turn.conversation)

        answers = [
            await s.supersedes(claim),
            await s.supersedes(claim, at_most=0),
            await s.try_commit(claim, "to one of them"),
        ]

        assert answers == [Superseded(read_to=2, steps=moved.steps + 1, messages=moved.messages)] * 3
        assert await s.snapshot(claim.turn.conversation) == before

    async def test_whoever_takes_over_has_read_what_the_turn_reads(self, s: Story) -> None:
        first = await s.turn("one")
        await s.hears("two")
        await s.supersedes(first)  # its answer is lost, and so is the worker
        s.clock.advance(LEASE)

        second = await s.claims(first.turn.conversation)

        assert second.read_to == 2
        assert await s.supersedes(second) == Refused()

    async def test_hints_cannot_make_a_turn_start_over_for_ever(self, s: Story) -> None:
        claim = await s.turn("one")
        answers = []
        for n in range(10):
            await s.hears(f"more {n}")
            answers.append(await s.supersedes(claim))
            if isinstance(answers[-1], Superseded):
                claim = read_on(claim, answers[-1])

        assert [isinstance(answer, Superseded) for answer in answers] == [True] * 2 + [False] * 8

    async def test_a_superseded_turn_reads_all_that_it_answers(self, s: Story) -> None:
        claim = await s.turn("first")
        for n in range(5):
            await s.hears(f"more {n}")

        answer = await s.supersedes(claim, history=2)

        assert isinstance(answer, Superseded)
        assert texts(answer.messages) == ["first", *(f"more {n}" for n in range(5))]


class CommitContract(StoreContract):
    """`commit`."""

    async def test_what_was_read_is_answered_and_the_reply_goes_out_in_order(self, s: Story) -> None:
        claim = await s.turn("hello")
        conversation = claim.turn.conversation

        committed = await s.commits(claim, "first", "second", calls=[model_call()])

        assert committed.due_after is None
        assert committed.send is not None
        assert (committed.send.text, committed.send.attempt, committed.send.resends) == ("first", 1, 0)
        assert (committed.send.to, committed.send.line) == (ANA, LINE)
        assert (committed.send.correlation, committed.send.begun_at) == (claim.correlation, s.clock.now)
        assert await s.inbound(conversation) == [("hello", Status.ANSWERED)]
        assert await s.outbound(conversation) == [("first", Status.SENDING), ("second", Status.QUEUED)]
        first, second = (await s.messages(conversation))[1:]
        assert first.id == committed.send.ref.id
        assert (first.author, first.turn, first.attempts) == (Author.ASSISTANT, claim.turn.id, 1)
        assert (second.author, second.turn, second.attempts) == (Author.ASSISTANT, claim.turn.id, 0)
        (turn,) = await s.store.turns(conversation)
        assert (turn.state, turn.closed_at, turn.model) == (TurnState.COMMITTED, s.clock.now, "offline:offline")
        assert await s.facts(conversation, FactKind.TURN_COMMITTED) == [{"turn": claim.turn.id}]
        assert await s.try_claim(conversation) == Nothing()

    async def test_a_repeated_commit_gets_the_first_answer_and_writes_nothing(self, s: Story) -> None:
        claim = await s.turn()
        first = await s.try_commit(claim, "first", "second")
        before = await s.snapshot(claim.turn.conversation)
        await s.try_commit(claim, "first", "second")  # its answer is thrown away

        again = await s.try_commit(claim, "first", "second")

        assert again == first
        assert await s.snapshot(claim.turn.conversation) == before

    async def test_a_repeated_commit_does_not_hand_out_a_send_that_was_settled_meanwhile(self, s: Story) -> None:
        claim = await s.turn()
        first = await s.commits(claim, "first", "second")
        assert first.send is not None
        await s.settles(first.send)

        again = await s.commits(claim, "first", "second")

        assert again.send is None

    async def test_a_message_recorded_meanwhile_stays_pending(self, s: Story) -> None:
        claim = await s.turn("one")
        s.passes(1)
        await s.hears("two")
        s.passes(0.5)

        committed = await s.commits(claim, supersede_at_most=0)

        assert committed.due_after == seconds(0.7)
        assert await s.inbound(claim.turn.conversation) == [("one", Status.ANSWERED), ("two", Status.PENDING)]
        assert await s.try_claim(claim.turn.conversation) == Later(after=seconds(0.7))
        s.passes(0.7)
        again = await s.claims(claim.turn.conversation)
        assert again.turn != claim.turn
        assert texts(again.messages) == ["one", "two", "good morning"]
        assert again.read_to == 2

    async def test_news_supersedes_a_finished_draft(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.hears("two")

        answer = await s.try_commit(claim, "only to one")

        assert isinstance(answer, Superseded)
        assert (answer.read_to, texts(answer.messages)) == (2, ["one", "two"])
        assert await s.outbound(claim.turn.conversation) == []
        assert await s.renews(claim) == frozenset()
        assert len(await s.facts(claim.turn.conversation, FactKind.TURN_SUPERSEDED)) == 1
        await s.commits(read_on(claim, answer), "to both")
        assert await s.inbound(claim.turn.conversation) == [("one", Status.ANSWERED), ("two", Status.ANSWERED)]
        assert await s.outbound(claim.turn.conversation) == [("to both", Status.SENDING)]

    async def test_a_commit_repeated_because_it_was_not_heard_does_not_answer_what_it_never_read(
        self, s: Story
    ) -> None:
        claim = await s.turn("one")
        await s.hears("two")
        calls = [model_call(input=100, output=1)]
        first = await s.try_commit(claim, "only to one", calls=calls)  # its answer is lost
        assert isinstance(first, Superseded)

        again = [await s.try_commit(claim, "only to one", calls=calls) for _ in range(4)]

        assert again == [first] * 4
        assert await s.outbound(claim.turn.conversation) == []
        (turn,) = await s.store.turns(claim.turn.conversation)
        assert (turn.supersedes, turn.usage) == (1, Usage(input=100, output=1))

    async def test_a_reply_that_happens_to_stay_the_same_is_committed(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.hears("two")
        answer = await s.try_commit(claim, "pardon?")
        assert isinstance(answer, Superseded)

        await s.commits(read_on(claim, answer), "pardon?")

        assert [text for text, _ in await s.outbound(claim.turn.conversation)] == ["pardon?"]

    async def test_usage_adds_up(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.journals(claim, claim.steps, asks(call=model_call("1.1", input=100, output=1, cached=10)))
        await s.hears("two")
        answer = await s.try_commit(claim, "superseded", calls=[model_call("1.2", input=200, output=2, cached=20)])
        assert isinstance(answer, Superseded)

        third = model_call("1.3", input=400, output=4, cached=40)
        await s.try_commit(read_on(claim, answer), "committed", calls=[third])

        (turn,) = await s.store.turns(claim.turn.conversation)
        assert turn.usage == Usage(input=700, output=7, cached=70)

    async def test_facts_are_kept_with_the_reply(self, s: Story) -> None:
        claim = await s.turn()
        acted = Fact(kind=FactKind.TOOL_ACTED, details={"tool": "pay", "amount": "12,50 €"})

        await s.commits(claim, facts=[acted])

        assert await s.facts(claim.turn.conversation, FactKind.TOOL_ACTED) == [{"tool": "pay", "amount": "12,50 €"}]

    async def test_a_reply_is_correlated_with_the_first_message_it_answers(self, s: Story) -> None:
        await s.hears("one", id_="first")
        claim = await s.turn("two")

        committed = await s.commits(claim, "to both")

        assert committed.send is not None
        assert committed.send.correlation == claim.correlation == "first"

    async def test_an_answer_leaves_the_conversation_open(self, s: Story) -> None:
        claim = await s.turn()

        await s.commits(claim, "good morning")

        assert (await s.sees(claim.turn.conversation)).standing.state is State.OPEN

    async def test_a_question_leaves_the_conversation_waiting(self, s: Story) -> None:
        claim = await s.turn()

        await s.commits(claim, "which size?", asked=True)

        assert (await s.sees(claim.turn.conversation)).standing.state is State.WAITING

    async def test_a_question_does_not_wait_when_something_else_is_pending(self, s: Story) -> None:
        claim = await s.turn()
        await s.hears("more")

        await s.commits(claim, "which size?", asked=True, supersede_at_most=0)

        assert (await s.sees(claim.turn.conversation)).standing.state is State.OPEN

    async def test_handing_over_is_one_write_with_the_reply(self, s: Story) -> None:
        claim = await s.turn()
        await s.hears("more")
        handed_over = Fact(kind=FactKind.HANDED_OVER, details={"reason": "angry"})

        committed = await s.commits(claim, "a person will answer", facts=[handed_over], supersede_at_most=0)

        seen = await s.sees(claim.turn.conversation)
        assert (seen.standing.handler, seen.needs_human, seen.due_at) == (Handler.HUMAN, True, None)
        assert committed.due_after is None
        assert await s.facts(claim.turn.conversation, FactKind.HANDED_OVER) == [{"reason": "angry"}]
        assert committed.send is not None
        assert committed.send.text == "a person will answer"

    @pytest.mark.parametrize("outcome", [None, later(60), uncertain(60)])
    async def test_a_reply_waits_behind_what_is_unfinished(self, s: Story, outcome: Settlement | None) -> None:
        first = await s.sending("first")
        if outcome is not None:
            await s.settles(first, outcome)

        committed = await s.commits(await s.turn(), "second")

        assert committed.send is None
        assert (await s.outbound(first.ref.conversation))[-1] == ("second", Status.QUEUED)

    async def test_a_reply_waits_behind_what_nobody_has_begun_yet(self, s: Story) -> None:
        claim = await s.turn()
        await s.moves(claim.turn.conversation, send("a notice"))

        committed = await s.commits(claim, "reply")

        assert committed.send is None
        assert await s.drains(claim.turn.conversation) == ["a notice", "reply"]

    # The order of its checks

    async def test_a_stale_epoch_comes_before_everything(self, s: Story) -> None:
        stale = await s.turn("one")
        s.clock.advance(LEASE + seconds(1))
        await s.claims(stale.turn.conversation)
        await human(s, stale)
        await opted_out(s, stale)

        assert await s.try_commit(stale) == Stale()

    async def test_opted_out_comes_before_human(self, s: Story) -> None:
        claim = await s.turn("one")
        await human(s, claim)
        await opted_out(s, claim)

        assert await s.try_commit(claim) == Dropped(due_after=None)
        assert await s.outbound(claim.turn.conversation) == []

    async def test_human_comes_before_nothing_pending(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.moves(claim.turn.conversation, reply("this is Olga"))

        assert await s.try_commit(claim, "a suggestion") == Suggested()
        assert (await s.outbound(claim.turn.conversation))[-1] == ("a suggestion", Status.HELD)

    async def test_human_comes_before_news(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.hears("two")
        await human(s, claim)

        assert await s.try_commit(claim) == Suggested()

    async def test_closed_is_a_suggestion_although_nothing_is_pending(self, s: Story) -> None:
        claim = await s.turn("one")
        await closed(s, claim)

        assert await s.try_commit(claim, "a suggestion") == Suggested()
        assert await s.outbound(claim.turn.conversation) == [("a suggestion", Status.HELD)]

    async def test_nothing_pending_comes_before_news(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.moves(claim.turn.conversation, reply("this is Olga"))
        await s.moves(claim.turn.conversation, hand_back())
        await s.hears("two")

        assert await s.try_commit(claim) == Dropped(due_after=seconds(1.2))
        assert await s.inbound(claim.turn.conversation) == [("one", Status.ANSWERED), ("two", Status.PENDING)]

    async def test_an_episode_that_ended_meanwhile_is_not_answered(self, s: Story) -> None:
        claim = await s.turn("one")
        await closed(s, claim)
        await s.hears("two")

        assert await s.try_commit(claim) == Dropped(due_after=seconds(1.2))
        assert await s.inbound(claim.turn.conversation) == [("one", Status.IGNORED), ("two", Status.PENDING)]

    # Suggestions

    async def test_a_suggestion_answers_nothing_and_is_not_sent(self, s: Story) -> None:
        claim = await s.turn("hello")
        conversation = claim.turn.conversation
        await human(s, claim)

        answers = [await s.try_commit(claim, "first", "second") for _ in range(3)]

        assert answers == [Suggested()] * 3
        assert await s.inbound(conversation) == [("hello", Status.PENDING)]
        assert await s.outbound(conversation) == [("first", Status.HELD), ("second", Status.HELD)]
        assert await s.try_begin(conversation) == Nothing()
        assert await s.facts(conversation, FactKind.TURN_SUGGESTED) == [{"turn": claim.turn.id}]
        (turn,) = await s.store.turns(conversation)
        assert turn.state is TurnState.SUGGESTED

    async def test_a_suggestion_tells_what_was_done_and_hands_nothing_over(self, s: Story) -> None:
        claim = await s.turn()
        await human(s, claim)
        acted = Fact(kind=FactKind.TOOL_ACTED, details={"tool": "pay"})

        await s.try_commit(claim, "paid", facts=[acted, Fact(kind=FactKind.HANDED_OVER)])

        assert await s.facts(claim.turn.conversation, FactKind.TOOL_ACTED) == [{"tool": "pay"}]
        assert await s.facts(claim.turn.conversation, FactKind.HANDED_OVER) == []
        assert not (await s.sees(claim.turn.conversation)).needs_human

    async def test_after_a_suggestion_and_a_hand_back_the_message_is_answered(self, s: Story) -> None:
        claim = await s.turn("hello")
        await human(s, claim)
        await s.try_commit(claim, "a suggestion")
        await s.moves(claim.turn.conversation, hand_back())

        again = await s.claims(claim.turn.conversation)

        assert again.turn != claim.turn
        assert texts(again.messages) == ["hello"]
        await s.commits(again, "good morning")
        assert await s.inbound(claim.turn.conversation) == [("hello", Status.ANSWERED)]
        assert await s.drains(claim.turn.conversation) == []

    async def test_a_dropped_turn_is_dropped_once(self, s: Story) -> None:
        claim = await s.turn("one")
        await opted_out(s, claim)

        answers = [await s.try_commit(claim) for _ in range(3)]

        assert answers == [Dropped(due_after=None)] * 3
        assert len(await s.facts(claim.turn.conversation, FactKind.TURN_DROPPED)) == 1
        (turn,) = await s.store.turns(claim.turn.conversation)
        assert turn.state is TurnState.DROPPED


class ReleaseContract(StoreContract):
    """`release`."""

    async def test_a_turn_handed_back_is_due_at_once(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.hears("two")

        released = await s.releases(claim, HandedBack())

        assert released == Released(due_after=timedelta(0), sendable=False)
        again = await s.claims(claim.turn.conversation)
        assert (again.turn, again.attempts, again.read_to) == (claim.turn, 0, 2)

    async def test_a_turn_that_failed_is_due_after_its_backoff_and_it_counts(self, s: Story) -> None:
        claim = await s.turn()

        released = await s.releases(claim, Retry(after=seconds(5), why="overloaded"))

        assert released == Released(due_after=seconds(5), sendable=False)
        (turn,) = await s.store.turns(claim.turn.conversation)
        assert (turn.state, turn.attempts, turn.why) == (TurnState.RETRY, 1, "overloaded")
        assert await s.facts(claim.turn.conversation, FactKind.TURN_RETRIED) == [
            {"turn": claim.turn.id, "why": "overloaded"}
        ]

    @pytest.mark.parametrize("how", [HandedBack(), Retry(after=seconds(5), why="overloaded"), death()])
    async def test_a_repeated_release_gets_the_first_answer_and_counts_once(self, s: Story, how: Ending) -> None:
        claim = await s.turn()
        first = await s.try_release(claim, how)
        before = await s.snapshot(claim.turn.conversation)
        await s.try_release(claim, how)  # its answer is thrown away

        again = await s.try_release(claim, how)

        assert isinstance(first, Released)
        assert again == first
        assert await s.snapshot(claim.turn.conversation) == before

    async def test_attempts_add_up_over_failures_and_crashes(self, s: Story) -> None:
        claim = await s.turn()
        await s.releases(claim, Retry(after=seconds(5), why="overloaded"))
        s.passes(5)
        claim = await s.claims(claim.turn.conversation)
        s.clock.advance(LEASE + seconds(1))
        claim = await s.claims(claim.turn.conversation)
        await s.releases(claim, HandedBack())

        claim = await s.claims(claim.turn.conversation)

        assert (claim.attempts, claim.epoch) == (2, 4)

    async def test_a_dead_turn_says_so_and_calls_a_human(self, s: Story) -> None:
        claim = await s.turn("hello")
        conversation = claim.turn.conversation

        released = await s.releases(claim, death("the model is gone"))

        assert released == Released(due_after=None, sendable=True)
        (message, apology) = await s.messages(conversation)
        assert (message.status, message.why) == (Status.DEAD, "the model is gone")
        assert (apology.content.text, apology.status, apology.author) == ("I am sorry", Status.QUEUED, Author.SYSTEM)
        seen = await s.sees(conversation)
        assert (seen.needs_human, seen.standing.handler, seen.due_at) == (True, Handler.ASSISTANT, None)
        (turn,) = await s.store.turns(conversation)
        assert (turn.state, turn.why, turn.closed_at) == (TurnState.DEAD, "the model is gone", s.clock.now)
        assert await s.facts(conversation, FactKind.TURN_DIED) == [{"turn": claim.turn.id, "why": "the model is gone"}]
        assert await s.drains(conversation) == ["I am sorry"]

    async def test_the_next_text_after_a_death_opens_a_new_turn(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.hears("two")
        released = await s.releases(claim, death())
        assert released.due_after == seconds(1.2)
        s.passes(1.2)

        again = await s.claims(claim.turn.conversation)

        assert again.turn != claim.turn
        assert (again.attempts, again.read_to) == (0, 2)
        assert await s.inbound(claim.turn.conversation) == [("one", Status.DEAD), ("two", Status.PENDING)]

    async def test_there_is_one_apology_an_hour(self, s: Story) -> None:
        conversation = await s.meets()
        for wait in (10, 1800, 1790, 20):
            s.passes(wait)
            await s.releases(await s.turn(), death(every=3600))

        assert [text for text, _ in await s.outbound(conversation)] == ["I am sorry", "I am sorry"]
        assert {status for _, status in await s.inbound(conversation)} == {Status.DEAD}

    async def test_a_death_may_have_no_apology(self, s: Story) -> None:
        claim = await s.turn()

        released = await s.releases(claim, death(apology=None))

        assert not released.sendable
        assert await s.outbound(claim.turn.conversation) == []
        assert (await s.sees(claim.turn.conversation)).needs_human

    @pytest.mark.parametrize("happening", [human, closed, opted_out])
    async def test_a_death_is_dropped_when_the_assistant_may_not_act(self, s: Story, happening: Happening) -> None:
        claim = await s.turn()
        conversation = claim.turn.conversation
        await happening(s, claim)
        before = await s.messages(conversation)

        released = await s.releases(claim, death())

        assert released == Released(due_after=None, sendable=False)
        assert await s.messages(conversation) == before
        assert not (await s.sees(conversation)).needs_human
        (turn,) = await s.store.turns(conversation)
        assert turn.state is TurnState.DROPPED
        assert len(await s.facts(conversation, FactKind.TURN_DROPPED)) == 1
        assert await s.facts(conversation, FactKind.TURN_DIED) == []

    async def test_whoever_releases_is_told_that_the_lane_can_go_on(self, s: Story) -> None:
        claim = await s.turn()
        await s.moves(claim.turn.conversation, send("a notice"))

        assert (await s.releases(claim)).sendable


class FencingContract(StoreContract):
    """A worker that was paused beyond its lease can change nothing."""

    @pytest.fixture
    async def zombie(self, s: Story) -> Claim:
        """A claim whose lease was taken over; a text came in meanwhile, so that superseding would be possible."""
        claim = await s.turn("one")
        await s.hears("two")
        s.clock.advance(LEASE + SEND_WITHIN)
        await s.claims(claim.turn.conversation)
        await s.hears("three")
        return claim

    async def test_every_late_write_is_refused_and_nothing_changes(self, s: Story, zombie: Claim) -> None:
        before = await s.snapshot(zombie.turn.conversation)

        answers = [
            await s.journals(zombie, zombie.steps, asks()),
            await s.journals(zombie, zombie.steps, asks(effects=True)),
            await s.journals(zombie, zombie.steps, results()),
            await s.supersedes(zombie),
            await s.try_commit(zombie, "too late"),
            await s.try_release(zombie, HandedBack()),
            await s.try_release(zombie, Retry(after=seconds(5), why="overloaded")),
            await s.try_release(zombie, death()),
        ]

        assert answers == [Stale()] * len(answers)
        assert await s.renews(zombie) == {zombie.turn.id}
        assert await s.snapshot(zombie.turn.conversation) == before

    async def test_its_successor_is_not_disturbed(self, s: Story, zombie: Claim) -> None:
        (successor,) = [turn for turn in await s.store.turns(zombie.turn.conversation) if turn.closed_at is None]

        await s.try_release(zombie, death())
        await s.try_commit(zombie, "too late")

        assert successor.state is TurnState.RUNNING
        assert await s.try_claim(zombie.turn.conversation) == Nothing()

    async def test_it_stays_refused_after_its_successor_is_done(self, s: Story) -> None:
        zombie = await s.turn("one")
        s.clock.advance(LEASE + seconds(1))
        successor = await s.claims(zombie.turn.conversation)
        await s.commits(successor, "good morning")
        before = await s.snapshot(zombie.turn.conversation)

        answers = [
            await s.journals(zombie, zombie.steps, asks()),
            await s.supersedes(zombie),
            await s.try_commit(zombie, "too late"),
            await s.try_release(zombie, death()),
        ]

        assert answers == [Stale()] * 4
        assert await s.snapshot(zombie.turn.conversation) == before

    async def test_whoever_handed_back_is_done(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.releases(claim, HandedBack())
        before = await s.snapshot(claim.turn.conversation)

        answers = [
            await s.journals(claim, claim.steps, asks()),
            await s.supersedes(claim),
            await s.try_commit(claim, "too late"),
        ]

        assert answers == [Stale()] * 3
        assert await s.snapshot(claim.turn.conversation) == before

    async def test_whoever_committed_is_done(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.commits(claim, "good morning")
        await s.hears("two")
        before = await s.snapshot(claim.turn.conversation)

        answers = [
            await s.journals(claim, claim.steps, asks()),
            await s.supersedes(claim),
            await s.try_release(claim, HandedBack()),
            await s.try_release(claim, death()),
        ]

        assert answers == [Stale()] * 4
        assert await s.snapshot(claim.turn.conversation) == before

    async def test_an_epoch_that_never_was_is_stale(self, s: Story) -> None:
        claim = await s.turn("one")

        answer = await s.store.journal(claim.turn, claim.epoch + 1, claim.steps, asks())

        assert answer == Stale()

    async def test_another_turn_than_the_leases_is_stale(self, s: Story) -> None:
        claim = await s.turn("one")
        other = TurnRef(conversation=claim.turn.conversation, id=TurnId("no-such-turn"))

        answer = await s.store.journal(other, claim.epoch, claim.steps, asks())

        assert answer == Stale()
