"""The whole machine: whatever happened, in the end everybody is answered and everything is sent."""

import sys

from core.conversation.message import Direction, Status
from core.conversation.outbox import Look
from tests.build import accepted, hand_back, seconds
from tests.contracts.machine.delivering import Delivering
from tests.contracts.machine.hearing import Hearing
from tests.contracts.machine.moving import Moving
from tests.contracts.machine.turning import Turning
from tests.contracts.machine.world import UNFINISHED, copy_of

ROUNDS = 200


class WholeMachine(Hearing, Turning, Delivering, Moving):
    """All rules, and the end."""

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:  # a broken world is not asked for more
                self.run(self._everybody_is_answered())
        finally:
            self.run(self.open.aclose())
            self.runner.close()

    async def _everybody_is_answered(self) -> None:
        for talk in self.talks.values():
            if talk.with_human:
                await self.story.moves(talk.ref, hand_back(self.token("key")))
        for _ in range(ROUNDS):
            self.clock.advance(seconds(5000))
            if not await self._works():
                break
        else:
            raise AssertionError("it never comes to rest")
        for talk in self.talks.values():
            messages = await self.story.messages(talk.ref)
            assert [message for message in messages if message.status in UNFINISHED] == []
            inbound = [message.status for message in messages if message.direction is Direction.INBOUND]
            assert set(inbound) <= {Status.ANSWERED, Status.DEAD, Status.IGNORED}
            older = (await self.store.turns(talk.ref, limit=10_000))[1:]
            assert all(turn.closed_at is not None for turn in older)

    async def _works(self) -> bool:
        """What a sweep does, when everything succeeds."""
        claims = await self.story.claims_due(100)
        for claim in claims:
            await self.story.try_commit(claim, self.token("reply"), supersede_at_most=0)
        rows = await self.story.overdue(100)
        for row in rows:
            send = row.send if isinstance(row, Look) else row
            await self.story.settles(send, accepted(copy_of(send)))
        return bool(claims or rows)
