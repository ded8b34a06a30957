"""Delivery reports: in any order, doubled, early or lost, they end in the same status and never go back."""

import asyncio
from itertools import permutations

import pytest

from core.conversation.events import Report
from core.conversation.facts import FactKind
from core.conversation.message import RANK, ConversationRef, MessageId, Status
from core.conversation.outbox import Send
from core.conversation.ports import Known, New
from core.errors import Conflict, Rejected
from tests.build import BURST, LINE, SECOND_LINE, accepted, arrival, later, line, report, send, uncertain
from tests.contracts.store.contract import StoreContract
from tests.contracts.story import Story, conversation_of


async def delivering(s: Story, conversation: ConversationRef, key: str) -> Send:
    """One more message of its own, begun."""
    await s.moves(conversation, send(f"notice {key}", key=key))
    return await s.begin_send(conversation)


def outcome(order: list[Status]) -> Status:
    """What an order of reports ends in: the highest rank, and among equals the first."""
    return max(order, key=lambda status: RANK[status])


class ReportsContract(StoreContract):
    """`record`, for reports."""

    @pytest.mark.parametrize(
        "heard",
        [
            (Status.ACCEPTED, Status.SENT, Status.DELIVERED, Status.READ),
            (Status.SENT, Status.FAILED, Status.UNDELIVERED, Status.DELIVERED),
            (Status.SENT, Status.FAILED, Status.UNDELIVERED),
            (Status.FAILED, Status.READ, Status.UNDELIVERED),
        ],
    )
    async def test_no_order_of_reports_goes_back(self, s: Story, heard: tuple[Status, ...]) -> None:
        conversation = await s.meets()
        for n, order in enumerate(permutations(heard)):
            begun = await delivering(s, conversation, f"notice {n}")
            reports = [report(status, message=begun.ref.id, id_=f"out-{n}") for status in order]
            doubled = [event for event in reports for _ in range(2)]
            cut = n % (len(doubled) + 1)

            await s.record(*doubled[:cut])
            await s.settles(begun, accepted(f"out-{n}"))
            await s.record(*doubled[cut:], *reversed(doubled))

            assert await s.status(begun) is outcome(list(order)), order

    async def test_a_status_only_rises_on_the_way(self, s: Story) -> None:
        conversation = await s.meets()
        for n, order in enumerate(permutations((Status.SENT, Status.FAILED, Status.DELIVERED, Status.READ))):
            begun = await delivering(s, conversation, f"notice {n}")
            await s.settles(begun, accepted(f"out-{n}"))
            ranks = [RANK[await s.status(begun)]]
            for status in order:
                await s.learns(report(status, id_=f"out-{n}"))
                ranks.append(RANK[await s.status(begun)])

            assert ranks == sorted(ranks), order
            assert await s.status(begun) is Status.READ

    async def test_a_report_again_is_known_and_changes_nothing(self, s: Story) -> None:
        first = await s.sending("first", "second")
        event = report(Status.SENT, message=first.ref.id, id_="out-1")
        await s.learns(event)
        before = await s.snapshot(first.ref.conversation)

        again = [await s.record(event), await s.record(event)]

        assert again == [[Known(conversation=first.ref.conversation)]] * 2
        assert await s.snapshot(first.ref.conversation) == before

    async def test_fifty_records_of_one_report_at_once_are_one(self, s: Story) -> None:
        first = await s.sending()
        event = report(Status.SENT, message=first.ref.id, id_="out-1")

        answers = await asyncio.gather(*(s.on(n).record([event], BURST) for n in range(50)))

        kinds = [type(answer) for (answer,) in answers]
        assert (kinds.count(New), kinds.count(Known)) == (1, 49)

    async def test_a_report_finds_its_message_by_our_id_before_the_provider_has_answered(self, s: Story) -> None:
        first = await s.sending("first", "second")

        new = await s.learns(report(Status.SENT, message=first.ref.id, attempt=1, id_="out-1"))

        assert new == New(
            conversation=first.ref.conversation,
            message=first.ref.id,
            wake_after=None,
            sendable=True,
            correlation=first.correlation,
        )
        row = await s.message(first.ref.conversation, first.ref.id)
        assert (row.status, row.provider_id) == (Status.SENT, "out-1")

    async def test_a_report_finds_its_message_by_the_providers_id(self, s: Story) -> None:
        first = await s.sending()
        await s.settles(first, accepted("out-1"))

        new = await s.learns(report(Status.DELIVERED, id_="out-1"))

        assert (new.conversation, new.message) == (first.ref.conversation, first.ref.id)
        assert new.correlation == first.correlation
        assert await s.status(first) is Status.DELIVERED

    async def test_a_report_without_our_id_finds_what_one_with_it_has_claimed(self, s: Story) -> None:
        first = await s.sending()
        await s.learns(report(Status.SENT, message=first.ref.id, id_="out-1"))

        await s.learns(report(Status.DELIVERED, id_="out-1"))

        assert await s.status(first) is Status.DELIVERED

    async def test_a_report_settles_an_uncertain_send(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.settles(first, uncertain(15))

        new = await s.learns(report(Status.SENT, message=first.ref.id, id_="out-1"))

        assert new.sendable
        s.passes(3600)
        assert await s.drains(first.ref.conversation) == ["second"]
        assert list(await s.overdue()) == []

    async def test_the_sweep_goes_on_with_a_lane_that_a_report_has_freed(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.settles(first, uncertain(60))
        await s.learns(report(Status.SENT, message=first.ref.id, id_="out-1"))

        (second,) = await s.overdue()

        assert isinstance(second, Send)
        assert second.text == "second"

    async def test_a_report_of_a_failure_settles_an_uncertain_send_too(self, s: Story) -> None:
        first = await s.sending("first")
        await s.settles(first, uncertain(15))

        await s.learns(report(Status.FAILED, message=first.ref.id, id_="out-1", why="63016"))

        s.passes(3600)
        assert list(await s.overdue()) == []
        row = await s.message(first.ref.conversation, first.ref.id)
        assert (row.status, row.why) == (Status.FAILED, "63016")
        assert await s.facts(first.ref.conversation, FactKind.SEND_FAILED) == [{"message": row.id, "why": "63016"}]

    @pytest.mark.parametrize("status", [Status.FAILED, Status.UNDELIVERED])
    async def test_a_reported_failure_takes_the_later_queued_parts_of_the_reply(self, s: Story, status: Status) -> None:
        first = await s.sending("one", "two", "three")
        conversation = first.ref.conversation
        await s.commits(await s.turn(), "four")
        second = (await s.settles(first, accepted("out-1"))).send
        assert second is not None

        await s.learns(report(status, id_="out-1", why="no route"))

        assert await s.outbound(conversation) == [
            ("one", status),
            ("two", Status.SENDING),
            ("three", Status.FAILED),
            ("four", Status.QUEUED),
        ]
        assert (await s.message(conversation, first.ref.id)).why == "no route"
        settled = await s.settles(second)
        assert settled.send is not None
        assert settled.send.text == "four"

    async def test_a_delivery_after_a_failure_leaves_no_reason_behind(self, s: Story) -> None:
        first = await s.sending()
        await s.settles(first, accepted("out-1"))
        await s.learns(report(Status.FAILED, id_="out-1", why="no route"))

        await s.learns(report(Status.DELIVERED, id_="out-1"))

        row = await s.message(first.ref.conversation, first.ref.id)
        assert (row.status, row.why) == (Status.DELIVERED, None)

    # Orphans

    async def test_a_report_about_nothing_we_know_is_kept(self, s: Story) -> None:
        event = report(Status.DELIVERED, id_="out-1")

        assert await s.learns(event) == New(conversation=None, message=None, wake_after=None)
        assert await s.record(event) == [Known(conversation=None)]

    async def test_reports_that_came_first_are_joined_when_the_provider_answers(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.record(report(Status.SENT, id_="out-1"), report(Status.DELIVERED, id_="out-1"))

        settled = await s.settles(first, accepted("out-1"))

        assert settled.send is not None
        assert await s.status(first) is Status.DELIVERED
        assert await s.record(report(Status.SENT, id_="out-1")) == [Known(conversation=first.ref.conversation)]

    async def test_a_failure_that_came_first_is_joined_with_its_consequences(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.learns(report(Status.UNDELIVERED, id_="out-1", why="no route"))

        settled = await s.settles(first, accepted("out-1"))

        assert settled.send is None
        assert await s.outbound(first.ref.conversation) == [("first", Status.UNDELIVERED), ("second", Status.FAILED)]

    async def test_a_report_that_came_first_opts_the_person_out_when_it_is_joined(self, s: Story) -> None:
        first = await s.sending("first", "second")
        await s.learns(report(Status.FAILED, id_="out-1", opts_out=True))
        await s.hears("more")

        settled = await s.settles(first, accepted("out-1"))

        assert settled.send is None
        seen = await s.sees(first.ref.conversation)
        assert (seen.opted_out, seen.due_at) == (True, None)

    async def test_reports_that_came_first_are_joined_when_another_one_brings_our_id(self, s: Story) -> None:
        first = await s.sending()
        await s.learns(report(Status.DELIVERED, id_="out-1"))

        await s.learns(report(Status.SENT, message=first.ref.id, id_="out-1"))

        assert await s.status(first) is Status.DELIVERED

    # What does not fit

    async def test_a_report_of_an_attempt_that_was_never_begun_finds_nothing(self, s: Story) -> None:
        first = await s.sending("first", "second")
        second = (await s.messages(first.ref.conversation))[-1]

        answers = await s.record(
            report(Status.SENT, message=first.ref.id, attempt=2, id_="out-8"),
            report(Status.SENT, message=second.id, attempt=1, id_="out-9"),
        )

        assert answers == [New(conversation=None, message=None, wake_after=None)] * 2
        assert await s.outbound(first.ref.conversation) == [("first", Status.SENDING), ("second", Status.QUEUED)]

    async def test_a_report_with_an_id_we_never_gave_finds_nothing(self, s: Story) -> None:
        heard = await s.hears()
        assert heard.message is not None

        for message in (MessageId("no-such-message"), heard.message):
            new = await s.learns(report(Status.SENT, message=message, id_=f"out of {message}"))

            assert new.conversation is None

    async def test_a_report_with_an_id_we_never_gave_finds_its_message_by_the_providers(self, s: Story) -> None:
        first = await s.sending()
        await s.settles(first, accepted("out-1"))

        await s.learns(report(Status.SENT, message=MessageId("no-such-message"), id_="out-1"))

        assert await s.status(first) is Status.SENT

    async def test_a_copy_of_another_message_conflicts_and_fails_alone(self, s: Story) -> None:
        first = await s.sending("first", "second")
        second = (await s.settles(first, accepted("out-1"))).send
        assert second is not None
        wrong = report(Status.DELIVERED, message=second.ref.id, id_="out-1")

        answers = await s.record(arrival("one", id_="a"), wrong, arrival("two", id_="b"))

        assert [type(answer) for answer in answers] == [New, Conflict, New]
        assert await s.outbound(first.ref.conversation) == [("first", Status.ACCEPTED), ("second", Status.SENDING)]
        assert [type(answer) for answer in await s.record(wrong)] == [Conflict]

    async def test_a_report_on_a_line_that_is_not_there_is_rejected_alone(self, s: Story) -> None:
        first = await s.sending()
        events: list[Report] = [
            report(Status.SENT, message=first.ref.id, id_="out-1", on=line("unheard-of")),
            report(Status.SENT, message=first.ref.id, id_="out-1"),
        ]

        answers = await s.record(*events)

        assert [type(answer) for answer in answers] == [Rejected, New]

    async def test_a_report_on_another_line_is_about_something_else(self, s: Story) -> None:
        first = await s.sending(on=LINE)
        await s.settles(first, accepted("out-1"))

        answers = await s.record(
            report(Status.READ, id_="out-1", on=SECOND_LINE),
            report(Status.DELIVERED, id_="out-1", message=first.ref.id, on=SECOND_LINE),
        )

        assert answers == [New(conversation=None, message=None, wake_after=None)] * 2
        assert await s.status(first) is Status.ACCEPTED

    async def test_a_report_wakes_no_turn(self, s: Story) -> None:
        first = await s.sending()
        await s.hears("more")

        new = await s.learns(report(Status.SENT, message=first.ref.id))

        assert new.wake_after is None

    async def test_a_lane_that_waits_is_not_told_to_go_on(self, s: Story) -> None:
        first = await s.sending("first", "second")
        second = (await s.settles(first, accepted("out-1"))).send
        assert second is not None
        await s.settles(second, later(60))

        new = await s.learns(report(Status.DELIVERED, id_="out-1"))

        assert not new.sendable

    async def test_reports_and_texts_share_a_batch(self, s: Story) -> None:
        first = await s.sending()

        answers = await s.record(
            arrival("one", id_="a"), report(Status.SENT, message=first.ref.id), arrival("two", id_="b")
        )

        assert [type(answer) for answer in answers] == [New, New, New]
        assert {conversation_of(answer) for answer in answers} == {first.ref.conversation}

    @pytest.mark.parametrize("status", [Status.FAILED, Status.UNDELIVERED])
    @pytest.mark.parametrize("early", [False, True])
    async def test_a_report_of_a_failed_reply_calls_a_human(self, s: Story, status: Status, early: bool) -> None:
        first = await s.sending()
        news = report(status, id_="out-1")
        if early:
            await s.learns(news)
        await s.settles(first, accepted("out-1"))
        if not early:
            await s.learns(news)

        assert (await s.sees(first.ref.conversation)).needs_human

    @pytest.mark.parametrize("early", [False, True])
    async def test_a_report_that_the_person_opted_out_calls_nobody(self, s: Story, early: bool) -> None:
        first = await s.sending()
        news = report(Status.UNDELIVERED, id_="out-1", opts_out=True)
        if early:
            await s.learns(news)
        await s.settles(first, accepted("out-1"))
        if not early:
            await s.learns(news)

        seen = await s.sees(first.ref.conversation)
        assert (seen.opted_out, seen.needs_human) == (True, False)

    async def test_a_report_of_a_failed_notice_calls_nobody(self, s: Story) -> None:
        begun = await delivering(s, await s.meets(), "one")

        await s.learns(report(Status.FAILED, message=begun.ref.id))

        assert not (await s.sees(begun.ref.conversation)).needs_human
