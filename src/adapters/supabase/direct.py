"""Calls over connections of our own to PostgreSQL, as DATABASE_URL says, also through a pooler."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from adapters.supabase.calls import Calls, function, storable
from adapters.supabase.connections import (
    IDLE_S,
    VENDOR,
    Connections,
    changes_sessions,
    connections,
    folded,
    may_succeed_at_once,
)
from core.identity.seal import NoSeal, Seal

_NO_SEAL = NoSeal()


class DirectCalls(Calls):
    """Two sets of connections: what is urgent never waits for the others.

    `changing`: a pooler gives each transaction another session. The two exchanges of a call then share a transaction,
    at the price of two more.
    """

    def __init__(self, usual: Connections, urgent: Connections, *, changing: bool, seal: Seal) -> None:
        self.seal = seal
        self._usual = usual
        self._urgent = urgent
        self._changing = changing

    async def __call__(
        self, operation: str, workspace: str | None, args: Mapping[str, Any], *, urgent: bool = False
    ) -> Any:
        _, text = storable(args)
        sql = f"select public.{function(operation)}($1::text, $2::text::jsonb)::text"
        ours = self._urgent if urgent else self._usual
        try:
            try:
                answer = await self._ask(ours, sql, workspace, text)
            except VENDOR as error:
                if not may_succeed_at_once(error):
                    raise
                answer = await self._ask(ours, sql, workspace, text)
        except VENDOR as error:
            raise folded(error) from error
        return None if answer is None else json.loads(answer)

    async def _ask(self, ours: Connections, sql: str, workspace: str | None, text: str) -> str | None:
        async with ours.one() as connection:
            answer: str | None
            if self._changing:
                async with connection.transaction():
                    answer = await connection.fetchval(sql, workspace, text)
            else:
                answer = await connection.fetchval(sql, workspace, text)
            return answer


@asynccontextmanager
async def direct_calls(
    url: str, *, turn_limit: int, at_most: int = 8, seal: Seal = _NO_SEAL, idle_s: float = IDLE_S
) -> AsyncIterator[DirectCalls]:
    """`at_most` connections, and one for what is urgent; fewer where few turns run. One that nobody
    used for `idle_s` is closed.

    Raises `Permanent` if the address or the login is wrong, `Unavailable` if the server does not answer.
    """
    try:
        changing = await changes_sessions(url)
    except VENDOR as error:
        raise folded(error) from error
    async with (
        connections(url, at_most=min(at_most, max(2, turn_limit)), changing=changing, idle_s=idle_s) as usual,
        connections(url, at_most=1, changing=changing, idle_s=idle_s) as urgent,
    ):
        yield DirectCalls(usual, urgent, changing=changing, seal=seal)
