"""What models may take and what they took: reserved before a call, recorded once after it, and told once a day."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from core.conversation.facts import Fact, FactKind
from core.conversation.lifecycle import Handler
from core.conversation.message import ConversationRef, Status
from core.conversation.turn import (
    Cap,
    Caps,
    Claim,
    Committed,
    Dropped,
    Ending,
    Exhausted,
    HandedBack,
    ModelCall,
    News,
    Reserved,
    Retry,
    Spent,
    Stale,
    Suggested,
    Superseded,
    TurnRecord,
    TurnRef,
    Usage,
    Whose,
)
from core.identity.model import ContactId, WorkspaceId
from tests.build import (
    ANA,
    BIA,
    FOREIGN_LINE,
    LINE,
    OUT,
    SECOND_LINE,
    TODAY,
    asks,
    hand_back,
    model_call,
    phone,
    results,
    seconds,
    take_over,
)
from tests.contracts.store.contract import StoreContract
from tests.contracts.story import LEASE, Story, death, read_on

TOMORROW = TODAY + timedelta(days=1)
MANY = 50
BOTH = Caps(contact=Cap(tokens=100), workspace=Cap(tokens=100))
OVER = Exhausted(whose=Whose.CONTACT, told=False)


def cap_reached(day: date = TODAY) -> Fact:
    return Fact(kind=FactKind.CAP_REACHED, details={"whose": Whose.CONTACT, "day": day.isoformat()})


def of_contact(tokens: int) -> Caps:
    return Caps(contact=Cap(tokens=tokens))


def of_workspace(tokens: int) -> Caps:
    return Caps(workspace=Cap(tokens=tokens))


async def spending(
    s: Story,
    workspace: WorkspaceId = LINE.workspace,
    *,
    since: date = TODAY,
    until: date = TODAY,
    contact: ContactId | None = None,
    conversation: ConversationRef | None = None,
) -> Sequence[Spent]:
    """As every open store tells it."""
    told = [
        list(await store.spending(workspace, since=since, until=until, contact=contact, conversation=conversation))
        for store in s.stores
    ]
    assert all(one == told[0] for one in told)
    return told[0]


async def spent(s: Story, *, contact: ContactId | None = None, day: date = TODAY) -> tuple[int, int]:
    """Calls and tokens of a day."""
    found = await spending(s, since=day, until=day, contact=contact)
    return sum(one.calls for one in found), sum(one.usage.tokens for one in found)


async def the_turn(s: Story, claim: Claim) -> TurnRecord:
    (found,) = [turn for turn in await s.store.turns(claim.turn.conversation) if turn.ref == claim.turn]
    return found


async def taken_over(s: Story) -> tuple[Claim, Claim]:
    """A claim whose lease was lost, and the one that took it over."""
    lost = await s.turn()
    s.clock.advance(LEASE)
    return lost, await s.claims(lost.turn.conversation)


class ReserveContract(StoreContract):
    """`reserve`."""

    async def test_a_reservation_is_counted_at_its_most(self, s: Story) -> None:
        claim = await s.turn()
        call = model_call("1.1", model="openai:large", input=100, output=20, cached=50, cost=7)

        assert await s.reserves(claim, call, BOTH) == OVER
        assert await s.reserves(claim, call, of_contact(120)) == Reserved()

        assert await spending(s) == [Spent(day=TODAY, model="openai:large", calls=1, usage=call.usage)]
        turn = await the_turn(s, claim)
        assert (turn.calls, turn.usage, turn.model) == ((call,), Usage(), None)

    async def test_without_caps_everything_is_reserved_and_counted(self, s: Story) -> None:
        claim = await s.turn()

        assert await s.reserves(claim, model_call(input=10**12, cost=10**15)) == Reserved()

        assert await spent(s) == (1, 10**12)

    async def test_a_repeat_reserves_nothing_again(self, s: Story) -> None:
        claim = await s.turn()
        call = model_call(input=100)
        first = await s.reserves(claim, call, BOTH)
        await s.reserves(claim, call, BOTH)  # its answer is thrown away

        again = await s.reserves(claim, call, BOTH)

        assert first == again == Reserved()
        assert await spent(s) == (1, 100)
        assert (await the_turn(s, claim)).calls == (call,)

    async def test_a_repeat_after_the_call_was_recorded_reserves_nothing_again(self, s: Story) -> None:
        claim = await s.turn()
        await s.reserves(claim, model_call(input=100), BOTH)
        await s.journals(claim, claim.steps, asks(call=model_call(input=7)))

        assert await s.reserves(claim, model_call(input=100), BOTH) == Reserved()

        assert await spent(s) == (1, 7)

    @pytest.mark.parametrize(
        ("cap", "fits", "one_more"),
        [
            (Cap(tokens=100), model_call(input=70, output=30, cached=70, cost=10**6), model_call("2", output=1)),
            (Cap(cost=100), model_call(input=10**6, cost=100), model_call("2", cost=1)),
            (Cap(tokens=10, cost=100), model_call(input=10), model_call("2", input=1)),
            (Cap(tokens=10, cost=100), model_call(cost=100), model_call("2", cost=1)),
        ],
        ids=["tokens", "cost", "tokens of both", "cost of both"],
    )
    @pytest.mark.parametrize("whose", list(Whose))
    async def test_a_cap_may_be_reached_and_not_be_passed(
        self, s: Story, whose: Whose, cap: Cap, fits: ModelCall, one_more: ModelCall
    ) -> None:
        claim = await s.turn()
        caps = Caps(contact=cap) if whose is Whose.CONTACT else Caps(workspace=cap)

        assert await s.reserves(claim, fits, caps) == Reserved()
        assert await s.reserves(claim, one_more, caps) == Exhausted(whose=whose, told=False)

        assert await s.reserves(claim, model_call("3"), caps) == Reserved()

    async def test_what_is_over_a_cap_by_itself_is_exhausted_at_once(self, s: Story) -> None:
        claim = await s.turn()

        assert await s.reserves(claim, model_call(input=1), of_contact(0)) == OVER

    async def test_the_cap_of_the_contact_is_looked_at_first(self, s: Story) -> None:
        claim = await s.turn()

        assert await s.reserves(claim, model_call(input=101), BOTH) == OVER

    async def test_what_is_exhausted_writes_nothing(self, s: Story) -> None:
        claim = await s.turn()
        before = await s.snapshot(claim.turn.conversation)

        await s.reserves(claim, model_call(input=101), BOTH)

        assert await s.snapshot(claim.turn.conversation) == before
        assert await spending(s) == []

    async def test_what_was_exhausted_is_looked_at_anew(self, s: Story) -> None:
        claim = await s.turn()
        await s.reserves(claim, model_call("1", input=60), BOTH)
        assert await s.reserves(claim, model_call("2", input=60), BOTH) == OVER

        await s.journals(claim, claim.steps, asks(call=model_call("1", input=40)))

        assert await s.reserves(claim, model_call("2", input=60), BOTH) == Reserved()

    async def test_each_day_has_its_own_caps(self, s: Story) -> None:
        claim = await s.turn()
        await s.reserves(claim, model_call("1", input=100), BOTH)

        assert await s.reserves(claim, model_call("2", input=100, day=TOMORROW), BOTH) == Reserved()
        assert await s.reserves(claim, model_call("3", input=1), BOTH) == OVER

    async def test_a_contact_has_one_cap_for_all_conversations(self, s: Story) -> None:
        one, other = await s.turn(on=LINE), await s.turn(on=SECOND_LINE)
        assert one.contact.id == other.contact.id
        await s.reserves(one, model_call(input=100), of_contact(150))

        assert await s.reserves(other, model_call(input=100), of_contact(150)) == OVER

    async def test_another_contact_has_a_cap_of_its_own_and_shares_that_of_the_workspace(self, s: Story) -> None:
        ana, bia = await s.turn(sender=ANA), await s.turn(sender=BIA)
        await s.reserves(ana, model_call(input=100), BOTH)

        assert await s.reserves(bia, model_call(input=1), BOTH) == Exhausted(whose=Whose.WORKSPACE, told=False)
        assert await s.reserves(bia, model_call(input=100), of_contact(100)) == Reserved()

    async def test_another_workspace_shares_nothing(self, s: Story) -> None:
        ours, theirs = await s.turn(on=LINE), await s.turn(on=FOREIGN_LINE)
        await s.reserves(ours, model_call(input=100), BOTH)

        assert await s.reserves(theirs, model_call(input=100), BOTH) == Reserved()
        assert [one.usage.tokens for one in await spending(s, FOREIGN_LINE.workspace)] == [100]

    async def test_calls_of_one_id_in_two_turns_are_two_calls(self, s: Story) -> None:
        first = await s.turn()
        await s.reserves(first, model_call("1.1", input=1))
        await s.commits(first)
        second = await s.turn()

        await s.reserves(second, model_call("1.1", input=2))

        assert await spent(s) == (2, 3)

    async def test_what_was_made_before_is_recorded_first_and_makes_room(self, s: Story) -> None:
        claim = await s.turn()
        assert await s.reserves(claim, model_call("1", input=90), BOTH) == Reserved()
        assert await s.reserves(claim, model_call("2", input=90), BOTH) == OVER

        for _ in range(2):  # the second is a repeat
            assert await s.reserves(claim, model_call("2", input=90), BOTH, [model_call("1", input=10)]) == Reserved()

        assert await spent(s) == (2, 100)
        turn = await the_turn(s, claim)
        assert [call.usage.input for call in turn.calls] == [10, 90]
        assert turn.usage == Usage(input=10)

    async def test_what_was_made_before_is_recorded_also_where_nothing_is_reserved(self, s: Story) -> None:
        claim = await s.turn()

        assert await s.reserves(claim, model_call("2", input=90), BOTH, [model_call("1", input=20)]) == OVER

        assert await spent(s) == (1, 20)

    async def test_who_lost_the_lease_records_nothing_on_the_way(self, s: Story) -> None:
        lost, _ = await taken_over(s)

        assert await s.reserves(lost, model_call("2"), BOTH, [model_call("1", input=20)]) == Stale()

        assert await spending(s) == []

    async def test_who_lost_the_lease_reserves_nothing(self, s: Story) -> None:
        lost, holder = await taken_over(s)

        assert await s.reserves(lost, model_call(input=1)) == Stale()
        await s.commits(holder)
        assert await s.reserves(holder, model_call(input=1)) == Stale()

        assert await spending(s) == []

    async def test_a_turn_that_is_not_ones_own_is_stale(self, s: Story) -> None:
        claim = await s.turn()
        stolen = ConversationRef(workspace=FOREIGN_LINE.workspace, id=claim.turn.conversation.id)
        ref = TurnRef(conversation=stolen, id=claim.turn.id)

        assert await s.store.reserve(ref, claim.epoch, model_call(input=1), Caps()) == Stale()

        assert await spending(s) == await spending(s, FOREIGN_LINE.workspace) == []

    # At once

    async def test_many_turns_at_once_stay_under_a_cap_and_as_many_go_on_as_fit(self, s: Story) -> None:
        for n in range(MANY):
            await s.meets(sender=phone(n))
        s.passes(60)
        claims = await s.claims_due(MANY)
        assert len(claims) == MANY

        answers = await asyncio.gather(
            *(
                s.on(n).reserve(claim.turn, claim.epoch, model_call(input=9, output=1), of_workspace(333))
                for n, claim in enumerate(claims)
            )
        )

        assert answers.count(Reserved()) == 33
        assert answers.count(Exhausted(whose=Whose.WORKSPACE, told=False)) == MANY - 33
        assert await spent(s) == (33, 330)

    async def test_many_calls_of_one_person_at_once_stay_under_a_cap(self, s: Story) -> None:
        claim = await s.turn()

        answers = await asyncio.gather(
            *(
                s.on(n).reserve(claim.turn, claim.epoch, model_call(f"{n}", cost=n % 3 + 1), Caps(contact=Cap(cost=20)))
                for n in range(MANY)
            )
        )

        taken = sum(n % 3 + 1 for n in range(MANY) if answers[n] == Reserved())
        assert taken <= 20
        assert all(taken + n % 3 + 1 > 20 for n in range(MANY) if answers[n] != Reserved())
        assert sum(one.usage.cost for one in await spending(s)) == taken

    async def test_one_call_reserved_many_times_at_once_is_counted_once(self, s: Story) -> None:
        claim = await s.turn()

        answers = await asyncio.gather(
            *(s.on(n).reserve(claim.turn, claim.epoch, model_call(input=100), BOTH) for n in range(MANY))
        )

        assert set(map(type, answers)) == {Reserved}
        assert await spent(s) == (1, 100)

    async def test_what_is_returned_can_be_reserved_while_others_reserve(self, s: Story) -> None:
        for n in range(MANY):
            await s.meets(sender=phone(n))
        s.passes(60)

        async def runs(n: int, claim: Claim) -> object:
            """Takes a tenth of what it reserved."""
            reserved = await s.on(n).reserve(claim.turn, claim.epoch, model_call(input=100), of_workspace(550))
            if reserved == Reserved():
                await s.on(n).release(claim.turn, claim.epoch, HandedBack(), [model_call(input=10)])
            return reserved

        answers = await asyncio.gather(*(runs(n, claim) for n, claim in enumerate(await s.claims_due(MANY))))

        granted = answers.count(Reserved())
        assert granted >= 5
        assert await spent(s) == (granted, 10 * granted)


class RecordedCallsContract(StoreContract):
    """What `journal`, `commit` and `release` do with model calls."""

    async def test_what_a_journaled_call_took_replaces_its_reservation(self, s: Story) -> None:
        claim = await s.turn()
        took = model_call(input=7, output=3, cached=2, cost=5)
        await s.reserves(claim, model_call(input=100, cost=50), BOTH)

        await s.journals(claim, claim.steps, asks(call=took))

        assert await spending(s) == [Spent(day=TODAY, model=took.model, calls=1, usage=took.usage)]
        turn = await the_turn(s, claim)
        assert (turn.calls, turn.usage, turn.model) == ((took,), took.usage, took.model)

    async def test_what_the_calls_of_a_commit_took_replaces_their_reservations(self, s: Story) -> None:
        claim = await s.turn()
        for id_ in ("1", "2"):
            await s.reserves(claim, model_call(id_, input=40), BOTH)
        took = (model_call("1", input=7), model_call("2", input=8), model_call("3", model="offline:other", cost=1))

        await s.commits(claim, calls=took)

        assert await spending(s) == [
            Spent(day=TODAY, model="offline:offline", calls=2, usage=Usage(input=15)),
            Spent(day=TODAY, model="offline:other", calls=1, usage=Usage(cost=1)),
        ]
        turn = await the_turn(s, claim)
        assert (turn.calls, turn.usage, turn.model) == (took, Usage(input=15, cost=1), "offline:other")

    @pytest.mark.parametrize("how", [HandedBack(), Retry(after=seconds(60), why="overloaded"), death()], ids=str)
    async def test_what_the_calls_of_a_release_took_replaces_their_reservations(self, s: Story, how: Ending) -> None:
        claim = await s.turn()
        took = model_call(input=7)
        await s.reserves(claim, model_call(input=100), BOTH)

        await s.releases(claim, how, [took])

        assert await spent(s) == (1, 7)
        assert ((await the_turn(s, claim)).calls, (await the_turn(s, claim)).usage) == ((took,), took.usage)

    async def test_calls_of_a_turn_that_ends_as_a_suggestion_or_is_dropped_are_recorded(self, s: Story) -> None:
        suggested, dropped = await s.turn(sender=ANA), await s.turn(sender=BIA)
        await s.moves(suggested.turn.conversation, take_over())
        await s.hears("STOP", sender=BIA, consent=OUT)

        answers = [
            await s.try_commit(suggested, calls=[model_call(input=1)]),
            await s.try_commit(dropped, calls=[model_call(input=2)]),
        ]

        assert answers == [Suggested(), Dropped(due_after=None)]
        assert await spent(s) == (2, 3)
        assert [(await the_turn(s, claim)).usage.tokens for claim in (suggested, dropped)] == [1, 2]

    async def test_the_call_of_a_refused_entry_is_recorded(self, s: Story) -> None:
        claim = await s.turn()
        await s.moves(claim.turn.conversation, take_over())
        entry = asks(effects=True, call=model_call(input=7))

        answers = [await s.journals(claim, claim.steps, entry) for _ in range(2)]

        assert [isinstance(answer, News) and answer.refused for answer in answers] == [True, True]
        await s.try_commit(claim, calls=[entry.call])
        turn = await the_turn(s, claim)
        assert (turn.journal, turn.calls) == ((), (entry.call,))
        assert await spent(s) == (1, 7)

    async def test_a_reservation_that_is_settled_to_zero_takes_nothing(self, s: Story) -> None:
        claim = await s.turn()
        await s.reserves(claim, model_call("1", input=100), BOTH)

        await s.releases(claim, calls=[model_call("1")])

        assert await spent(s) == (1, 0)
        again = await s.claims(claim.turn.conversation)
        assert await s.reserves(again, model_call("2", input=100), BOTH) == Reserved()

    async def test_a_reservation_that_is_never_heard_of_again_stays_counted(self, s: Story) -> None:
        claim = await s.turn()
        lost = model_call("1.1", input=60)
        await s.reserves(claim, lost, BOTH)
        s.clock.advance(LEASE)  # its worker was killed while the model answered
        again = await s.claims(claim.turn.conversation)

        assert await s.reserves(again, model_call("2.1", input=60), BOTH) == OVER
        took = model_call("2.2", input=40)
        await s.commits(again, calls=[took])

        assert await spent(s) == (2, 100)
        turn = await the_turn(s, claim)
        assert (turn.calls, turn.usage) == ((lost, took), took.usage)

    async def test_calls_are_listed_in_the_order_in_which_they_were_first_heard_of(self, s: Story) -> None:
        claim = await s.turn()
        await s.reserves(claim, model_call("b", input=100))
        await s.reserves(claim, model_call("a", input=100))
        await s.journals(claim, claim.steps, asks(call=model_call("a", input=1)))

        await s.commits(claim, calls=[model_call("b", input=2), model_call("0", input=3)])

        calls = (await the_turn(s, claim)).calls
        assert [(call.id, call.usage.input) for call in calls] == [("b", 2), ("a", 1), ("0", 3)]

    # Once

    async def test_a_call_that_was_recorded_is_not_recorded_again(self, s: Story) -> None:
        claim = await s.turn()
        await s.journals(claim, claim.steps, asks(call=model_call("1", input=7)))
        await s.journals(claim, claim.steps, asks(call=model_call("1", input=7)))
        await s.journals(claim, claim.steps, results())

        await s.commits(claim, calls=[model_call("1", input=99), model_call("2", input=1), model_call("2", input=1)])
        await s.commits(claim, calls=[model_call("1", input=99), model_call("2", input=1)])

        assert await spent(s) == (2, 8)
        assert (await the_turn(s, claim)).usage == Usage(input=8)

    @pytest.mark.parametrize("how", [HandedBack(), Retry(after=seconds(60), why="overloaded"), death()], ids=str)
    async def test_a_repeated_release_counts_once(self, s: Story, how: Ending) -> None:
        claim = await s.turn()
        await s.releases(claim, how, [model_call(input=7)])  # its answer is thrown away

        await s.releases(claim, how, [model_call(input=7)])

        assert await spent(s) == (1, 7)

    async def test_a_superseded_commit_keeps_its_calls_once(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.reserves(claim, model_call("1", input=100))
        await s.hears("two")
        first = await s.try_commit(claim, calls=[model_call("1", input=7)])
        assert isinstance(first, Superseded)
        assert await s.try_commit(claim, calls=[model_call("1", input=7)]) == first  # it was not heard

        await s.commits(read_on(claim, first), calls=[model_call("1", input=7), model_call("2", input=8)])

        assert await spent(s) == (2, 15)
        assert (await the_turn(s, claim)).usage == Usage(input=15)

    async def test_a_commit_that_has_not_heard_how_far_it_reads_keeps_its_calls(self, s: Story) -> None:
        claim = await s.turn("one")
        await s.hears("two")
        await s.supersedes(claim)  # its answer is thrown away

        answer = await s.try_commit(claim, calls=[model_call(input=7)])

        assert isinstance(answer, Superseded)
        assert await spent(s) == (1, 7)

    async def test_the_same_calls_committed_many_times_at_once_count_once(self, s: Story) -> None:
        claim = await s.turn()
        await s.reserves(claim, model_call("1", input=100))
        calls = [model_call("1", input=7), model_call("2", input=8)]

        answers = await asyncio.gather(
            *(
                s.on(n).commit(
                    claim.turn,
                    claim.epoch,
                    ["good morning"],
                    [],
                    calls,
                    asked=False,
                    read_to=claim.read_to,
                    supersede_at_most=2,
                    history=40,
                    send_within=seconds(20),
                )
                for n in range(20)
            )
        )

        assert set(map(type, answers)) == {Committed}
        assert await spent(s) == (2, 15)

    async def test_who_lost_the_lease_records_nothing(self, s: Story) -> None:
        lost, _ = await taken_over(s)
        call = model_call(input=7)

        answers = [
            await s.journals(lost, lost.steps, asks(call=call)),
            await s.try_commit(lost, calls=[call]),
            await s.try_release(lost, HandedBack(), [call]),
        ]

        assert answers == [Stale()] * 3
        assert await spending(s) == []
        assert (await the_turn(s, lost)).calls == ()


class SpendingContract(StoreContract):
    """`spending`."""

    async def test_what_was_spent_is_told_by_day_and_model(self, s: Story) -> None:
        claim = await s.turn()
        calls = [
            model_call("1", model="openai:small", day=TOMORROW, input=1, output=10, cached=1, cost=100),
            model_call("2", model="openai:small", day=TODAY, input=2, output=20, cached=2, cost=200),
            model_call("3", model="offline:offline", day=TODAY, input=4, output=40, cost=400),
            model_call("4", model="openai:small", day=TODAY, input=8, output=80, cached=8, cost=800),
        ]

        await s.commits(claim, calls=calls)

        assert await spending(s, until=TOMORROW) == [
            Spent(day=TODAY, model="offline:offline", calls=1, usage=Usage(input=4, output=40, cost=400)),
            Spent(day=TODAY, model="openai:small", calls=2, usage=Usage(input=10, output=100, cached=10, cost=1000)),
            Spent(day=TOMORROW, model="openai:small", calls=1, usage=Usage(input=1, output=10, cached=1, cost=100)),
        ]

    async def test_both_days_of_a_period_are_in_it(self, s: Story) -> None:
        claim = await s.turn()
        days = [date(2026, 2, 28) + timedelta(days=n) for n in range(4)]
        await s.commits(claim, calls=[model_call(f"{n}", day=day, input=1) for n, day in enumerate(days)])

        found = await spending(s, since=days[1], until=days[2])

        assert [one.day for one in found] == days[1:3]
        assert await spending(s, since=days[2], until=days[1]) == []

    async def test_it_is_told_of_one_contact_or_one_conversation(self, s: Story) -> None:
        ana, ana_again, bia = await s.turn(), await s.turn(on=SECOND_LINE), await s.turn(sender=BIA)
        for claim, tokens in ((ana, 1), (ana_again, 10), (bia, 100)):
            await s.commits(claim, calls=[model_call(input=tokens)])

        async def tokens_of(contact: Claim | None = None, conversation: Claim | None = None) -> int:
            found = await spending(
                s,
                contact=contact.contact.id if contact is not None else None,
                conversation=conversation.turn.conversation if conversation is not None else None,
            )
            assert len(found) <= 1
            return sum(one.usage.tokens for one in found)

        assert await tokens_of() == 111
        assert await tokens_of(contact=ana) == 11
        assert await tokens_of(contact=bia) == 100
        assert await tokens_of(conversation=ana_again) == 10
        assert await tokens_of(contact=ana, conversation=ana) == 1
        assert await tokens_of(contact=bia, conversation=ana) == 0

    async def test_workspaces_never_see_each_others_spending(self, s: Story) -> None:
        claim = await s.turn()
        await s.commits(claim, calls=[model_call(input=1)])
        stolen = ConversationRef(workspace=FOREIGN_LINE.workspace, id=claim.turn.conversation.id)
        theirs = FOREIGN_LINE.workspace

        assert await spending(s, theirs) == []
        assert await spending(s, theirs, contact=claim.contact.id) == []
        for conversation in (claim.turn.conversation, stolen):
            assert await spending(s, theirs, conversation=conversation) == []
        assert await spending(s, conversation=stolen) == []

    async def test_nothing_is_nothing(self, s: Story) -> None:
        nobody = ContactId("nobody")

        assert await spending(s) == await spending(s, contact=nobody) == []


class CapReachedContract(StoreContract):
    """What a CAP_REACHED fact does in `commit`."""

    async def test_it_is_noted_and_a_person_must_look(self, s: Story) -> None:
        claim = await s.turn()

        await s.commits(claim, "that is all for today", facts=[cap_reached()])

        conversation = claim.turn.conversation
        seen = await s.sees(conversation)
        assert (seen.needs_human, seen.standing.handler) == (True, Handler.ASSISTANT)
        assert await s.facts(conversation, FactKind.CAP_REACHED) == [dict(cap_reached().details)]
        assert await s.inbound(conversation) == [("hello", Status.ANSWERED)]

    async def test_the_contact_is_told_for_that_day_on_every_line_and_nobody_else(self, s: Story) -> None:
        claim, again, bia = await s.turn(), await s.turn(on=SECOND_LINE), await s.turn(sender=BIA)
        theirs = await s.turn(on=FOREIGN_LINE)

        await s.commits(claim, facts=[cap_reached()])

        async def is_told(claim: Claim, day: date = TODAY) -> set[bool]:
            """Whosever cap it is."""
            answers = [
                await s.reserves(claim, model_call(input=1, day=day), caps) for caps in (of_contact(0), of_workspace(0))
            ]
            assert [answer.whose for answer in answers if isinstance(answer, Exhausted)] == list(Whose)
            return {answer.told for answer in answers if isinstance(answer, Exhausted)}

        assert await is_told(again) == {True}
        assert await is_told(await s.turn("and now?")) == {True}
        assert await is_told(again, TOMORROW) == {False}
        assert await is_told(bia) == {False}
        assert await is_told(theirs) == {False}

    async def test_it_may_be_told_on_the_next_day_too(self, s: Story) -> None:
        await s.commits(await s.turn(), facts=[cap_reached()])
        await s.commits(await s.turn(), facts=[cap_reached()])
        claim = await s.turn()

        await s.commits(claim, facts=[cap_reached(TOMORROW)])

        answer = await s.reserves(await s.turn(), model_call(input=1, day=TOMORROW), of_contact(0))
        assert answer == Exhausted(whose=Whose.CONTACT, told=True)

    async def test_a_repeat_of_the_commit_notes_it_once(self, s: Story) -> None:
        claim = await s.turn()
        first = await s.commits(claim, facts=[cap_reached()])

        again = await s.commits(claim, facts=[cap_reached()])

        assert again == first
        assert len(await s.facts(claim.turn.conversation, FactKind.CAP_REACHED)) == 1

    async def test_who_did_not_get_the_reply_was_not_told(self, s: Story) -> None:
        claim = await s.turn("one")
        conversation = claim.turn.conversation
        await s.moves(conversation, take_over())
        assert await s.try_commit(claim, facts=[cap_reached()]) == Suggested()
        await s.moves(conversation, hand_back())
        claim = await s.claims(conversation)
        await s.hears("two")

        superseded = await s.try_commit(claim, facts=[cap_reached()])

        assert isinstance(superseded, Superseded)
        assert await s.facts(conversation, FactKind.CAP_REACHED) == [dict(cap_reached().details)]
        assert (await s.sees(conversation)).needs_human is False
        assert await s.reserves(claim, model_call(input=1), of_contact(0)) == OVER

    async def test_who_does_not_want_to_hear_from_us_was_not_told(self, s: Story) -> None:
        claim = await s.turn(on=LINE)
        await s.hears("STOP", on=LINE, consent=OUT)

        assert await s.try_commit(claim, facts=[cap_reached()]) == Dropped(due_after=None)

        assert (await s.sees(claim.turn.conversation)).needs_human is False
        assert await s.reserves(await s.turn(on=SECOND_LINE), model_call(input=1), of_contact(0)) == OVER

    async def test_without_a_reply_the_messages_are_answered_by_silence(self, s: Story) -> None:
        claim = await s.turn()
        conversation = claim.turn.conversation

        committed = await s.commits(claim, facts=[cap_reached()], silent=True)

        assert committed == Committed(send=None, due_after=None)
        assert await s.commits(claim, facts=[cap_reached()], silent=True) == committed
        assert await s.inbound(conversation) == [("hello", Status.ANSWERED)]
        assert await s.outbound(conversation) == []
        assert (await s.sees(conversation)).needs_human is True
        assert isinstance(await s.turn("and now?"), Claim)
