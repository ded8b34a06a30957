"""Tenants never see each other: the same ids and addresses in two workspaces, and references that are not one's own."""

import pytest

from core.conversation.message import ConversationRef, Status
from core.conversation.outbox import OutboundRef, Send
from core.conversation.ports import New
from core.conversation.turn import Claim, HandedBack, Nothing, Retry, Stale, TurnRef
from core.errors import Rejected
from core.identity.model import WorkspaceId
from tests.build import (
    ANA,
    BURST,
    FOREIGN_LINE,
    LINE,
    OUT,
    accepted,
    arrival,
    asks,
    close,
    failed,
    hand_back,
    later,
    reply,
    report,
    seconds,
    send,
    take_over,
)
from tests.contracts.store.contract import StoreContract
from tests.contracts.story import HISTORY, LEASE, SEND_WITHIN, Story, conversation_of, death


def stolen(conversation: ConversationRef) -> ConversationRef:
    """The id of another tenant's conversation, in one's own workspace."""
    return ConversationRef(workspace=FOREIGN_LINE.workspace, id=conversation.id)


def stolen_turn(claim: Claim) -> Claim:
    turn = TurnRef(conversation=stolen(claim.turn.conversation), id=claim.turn.id)
    return Claim(**{name: getattr(claim, name) for name in Claim.__slots__} | {"turn": turn})


