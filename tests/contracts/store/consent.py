"""Opting out and in: the ledger of (line, address), and what becomes of messages, replies and turns."""

from core.conversation.consent import Declared
from core.conversation.events import Arrival
from core.conversation.facts import FactKind
from core.conversation.message import ConversationRef, MessageId, Status
from core.conversation.ports import Known
from core.conversation.turn import Dropped, News, Nothing, Retry
from tests.build import (
    BIA,
    IN,
    IN_ONLY_IF_OUT,
    IN_UNANSWERED,
    LINE,
    OUT,
    SECOND_LINE,
    arrival,
    asks,
    failed,
    inbound,
    later,
    phone,
    report,
    scoped,
    seconds,
    send,
    uncertain,
)
from tests.contracts.store.contract import StoreContract
from tests.contracts.story import Story, conversation_of, death


async def why_of(s: Story, conversation: ConversationRef) -> list[tuple[Status, str | None]]:
    return [(message.status, message.why) for message in await s.messages(conversation)]


async def stops(s: Story) -> ConversationRef:
    return conversation_of(await s.hears("STOP", consent=OUT))


class ConsentContract(StoreContract):
    """STOP, START and YES, by message, by report and by settlement."""

    async def test_stop_ignores_itself_and_all_that_is_pending(self, s: Story) -> None:
        conversation = await s.meets("hello")

        new = await s.hears("STOP", consent=OUT)

        assert new.wake_after is None
        assert await why_of(s, conversation) == [(Status.IGNORED, "opted out"), (Status.IGNORED, "opted out")]
        seen = await s.sees(conversation)
        assert (seen.opted_out, seen.due_at) == (True, None)
        assert await s.facts(conversation, FactKind.OPTED_OUT) == [{"source": "message"}]
        ignored = await s.facts(conversation, FactKind.MESSAGE_IGNORED)
        assert {fact["message"] for fact in ignored} == {message.id for message in await s.messages(conversation)}
        assert {fact["why"] for fact in ignored} == {"opted out"}

    async def test_it_is_noted_when_the_provider_said_so(self, s: Story) -> None:
        declared = Arrival(line=LINE, inbound=inbound("STOP", declared=Declared.STOP), consent=OUT)

        conversation = conversation_of(await s.learns(declared))

        assert await s.facts(conversation, FactKind.OPTED_OUT) == [{"source": "provider"}]

    async def test_a_first_word_can_be_stop(self, s: Story) -> None:
        conversation = await stops(s)

        assert (await s.sees(conversation)).opted_out
        assert await s.inbound(conversation) == [("STOP", Status.IGNORED)]

    async def test_stop_twice_changes_nothing_more(self, s: Story) -> None:
        event = arrival("STOP", id_="in-1", consent=OUT)
        conversation = conversation_of(await s.learns(event))
        before = await s.snapshot(conversation)

        assert await s.record(event) == [Known(conversation=conversation)]
        assert await s.snapshot(conversation) == before
        await s.hears("STOP", consent=OUT)
        assert (await s.sees(conversation)).opted_out
        assert await s.inbound(conversation) == [("STOP", Status.IGNORED), ("STOP", Status.IGNORED)]
        assert len(await s.facts(conversation, FactKind.OPTED_OUT)) == 1

    async def test_while_opted_out_everything_is_ignored_and_costs_no_turn(self, s: Story) -> None:
        conversation = await stops(s)

        new = await s.hears("are you there?")

        s.passes(60)
        assert new.wake_after is None
        assert (await why_of(s, conversation))[-1] == (Status.IGNORED, "opted out")
        assert await s.try_claim(conversation) == Nothing()
        assert list(await s.claims_due()) == []

    async def test_start_restores_and_is_not_answered_when_the_provider_answers_it(self, s: Story) -> None:
        conversation = await stops(s)

        new = await s.hears("START", consent=IN)

        assert new.wake_after is None
        assert (await why_of(s, conversation))[-1] == (Status.IGNORED, "opted in")
        assert not (await s.sees(conversation)).opted_out
        assert len(await s.facts(conversation, FactKind.OPTED_IN)) == 1
        assert (await s.hears("hello")).wake_after == seconds(1.2)

    async def test_start_is_for_the_assistant_when_nobody_else_answers_it(self, s: Story) -> None:
        conversation = await stops(s)

        new = await s.hears("START", consent=IN_UNANSWERED)

        assert new.wake_after == seconds(1.2)
        assert (await why_of(s, conversation))[-1] == (Status.PENDING, None)
        assert not (await s.sees(conversation)).opted_out

    async def test_start_does_not_bring_back_what_was_ignored(self, s: Story) -> None:
        conversation = await s.meets("hello")
        await stops(s)

        await s.hears("START", consent=IN)

        assert [status for _, status in await s.inbound(conversation)] == [Status.IGNORED] * 3
        assert (await s.sees(conversation)).due_at is None

    async def test_start_from_somebody_who_never_left_is_treated_the_same(self, s: Story) -> None:
        conversation = await s.meets("hello")

        await s.hears("START", consent=IN)

        assert await why_of(s, conversation) == [(Status.PENDING, None), (Status.IGNORED, "opted in")]
        assert await s.facts(conversation, FactKind.OPTED_OUT) == []

    async def test_yes_restores_somebody_who_is_opted_out(self, s: Story) -> None:
        conversation = await stops(s)

        await s.hears("yes", consent=IN_ONLY_IF_OUT)

        assert (await why_of(s, conversation))[-1] == (Status.IGNORED, "opted in")
        assert not (await s.sees(conversation)).opted_out

    async def test_yes_is_an_ordinary_answer_from_anybody_else(self, s: Story) -> None:
        new = await s.hears("yes", consent=IN_ONLY_IF_OUT)

        assert new.wake_after == seconds(1.2)
        assert await why_of(s, conversation_of(new)) == [(Status.PENDING, None)]

    # Per line and address

    async def test_opting_out_of_one_line_leaves_the_others(self, s: Story) -> None:
        await stops(s)

        elsewhere = await s.hears("hello", on=SECOND_LINE)

        assert elsewhere.wake_after == seconds(1.2)
        assert not (await s.sees(conversation_of(elsewhere))).opted_out

    async def test_one_person_opting_out_leaves_the_others(self, s: Story) -> None:
        await stops(s)

        assert (await s.hears("hello", sender=BIA)).wake_after == seconds(1.2)

    async def test_an_address_that_never_opted_out_is_not_opted_out(self, s: Story) -> None:
        first = await s.hears("hello", sender=scoped(1), aliases=[phone(1)])
        await s.hears("STOP", sender=phone(1), consent=OUT)
        assert (await s.sees(conversation_of(first))).opted_out

        again = await s.hears("hello", sender=scoped(1))

        assert conversation_of(again) == conversation_of(first)
        assert again.wake_after == seconds(1.2)
        assert not (await s.sees(conversation_of(first))).opted_out
        await s.hears("hello", sender=phone(1))
        seen = await s.sees(conversation_of(first))
        assert (seen.opted_out, seen.due_at) == (True, None)

    async def test_a_reply_to_an_address_that_opted_out_fails_although_the_person_has_another(self, s: Story) -> None:
        sent = await s.sending("reply", sender=phone(1))
        await s.hears("STOP", sender=phone(1), consent=OUT)
        await s.settles(sent, later(10))
        await s.hears("hello", sender=scoped(1), aliases=[phone(1)])
        assert not (await s.sees(sent.ref.conversation)).opted_out
        s.passes(10)

        assert await s.try_begin(sent.ref.conversation) == Nothing()

        assert await s.status(sent) is Status.FAILED

    # Replies

    async def test_stop_between_commit_and_send_fails_what_is_queued(self, s: Story) -> None:
        first = await s.sending("first", "second", "third")
        conversation = first.ref.conversation

        await stops(s)

        assert (await why_of(s, conversation))[1:4] == [
            (Status.SENDING, None),
            (Status.FAILED, "opted out"),
            (Status.FAILED, "opted out"),
        ]
        settled = await s.settles(first)
        assert (settled.send, settled.after) == (None, None)
        assert await s.status(first) is Status.ACCEPTED
        assert await s.try_begin(conversation) == Nothing()

    async def test_stop_fails_a_reply_that_waits_for_its_next_attempt(self, s: Story) -> None:
        first = await s.sending("first")
        await s.settles(first, later(10))

        await stops(s)

        s.passes(60)
        assert await s.status(first) is Status.FAILED
        assert await s.try_begin(first.ref.conversation) == Nothing()
        assert list(await s.overdue()) == []

    async def test_an_attempt_that_comes_back_after_stop_is_not_made_again(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await stops(s)

        settled = await s.settles(first, later(0))

        s.passes(60)
        assert settled.send is None
        assert await s.try_begin(first.ref.conversation) == Nothing()
        assert list(await s.overdue()) == []
        assert await s.outbound(first.ref.conversation) == [("first", Status.FAILED), ("second", Status.FAILED)]

    async def test_what_the_desk_sends_to_somebody_who_is_out_fails_instead(self, s: Story) -> None:
        conversation = await stops(s)
        await s.moves(conversation, send("a notice"))

        assert await s.try_begin(conversation) == Nothing()

        assert (await why_of(s, conversation))[-1] == (Status.FAILED, "opted out")
        assert len(await s.facts(conversation, FactKind.SEND_FAILED)) == 1

    async def test_the_sweep_sends_nothing_to_somebody_who_is_out(self, s: Story) -> None:
        conversation = await stops(s)
        await s.moves(conversation, send("a notice"))
        s.passes(60)

        assert list(await s.overdue()) == []
        assert (await why_of(s, conversation))[-1] == (Status.FAILED, "opted out")

    async def test_an_uncertain_send_is_still_looked_into_after_stop(self, s: Story) -> None:
        first = await s.sending("first")
        await s.settles(first, uncertain(15))
        await stops(s)
        s.passes(15)

        assert (await s.looks()).send.ref == first.ref

    # Turns

    async def test_stop_while_a_turn_runs_drops_its_reply(self, s: Story) -> None:
        claim = await s.turn("hello")
        conversation = await stops(s)

        answer = await s.try_commit(claim, "good morning")

        assert answer == Dropped(due_after=None)
        assert await s.outbound(conversation) == []
        assert [status for _, status in await s.inbound(conversation)] == [Status.IGNORED, Status.IGNORED]
        assert await s.facts(conversation, FactKind.TURN_DROPPED) == [{"turn": claim.turn.id}]

    async def test_stop_while_a_turn_runs_refuses_its_next_effect(self, s: Story) -> None:
        claim = await s.turn("hello")
        await stops(s)

        news = await s.journals(claim, claim.steps, asks(effects=True))

        assert isinstance(news, News)
        assert (news.refused, news.opted_out, news.newest_pending) == (True, True, 0)

    async def test_a_turn_that_dies_after_stop_is_dropped_without_an_apology(self, s: Story) -> None:
        claim = await s.turn("hello")
        conversation = await stops(s)

        released = await s.releases(claim, death())

        assert (released.due_after, released.sendable) == (None, False)
        assert await s.outbound(conversation) == []
        assert not (await s.sees(conversation)).needs_human
        assert len(await s.facts(conversation, FactKind.TURN_DROPPED)) == 1

    async def test_a_turn_that_was_to_be_tried_again_does_not_come_back_for_what_was_ignored(self, s: Story) -> None:
        claim = await s.turn("hello")
        await s.releases(claim, Retry(after=seconds(5), why="overloaded"))
        conversation = await stops(s)

        await s.hears("START", consent=IN)

        s.passes(60)
        assert await s.try_claim(conversation) == Nothing()
        claim = await s.turn("hello again")
        assert claim.messages[-1].content.text == "hello again"
        await s.commits(claim, "welcome back")
        assert (await s.inbound(conversation))[-1] == ("hello again", Status.ANSWERED)

    async def test_a_long_backoff_does_not_outlive_what_it_was_for(self, s: Story) -> None:
        claim = await s.turn("hello")
        await s.releases(claim, Retry(after=seconds(900), why="overloaded"))
        await stops(s)
        await s.hears("START", consent=IN)

        new = await s.hears("hello again")

        assert new.wake_after == seconds(1.2)

    async def test_a_reply_that_failed_by_stop_and_went_out_after_all_does_not_go_back(self, s: Story) -> None:
        first = await s.sending("first")
        await s.settles(first, later(60))
        await stops(s)

        await s.learns(report(Status.SENT, message=first.ref.id))
        assert await s.status(first) is Status.FAILED

        await s.learns(report(Status.DELIVERED, message=first.ref.id))
        assert await s.status(first) is Status.DELIVERED

    # What the provider says

    async def test_a_report_can_opt_somebody_out(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.hears("more")
        conversation = first.ref.conversation

        await s.learns(report(Status.FAILED, message=first.ref.id, why="21610", opts_out=True))

        seen = await s.sees(conversation)
        assert (seen.opted_out, seen.due_at) == (True, None)
        assert await s.outbound(conversation) == [("first", Status.FAILED), ("second", Status.FAILED)]
        assert (await s.inbound(conversation))[-1] == ("more", Status.IGNORED)
        assert await s.facts(conversation, FactKind.OPTED_OUT) == [{"source": "provider"}]

    async def test_a_settlement_can_opt_somebody_out(self, s: Story) -> None:
        first = await s.sending("first", "second")
        conversation = first.ref.conversation
        await s.moves(conversation, send("a notice"))
        await s.hears("more")

        settled = await s.settles(first, failed("21610", opts_out=True))

        assert settled.send is None
        assert (await s.sees(conversation)).opted_out
        assert {status for _, status in await s.outbound(conversation)} == {Status.FAILED}
        assert (await s.inbound(conversation))[-1] == ("more", Status.IGNORED)

    async def test_a_report_about_nobody_opts_nobody_out(self, s: Story) -> None:
        conversation = await s.meets()

        new = await s.learns(report(Status.FAILED, id_="unheard-of", message=MessageId("unheard-of"), opts_out=True))

        assert new.conversation is None
        assert not (await s.sees(conversation)).opted_out
