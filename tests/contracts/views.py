"""The contract of plain reads."""

import pytest

from core.conversation.message import ConversationRef, Status
from core.conversation.turn import TurnState
from core.errors import Rejected
from core.identity.model import ContactId
from tests.build import ANA, LINE, NOON, phone, reply, take_over, uncertain
from tests.contracts.store.contract import StoreContract
from tests.contracts.story import Story, death


class ViewsContract(StoreContract):
    """`Views`."""

    async def test_conversations_are_listed_the_last_active_first(self, s: Story) -> None:
        refs = []
        for n in range(3):
            refs.append(await s.meets(sender=phone(n)))
            s.passes(1)
        await s.hears(sender=phone(0))

        conversations, token = await s.store.conversations(LINE.workspace)

        assert [conversation.ref for conversation in conversations] == [refs[0], refs[2], refs[1]]
        assert token is None

    async def test_pages_follow_each_other_without_gap_or_overlap(self, s: Story) -> None:
        for n in range(7):
            await s.meets(sender=phone(n))  # at the same instant: the order must still be total
        for n in range(7, 10):
            s.passes(1)
            await s.meets(sender=phone(n))

        pages: list[list[ConversationRef]] = []
        token: str | None = None
        while not pages or token is not None:
            conversations, token = await s.store.conversations(LINE.workspace, after=token, limit=3)
            pages.append([conversation.ref for conversation in conversations])

        refs = [ref for page in pages for ref in page]
        assert [len(page) for page in pages] == [3, 3, 3, 1]
        assert len(set(refs)) == 10
        times = [(await s.sees(ref)).last_message_at for ref in refs]
        assert times == sorted(times, reverse=True)

    async def test_the_last_page_has_no_token_even_when_it_is_full(self, s: Story) -> None:
        for n in range(4):
            await s.meets(sender=phone(n))

        _, token = await s.store.conversations(LINE.workspace, limit=2)
        conversations, end = await s.store.conversations(LINE.workspace, after=token, limit=2)

        assert (len(conversations), end) == (2, None)

    async def test_conversations_that_need_a_human_are_found(self, s: Story) -> None:
        claim = await s.turn(sender=phone(1))
        await s.releases(claim, death())
        calm = await s.meets(sender=phone(2))

        async def refs(needs_human: bool | None) -> set[ConversationRef]:
            conversations, _ = await s.store.conversations(LINE.workspace, needs_human=needs_human)
            return {conversation.ref for conversation in conversations}

        assert await refs(True) == {claim.turn.conversation}
        assert await refs(False) == {calm}
        assert await refs(None) == {claim.turn.conversation, calm}

    @pytest.mark.parametrize("token", ["nonsense", "", "2026-03-02 x", "\x00"])
    async def test_a_token_that_never_was_is_rejected_or_shows_nothing_new(self, s: Story, token: str) -> None:
        await s.meets()

        try:
            conversations, _ = await s.store.conversations(LINE.workspace, after=token)
        except Rejected:
            return
        assert len(conversations) <= 1

    async def test_messages_are_paged_by_number(self, s: Story) -> None:
        conversation = await s.meets("text 1")
        for n in range(2, 8):
            await s.hears(f"text {n}")

        first = await s.store.messages(conversation, limit=3)
        rest = await s.store.messages(conversation, after=first[-1].number, limit=3)

        assert [message.number for message in first] == [1, 2, 3]
        assert [message.number for message in rest] == [4, 5, 6]
        assert list(await s.store.messages(conversation, after=7)) == []

    async def test_facts_are_paged_by_number(self, s: Story) -> None:
        conversation = await s.meets()
        for n in range(4):
            await s.moves(conversation, take_over(key=f"key {n}"))

        every = await s.store.facts(conversation)
        first = await s.store.facts(conversation, limit=2)
        rest = await s.store.facts(conversation, after=first[-1].number)

        assert list(every) == [*first, *rest]
        assert all(fact.at == NOON for fact in every)

    async def test_turns_are_listed_the_newest_first(self, s: Story) -> None:
        claims = []
        for _ in range(3):
            claims.append(await s.turn())
            await s.commits(claims[-1])
        claims.append(await s.turn())

        turns = await s.store.turns(claims[0].turn.conversation)

        assert [turn.ref for turn in turns] == [claim.turn for claim in reversed(claims)]
        assert [turn.state for turn in turns] == [TurnState.RUNNING] + [TurnState.COMMITTED] * 3
        assert (turns[0].closed_at, turns[0].opened_at, turns[0].attempts) == (None, claims[-1].now, 0)
        assert [turn.ref for turn in await s.store.turns(claims[0].turn.conversation, limit=2)] == [
            claim.turn for claim in reversed(claims[2:])
        ]

    async def test_a_person_is_shown_with_all_addresses(self, s: Story) -> None:
        conversation = await s.meets(sender=ANA)
        contact = (await s.sees(conversation)).contact

        seen = await s.store.contact(LINE.workspace, contact)

        assert seen is not None
        assert (seen.id, seen.workspace, seen.address) == (contact, LINE.workspace, ANA)
        assert list(await s.store.addresses(LINE.workspace, contact)) == [ANA]

    async def test_nobody_is_shown_as_nothing(self, s: Story) -> None:
        assert await s.store.contact(LINE.workspace, ContactId("nobody")) is None
        assert list(await s.store.addresses(LINE.workspace, ContactId("nobody"))) == []

    async def test_counts_follow_what_happens(self, s: Story) -> None:
        zero = {"pending": 0, "dead": 0, "uncertain": 0, "duplicate_send_detected": 0, "queued": 0}
        assert dict(await s.store.counts()) == zero

        first = await s.sending("one", "two", sender=phone(1))
        await s.settles(first, uncertain(15))
        await s.hears("more", sender=phone(1))
        await s.releases(await s.turn(sender=phone(2)), death(apology=None))
        await s.moves(await s.meets(sender=phone(3)), reply("one", "two", "three"))

        assert dict(await s.store.counts()) == zero | {"pending": 1, "dead": 1, "uncertain": 1, "queued": 4}
        assert await s.status(first) is Status.UNCERTAIN
