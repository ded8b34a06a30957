"""The model calls of one turn: reserved under the agent's caps, made, and kept until the turn writes them down."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from core.ai.brief import Brief
from core.ai.budget import day_of, most_of
from core.ai.chain import Model
from core.ai.draft import Answered, CapReached
from core.ai.ports import Completion, Prompt
from core.conversation.ports import ConversationStore
from core.conversation.turn import Claim, Exhausted, ModelCall, Stale, Usage
from core.errors import RecadoError
from core.log import Log
from core.persistence import persist


class LeaseLost(Exception):
    """Somebody else runs the turn now; whatever we still hold of it is void."""


class Books:
    """What a turn's run has to answer for."""

    def __init__(self, claim: Claim, brief: Brief, *, store: ConversationStore, log: Log) -> None:
        self._claim = claim
        self._agent = brief.agent
        self._store = store
        self._log = log
        self._count = 0
        self._unwritten: dict[str, ModelCall] = {}

    @property
    def unwritten(self) -> Sequence[ModelCall]:
        """Calls that no journal has: whatever ends the turn writes them down."""
        return tuple(self._unwritten.values())

    def written(self, *calls: ModelCall) -> None:
        for call in calls:
            self._unwritten.pop(call.id, None)

    async def ask(
        self,
        model: Model,
        prompt: Prompt,
        wait: Callable[[Coroutine[Any, Any, Completion]], Awaitable[Completion]],
    ) -> Answered:
        """Ask the model; `wait` waits for its answer, and may break it off by raising.

        Raises `CapReached`, `LeaseLost`, what the model raises, and what `wait` does.
        """
        most = most_of(prompt)
        call = await self._reserve(model, most)
        began = asyncio.get_running_loop().time()
        took = Usage(input=most.input)

        async def completed() -> Completion:
            nonlocal took
            answer = await model.driver.complete(replace(prompt, model=model.model))
            took = self._taken(answer.usage, most)
            return answer

        try:
            answer = await wait(completed())
        except RecadoError:
            self._keep(call, model, Usage())  # it was refused, or failed: nothing is paid for
            raise
        except BaseException:
            # Broken off by us: what was sent is paid for, what would have come is not; what came meanwhile is.
            self._keep(call, model, took)
            raise
        call = self._keep(call, model, took)
        self._log.info(
            "model answered",
            model=model.name,
            took_ms=round((asyncio.get_running_loop().time() - began) * 1000),
            input=call.usage.input,
            output=call.usage.output,
            cached=call.usage.cached,
            cost=call.usage.cost,
            correlation=self._claim.correlation,
            turn=self._claim.turn.id,
        )
        return Answered(completion=answer, call=call)

    async def _reserve(self, model: Model, most: Usage) -> ModelCall:
        """The entry of a call that may take so much; in the store already, if there are caps."""
        self._count += 1
        claim, caps, made = self._claim, self._agent.caps, self.unwritten
        call = ModelCall(
            id=f"{claim.epoch}.{self._count}",
            model=model.name,
            day=day_of(claim.now, self._agent.zone),
            usage=_priced(most, model),
        )
        if caps:
            answer = await persist(lambda: self._store.reserve(claim.turn, claim.epoch, call, caps, made))
            if isinstance(answer, Stale):
                raise LeaseLost
            self.written(*made)
            if isinstance(answer, Exhausted):
                self._log.warning("cap reached", whose=answer.whose, correlation=claim.correlation, turn=claim.turn.id)
                raise CapReached(answer)
        return call

    def _taken(self, told: Usage, most: Usage) -> Usage:
        """What a call took: under caps the most that it can have, where its server does not tell."""
        return told if told.tokens or not self._agent.caps else most

    def _keep(self, call: ModelCall, model: Model, usage: Usage) -> ModelCall:
        """Nothing is kept of a call that took nothing, unless a reservation waits for its end."""
        made = replace(call, usage=_priced(usage, model))
        if usage != Usage() or self._agent.caps:
            self._unwritten[call.id] = made
        return made


def _priced(usage: Usage, model: Model) -> Usage:
    return usage if model.price is None else replace(usage, cost=model.price.cost(usage))
