"""The delivery lane: one row at a time, in order of commit, whoever delivers."""

import asyncio

import pytest

from core.conversation.facts import Fact, FactKind
from core.conversation.message import ConversationId, ConversationRef, MessageId, Status
from core.conversation.outbox import Look, OutboundRef, Send, Settled, Settlement
from core.conversation.turn import Later, Nothing, Stale
from core.errors import Conflict
from tests.build import (
    LINE,
    accepted,
    failed,
    hand_back,
    held,
    later,
    phone,
    reply,
    report,
    seconds,
    send,
    take_over,
    uncertain,
)
from tests.contracts.store.contract import StoreContract
from tests.contracts.story import SEND_WITHIN, Story, death


class BeginSendContract(StoreContract):
    """`begin_send`."""

    async def test_of_twenty_tasks_at_once_one_gets_the_send(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, send("a notice"))

        answers = await asyncio.gather(
            *(s.on(n).begin_send(conversation, f"task {n}", send_within=SEND_WITHIN) for n in range(20))
        )

        assert sorted(type(answer).__name__ for answer in answers) == ["Nothing"] * 19 + ["Send"]
        (row,) = [message for message in await s.messages(conversation) if message.content.text == "a notice"]
        assert (row.status, row.attempts) == (Status.SENDING, 1)

    async def test_the_same_token_gets_the_same_send_while_it_is_unsettled(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, send("a notice"))
        first = await s.begin_send(conversation, "token")
        await s.try_begin(conversation, "token")  # its answer is thrown away

        again = await s.begin_send(conversation, "token")

        assert again == first
        assert (await s.message(conversation, first.ref.id)).attempts == 1
        await s.settles(first)
        assert await s.try_begin(conversation, "token") == Nothing()

    async def test_the_same_token_does_not_get_back_a_send_that_became_uncertain(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, send("a notice"))
        first = await s.begin_send(conversation, "token")
        s.clock.advance(SEND_WITHIN)
        assert (await s.looks()).send == first

        assert await s.try_begin(conversation, "token") == Nothing()

    async def test_an_empty_lane_has_nothing(self, s: Story) -> None:
        conversation = await s.meets()

        assert await s.try_begin(conversation) == Nothing()

    async def test_an_unknown_conversation_has_nothing(self, s: Story) -> None:
        unknown = ConversationRef(workspace=LINE.workspace, id=ConversationId("no-such-conversation"))

        assert await s.try_begin(unknown) == Nothing()

    async def test_nothing_begins_beside_a_send(self, s: Story) -> None:
        first = await s.sending("first", "second")

        assert await s.try_begin(first.ref.conversation) == Nothing()

    async def test_nothing_begins_beside_an_uncertain_send(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.settles(first, uncertain(15))
        s.passes(3600)

        assert await s.try_begin(first.ref.conversation) == Nothing()

    async def test_a_retry_blocks_the_lane_until_its_time(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.settles(first, later(10))
        s.passes(4)

        assert await s.try_begin(first.ref.conversation) == Later(after=seconds(6))

        s.passes(6)
        again = await s.begin_send(first.ref.conversation)
        assert (again.ref, again.text, again.attempt, again.resends) == (first.ref, "first", 2, 0)
        assert again.begun_at == first.begun_at

    async def test_replies_go_out_in_order_of_commit(self, s: Story) -> None:
        first = await s.sending("one", "two")
        await s.commits(await s.turn(), "three", "four")
        conversation = first.ref.conversation
        await s.settles(first, later(10))
        s.passes(10)

        assert await s.drains(conversation) == ["one", "two", "three", "four"]
        assert {status for _, status in await s.outbound(conversation)} == {Status.ACCEPTED}

    async def test_what_the_desk_sends_during_a_turn_goes_out_before_the_turn_ends(self, s: Story) -> None:
        claim = await s.turn()
        conversation = claim.turn.conversation
        assert (await s.moves(conversation, send("a notice"))).sendable

        assert await s.drains(conversation) == ["a notice"]

        await s.commits(claim, "reply")
        assert await s.outbound(conversation) == [("a notice", Status.ACCEPTED), ("reply", Status.SENDING)]

    async def test_an_apology_is_sent_like_any_reply(self, s: Story) -> None:
        claim = await s.turn()
        await s.releases(claim, death())

        apology = await s.begin_send(claim.turn.conversation)

        assert (apology.text, apology.attempt, apology.correlation) == ("I am sorry", 1, claim.correlation)


class SettleContract(StoreContract):
    """`settle`."""

    async def test_an_accepted_part_begins_the_next(self, s: Story) -> None:
        first = await s.sending("first", "second")

        settled = await s.settles(first, accepted("out-1"))

        assert settled.send is not None
        assert (settled.send.text, settled.send.attempt) == ("second", 1)
        assert settled.after is None
        row = await s.message(first.ref.conversation, first.ref.id)
        assert (row.status, row.provider_id, row.why) == (Status.ACCEPTED, "out-1", None)
        assert await s.settles(settled.send, accepted("out-2")) == Settled(send=None, after=None)

    async def test_what_the_provider_already_did_is_kept(self, s: Story) -> None:
        first = await s.sending()

        await s.settles(first, accepted("out-1", Status.DELIVERED))

        assert await s.status(first) is Status.DELIVERED

    @pytest.mark.parametrize("outcome", [accepted(), later(10), failed(), held(), uncertain(15)])
    async def test_a_repeated_settlement_gets_the_first_answer_and_writes_nothing(
        self, s: Story, outcome: Settlement
    ) -> None:
        send_ = await s.sending("first", "second")
        await s.moves(send_.ref.conversation, send("a notice"))
        first = await s.settles(send_, outcome, "token")
        before = await s.snapshot(send_.ref.conversation)
        await s.try_settle(send_, outcome, "token")  # its answer is thrown away

        again = await s.try_settle(send_, outcome, "token")

        assert again == first
        assert await s.snapshot(send_.ref.conversation) == before

    @pytest.mark.parametrize("outcome", [accepted(), later(0), failed(), held(), uncertain(15)])
    async def test_a_repeated_settlement_is_known_although_others_settled_meanwhile(
        self, s: Story, outcome: Settlement
    ) -> None:
        send_ = await s.sending("first", "second")
        await s.moves(send_.ref.conversation, send("a notice"))
        first = await s.settles(send_, outcome, "token")
        await s.settles(send_, accepted("out-1"), "another")
        before = await s.snapshot(send_.ref.conversation)

        again = await s.settles(send_, outcome, "token")

        assert again.after == first.after
        assert again.send in (first.send, None)
        assert await s.snapshot(send_.ref.conversation) == before

    @pytest.mark.parametrize("outcome", [accepted(), failed(), held(), later(0), later(0, resend=True)])
    async def test_of_two_calls_with_one_outcome_one_gets_the_next_send(self, s: Story, outcome: Settlement) -> None:
        """Two overlapping looks, or a look beside a send that outlived its deadline, say the same."""
        send_ = await s.sending("first", "second")
        await s.moves(send_.ref.conversation, send("a notice"))

        answers = await asyncio.gather(
            *(
                s.on(n).settle(send_.ref, send_.attempt, outcome, by=f"caller {n}", send_within=SEND_WITHIN)
                for n in range(6)
            )
        )

        sends = [answer.send for answer in answers if isinstance(answer, Settled)]
        assert len([begun for begun in sends if begun is not None]) == 1
        again = [
            await s.store.settle(send_.ref, send_.attempt, outcome, by=f"caller {n}", send_within=SEND_WITHIN)
            for n in range(6)
        ]
        assert again == answers

    @pytest.mark.parametrize("outcome", [later(60), held("another reason"), uncertain(60, "another reason")])
    @pytest.mark.parametrize("before", [later(10), held(), accepted()])
    async def test_another_call_changes_nothing_in_a_row_that_is_not_in_the_air(
        self, s: Story, before: Settlement, outcome: Settlement
    ) -> None:
        send_ = await s.sending("first")
        first = await s.settles(send_, before)
        seen = await s.snapshot(send_.ref.conversation)

        assert await s.try_settle(send_, outcome) == first
        assert await s.snapshot(send_.ref.conversation) == seen

    async def test_a_send_that_outlived_its_deadline_and_a_look_agree_on_one_resend(self, s: Story) -> None:
        first = await s.sending("first", "second")
        s.clock.advance(SEND_WITHIN)
        look = await s.looks()
        again = (await s.settles(look.send, later(0, resend=True))).send
        assert again is not None
        assert (again.attempt, again.resends) == (2, 1)

        assert await s.try_settle(first, later(0, resend=True)) == Stale()
        await s.settles(first, accepted("out-1"))
        assert [text for text, _ in await s.outbound(first.ref.conversation)] == ["first", "second"]

    async def test_a_repeated_settlement_does_not_hand_out_a_send_that_was_settled_meanwhile(self, s: Story) -> None:
        first = await s.sending("first", "second", "third")
        second = (await s.settles(first, by="token")).send
        assert second is not None
        await s.settles(second)

        again = await s.settles(first, by="token")

        assert again.send is None

    async def test_a_repeated_settlement_does_not_hand_out_an_attempt_that_is_over(self, s: Story) -> None:
        first = await s.sending("first", "second")
        second = (await s.settles(first, by="token")).send
        assert second is not None
        again = (await s.settles(second, later(0))).send
        assert again is not None
        assert (again.ref, again.attempt) == (second.ref, 2)

        assert (await s.settles(first, by="token")).send is None

    async def test_a_repeated_settlement_does_not_hand_out_what_another_one_began(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.settles(first, accepted("out-1"))
        late = accepted("out-1", Status.DELIVERED)
        assert (await s.settles(first, late, "late")).send is None

        assert (await s.settles(first, late, "late")).send is None

    async def test_a_repeated_settlement_does_not_hand_out_a_send_that_became_uncertain_meanwhile(
        self, s: Story
    ) -> None:
        first = await s.sending("first", "second")
        await s.settles(first, by="token")
        s.clock.advance(SEND_WITHIN + seconds(1))
        await s.looks()

        again = await s.settles(first, by="token")

        assert again.send is None

    async def test_a_retry_says_when_and_the_next_attempt_is_numbered(self, s: Story) -> None:
        first = await s.sending("first", "second")

        assert await s.settles(first, later(10, why="too many")) == Settled(send=None, after=seconds(10))

        row = await s.message(first.ref.conversation, first.ref.id)
        assert (row.status, row.why, row.attempts) == (Status.QUEUED, "too many", 1)
        s.passes(10)
        again = await s.begin_send(first.ref.conversation)
        assert (again.ref, again.attempt) == (first.ref, 2)
        await s.settles(again)
        assert (await s.message(first.ref.conversation, first.ref.id)).why is None

    async def test_a_retry_at_once_is_begun_by_the_settlement_itself(self, s: Story) -> None:
        first = await s.sending("first", "second")

        settled = await s.settles(first, later(0, resend=True))

        assert settled.send is not None
        assert (settled.send.ref, settled.send.attempt, settled.send.resends) == (first.ref, 2, 1)

    async def test_an_uncertain_send_blocks_the_lane_and_says_when_to_look(self, s: Story) -> None:
        first = await s.sending("first", "second")

        assert await s.settles(first, uncertain(15, "timed out")) == Settled(send=None, after=seconds(15))

        row = await s.message(first.ref.conversation, first.ref.id)
        assert (row.status, row.why) == (Status.UNCERTAIN, "timed out")
        facts = await s.facts(first.ref.conversation, FactKind.SEND_UNCERTAIN)
        assert facts == [{"message": first.ref.id, "attempt": "1"}]

    async def test_a_failed_part_takes_the_later_parts_of_its_own_reply_and_no_others(self, s: Story) -> None:
        first = await s.sending("one", "two", "three")
        conversation = first.ref.conversation
        await s.commits(await s.turn(), "four")
        second = (await s.settles(first)).send
        assert second is not None

        settled = await s.settles(second, failed("no such number"))

        assert settled.send is not None
        assert settled.send.text == "four"
        assert await s.outbound(conversation) == [
            ("one", Status.ACCEPTED),
            ("two", Status.FAILED),
            ("three", Status.FAILED),
            ("four", Status.SENDING),
        ]
        row = await s.message(conversation, second.ref.id)
        assert row.why == "no such number"
        facts = await s.facts(conversation, FactKind.SEND_FAILED)
        assert {"message": row.id, "why": "no such number"} in facts

    async def test_a_held_part_takes_the_later_parts_of_its_own_reply_and_calls_a_human(self, s: Story) -> None:
        first = await s.sending("one", "two")
        conversation = first.ref.conversation
        await s.commits(await s.turn(), "three")

        settled = await s.settles(first, held("the window is closed"))

        assert settled.send is not None
        assert settled.send.text == "three"
        assert await s.outbound(conversation) == [
            ("one", Status.HELD),
            ("two", Status.HELD),
            ("three", Status.SENDING),
        ]
        assert (await s.message(conversation, first.ref.id)).why == "the window is closed"
        assert (await s.sees(conversation)).needs_human

    async def test_an_undelivered_part_does_not_block_the_lane(self, s: Story) -> None:
        first = await s.sending("one")
        conversation = first.ref.conversation
        await s.commits(await s.turn(), "two")

        new = await s.learns(report(Status.UNDELIVERED, message=first.ref.id))

        assert new.sendable
        assert await s.drains(conversation) == ["two"]

    async def test_the_parts_of_what_the_desk_sends_stand_together_too(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, send("one", "two", key="first"))
        await s.moves(conversation, send("three", key="second"))

        await s.settles(await s.begin_send(conversation), failed())

        assert await s.outbound(conversation) == [
            ("one", Status.FAILED),
            ("two", Status.FAILED),
            ("three", Status.SENDING),
        ]

    # Stale

    async def test_an_attempt_that_was_never_begun_is_stale(self, s: Story) -> None:
        first = await s.sending("first", "second")
        conversation = first.ref.conversation
        heard, *_, second = await s.messages(conversation)
        before = await s.snapshot(conversation)

        answers = [
            await s.store.settle(
                OutboundRef(conversation=conversation, id=heard.id), 1, accepted(), by="token", send_within=SEND_WITHIN
            ),
            await s.store.settle(first.ref, 2, accepted(), by="token", send_within=SEND_WITHIN),
            await s.store.settle(first.ref, 0, accepted(), by="token", send_within=SEND_WITHIN),
            await s.store.settle(
                OutboundRef(conversation=conversation, id=second.id), 1, accepted(), by="token", send_within=SEND_WITHIN
            ),
            await s.store.settle(
                OutboundRef(conversation=conversation, id=MessageId("no-such-message")),
                1,
                accepted(),
                by="token",
                send_within=SEND_WITHIN,
            ),
        ]

        assert answers == [Stale()] * 5
        assert await s.snapshot(conversation) == before

    @pytest.mark.parametrize("outcome", [later(20), failed(), held(), uncertain(15)])
    async def test_an_older_attempt_can_only_be_accepted(self, s: Story, outcome: Settlement) -> None:
        first = await s.sending()
        await s.settles(first, later(10))
        s.passes(10)
        await s.begin_send(first.ref.conversation)
        before = await s.snapshot(first.ref.conversation)

        assert await s.try_settle(first, outcome) == Stale()
        assert await s.snapshot(first.ref.conversation) == before

    # Callbacks that were quicker

    async def test_a_settlement_after_its_callback_is_a_success(self, s: Story) -> None:
        first = await s.sending("first", "second")
        new = await s.learns(report(Status.DELIVERED, message=first.ref.id, id_="out-1"))
        assert (new.conversation, new.message, new.sendable) == (first.ref.conversation, first.ref.id, True)

        settled = await s.settles(first, accepted("out-1"))

        assert settled.send is not None
        assert settled.send.text == "second"
        assert await s.status(first) is Status.DELIVERED
        assert await s.repeated() == 0

    @pytest.mark.parametrize("outcome", [later(0), later(10, resend=True), held(), uncertain(15)])
    async def test_what_a_callback_proved_is_not_undone(self, s: Story, outcome: Settlement) -> None:
        first = await s.sending("first", "second")
        await s.learns(report(Status.SENT, message=first.ref.id, id_="out-1"))

        settled = await s.settles(first, outcome)

        assert settled.send is not None
        assert settled.send.text == "second"
        row = await s.message(first.ref.conversation, first.ref.id)
        assert (row.status, row.provider_id, row.attempts) == (Status.SENT, "out-1", 1)
        assert not (await s.sees(first.ref.conversation)).needs_human

    async def test_a_failure_after_a_delivery_changes_nothing(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.learns(report(Status.DELIVERED, message=first.ref.id))

        settled = await s.settles(first, failed())

        assert await s.status(first) is Status.DELIVERED
        assert settled.send is not None

    async def test_the_lane_goes_on_once_although_callback_and_settlement_both_free_it(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.learns(report(Status.SENT, message=first.ref.id, id_="out-1"))
        second = await s.begin_send(first.ref.conversation)
        assert second.text == "second"

        assert await s.settles(first, accepted("out-1")) == Settled(send=None, after=None)

    # Provider ids

    async def test_a_copy_belongs_to_one_message_only(self, s: Story) -> None:
        first = await s.sending("first", "second")
        second = (await s.settles(first, accepted("out-1"))).send
        assert second is not None
        before = await s.snapshot(first.ref.conversation)

        with pytest.raises(Conflict):
            await s.settles(second, accepted("out-1"))

        assert await s.snapshot(first.ref.conversation) == before
        await s.settles(second, accepted("out-2"))
        assert await s.status(second) is Status.ACCEPTED

    async def test_a_copy_that_a_callback_claimed_belongs_to_that_message(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.learns(report(Status.SENT, message=first.ref.id, id_="out-1"))
        second = await s.begin_send(first.ref.conversation)

        with pytest.raises(Conflict):
            await s.settles(second, accepted("out-1"))

    # Two people's lanes

    async def test_lanes_do_not_wait_for_each_other(self, s: Story) -> None:
        first = await s.sending("to one", sender=phone(1))
        await s.settles(first, uncertain(15))

        second = await s.sending("to the other", sender=phone(2))

        assert second.text == "to the other"
        await s.settles(second)

    # Taking over

    async def test_a_take_over_between_two_parts_holds_the_second(self, s: Story) -> None:
        first = await s.sending("first", "second")
        conversation = first.ref.conversation
        await s.moves(conversation, take_over())
        assert await s.outbound(conversation) == [("first", Status.SENDING), ("second", Status.HELD)]

        assert await s.settles(first) == Settled(send=None, after=None)

        await s.moves(conversation, hand_back())
        assert await s.try_begin(conversation) == Nothing()
        assert await s.outbound(conversation) == [("first", Status.ACCEPTED), ("second", Status.HELD)]

    async def test_a_reply_that_waits_for_its_next_attempt_is_held_by_a_take_over(self, s: Story) -> None:
        first = await s.sending("first")
        await s.settles(first, later(10))
        await s.moves(first.ref.conversation, take_over())
        s.passes(60)

        assert await s.try_begin(first.ref.conversation) == Nothing()
        assert list(await s.overdue()) == []
        assert await s.status(first) is Status.HELD

    @pytest.mark.parametrize("outcome", [later(0), later(10), later(0, resend=True)])
    async def test_what_was_in_the_air_at_a_take_over_does_not_go_out_again(
        self, s: Story, outcome: Settlement
    ) -> None:
        first = await s.sending("first", "second")
        conversation = first.ref.conversation
        await s.moves(conversation, take_over())
        await s.moves(conversation, send("a notice"))

        settled = await s.settles(first, outcome)

        assert settled.send is not None
        assert settled.send.text == "a notice"
        assert (await s.outbound(conversation))[:2] == [("first", Status.HELD), ("second", Status.HELD)]
        assert (await s.message(conversation, first.ref.id)).why == "a colleague has taken over"
        assert not (await s.sees(conversation)).needs_human

    async def test_a_resend_while_a_human_has_it_is_held_with_the_later_parts(self, s: Story) -> None:
        handed_over = Fact(kind=FactKind.HANDED_OVER)
        first = (await s.commits(await s.turn(), "one", "two", facts=[handed_over])).send
        assert first is not None

        await s.settles(first, uncertain(15))
        s.passes(15)
        await s.settles((await s.looks()).send, later(0, resend=True))

        assert {status for _, status in await s.outbound(first.ref.conversation)} == {Status.HELD}

    async def test_what_people_and_programs_wrote_is_tried_again_after_a_take_over(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, reply("this is Olga"))
        first = await s.begin_send(conversation)

        again = (await s.settles(first, later(0))).send

        assert again is not None
        assert (again.ref, again.attempt) == (first.ref, 2)

    async def test_after_a_hand_back_a_retry_goes_out(self, s: Story) -> None:
        first = await s.sending("first")
        await s.moves(first.ref.conversation, take_over())
        await s.moves(first.ref.conversation, hand_back())

        assert (await s.settles(first, later(0))).send is not None

    # Who has to know

    async def test_a_failed_reply_calls_a_human(self, s: Story) -> None:
        first = await s.sending("first")

        await s.settles(first, failed())

        assert (await s.sees(first.ref.conversation)).needs_human

    async def test_a_failed_reply_of_a_colleague_calls_a_human(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, reply("this is Olga"))

        await s.settles(await s.begin_send(conversation), failed())

        assert (await s.sees(conversation)).needs_human

    async def test_a_notice_that_failed_calls_nobody(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, send("a notice"))

        await s.settles(await s.begin_send(conversation), failed())

        assert not (await s.sees(conversation)).needs_human

    async def test_a_failure_because_the_person_opted_out_calls_nobody(self, s: Story) -> None:
        first = await s.sending("first", "second")

        await s.settles(first, failed(opts_out=True))

        assert not (await s.sees(first.ref.conversation)).needs_human

    async def test_a_failure_that_a_delivery_disproved_calls_nobody(self, s: Story) -> None:
        first = await s.sending("first")
        await s.learns(report(Status.DELIVERED, message=first.ref.id))

        await s.settles(first, failed())

        assert not (await s.sees(first.ref.conversation)).needs_human


class OverdueContract(StoreContract):
    """`overdue_sends`."""

    async def test_nothing_is_overdue_before_its_time(self, s: Story) -> None:
        await s.settles(await s.sending(sender=phone(1)), later(10))
        await s.settles(await s.sending(sender=phone(2)), uncertain(10))
        s.passes(8)

        assert list(await s.overdue()) == []

    async def test_a_retry_whose_time_has_come_is_begun(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.settles(first, later(10))
        s.passes(10)

        (again,) = await s.overdue()

        assert isinstance(again, Send)
        assert (again.ref, again.attempt, again.text) == (first.ref, 2, "first")
        assert await s.status(first) is Status.SENDING
        assert list(await s.overdue()) == []
        settled = await s.settles(again)
        assert settled.send is not None
        assert settled.send.text == "second"

    async def test_a_row_that_nobody_began_is_begun(self, s: Story) -> None:
        """Whoever queued it may have died before its hint was put."""
        conversation = await s.meets()
        await s.moves(conversation, send("a notice"))
        s.passes(60)

        (begun,) = await s.overdue()

        assert isinstance(begun, Send)
        assert (begun.text, begun.attempt) == ("a notice", 1)

    async def test_a_row_behind_an_unfinished_one_is_not_begun(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.moves(first.ref.conversation, send("a notice"))
        await s.settles(first, later(100))
        s.passes(60)

        assert list(await s.overdue()) == []

    async def test_an_uncertain_send_is_looked_into_when_it_is_due(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.settles(first, uncertain(15))
        s.passes(15)

        look = await s.looks()

        assert (look.send.ref, look.send.attempt, look.send.text) == (first.ref, 1, "first")
        assert (look.send.begun_at, look.send.resends) == (first.begun_at, 0)
        assert (look.uncertain_for, look.looks) == (seconds(15), 0)
        row = await s.message(first.ref.conversation, first.ref.id)
        assert (row.status, row.why) == (Status.UNCERTAIN, "timed out")

    async def test_a_look_is_not_handed_out_again_within_its_time(self, s: Story) -> None:
        first = await s.sending()
        await s.settles(first, uncertain(15))
        s.passes(15)
        await s.looks()
        s.clock.advance(SEND_WITHIN - seconds(1))

        assert list(await s.overdue()) == []

        s.passes(2)
        again = await s.looks()
        assert (again.send.ref, again.looks) == (first.ref, 1)

    async def test_looks_follow_each_other_as_they_were_asked_for(self, s: Story) -> None:
        first = await s.sending()
        await s.settles(first, uncertain(15))
        looks = []
        for wait in (15, 15, 30):
            s.passes(wait)
            looks.append(await s.looks())
            settled = await s.settles(looks[-1].send, uncertain(30 if wait == 30 or len(looks) == 2 else 15))
            assert settled.send is None

        assert [look.looks for look in looks] == [0, 1, 2]
        assert [look.uncertain_for for look in looks] == [seconds(15), seconds(30), seconds(60)]
        assert len(await s.facts(first.ref.conversation, FactKind.SEND_UNCERTAIN)) == 1

    async def test_a_stale_send_becomes_uncertain_and_is_looked_into_at_once(self, s: Story) -> None:
        first = await s.sending("first", "second")
        s.clock.advance(SEND_WITHIN - seconds(1))
        assert list(await s.overdue()) == []
        s.passes(2)

        look = await s.looks()

        assert look.send.ref == first.ref
        assert await s.status(first) is Status.UNCERTAIN
        facts = await s.facts(first.ref.conversation, FactKind.SEND_UNCERTAIN)
        assert facts == [{"message": first.ref.id, "attempt": "1"}]

    async def test_a_worker_that_comes_back_late_can_still_settle_a_stale_send(self, s: Story) -> None:
        first = await s.sending("first", "second")
        s.clock.advance(SEND_WITHIN + seconds(1))
        await s.looks()

        settled = await s.settles(first)

        assert settled.send is not None
        assert settled.send.text == "second"
        assert await s.status(first) is Status.ACCEPTED

    async def test_a_copy_that_was_found_settles_the_send(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.settles(first, uncertain(15))
        s.passes(15)
        look = await s.looks()

        settled = await s.settles(look.send, accepted("out-1", Status.SENT))

        assert settled.send is not None
        assert settled.send.text == "second"
        row = await s.message(first.ref.conversation, first.ref.id)
        assert (row.status, row.provider_id) == (Status.SENT, "out-1")

    async def test_a_look_names_the_copies_of_other_messages(self, s: Story) -> None:
        first = await s.sending("first", "second")
        second = (await s.settles(first, accepted("out-1"))).send
        assert second is not None
        await s.settles(second, uncertain(15))
        s.passes(15)

        look = await s.looks()

        assert "out-1" in look.taken

    async def test_the_same_token_gets_the_same_rows(self, s: Story) -> None:
        for n in range(4):
            await s.settles(await s.sending(sender=phone(n)), later(10) if n % 2 else uncertain(10))
        s.passes(20)
        first = await s.overdue(3, "token")
        await s.overdue(3, "token")  # its answer is thrown away

        again = await s.overdue(3, "token")

        assert sorted(map(repr, again)) == sorted(map(repr, first))
        assert len(first) == 3
        assert len(await s.overdue(3)) == 1

    async def test_a_token_does_not_get_back_what_was_settled(self, s: Story) -> None:
        for n in range(2):
            await s.settles(await s.sending(sender=phone(n)), later(10))
        s.passes(20)
        first, second = await s.overdue(2, "token")
        assert isinstance(first, Send)
        await s.settles(first)

        assert list(await s.overdue(2, "token")) == [second]

    @pytest.mark.parametrize("before", [later(10), uncertain(10)])
    async def test_a_token_does_not_get_back_what_became_uncertain(self, s: Story, before: Settlement) -> None:
        await s.settles(await s.sending(), before)
        s.passes(10)
        (row,) = await s.overdue(10, "token")
        await s.settles(row.send if isinstance(row, Look) else row, uncertain(60, "timed out again"))

        assert list(await s.overdue(10, "token")) == []

    async def test_a_token_gets_no_look_back_whose_time_is_over(self, s: Story) -> None:
        await s.settles(await s.sending(), uncertain(10))
        s.passes(10)
        (first,) = await s.overdue(10, "token")
        s.clock.advance(SEND_WITHIN)

        (again,) = await s.overdue(10, "token")

        assert isinstance(first, Look)
        assert isinstance(again, Look)
        assert (first.looks, again.looks) == (0, 1)
        assert again.uncertain_for == first.uncertain_for + SEND_WITHIN

    async def test_many_sweeps_at_once_share_the_rows(self, s: Story) -> None:
        for n in range(12):
            await s.settles(await s.sending(sender=phone(n)), later(5) if n % 2 else uncertain(5))
        s.passes(60)

        answers = await asyncio.gather(
            *(s.on(n).overdue_sends(3, f"sweep {n}", send_within=SEND_WITHIN) for n in range(10))
        )

        rows = [row for answer in answers for row in answer]
        ids = [(row.send if isinstance(row, Look) else row).ref.id for row in rows]
        assert (len(ids), len(set(ids))) == (12, 12)

    async def test_no_more_than_the_limit_is_handed_out(self, s: Story) -> None:
        for n in range(5):
            await s.settles(await s.sending(sender=phone(n)), later(5))
        s.passes(10)

        assert [len(await s.overdue(2)) for _ in range(4)] == [2, 2, 1, 0]


class ResendContract(StoreContract):
    """Second attempts, and first ones that prove accepted after all."""

    async def resent(self, s: Story, after: float = 0) -> tuple[Send, Send | None]:
        """A first attempt that was never settled, and, with no time to wait, the second one, begun."""
        first = await s.sending("first", "second")
        await s.settles(first, uncertain(15))
        s.passes(180)
        look = await s.looks()
        settled = await s.settles(look.send, later(after, resend=True, why="the provider never showed a copy"))
        return first, settled.send

    async def test_a_resend_is_told_apart_from_a_retry(self, s: Story) -> None:
        first, second = await self.resent(s)

        assert second is not None
        assert (second.ref, second.attempt, second.resends) == (first.ref, 2, 1)
        assert second.begun_at == first.begun_at

    async def test_a_second_attempt_is_looked_for_anew(self, s: Story) -> None:
        _, second = await self.resent(s)
        assert second is not None
        await s.settles(second, uncertain(15))
        s.passes(15)

        look = await s.looks()

        assert (look.send.attempt, look.send.resends) == (2, 1)
        assert (look.uncertain_for, look.looks) == (seconds(15), 0)

    async def test_a_report_cancels_a_second_attempt_that_was_not_begun(self, s: Story) -> None:
        first, _ = await self.resent(s, after=60)

        new = await s.learns(report(Status.DELIVERED, message=first.ref.id, attempt=1, id_="out-1"))

        assert new.sendable
        assert await s.status(first) is Status.DELIVERED
        assert await s.drains(first.ref.conversation) == ["second"]
        assert (await s.message(first.ref.conversation, first.ref.id)).attempts == 1
        assert await s.repeated() == 0

    async def test_a_late_acceptance_cancels_a_second_attempt_that_was_not_begun(self, s: Story) -> None:
        first, _ = await self.resent(s, after=60)

        settled = await s.settles(first, accepted("out-1"))

        assert settled.send is not None
        assert settled.send.text == "second"
        assert await s.status(first) is Status.ACCEPTED
        assert await s.repeated() == 0

    async def test_a_retry_is_cancelled_too_if_the_first_attempt_proves_accepted(self, s: Story) -> None:
        first = await s.sending("first")
        await s.settles(first, later(60))

        await s.learns(report(Status.SENT, message=first.ref.id, attempt=1))

        s.passes(60)
        assert await s.try_begin(first.ref.conversation) == Nothing()
        assert await s.status(first) is Status.SENT

    async def test_two_accepted_attempts_are_noted_and_counted_once(self, s: Story) -> None:
        first, second = await self.resent(s)
        assert second is not None
        await s.settles(second, accepted("out-2"))
        assert await s.repeated() == 0

        await s.learns(report(Status.SENT, message=first.ref.id, attempt=1, id_="out-1"))

        assert await s.repeated() == 1
        assert await s.facts(first.ref.conversation, FactKind.SEND_REPEATED) == [{"message": first.ref.id}]
        assert (await s.message(first.ref.conversation, first.ref.id)).provider_id == "out-2"
        await s.record(report(Status.SENT, message=first.ref.id, attempt=1, id_="out-1"))
        await s.learns(report(Status.DELIVERED, message=first.ref.id, attempt=1, id_="out-1"))
        await s.learns(report(Status.DELIVERED, message=first.ref.id, attempt=2, id_="out-2"))
        assert await s.repeated() == 1
        assert len(await s.facts(first.ref.conversation, FactKind.SEND_REPEATED)) == 1

    async def test_a_late_acceptance_of_the_first_attempt_is_noted_too(self, s: Story) -> None:
        first, second = await self.resent(s)
        assert second is not None
        await s.settles(second, accepted("out-2"))

        answers = [await s.try_settle(first, accepted("out-1"), by) for by in ("one", "one", "another")]

        assert [type(answer) for answer in answers] == [Settled] * 3
        assert await s.repeated() == 1
        assert len(await s.facts(first.ref.conversation, FactKind.SEND_REPEATED)) == 1

    async def test_a_first_attempt_proved_accepted_while_the_second_is_in_the_air(self, s: Story) -> None:
        first, second = await self.resent(s)
        assert second is not None

        await s.learns(report(Status.SENT, message=first.ref.id, attempt=1, id_="out-1"))

        assert await s.status(first) is Status.SENT
        assert await s.repeated() == 0
        await s.settles(second, accepted("out-2"))
        assert await s.status(first) is Status.SENT
        assert await s.repeated() == 1

    async def test_a_first_attempt_that_failed_says_nothing_about_the_second(self, s: Story) -> None:
        first, second = await self.resent(s)
        assert second is not None

        await s.learns(report(Status.FAILED, message=first.ref.id, attempt=1, id_="out-1"))

        assert await s.outbound(first.ref.conversation) == [("first", Status.SENDING), ("second", Status.QUEUED)]
        settled = await s.settles(second, accepted("out-2"))
        assert settled.send is not None
        assert await s.status(first) is Status.ACCEPTED
        assert await s.repeated() == 0

    async def test_a_second_attempt_that_failed_does_not_undo_the_first(self, s: Story) -> None:
        first, second = await self.resent(s)
        assert second is not None
        await s.learns(report(Status.SENT, message=first.ref.id, attempt=1, id_="out-1"))

        settled = await s.settles(second, failed())

        assert settled.send is not None
        assert await s.outbound(first.ref.conversation) == [("first", Status.SENT), ("second", Status.SENDING)]

    async def test_one_copy_found_for_the_second_attempt_is_no_repeat(self, s: Story) -> None:
        first, second = await self.resent(s)
        assert second is not None
        await s.learns(report(Status.SENT, message=first.ref.id, attempt=1, id_="out-1"))

        await s.settles(second, accepted("out-1"))

        assert await s.repeated() == 0
        assert await s.status(first) is Status.SENT
