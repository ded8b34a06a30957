"""What all rules share: a store on a clock, what the model knows of it, and what must hold after every step."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.conversation.events import Arrival, Report
from core.conversation.lifecycle import Handler, State
from core.conversation.message import RANK, Direction, Message, MessageId, Status
from core.conversation.outbox import Send
from core.conversation.turn import Claim
from core.identity.model import Address, Line
from core.storage import Storage
from tests.build import ANA, BIA, FOREIGN_LINE, LINE, seconds
from tests.contracts.machine.model import Open, Talk
from tests.contracts.story import SEND_WITHIN, Clock, Harness, Story

T = TypeVar("T")

PEOPLE: Sequence[tuple[Line, Address]] = [(LINE, ANA), (LINE, BIA), (FOREIGN_LINE, ANA)]
IN_THE_AIR = frozenset({Status.SENDING, Status.UNCERTAIN})
UNFINISHED = IN_THE_AIR | {Status.QUEUED}

people = st.integers(0, len(PEOPLE) - 1)
indexes = st.integers(-8, -1)
"""Which of several, counted from the last: what is under way is more telling than what is long over."""


def one_of(things: Sequence[T], index: int) -> T:
    return things[index % len(things)]


rarely = st.sampled_from([False] * 7 + [True])


def copy_of(send: Send) -> str:
    """The provider's id of what it made of an attempt."""
    return f"copy of {send.ref.id}/{send.attempt}"


class World(RuleBasedStateMachine):
    """A driver's machine says how a store is opened, in `opened`."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = Clock()
        self.open = AsyncExitStack()
        self.ids = count(1)
        self.talks: dict[int, Talk] = {}
        self.events: list[Arrival | Report] = []
        self.claims: list[tuple[Talk, Claim]] = []
        self.ended: dict[tuple[str, int], str] = {}
        """By conversation and epoch: the operation that ended the lease."""
        self.sends: list[tuple[Talk, Send]] = []
        self.begun: dict[tuple[MessageId, int], str] = {}
        """Every attempt that was handed out, and by which call: none is handed out to two."""
        self.known_copies: set[str] = set()
        self.reported: set[tuple[str, Status]] = set()
        self.before: dict[MessageId, Message] = {}
        self.story = self.run(self._begin())
        self.store: Storage = self.story.store

    async def opened(self) -> Storage:
        """A new store on `self.clock`; what has to be closed goes on `self.open`."""
        raise NotImplementedError

    async def _begin(self) -> Story:
        story = Story(Harness(clock=self.clock, stores=[await self.opened()]))
        await story.begins()
        return story

    def run(self, happening: Coroutine[Any, Any, T]) -> T:
        # Unlike the runner's `run`, which prepares for Ctrl-C, and describes every task at length in doing so.
        return self.runner.get_loop().run_until_complete(happening)

    def token(self, what: str = "token") -> str:
        return f"{what} {next(self.ids)}"

    @property
    def now(self) -> datetime:
        return self.clock.now

    def someone(self, index: int) -> Talk:
        return one_of(list(self.talks.values()), index)

    def some_claim(self, index: int) -> tuple[Talk, Claim, Open | None]:
        """Some claim, perhaps an old one, and its turn if it is still the one that holds the conversation."""
        talk, claim = one_of(self.claims, index)
        is_holder = talk.lease_until is not None and talk.epoch == claim.epoch
        return talk, claim, talk.turn if is_holder else None

    def messages(self, talk: Talk) -> Sequence[Message]:
        return self.run(self.story.messages(talk.ref))

    def message(self, talk: Talk, id_: MessageId) -> Message:
        return self.run(self.story.message(talk.ref, id_))

    def head(self, talk: Talk) -> Message | None:
        """The first unfinished row of the lane."""
        return next((message for message in self.messages(talk) if message.status in UNFINISHED), None)

    def take_send(self, talk: Talk, send: Send, by: str) -> None:
        """A send was handed out: to one call only, of the lane's first row, and to nobody who opted out."""
        attempt = (send.ref.id, send.attempt)
        head = self.head(talk)
        assert not talk.is_out or attempt in self.begun
        assert head is not None
        assert (head.id, head.status, head.attempts) == (send.ref.id, Status.SENDING, send.attempt)
        assert (send.to, send.line, send.text) == (talk.sender, talk.line, head.content.text)
        assert self.begun.setdefault(attempt, by) == by
        talk.care[send.ref.id] = self.now + SEND_WITHIN
        self.sends.append((talk, send))

    @rule(by=st.sampled_from([0.001, 0.5, 1.2, 1.2, 8, 21, 31, 4000]))
    def time_passes(self, by: float) -> None:
        self.clock.advance(seconds(by))

    # What must hold after every step

    @invariant()
    def all_is_well(self) -> None:
        everything, counts = self.run(self._everything())
        for status in (Status.PENDING, Status.DEAD, Status.UNCERTAIN, Status.QUEUED):
            assert counts[status] == sum(message.status is status for message in everything)
        heard = [event.inbound.provider_id for event in self.events if isinstance(event, Arrival)]
        kept = [message.provider_id for message in everything if message.direction is Direction.INBOUND]
        assert sorted(heard) == sorted(str(id_) for id_ in kept)
        # No two steps share an instant: which of two goes first would hang on random ids, and no run could be repeated.
        self.clock.advance(timedelta(microseconds=1))

    async def _everything(self) -> tuple[Sequence[Message], Mapping[str, int]]:
        everything = [message for talk in self.talks.values() for message in await self._is_well(talk)]
        return everything, await self.store.counts()

    async def _is_well(self, talk: Talk) -> Sequence[Message]:
        seen = await self.story.sees(talk.ref)
        assert seen.standing.handler is (Handler.HUMAN if talk.with_human else Handler.ASSISTANT)
        assert (seen.standing.state is State.CLOSED, seen.opted_out) == (talk.closed, talk.is_out)
        assert seen.due_at == talk.due_at()
        messages = await self.story.messages(talk.ref)
        assert [message.number for message in messages] == list(range(1, seen.number + 1))
        facts = await self.store.facts(talk.ref, limit=10_000)
        assert [fact.number for fact in facts] == list(range(1, len(facts) + 1))
        pending = [message.number for message in messages if message.status is Status.PENDING]
        assert pending == [message.number for message in talk.waiting]
        unfinished = [message.status for message in messages if message.status in UNFINISHED]
        assert not set(unfinished[1:]) & IN_THE_AIR
        for message in messages:
            self._only_moves_on(message)
        return messages

    def _only_moves_on(self, message: Message) -> None:
        before = self.before.get(message.id, message)
        self.before[message.id] = message
        assert (before.number, before.content, before.direction) == (message.number, message.content, message.direction)
        if message.direction is Direction.INBOUND:
            assert before.status in (message.status, Status.PENDING)
            return
        assert RANK[message.status] >= RANK[before.status]
        assert message.attempts >= before.attempts
        if before.status is Status.HELD:
            assert message.status is Status.HELD or RANK[message.status] > 0
        if before.status is Status.UNCERTAIN:
            assert message.status is not Status.SENDING or message.attempts > before.attempts
