"""A real database, empty, and on a test's clock: what the contract needs of one."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any, TypeVar

from adapters.supabase.calls import Calls
from adapters.supabase.connections import connected
from adapters.supabase.store import opened
from core.identity.seal import Seal
from core.storage import Storage
from tests.contracts.story import Clock

T = TypeVar("T")

_ON_OUR_CLOCK = """
create schema if not exists stopped authorization recado_owner;
create table if not exists stopped.clock (at timestamptz not null);
alter table stopped.clock owner to recado_owner;
create or replace function recado.instant() returns timestamptz
    language sql volatile as $$ select at from stopped.clock $$;
delete from stopped.clock;
insert into stopped.clock values (now());
"""
"""The one function that reads the time, replaced."""

_EMPTY = """
do $$
declare
    it record;
begin
    set local session_replication_role = replica; -- without looking at every reference
    for it in
        select oid::regclass as name from pg_class where relnamespace = 'recado'::regnamespace and relkind = 'r'
    loop
        execute format('delete from %s', it.name); -- to truncate this many tables takes eighty times as long
    end loop;
end $$;
"""


class Elsewhere:
    """A loop in a thread of its own: what is open on it outlives the loop of a test."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="connections", daemon=True)
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Cancelled with its caller."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class StoppedDatabase:
    """Gives stores in a database with nothing in it, on a clock of the test's.

    Its connections stay open from one test to the next: a new one has everything to read and plan again.
    """

    def __init__(self, elsewhere: Elsewhere, connection: Any, calls: Calls, others: Calls) -> None:
        self._elsewhere = elsewhere
        self._connection = connection
        self._calls = (calls, others)

    @asynccontextmanager
    async def stores(self, clock: Clock, seal: Seal) -> AsyncIterator[tuple[Storage, Storage]]:
        """Two, each on connections of its own, as in two processes."""
        await self._elsewhere.run(self._connection.execute(_EMPTY))
        time = _Time(clock, lambda now: self._elsewhere.run(self._connection.execute(_SET, now)))
        one, two = (_CallsOnTime(calls, time, seal, self._elsewhere) for calls in self._calls)
        async with opened(one) as store, opened(two) as other:
            yield store, other


_SET = "update stopped.clock set at = $1"


class _Time:
    """Tells the database what the clock shows, before it is next asked for anything."""

    def __init__(self, clock: Clock, tell: Callable[[datetime], Coroutine[Any, Any, object]]) -> None:
        self._clock = clock
        self._tell = tell
        self._told: datetime | None = None
        self._telling = asyncio.Lock()

    async def keep(self) -> None:
        """When this returns, the database's time is what the clock showed at the call, or later."""
        if self._told == self._clock.now:
            return
        async with self._telling:
            if self._told != (now := self._clock.now):
                await self._tell(now)
                self._told = now


class _CallsOnTime(Calls):
    """Calls of a driver, on the test's clock."""

    def __init__(self, calls: Calls, time: _Time, seal: Seal, elsewhere: Elsewhere) -> None:
        self.seal = seal
        self._calls = calls
        self._time = time
        self._elsewhere = elsewhere

    async def __call__(
        self, operation: str, workspace: str | None, args: Mapping[str, Any], *, urgent: bool = False
    ) -> Any:
        await self._time.keep()

        async def call() -> Any:
            return await self._calls(operation, workspace, args, urgent=urgent)

        return await self._elsewhere.run(call())


@contextmanager
def stopped(url: str, calls: Callable[[], AbstractAsyncContextManager[Calls]]) -> Iterator[StoppedDatabase]:
    """The database at `url`, which is asked through `calls`, for as many tests as want it, one after the other."""
    elsewhere = Elsewhere()
    stack = AsyncExitStack()

    async def begin() -> StoppedDatabase:
        connection = await stack.enter_async_context(connected(url))
        await connection.execute(_ON_OUR_CLOCK)
        one, two = [await stack.enter_async_context(calls()) for _ in range(2)]
        return StoppedDatabase(elsewhere, connection, one, two)

    try:
        yield elsewhere.wait(begin())
    finally:
        elsewhere.wait(stack.aclose())
        elsewhere.close()
