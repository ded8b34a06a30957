"""The contract of plain reads."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import pytest

from core.conversation.message import ConversationId, ConversationRef, Status, TurnId
from core.conversation.turn import Retry, TurnRef, TurnState
from core.errors import Rejected
from core.identity.model import ContactId, WorkspaceId
from tests.build import (
    ANA,
    BIA,
    FOREIGN_LINE,
    LINE,
    NOON,
    SECOND_LINE,
    asks,
    model_call,
    phone,
    reply,
    seconds,
    take_over,
    uncertain,
)
from tests.contracts.store.contract import StoreContract
from tests.contracts.story import Story, death

T = TypeVar("T")

MOST_PAGES = 10


async def pages_of(listed: Callable[[str | None], Awaitable[tuple[Sequence[T], str | None]]]) -> list[list[T]]:
    """Every page, by the token of the one before; too many, rather than endlessly many, if the tokens lead nowhere."""
    page, token = await listed(None)
    pages = [list(page)]
    while token is not None and len(pages) < MOST_PAGES:
        page, token = await listed(token)
        pages.append(list(page))
    return pages


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

        pages = await pages_of(lambda token: s.store.conversations(LINE.workspace, after=token, limit=3))

        refs = [conversation.ref for page in pages for conversation in page]
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

    @pytest.mark.parametrize(
        "token",
        [
            "nonsense",
            "",
            " ",
            "-",
            "0",
            "-1-",
            "1e9-x",
            "2026-03-02 x",
            f"{NOON.isoformat()} ",
            NOON.isoformat(),
            f"{2**80}-x",
            "\x00",
            "half \ud83d",
            "x" * 10_000,
        ],
        ids=lambda token: ascii(token[:20]),
    )
    async def test_a_token_that_never_was_is_rejected(self, s: Story, token: str) -> None:
        await s.turn()
        lists: list[Callable[..., Awaitable[object]]] = [s.store.conversations, s.store.turns_of, s.store.contacts]

        for listed in lists:
            with pytest.raises(Rejected):
                await listed(LINE.workspace, after=token)

    async def test_a_token_of_another_list_is_rejected_or_shows_a_part(self, s: Story) -> None:
        """Lists may share what their tokens look like; what a token shows is never more than the list."""
        for n in range(3):
            await s.turn(sender=phone(n))
        lists: list[Callable[..., Awaitable[tuple[Sequence[object], str | None]]]] = [
            s.store.conversations,
            s.store.turns_of,
            s.store.contacts,
        ]
        tokens = [(await listed(LINE.workspace, limit=1))[1] for listed in lists]
        assert None not in tokens

        for listed in lists:
            every, _ = await listed(LINE.workspace)
            for token in tokens:
                try:
                    shown, _ = await listed(LINE.workspace, after=token)
                except Rejected:
                    continue
                assert list(shown) == list(every)[len(every) - len(shown) :]

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

    async def test_turns_are_paged_by_the_turn_before_which_they_were(self, s: Story) -> None:
        claims = []
        for _ in range(7):  # at the same instant, for all that a clock can tell
            claims.append(await s.turn())
            await s.commits(claims[-1])
        conversation = claims[0].turn.conversation

        pages = [list(await s.store.turns(conversation, limit=3))]
        while pages[-1] and len(pages) < MOST_PAGES:
            pages.append(list(await s.store.turns(conversation, before=pages[-1][-1].ref.id, limit=3)))

        assert [len(page) for page in pages] == [3, 3, 1, 0]
        assert [turn.ref for page in pages for turn in page] == [claim.turn for claim in reversed(claims)]
        assert [turn for page in pages for turn in page] == list(await s.store.turns(conversation))

    async def test_turns_before_one_that_is_not_the_conversations_are_rejected(self, s: Story) -> None:
        claim, other, foreign = await s.turn(), await s.turn(sender=BIA), await s.turn(on=FOREIGN_LINE)
        nowhere = ConversationRef(workspace=LINE.workspace, id=ConversationId("nowhere"))

        for before in (other.turn.id, foreign.turn.id, TurnId("nothing"), TurnId(""), TurnId("half \ud83d")):
            with pytest.raises(Rejected):
                await s.store.turns(claim.turn.conversation, before=before)
        with pytest.raises(Rejected):
            await s.store.turns(nowhere, before=claim.turn.id)
        assert list(await s.store.turns(nowhere)) == []

    # Turns of a workspace

    async def test_turns_of_all_conversations_are_listed_the_last_opened_first(self, s: Story) -> None:
        claims = []
        for n in (0, 1, 0, 2):
            claims.append(await s.turn(sender=phone(n)))
            await s.journals(claims[-1], 0, asks(call=model_call(f"{n}", input=n)))
            await s.commits(claims[-1])
            s.passes(1)
        claims.append(await s.turn(sender=phone(1)))

        for store in s.stores:
            turns, token = await store.turns_of(LINE.workspace)

            assert [turn.ref for turn in turns] == [claim.turn for claim in reversed(claims)]
            assert token is None
            for turn in turns:
                assert turn in await store.turns(turn.ref.conversation)

    async def test_pages_of_turns_follow_each_other_without_gap_or_overlap(self, s: Story) -> None:
        for n in range(7):
            await s.meets(sender=phone(n))
        s.passes(60)
        await s.claims_due(7)  # at the same instant: the order must still be total
        for n in range(7, 10):
            await s.turn(sender=phone(n))

        pages = await pages_of(lambda token: s.store.turns_of(LINE.workspace, after=token, limit=3))

        refs = [turn.ref for page in pages for turn in page]
        assert [len(page) for page in pages] == [3, 3, 3, 1]
        assert len(set(refs)) == 10
        assert refs == [turn.ref for turn in (await s.store.turns_of(LINE.workspace))[0]]

    async def test_a_turn_that_is_opened_between_two_pages_disturbs_neither(self, s: Story) -> None:
        for n in range(4):
            await s.turn(sender=phone(n))
        every, _ = await s.store.turns_of(LINE.workspace)
        first, token = await s.store.turns_of(LINE.workspace, limit=2)
        await s.turn(sender=phone(4))

        rest, end = await s.store.turns_of(LINE.workspace, after=token, limit=2)

        assert [*first, *rest] == list(every)
        assert end is None

    async def test_turns_are_found_by_state(self, s: Story) -> None:
        retried = Retry(after=seconds(60), why="overloaded")
        running = await s.turn(sender=phone(0))
        dead = []
        for n in range(1, 4):
            dead.append(await s.turn(sender=phone(n)))
            await s.releases(dead[-1], death("the model is gone"))
        waiting = await s.turn(sender=phone(4))
        await s.releases(waiting, retried)
        committed = await s.turn(sender=phone(5))
        await s.commits(committed)

        async def refs(state: TurnState) -> list[TurnRef]:
            turns, token = await s.store.turns_of(LINE.workspace, state=state)
            assert token is None
            assert {turn.state for turn in turns} <= {state}
            return [turn.ref for turn in turns]

        assert await refs(TurnState.RUNNING) == [running.turn]
        assert await refs(TurnState.RETRY) == [waiting.turn]
        assert await refs(TurnState.COMMITTED) == [committed.turn]
        assert await refs(TurnState.DEAD) == [claim.turn for claim in reversed(dead)]
        assert await refs(TurnState.SUGGESTED) == await refs(TurnState.DROPPED) == []
        page, token = await s.store.turns_of(LINE.workspace, state=TurnState.DEAD, limit=2)
        rest, end = await s.store.turns_of(LINE.workspace, state=TurnState.DEAD, after=token, limit=2)
        assert [turn.ref for turn in (*page, *rest)] == [claim.turn for claim in reversed(dead)]
        assert ([turn.why for turn in page], end) == (["the model is gone"] * 2, None)

    async def test_the_turns_of_a_workspace_are_nobody_elses(self, s: Story) -> None:
        ours, theirs = await s.turn(), await s.turn(on=FOREIGN_LINE)

        assert [turn.ref for turn in (await s.store.turns_of(LINE.workspace))[0]] == [ours.turn]
        assert [turn.ref for turn in (await s.store.turns_of(FOREIGN_LINE.workspace))[0]] == [theirs.turn]
        assert await s.store.turns_of(WorkspaceId("nobody's")) == ([], None)

    # People

    async def test_contacts_are_listed_by_id(self, s: Story) -> None:
        for n in range(7):
            await s.hears(sender=phone(n), name=f"Person {n}")
        await s.meets(sender=phone(3), on=SECOND_LINE)
        await s.meets(sender=phone(0), on=FOREIGN_LINE)

        pages = await pages_of(lambda token: s.store.contacts(LINE.workspace, after=token, limit=3))

        every = [contact for page in pages for contact in page]
        assert [len(page) for page in pages] == [3, 3, 1]
        assert [contact.id for contact in every] == sorted({contact.id for contact in every})
        assert {(contact.name, contact.address) for contact in every} == {(f"Person {n}", phone(n)) for n in range(7)}
        for contact in every:
            assert await s.store.contact(LINE.workspace, contact.id) == contact

    async def test_the_last_page_of_contacts_has_no_token_even_when_it_is_full(self, s: Story) -> None:
        for n in range(4):
            await s.meets(sender=phone(n))

        _, token = await s.store.contacts(LINE.workspace, limit=2)
        contacts, end = await s.store.contacts(LINE.workspace, after=token, limit=2)

        assert (len(contacts), end) == (2, None)

    async def test_the_contacts_of_a_workspace_are_nobody_elses(self, s: Story) -> None:
        await s.meets()

        assert await s.store.contacts(FOREIGN_LINE.workspace) == ([], None)

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
