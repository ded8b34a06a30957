"""A client for arq's worker that outlives outages. arq would end at the first error, and cut turns and sends with it.

A call that fails answers as an empty queue does, so that the worker goes on polling. What it loses by that is a hint.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from arq.connections import ArqRedis
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import ConnectionPool
from redis.exceptions import WatchError

from adapters.arq.connecting import WITHIN_S, let_idle_go
from adapters.arq.outage import TROUBLE, Outage

_POLL = "ZRANGEBYSCORE"
"""The call that finds out whether an outage is over; the others do not try."""

_EMPTY: Mapping[str, Callable[[], Any]] = {
    "DBSIZE": int,
    "EXISTS": lambda: 1,  # as if another worker had the job: this one leaves it alone
    "INCR": int,
    "INFO": dict,
    "ZCARD": int,
    _POLL: list,
}


def _empty(command: object) -> Any:
    return _EMPTY.get(str(command), lambda: None)()


class EnduringRedis(ArqRedis):
    """Answers always, and soon."""

    def __init__(self, pool: ConnectionPool, outage: Outage, **options: Any) -> None:
        super().__init__(pool, **options)
        self._outage = outage

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> "_EnduringPipeline":
        return _EnduringPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint, self._outage)

    async def zrangebyscore(self, name: Any, **options: Any) -> list[bytes]:  # type: ignore[override]
        """What is due. Who else writes to Redis must not end arq's polls: an id that is no text is taken out, and one
        that was never due is left where it is."""
        due: list[bytes] = await super().zrangebyscore(name, **options | {"min": 1})
        strange = [each for each in due if not each.isascii()]
        if strange:
            await self.zrem(name, *strange)
        return [each for each in due if each.isascii()]

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        if self._outage.on and args[0] != _POLL:
            return _empty(args[0])
        try:
            async with asyncio.timeout(WITHIN_S):
                answer = await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except TROUBLE as error:
            self._outage.begin(error)
            await let_idle_go(self)
            await asyncio.sleep(self._outage.pause)
            return _empty(args[0])
        self._outage.end()
        return answer


class _EnduringPipeline(Pipeline):
    """The same for several commands at once, and for those between WATCH and MULTI."""

    def __init__(self, pool: Any, callbacks: Any, transaction: bool, shard_hint: str | None, outage: Outage) -> None:
        super().__init__(pool, callbacks, transaction, shard_hint)
        self._outage = outage

    async def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        if self._outage.on:
            return _empty(args[0])
        try:
            async with asyncio.timeout(WITHIN_S):
                return await super().immediate_execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except TROUBLE as error:
            self._outage.begin(error)
            return _empty(args[0])

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        commands = [args[0] for args, _ in self.command_stack]
        starts_a_job = self.explicit_transaction
        if not self._outage.on:
            try:
                async with asyncio.timeout(WITHIN_S):
                    return await super().execute(raise_on_error)
            except WatchError:
                raise
            except TROUBLE as error:
                self._outage.begin(error)
        await self.reset()
        if starts_a_job:
            raise WatchError("Redis is away")  # again as if another worker had it
        return [_empty(command) for command in commands]

    async def reset(self) -> None:
        try:
            async with asyncio.timeout(WITHIN_S):
                await super().reset()  # type: ignore[no-untyped-call]
        except TROUBLE:
            # UNWATCH was not answered; what is closed watches nothing.
            self.watching = False
            if self.connection is not None:
                await self.connection.disconnect()
            await super().reset()  # type: ignore[no-untyped-call]
