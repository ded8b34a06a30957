"""Claiming: one holder at a time, not before it is due, and everything that running the turn needs."""

import asyncio
from datetime import timedelta

import pytest

from core.conversation.lifecycle import Handler, State
from core.conversation.message import ConversationId, ConversationRef, Status
from core.conversation.outbox import Settlement
from core.conversation.turn import Claim, Later, Nothing, Retry, Step, Superseded, TurnState
from tests.build import (
    ANA,
    BIA,
    LINE,
    NOON,
    asks,
    close,
    hand_back,
    held,
    later,
    phone,
    reply,
    results,
    seconds,
    send,
    take_over,
    uncertain,
)
from tests.contracts.store.contract import StoreContract
from tests.contracts.story import HISTORY, LEASE, Story, texts

MILLISECOND = timedelta(milliseconds=1)


def essence(claim: Claim | Later | Nothing) -> object:
    """What a worker acts on: the same for a claim that is answered again."""
    assert isinstance(claim, Claim), claim
    return (
        claim.turn,
        claim.epoch,
        claim.attempts,
        claim.supersedes,
        claim.read_to,
        claim.steps,
        claim.journal,
        texts(claim.messages),
        claim.correlation,
    )


class ClaimingContract(StoreContract):
    """`claim`, `claim_due` and `renew`."""

    async def test_a_claim_brings_all_that_a_turn_needs(self, s: Story) -> None:
        conversation = await s.meets("my")
        await s.hears("coffee", name="Ana")
        s.passes(2)

        claim = await s.claims(conversation)

        assert claim.turn.conversation == conversation
        assert (claim.epoch, claim.attempts, claim.supersedes) == (1, 0, 0)
        assert (claim.read_to, claim.journal) == (2, ())
        assert claim.conversation == await s.sees(conversation)
        assert (claim.contact.id, claim.contact.name, claim.contact.address) == (claim.conversation.contact, "Ana", ANA)
        assert claim.line == LINE
        assert claim.messages == tuple(await s.messages(conversation))
        assert claim.previous_episode_at is None
        assert claim.correlation == claim.messages[0].provider_id
        assert claim.now == NOON + seconds(2)
        assert not claim.sendable

    async def test_a_millisecond_early_is_too_early(self, s: Story) -> None:
        conversation = await s.meets()
        s.passes(1.199)

        assert await s.try_claim(conversation) == Later(after=MILLISECOND)

        s.clock.advance(MILLISECOND)
        assert isinstance(await s.try_claim(conversation), Claim)

    async def test_the_same_token_answers_with_the_same_claim(self, s: Story) -> None:
        conversation = await s.meets()
        s.passes(2)
        first = await s.claims(conversation, "token")
        await s.try_claim(conversation, "token")  # its answer is thrown away
        await s.hears("more")

        again = await s.claims(conversation, "token")

        assert essence(again) == essence(first)
        assert [turn.attempts for turn in await s.store.turns(conversation)] == [0]

    async def test_another_token_gets_nothing_while_the_lease_lives(self, s: Story) -> None:
        claim = await s.turn()
        s.clock.advance(LEASE - MILLISECOND)

        assert await s.try_claim(claim.turn.conversation) == Nothing()
        assert list(await s.claims_due()) == []

    async def test_of_twenty_claims_at_once_one_succeeds(self, s: Story) -> None:
        conversation = await s.meets()
        s.passes(2)

        answers = await asyncio.gather(
            *(s.on(n).claim(conversation, f"claim {n}", LEASE, history=HISTORY) for n in range(20))
        )

        assert sorted(type(answer).__name__ for answer in answers) == ["Claim"] + ["Nothing"] * 19

    async def test_an_unknown_conversation_is_nothing(self, s: Story) -> None:
        unknown = ConversationRef(workspace=LINE.workspace, id=ConversationId("no-such-conversation"))

        assert await s.try_claim(unknown) == Nothing()

    async def test_without_a_pending_message_there_is_nothing(self, s: Story) -> None:
        claim = await s.turn()
        await s.commits(claim)
        s.passes(60)

        answer = await s.try_claim(claim.turn.conversation)

        assert isinstance(answer, Nothing)

    async def test_a_conversation_with_a_human_is_nothing(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, take_over())
        s.passes(60)

        assert await s.try_claim(conversation) == Nothing()
        assert list(await s.claims_due()) == []

    async def test_a_closed_conversation_is_nothing(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, close())
        s.passes(60)

        assert await s.try_claim(conversation) == Nothing()
        assert list(await s.claims_due()) == []

    # Epochs and attempts

    async def test_an_expired_lease_is_taken_over_and_counts(self, s: Story) -> None:
        first = await s.turn()
        s.clock.advance(LEASE)

        second = await s.claims(first.turn.conversation)

        assert second.turn == first.turn
        assert (second.epoch, second.attempts) == (first.epoch + 1, 1)

    async def test_the_same_token_does_not_bring_back_a_lease_that_expired(self, s: Story) -> None:
        conversation = await s.meets()
        s.passes(2)
        first = await s.claims(conversation, "token")
        s.clock.advance(LEASE + MILLISECOND)

        second = await s.claims(conversation, "token")

        assert (second.epoch, second.attempts) == (first.epoch + 1, 1)

    async def test_a_lease_handed_back_does_not_count(self, s: Story) -> None:
        first = await s.turn()
        await s.releases(first)

        second = await s.claims(first.turn.conversation)

        assert second.turn == first.turn
        assert (second.epoch, second.attempts) == (first.epoch + 1, 0)

    async def test_epochs_never_restart(self, s: Story) -> None:
        first = await s.turn()
        await s.commits(first)

        second = await s.turn()

        assert second.turn != first.turn
        assert (second.epoch, second.attempts) == (first.epoch + 1, 0)

    async def test_an_expired_lease_that_nobody_took_is_still_its_holders(self, s: Story) -> None:
        claim = await s.turn()
        s.clock.advance(LEASE + seconds(60))

        assert await s.renews(claim) == frozenset()
        assert await s.try_claim(claim.turn.conversation) == Nothing()
        s.clock.advance(LEASE + seconds(60))
        await s.commits(claim)

    # What it reads

    async def test_a_new_turn_reads_to_the_newest_pending_message(self, s: Story) -> None:
        conversation = await s.meets("one")
        await s.hears("two")
        s.passes(2)

        claim = await s.claims(conversation)

        assert (claim.read_to, texts(claim.messages)) == (2, ["one", "two"])

    async def test_an_open_turn_reads_on_while_its_journal_is_empty(self, s: Story) -> None:
        first = await s.turn("one")
        await s.releases(first)
        await s.hears("two")
        s.passes(2)

        second = await s.claims(first.turn.conversation)

        assert second.turn == first.turn
        assert (second.read_to, texts(second.messages)) == (2, ["one", "two"])

    async def test_an_open_turn_with_a_journal_goes_on_with_what_it_read(self, s: Story) -> None:
        first = await s.turn("one")
        await s.journals(first, first.steps, asks())
        await s.journals(first, first.steps, results())
        await s.releases(first)
        await s.hears("two")
        s.passes(2)

        second = await s.claims(first.turn.conversation)

        assert second.turn == first.turn
        assert (second.read_to, texts(second.messages)) == (1, ["one"])
        assert second.steps == first.steps + 1
        assert second.journal == (
            Step(number=first.steps, entry=asks()),
            Step(number=first.steps, entry=results()),
        )
        committed = await s.commits(second, supersede_at_most=0)
        assert committed.due_after == timedelta(0)

    async def test_a_draft_that_was_superseded_does_not_hold_the_turn_back(self, s: Story) -> None:
        first = await s.turn("one")
        await s.journals(first, first.steps, asks())
        await s.hears("two")
        superseded = await s.supersedes(first)
        assert isinstance(superseded, Superseded)
        await s.hears("three")
        s.clock.advance(LEASE + MILLISECOND)

        second = await s.claims(first.turn.conversation)

        assert second.turn == first.turn
        assert (second.read_to, second.journal, second.supersedes) == (3, (), 1)
        assert second.steps == superseded.steps == first.steps + 1

    async def test_history_is_bounded_and_ends_with_what_is_read(self, s: Story) -> None:
        conversation = await s.meets("text 0")
        for n in range(1, 10):
            await s.commits(await s.turn(f"text {n}"), f"reply {n}")
        await s.hears("last")
        s.passes(8)

        claim = await s.claims(conversation, history=3)

        assert texts(claim.messages) == ["reply 8", "text 9", "reply 9", "last"]

    async def test_all_that_it_answers_is_read_however_much(self, s: Story) -> None:
        await s.commits(await s.turn("before"), "reply")
        conversation = await s.meets("text 0")
        for n in range(1, 60):
            await s.hears(f"text {n}")
        s.passes(8)

        claim = await s.claims(conversation, history=2)

        assert texts(claim.messages) == ["before", "reply", *(f"text {n}" for n in range(60))]
        await s.commits(claim)
        assert {status for _, status in await s.inbound(conversation)} == {Status.ANSWERED}

    async def test_a_question_is_read_however_much_was_sent_since(self, s: Story) -> None:
        conversation = await s.meets("a question")
        for n in range(5):
            await s.moves(conversation, send(f"notice {n}", key=f"send {n}"))
        s.passes(8)

        claim = await s.claims(conversation, history=3)

        assert texts(claim.messages) == ["a question", "notice 2", "notice 3", "notice 4"]

    async def test_history_holds_what_was_said_to_the_person_and_not_what_was_held_or_failed(self, s: Story) -> None:
        first = await s.sending("said", "not said")
        conversation = first.ref.conversation
        second = (await s.settles(first)).send
        assert second is not None
        await s.settles(second, held())
        await s.moves(conversation, send("a notice"))

        claim = await s.turn("and now?")

        assert texts(claim.messages) == ["hello", "said", "a notice", "and now?"]
        assert claim.sendable

    async def test_history_is_of_the_current_episode(self, s: Story) -> None:
        first = await s.turn("before")
        await s.commits(first, "reply")
        last_at = s.clock.now
        conversation = first.turn.conversation
        await s.moves(conversation, close())
        s.passes(3600)

        claim = await s.turn("after")

        assert texts(claim.messages) == ["after"]
        assert claim.previous_episode_at == last_at
        assert claim.conversation.episode == 2

    async def test_the_correlation_is_of_the_first_unanswered_message(self, s: Story) -> None:
        await s.commits(await s.turn("one"))
        await s.hears("two", id_="second")
        await s.hears("three", id_="third")
        s.passes(2)

        claim = (await s.claims_due())[0]

        assert claim.correlation == "second"

    # Backoff

    async def test_a_turn_to_be_tried_again_waits_and_keeps_its_journal(self, s: Story) -> None:
        first = await s.turn()
        await s.journals(first, first.steps, asks(effects=True))
        await s.releases(first, Retry(after=seconds(5), why="overloaded"))
        conversation = first.turn.conversation

        assert await s.try_claim(conversation) == Later(after=seconds(5))
        s.passes(5)
        second = await s.claims(conversation)

        assert (second.turn, second.attempts) == (first.turn, 1)
        assert (await s.store.turns(conversation))[0].state is TurnState.RUNNING
        assert second.journal == (Step(number=first.steps, entry=asks(effects=True)),)

    async def test_a_new_text_never_brings_a_retry_forward(self, s: Story) -> None:
        claim = await s.turn()
        await s.releases(claim, Retry(after=seconds(60), why="overloaded"))

        new = await s.hears("hello?")

        assert new.wake_after == seconds(60)
        assert await s.try_claim(claim.turn.conversation) == Later(after=seconds(60))

    async def test_a_new_text_can_put_a_retry_off_until_its_burst_is_over(self, s: Story) -> None:
        claim = await s.turn()
        await s.releases(claim, Retry(after=seconds(5), why="overloaded"))
        s.passes(4.5)

        new = await s.hears("hello?")

        assert new.wake_after == seconds(1.2)
        s.passes(1.2)
        again = await s.claims(claim.turn.conversation)
        assert (again.turn, again.read_to) == (claim.turn, 2)

    # claim_due

    async def test_the_longest_due_are_claimed_first(self, s: Story) -> None:
        conversations = []
        for n in range(5):
            conversations.append(await s.meets(sender=phone(n)))
            s.passes(1)
        s.passes(2)

        claims = await s.claims_due(3)

        assert [claim.turn.conversation for claim in claims] == conversations[:3]
        assert [claim.turn.conversation for claim in await s.claims_due(3)] == conversations[3:]

    async def test_only_what_is_due_is_claimed(self, s: Story) -> None:
        due = await s.meets(sender=ANA)
        s.passes(1)
        await s.meets(sender=BIA)
        s.passes(0.2)

        assert [claim.turn.conversation for claim in await s.claims_due()] == [due]

    async def test_the_same_token_answers_with_the_same_claims(self, s: Story) -> None:
        for n in range(4):
            await s.meets(sender=phone(n))
        s.passes(2)
        first = await s.claims_due(2, "token")
        await s.claims_due(2, "token")  # its answer is thrown away

        again = await s.claims_due(2, "token")

        assert [essence(claim) for claim in again] == [essence(claim) for claim in first]
        assert len(await s.claims_due(10)) == 2

    async def test_many_workers_at_once_share_what_is_due(self, s: Story) -> None:
        conversations = {await s.meets(sender=phone(n)) for n in range(30)}
        s.passes(2)

        answers = await asyncio.gather(
            *(s.on(n).claim_due(4, f"worker {n}", LEASE, history=HISTORY) for n in range(20))
        )

        claimed = [claim.turn.conversation for claims in answers for claim in claims]
        assert len(claimed) == len(set(claimed))
        rest = await s.claims_due(100)
        assert {*claimed, *(claim.turn.conversation for claim in rest)} == conversations

    async def test_the_same_token_does_not_bring_back_leases_that_expired(self, s: Story) -> None:
        await s.meets()
        s.passes(2)
        (first,) = await s.claims_due(2, "token")
        s.clock.advance(LEASE)

        (second,) = await s.claims_due(2, "token")

        assert (second.turn, second.epoch, second.attempts) == (first.turn, first.epoch + 1, 1)

    async def test_an_expired_lease_is_due_again(self, s: Story) -> None:
        first = await s.turn()
        s.clock.advance(LEASE)

        (second,) = await s.claims_due()

        assert (second.turn, second.epoch, second.attempts) == (first.turn, first.epoch + 1, 1)

    async def test_with_no_free_slot_nothing_is_claimed(self, s: Story) -> None:
        await s.meets()
        s.passes(2)

        assert list(await s.claims_due(0)) == []

    # renew

    async def test_a_renewed_lease_lives_on(self, s: Story) -> None:
        claim = await s.turn()
        s.passes(20)
        assert await s.renews(claim) == frozenset()
        s.passes(20)

        assert await s.try_claim(claim.turn.conversation) == Nothing()
        s.clock.advance(seconds(10) + MILLISECOND)
        assert isinstance(await s.try_claim(claim.turn.conversation), Claim)

    async def test_renewal_tells_which_leases_are_lost(self, s: Story) -> None:
        taken = await s.turn(sender=phone(1))
        s.clock.advance(LEASE + MILLISECOND)
        await s.claims(taken.turn.conversation)
        ended = await s.turn(sender=phone(2))
        await s.commits(ended)
        back = await s.turn(sender=phone(3))
        await s.releases(back)
        kept = await s.turn(sender=phone(4))

        lost = await s.renews(taken, ended, back, kept)

        assert lost == {taken.turn.id, ended.turn.id, back.turn.id}

    async def test_renewing_nothing_loses_nothing(self, s: Story) -> None:
        assert await s.renews() == frozenset()

    # The lane, seen from a claim

    async def test_whoever_claims_is_told_that_the_lane_can_go_on(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, send("a notice"))

        assert await s.try_claim(conversation) == Later(after=seconds(1.2), sendable=True)
        s.passes(2)
        assert (await s.claims(conversation)).sendable
        assert await s.try_claim(conversation) == Nothing(sendable=True)

    @pytest.mark.parametrize("outcome", [later(10), uncertain(10)])
    async def test_a_lane_that_waits_cannot_go_on(self, s: Story, outcome: Settlement) -> None:
        await s.settles(await s.sending(), outcome)

        claim = await s.turn("and now?")

        assert not claim.sendable

    async def test_a_send_in_the_air_cannot_be_begun_by_whoever_claims(self, s: Story) -> None:
        await s.sending()
        s.passes(3600)

        assert not (await s.turn("and now?")).sendable

    # After people had their say

    async def test_a_crash_over_what_a_human_answered_does_not_count_for_what_comes_after(self, s: Story) -> None:
        first = await s.turn("one")
        await s.moves(first.turn.conversation, reply("this is Olga"))
        await s.moves(first.turn.conversation, hand_back())
        s.clock.advance(LEASE)

        second = await s.turn("two")

        assert second.turn != first.turn
        assert (second.attempts, second.read_to) == (0, 3)
        states = [turn.state for turn in await s.store.turns(first.turn.conversation)]
        assert states == [TurnState.RUNNING, TurnState.DROPPED]

    async def test_what_comes_after_a_humans_answer_is_answered(self, s: Story) -> None:
        first = await s.turn("one")
        await s.journals(first, first.steps, asks())
        await s.releases(first, Retry(after=seconds(5), why="overloaded"))
        conversation = first.turn.conversation
        await s.moves(conversation, reply("I am Olga"))
        await s.moves(conversation, hand_back())
        assert (await s.sees(conversation)).standing.handler is Handler.ASSISTANT
        assert (await s.sees(conversation)).standing.state is State.OPEN

        await s.hears("two")

        for _ in range(3):
            s.passes(60)
            for claim in await s.claims_due():
                await s.try_commit(claim, "good morning", supersede_at_most=0)
        assert await s.inbound(conversation) == [("one", Status.ANSWERED), ("two", Status.ANSWERED)]