class TenancyContract(StoreContract):
    """Two workspaces in one store."""

    async def test_the_same_ids_and_addresses_are_two_people(self, s: Story) -> None:
        answers = await s.record(
            arrival("ours", id_="in-1", on=LINE, name="Ana"), arrival("theirs", id_="in-1", on=FOREIGN_LINE)
        )

        ours, theirs = (conversation_of(answer) for answer in answers)
        assert [type(answer) for answer in answers] == [New, New]
        assert (ours.workspace, theirs.workspace) == (LINE.workspace, FOREIGN_LINE.workspace)
        assert ours.id != theirs.id
        one, other = await s.sees(ours), await s.sees(theirs)
        assert one.contact != other.contact
        contact = await s.store.contact(theirs.workspace, other.contact)
        assert contact is not None
        assert (contact.name, contact.address) == (None, ANA)
        assert await s.store.contact(theirs.workspace, one.contact) is None
        assert list(await s.store.addresses(theirs.workspace, one.contact)) == []
        assert [text for text, _ in await s.inbound(theirs)] == ["theirs"]

    async def test_opting_out_of_one_is_not_opting_out_of_the_other(self, s: Story) -> None:
        await s.hears("STOP", consent=OUT, on=LINE)

        theirs = await s.hears("hello", on=FOREIGN_LINE)

        assert theirs.wake_after == seconds(1.2)

    async def test_lists_hold_ones_own(self, s: Story) -> None:
        ours, theirs = await s.meets(on=LINE), await s.meets(on=FOREIGN_LINE)

        listed = [
            [conversation.ref for conversation in (await s.store.conversations(workspace))[0]]
            for workspace in (LINE.workspace, FOREIGN_LINE.workspace, WorkspaceId("nobody"))
        ]

        assert listed == [[ours], [theirs], []]

    async def test_a_stolen_reference_shows_nothing(self, s: Story) -> None:
        conversation = stolen((await s.sending()).ref.conversation)

        assert await s.store.conversation(conversation) is None
        assert list(await s.store.messages(conversation)) == []
        assert list(await s.store.turns(conversation)) == []
        assert list(await s.store.facts(conversation)) == []

    async def test_a_stolen_conversation_cannot_be_worked_on(self, s: Story) -> None:
        conversation = await s.meets()
        await s.moves(conversation, send("a notice"))
        s.passes(60)
        before = await s.snapshot(conversation)

        assert await s.store.claim(stolen(conversation), "thief", LEASE, history=HISTORY) == Nothing()
        assert await s.store.begin_send(stolen(conversation), "thief", send_within=SEND_WITHIN) == Nothing()
        for change in (take_over(), reply("mine"), hand_back(), close(), send("mine")):
            with pytest.raises(Rejected):
                await s.moves(stolen(conversation), change)

        assert await s.snapshot(conversation) == before

    async def test_a_stolen_turn_cannot_be_written_to(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.hears("two")
        thief = stolen_turn(claim)
        before = await s.snapshot(claim.turn.conversation)

        answers = [
            await s.journals(thief, claim.steps, asks()),
            await s.supersedes(thief),
            await s.try_commit(thief, "mine"),
            await s.try_release(thief, HandedBack()),
            await s.try_release(thief, Retry(after=seconds(5), why="mine")),
            await s.try_release(thief, death()),
        ]

        assert answers == [Stale()] * len(answers)
        assert await s.renews(thief) == {claim.turn.id}
        assert await s.snapshot(claim.turn.conversation) == before
        await s.commits(claim, supersede_at_most=0)

    async def test_a_stolen_send_cannot_be_settled(self, s: Story) -> None:
        begun = await s.sending("first", "second")
        ref = OutboundRef(conversation=stolen(begun.ref.conversation), id=begun.ref.id)
        before = await s.snapshot(begun.ref.conversation)

        for outcome in (accepted(), failed(), later(10)):
            assert await s.store.settle(ref, begun.attempt, outcome, by="thief", send_within=SEND_WITHIN) == Stale()

        assert await s.snapshot(begun.ref.conversation) == before

    async def test_an_ended_turn_cannot_be_read_by_repeating_its_end(self, s: Story) -> None:
        claim = await s.turn()
        await s.commits(claim, "secret")

        assert await s.try_commit(stolen_turn(claim), "secret") == Stale()

    async def test_a_report_cannot_touch_another_tenants_message(self, s: Story) -> None:
        ours = await s.sending(on=LINE)
        await s.settles(ours, accepted("out-1"))
        before = await s.snapshot(ours.ref.conversation)

        answers = await s.record(
            report(Status.READ, id_="out-1", on=FOREIGN_LINE),
            report(Status.FAILED, id_="out-2", message=ours.ref.id, opts_out=True, on=FOREIGN_LINE),
        )

        assert answers == [New(conversation=None, message=None, wake_after=None)] * 2
        assert await s.snapshot(ours.ref.conversation) == before

    async def test_the_same_provider_id_may_belong_to_a_message_of_each(self, s: Story) -> None:
        ours = await s.sending("ours", on=LINE)
        theirs = await s.sending("theirs", on=FOREIGN_LINE)
        await s.settles(ours, accepted("out-1"))

        await s.settles(theirs, accepted("out-1"))

        await s.learns(report(Status.READ, id_="out-1", on=FOREIGN_LINE))
        assert (await s.status(ours), await s.status(theirs)) == (Status.ACCEPTED, Status.READ)

    async def test_a_line_of_another_workspace_is_rejected(self, s: Story) -> None:
        pretended = arrival("mine", on=LINE)
        mine = type(pretended.line)(
            workspace=FOREIGN_LINE.workspace,
            id=LINE.id,
            channel=LINE.channel,
            address=LINE.address,
            account=LINE.account,
        )

        (answer,) = await s.store.record([arrival("mine", on=mine)], BURST)

        assert isinstance(answer, Rejected)

    async def test_a_sweep_works_for_all(self, s: Story) -> None:
        ours, theirs = await s.meets(on=LINE), await s.meets(on=FOREIGN_LINE)
        s.passes(2)

        claims = await s.claims_due()

        assert {claim.turn.conversation for claim in claims} == {ours, theirs}
        assert {claim.line for claim in claims} == {LINE, FOREIGN_LINE}
        for claim in claims:
            begun = (await s.commits(claim)).send
            assert isinstance(begun, Send)
            assert begun.line.workspace == claim.turn.conversation.workspace
