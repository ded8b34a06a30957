"""The desk: people take over, answer, hand back, close and send, whatever the assistant is doing."""

import asyncio
from datetime import timedelta

import pytest

from core.conversation.desk_change import DeskChange
from core.conversation.facts import FactKind
from core.conversation.lifecycle import Handler, Standing, State
from core.conversation.message import Author, ConversationId, ConversationRef, Status
from core.conversation.turn import Claim, Nothing, Retry, Suggested
from core.errors import Conflict, KeyReused, Rejected
from tests.build import LINE, close, hand_back, phone, reply, seconds, send, take_over
from tests.contracts.store.contract import StoreContract
from tests.contracts.story import Story, death, texts


class DeskContract(StoreContract):
    """`desk`."""

    async def test_an_unknown_conversation_is_rejected(self, s: Story) -> None:
        unknown = ConversationRef(workspace=LINE.workspace, id=ConversationId("no-such-conversation"))

        with pytest.raises(Rejected):
            await s.moves(unknown, take_over())

    # Keys

    @pytest.mark.parametrize("change", [take_over(), reply("one", "two"), close(), send("one", "two")])
    async def test_the_same_key_again_gets_the_first_answer_and_writes_nothing(
        self, s: Story, change: DeskChange
    ) -> None:
        conversation = await s.meets()
        first = await s.moves(conversation, change)
        await s.moves(conversation, change)  # its answer is thrown away
        await s.hears("more")
        before = await s.snapshot(conversation)

        again = await s.moves(conversation, change)

        assert again == first
        assert await s.snapshot(conversation) == before

    async def test_of_twenty_moves_with_one_key_at_once_one_is_made(self, s: Story) -> None:
        conversation = await s.meets()

        answers = await asyncio.gather(*(s.on(n).desk(conversation, send("a notice")) for n in range(20)))

        assert all(answer == answers[0] for answer in answers)
        assert await s.outbound(conversation) == [("a notice", Status.QUEUED)]
        assert len(await s.facts(conversation, FactKind.MOVED)) == 1

    async def test_a_key_that_is_used_again_for_something_else_is_refused_and_writes_nothing(self, s: Story) -> None:
        conversation = await s.meets()
        first = await s.moves(conversation, send("a notice", key="the key", fingerprint="of a notice"))
        before = await s.snapshot(conversation)

        for change in (
            send("another", key="the key", fingerprint="of another"),
            send("a notice", key="the key"),
            take_over("the key", fingerprint="of a take-over"),
        ):
            with pytest.raises(KeyReused):
                await s.moves(conversation, change)

        assert await s.snapshot(conversation) == before
        again = await s.moves(conversation, send("a notice", key="the key", fingerprint="of a notice"))
        assert again == first

    async def test_of_many_things_asked_with_one_key_at_once_one_is_done(self, s: Story) -> None:
        conversation = await s.meets()

        answers = await asyncio.gather(
            *(s.on(n).desk(conversation, send(f"text {n}", fingerprint=f"of text {n}")) for n in range(20)),
            return_exceptions=True,
        )

        assert [type(answer) for answer in answers].count(KeyReused) == 19
        assert len(await s.outbound(conversation)) == 1

    async def test_a_key_counts_in_its_conversation_only(self, s: Story) -> None:
        first, second = await s.meets(on=LINE), await s.meets(sender=LINE.address)

        await s.moves(first, send("a notice", key="the key"))
        await s.moves(second, send("another", key="the key"))

        assert [text for text, _ in await s.outbound(second)] == ["another"]

    async def test_a_known_key_is_answered_before_anything_is_compared(self, s: Story) -> None:
        conversation = await s.meets()
        first = await s.moves(conversation, reply("one", seen=1))
        await s.hears("more")

        assert await s.moves(conversation, reply("one", seen=1)) == first

    async def test_a_conflict_does_not_use_up_the_key(self, s: Story) -> None:
        conversation = await s.meets()
        await s.hears("more")
        with pytest.raises(Conflict):
            await s.moves(conversation, reply("one", seen=1))

        await s.moves(conversation, reply("one", seen=1, override=True))

        assert await s.outbound(conversation) == [("one", Status.QUEUED)]

    # Seen

    async def test_a_text_that_was_not_seen_is_a_conflict_and_nothing_changes(self, s: Story) -> None:
        conversation = await s.meets("one")
        await s.hears("two")
        before = await s.snapshot(conversation)

        with pytest.raises(Conflict):
            await s.moves(conversation, reply("to one", seen=1))

        assert await s.snapshot(conversation) == before

    async def test_another_operators_reply_that_was_not_seen_is_a_conflict(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, reply("this is Olga", by="olga"))

        with pytest.raises(Conflict):
            await s.moves(conversation, reply("this is Rui", by="rui", key="another", seen=1))

        await s.moves(conversation, reply("this is Rui", by="rui", key="another", seen=2))
        assert [text for text, _ in await s.outbound(conversation)] == ["this is Olga", "this is Rui"]

    async def test_ones_own_reply_and_what_others_than_operators_said_is_no_conflict(self, s: Story) -> None:
        first = await s.sending("reply of the assistant")
        conversation = first.ref.conversation
        await s.moves(conversation, send("a notice"))
        await s.moves(conversation, reply("this is Olga", seen=1))

        await s.moves(conversation, reply("me again", key="again", seen=1))

        assert (await s.outbound(conversation))[-1] == ("me again", Status.QUEUED)

    async def test_without_seen_nothing_is_compared(self, s: Story) -> None:
        conversation = await s.meets("one")
        await s.hears("two")

        await s.moves(conversation, reply("to both", seen=None))

        assert await s.inbound(conversation) == [("one", Status.ANSWERED), ("two", Status.ANSWERED)]

    # Legal and not

    async def test_a_move_that_is_not_legal_is_a_conflict_and_nothing_changes(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, close())
        before = await s.snapshot(conversation)

        for change in (hand_back(), close("again")):
            with pytest.raises(Conflict):
                await s.moves(conversation, change)

        assert await s.snapshot(conversation) == before

    async def test_a_move_is_a_fact(self, s: Story) -> None:
        conversation = await s.meets()

        await s.moves(conversation, take_over(by="olga"))

        assert await s.facts(conversation, FactKind.MOVED) == [{"move": "take_over", "by": "olga"}]

    # Take over

    async def test_taking_over_gives_the_conversation_to_a_human(self, s: Story) -> None:
        conversation = await s.meets()

        result = await s.moves(conversation, take_over())

        assert result.conversation == await s.sees(conversation)
        assert result.conversation.standing == Standing(state=State.OPEN, handler=Handler.HUMAN)
        assert (result.conversation.due_at, result.messages, result.sendable) == (None, (), False)
        assert await s.inbound(conversation) == [("hello", Status.PENDING)]

    async def test_taking_over_holds_what_the_assistant_queued_and_nothing_else(self, s: Story) -> None:
        first = await s.sending("in the air", "queued")
        conversation = first.ref.conversation
        await s.moves(conversation, send("a notice"))

        await s.moves(conversation, take_over())

        assert await s.outbound(conversation) == [
            ("in the air", Status.SENDING),
            ("queued", Status.HELD),
            ("a notice", Status.QUEUED),
        ]

    async def test_taking_over_clears_the_call_for_a_human_and_sending_does_not(self, s: Story) -> None:
        claim = await s.turn()
        await s.releases(claim, death())
        await s.moves(claim.turn.conversation, send("a notice"))
        assert (await s.sees(claim.turn.conversation)).needs_human

        await s.moves(claim.turn.conversation, take_over())

        assert not (await s.sees(claim.turn.conversation)).needs_human

    # Reply

    async def test_a_reply_takes_over_and_answers_what_was_seen(self, s: Story) -> None:
        conversation = await s.meets("one")
        await s.hears("two")

        result = await s.moves(conversation, reply("this is Olga", seen=1, override=True))

        assert result.conversation.standing == Standing(state=State.OPEN, handler=Handler.HUMAN)
        assert result.sendable
        assert await s.inbound(conversation) == [("one", Status.ANSWERED), ("two", Status.PENDING)]
        row = (await s.messages(conversation))[-1]
        assert result.messages == (row.id,)
        assert (row.content.text, row.author, row.turn, row.number) == ("this is Olga", Author.OPERATOR, None, 3)
        assert await s.drains(conversation) == ["this is Olga"]

    async def test_a_reply_comes_before_the_assistants_suggestion(self, s: Story) -> None:
        claim = await s.turn("hello")
        conversation = claim.turn.conversation
        await s.moves(conversation, reply("this is Olga"))

        assert await s.try_commit(claim, "good morning") == Suggested()

        assert await s.drains(conversation) == ["this is Olga"]
        assert await s.outbound(conversation) == [("this is Olga", Status.ACCEPTED), ("good morning", Status.HELD)]

    # Hand back

    async def test_handing_back_puts_off_nothing_that_is_due_already(self, s: Story) -> None:
        first = await s.meets(sender=phone(1))
        s.passes(1)
        second = await s.meets(sender=phone(2))
        s.passes(60)
        await s.moves(first, take_over())
        await s.moves(first, hand_back())

        assert [claim.turn.conversation for claim in await s.claims_due(1)] == [first]
        assert [claim.turn.conversation for claim in await s.claims_due(1)] == [second]

    async def test_handing_back_makes_what_is_pending_due_at_once(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, take_over())

        result = await s.moves(conversation, hand_back())

        assert result.conversation.standing.handler is Handler.ASSISTANT
        assert result.conversation.due_at == s.clock.now
        assert isinstance(await s.try_claim(conversation), Claim)

    async def test_handing_back_does_not_wait_for_a_backoff(self, s: Story) -> None:
        claim = await s.turn()
        await s.releases(claim, Retry(after=seconds(900), why="overloaded"))
        await s.moves(claim.turn.conversation, take_over())

        await s.moves(claim.turn.conversation, hand_back())

        again = await s.claims(claim.turn.conversation)
        assert (again.turn, again.attempts) == (claim.turn, 1)

    async def test_after_a_humans_answer_the_next_text_does_not_wait_for_a_backoff(self, s: Story) -> None:
        claim = await s.turn()
        await s.releases(claim, Retry(after=seconds(900), why="overloaded"))
        await s.moves(claim.turn.conversation, reply("this is Olga"))
        await s.moves(claim.turn.conversation, hand_back())

        new = await s.hears("thanks")

        assert new.wake_after == seconds(1.2)
        s.passes(1.2)
        again = await s.claims(claim.turn.conversation)
        assert again.turn != claim.turn
        assert (again.attempts, again.read_to) == (0, 3)

    async def test_handing_back_with_nothing_pending_makes_nothing_due(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, reply("this is Olga"))

        result = await s.moves(conversation, hand_back())

        assert result.conversation.due_at is None
        assert await s.try_claim(conversation) == Nothing(sendable=True)

    async def test_a_text_after_the_hand_back_keeps_its_quiet(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, reply("this is Olga"))
        await s.moves(conversation, hand_back())
        s.passes(60)

        assert (await s.hears("thanks")).wake_after == seconds(1.2)

    # Close

    async def test_closing_ignores_what_is_pending_and_gives_it_back(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, take_over())

        result = await s.moves(conversation, close())

        assert result.conversation.standing == Standing(state=State.CLOSED, handler=Handler.ASSISTANT)
        assert (result.conversation.due_at, result.conversation.needs_human) == (None, False)
        (message,) = await s.messages(conversation)
        assert (message.status, message.why) == (Status.IGNORED, "closed")
        assert await s.facts(conversation, FactKind.MESSAGE_IGNORED) == [{"message": message.id, "why": "closed"}]

    async def test_closing_lets_go_out_what_is_queued(self, s: Story) -> None:
        first = await s.sending("first", "second")
        conversation = first.ref.conversation

        await s.moves(conversation, close())

        settled = await s.settles(first)
        assert settled.send is not None
        assert settled.send.text == "second"

    async def test_a_turn_that_runs_while_it_is_closed_ends_as_a_suggestion(self, s: Story) -> None:
        claim = await s.turn()
        await s.moves(claim.turn.conversation, close())

        assert await s.try_commit(claim, "good morning") == Suggested()
        assert await s.outbound(claim.turn.conversation) == [("good morning", Status.HELD)]

    async def test_a_failed_turn_does_not_delay_the_next_episode(self, s: Story) -> None:
        claim = await s.turn("before")
        await s.releases(claim, Retry(after=seconds(1), why="overloaded"))
        await s.moves(claim.turn.conversation, close())
        s.passes(60)

        again = await s.turn("after")

        assert texts(again.messages) == ["after"]
        await s.commits(again)
        assert await s.inbound(again.turn.conversation) == [("before", Status.IGNORED), ("after", Status.ANSWERED)]

    # Send

    async def test_a_send_takes_nothing_over_and_answers_nothing(self, s: Story) -> None:
        conversation = await s.meets()

        result = await s.moves(conversation, send("one", "two"))

        assert result.conversation.standing == Standing(state=State.OPEN, handler=Handler.ASSISTANT)
        assert result.conversation.due_at is not None
        assert result.sendable
        assert await s.statuses(conversation) == [Status.PENDING, Status.QUEUED, Status.QUEUED]
        rows = (await s.messages(conversation))[1:]
        assert [row.author for row in rows] == [Author.API, Author.API]
        assert result.messages == tuple(row.id for row in rows)

    async def test_a_send_is_in_the_next_prompt(self, s: Story) -> None:
        conversation = await s.meets("hello")
        await s.moves(conversation, send("a notice"))
        s.passes(2)

        claim = await s.claims(conversation)

        assert texts(claim.messages) == ["hello", "a notice"]
        assert claim.read_to == 1

    async def test_a_send_does_not_reopen_what_is_closed(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, close())

        result = await s.moves(conversation, send("a notice"))

        assert (result.conversation.standing.state, result.conversation.episode) == (State.CLOSED, 1)
        assert await s.drains(conversation) == ["a notice"]

    async def test_a_send_is_addressed_and_correlated(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, send("a notice"))

        begun = await s.begin_send(conversation)

        assert (begun.line, begun.text, begun.begun_at - s.clock.now) == (LINE, "a notice", timedelta(0))
        assert begun.correlation != ""
