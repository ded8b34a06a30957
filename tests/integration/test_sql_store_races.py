"""Twelve workers on one database, some of which die and some of which wake up too late: nothing is lost, answered twice
or out of order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from random import Random

import pytest

from adapters.supabase.direct import direct_calls
from adapters.supabase.store import opened
from core.conversation.burst import Burst
from core.conversation.message import ConversationRef, Direction, Message, Status, TurnId
from core.conversation.outbox import Send
from core.conversation.turn import Claim, Committed, Dropped, Stale, Suggested, Superseded
from core.storage import Storage
from tests.build import LINE, accepted, arrival, phone
from tests.contracts.story import HISTORY, SEND_WITHIN, conversation_of
from tests.servers import afresh

pytestmark = pytest.mark.servers

WORKERS, PRODUCERS, PEOPLE, TEXTS = 12, 2, 16, 12
DEATHS, ZOMBIES = 0.09, 0.03
TTL = timedelta(seconds=1)
AT_ONCE = Burst(quiet=timedelta(0), ceiling=timedelta(0))
ENOUGH = 90.0
"""Seconds for all of it, which takes four on two idle cores."""


@dataclass
class Race:
    """What the workers have in common, and what came of it."""

    stores: list[Storage]
    random: Random = field(default_factory=lambda: Random(4))
    token: "count[int]" = field(default_factory=count)
    conversations: set[ConversationRef] = field(default_factory=set)
    newest: dict[TurnId, int] = field(default_factory=dict)
    """The last epoch in which a turn was claimed, by anybody."""
    deaths: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)
    is_over: bool = False

    async def writes(self, producer: int) -> None:
        """One half of the people write in turn, each one's texts in order."""
        store = self.stores[producer % len(self.stores)]
        for text in range(1, TEXTS + 1):
            for person in range(1 + producer, PEOPLE + 1, PRODUCERS):
                event = arrival(str(text), id_=f"{person} {text}", sender=phone(person))
                (answer,) = await store.record([event], AT_ONCE)
                self.conversations.add(conversation_of(answer))

    async def works(self, worker: int) -> None:
        store = self.stores[worker % len(self.stores)]
        while not self.is_over:
            for claim in await store.claim_due(3, f"{worker} {next(self.token)}", TTL, history=HISTORY):
                self.newest[claim.turn.id] = max(claim.epoch, self.newest.get(claim.turn.id, 0))
                fate = self.random.random()
                if fate < DEATHS:
                    self.deaths += 1
                elif fate < DEATHS + ZOMBIES or not self.refused:
                    await self._wakes_too_late(store, claim)
                else:
                    await self._answers(store, claim)
            await asyncio.sleep(0.005)

    async def _wakes_too_late(self, store: Storage, claim: Claim) -> None:
        """Sleeps until its turn is somebody else's."""
        for _ in range(200):
            if self.newest[claim.turn.id] > claim.epoch:
                break
            await asyncio.sleep(0.02)
        else:
            return
        if not isinstance(await _commit(store, claim), Stale):
            self.wrong.append(f"a late answer counted: {claim.turn.id} {claim.epoch}")
        self.refused += 1

    async def _answers(self, store: Storage, claim: Claim) -> None:
        while isinstance(answer := await _commit(store, claim), Superseded):
            claim = replace(claim, read_to=answer.read_to, steps=answer.steps, messages=answer.messages, journal=())
        match answer:
            case Committed(send=send):
                while send is not None:
                    send = await self._delivers(store, send)
            case Dropped() | Suggested():
                self.wrong.append(f"{answer} of {claim.turn.id}")

    async def _delivers(self, store: Storage, send: Send) -> Send | None:
        token = f"settle {next(self.token)}"
        settled = await store.settle(
            send.ref, send.attempt, accepted(f"out {send.ref.id}"), by=token, send_within=SEND_WITHIN
        )
        if isinstance(settled, Stale):
            self.wrong.append(f"a send was somebody else's: {send.ref.id}")
            return None
        return settled.send

    async def ends(self) -> None:
        """When nothing is left to do."""
        for _ in count():
            counts = await self.stores[0].counts()
            if counts["pending"] == counts["queued"] == 0:
                break
            await asyncio.sleep(0.05)
        self.is_over = True


async def _commit(store: Storage, claim: Claim) -> Committed | Superseded | Suggested | Dropped | Stale:
    """An answer that says which texts it answers."""
    texts = [message.content.text for message in claim.messages if message.status is Status.PENDING]
    return await store.commit(
        claim.turn,
        claim.epoch,
        (" ".join(texts),),
        (),
        (),
        asked=False,
        read_to=claim.read_to,
        supersede_at_most=2,
        history=HISTORY,
        send_within=SEND_WITHIN,
    )


@pytest.fixture
async def race(database: str) -> AsyncIterator[Race]:
    await afresh(database)
    async with AsyncExitStack() as stack:
        stores: list[Storage] = []
        for _ in range(3):
            calls = await stack.enter_async_context(direct_calls(database, turn_limit=8))
            stores.append(await stack.enter_async_context(opened(calls)))
        await stores[0].put_line(LINE)
        yield Race(stores)


def said(messages: list[Message], direction: Direction) -> list[str]:
    return [message.content.text for message in messages if message.direction is direction]


async def test_nothing_is_lost_nor_answered_twice_nor_out_of_order(race: Race) -> None:
    async with asyncio.timeout(ENOUGH), asyncio.TaskGroup() as all_of_them:
        for worker in range(WORKERS):
            all_of_them.create_task(race.works(worker))
        await asyncio.gather(*(race.writes(producer) for producer in range(PRODUCERS)))
        await race.ends()

    assert race.wrong == []
    assert race.deaths > 0
    assert race.refused > 0
    assert len(race.conversations) == PEOPLE
    for conversation in race.conversations:
        messages = list(await race.stores[0].messages(conversation))
        written = [str(text) for text in range(1, TEXTS + 1)]
        assert said(messages, Direction.INBOUND) == written
        assert " ".join(said(messages, Direction.OUTBOUND)).split() == written
        assert {message.status for message in messages} == {Status.ANSWERED, Status.ACCEPTED}
