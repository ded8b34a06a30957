"""Workers reserve model calls and record what they took: the books balance, and no cap is passed by a reservation."""

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.conversation.message import ConversationRef
from core.conversation.turn import Cap, Caps, Claim, Exhausted, ModelCall, Reserved, Stale, TurnRef, Whose
from tests.build import TODAY, model_call
from tests.contracts.machine.model import Talk
from tests.contracts.machine.world import World, indexes

A_CONTACTS, A_WORKSPACES = 100, 150
CAPS = Caps(contact=Cap(tokens=A_CONTACTS), workspace=Cap(tokens=A_WORKSPACES))

made_calls = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40)), max_size=2)
"""Which of a claim's model calls were made, and the tokens of each."""


class Booking(World):
    """`reserve`, and what the operations that record calls leave in the books."""

    def __init__(self) -> None:
        super().__init__()
        self.books: dict[tuple[TurnRef, str], ModelCall] = {}
        """What each model call took, by its id in its turn, or takes at most while it is reserved."""
        self.reserved: set[tuple[TurnRef, str]] = set()

    @precondition(lambda self: self.claims)
    @rule(index=indexes, which=st.integers(0, 2), most=st.integers(0, 60))
    def a_model_call_is_reserved(self, index: int, which: int, most: int) -> None:
        talk, claim, turn = self.some_claim(index)
        (call,) = self.calls_of(claim, [(which, most)])
        answer = self.run(self.story.reserves(claim, call, CAPS))
        if turn is None or (talk.perhaps_over and answer == Stale()):
            assert answer == Stale()
            return
        spent = self._spent(talk.ref)
        spent_by_all = self._spent(talk.ref, by_all=True)
        if (claim.turn, call.id) in self.books:
            assert answer == Reserved()
        elif spent + most > A_CONTACTS:
            assert answer == Exhausted(whose=Whose.CONTACT, told=False)
        elif spent_by_all + most > A_WORKSPACES:
            assert answer == Exhausted(whose=Whose.WORKSPACE, told=False)
        else:
            assert answer == Reserved()
            self.books[claim.turn, call.id] = call
            self.reserved.add((claim.turn, call.id))
        assert self.run(self.story.reserves(claim, call, CAPS)) == answer
        self.books_balance(talk)

    def calls_of(self, claim: Claim, made: Sequence[tuple[int, int]]) -> list[ModelCall]:
        return [model_call(f"{claim.epoch}.{which}", input=tokens) for which, tokens in made]

    def recorded(self, talk: Talk, claim: Claim, made: Sequence[ModelCall]) -> None:
        """Each was recorded once, in the place of its reservation."""
        for call in made:
            place = (claim.turn, call.id)
            if place in self.reserved or place not in self.books:
                self.reserved.discard(place)
                self.books[place] = call
        self.books_balance(talk)

    def _spent(self, by: ConversationRef, *, by_all: bool = False) -> int:
        """Tokens of a conversation, which is all that its contact has, or of its whole workspace."""
        return sum(
            call.usage.tokens
            for (turn, _), call in self.books.items()
            if turn.conversation == by or (by_all and turn.conversation.workspace == by.workspace)
        )

    def books_balance(self, talk: Talk) -> None:
        for conversation in (talk.ref, None):
            told = self.run(
                self.store.spending(talk.ref.workspace, since=TODAY, until=TODAY, conversation=conversation)
            )
            spent = self._spent(talk.ref, by_all=conversation is None)
            assert sum(one.usage.tokens for one in told) == spent
        for turn in self.run(self.store.turns(talk.ref, limit=10_000)):
            assert {(turn.ref, call.id): call for call in turn.calls} == {
                place: call for place, call in self.books.items() if place[0] == turn.ref
            }
