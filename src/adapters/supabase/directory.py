"""Workspaces and lines, and the memory that lets webhooks read a line for nothing, even while the database is away."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.supabase import values
from adapters.supabase.calls import Calls
from adapters.supabase.faults import too_slow
from adapters.supabase.strangers import Strangers
from core.errors import Unavailable
from core.identity.model import Line, LineId
from core.identity.seal import sealed_anew, sealed_credentials


async def line(calls: Calls, id_: LineId) -> Line | None:
    row = await calls("line", None, {"line": id_})
    return None if row is None else values.line(row, calls.seal)


async def lines(calls: Calls) -> Sequence[Line]:
    return [values.line(row, calls.seal) for row in await calls("lines", None, {})]


async def seed(calls: Calls, new: Sequence[Line]) -> Sequence[Line]:
    """Nothing is sealed, so no key is needed, unless there is no line yet."""
    found = await lines(calls)
    if found or not new:
        return found
    rows = await calls("seed", None, {"lines": [_written(each, calls) for each in new]})
    return [values.line(row, calls.seal) for row in rows]


async def put_line(calls: Calls, new: Line) -> None:
    await calls("put_line", new.workspace, _written(new, calls))


def _written(new: Line, calls: Calls) -> dict[str, Any]:
    return {
        "workspace": new.workspace,
        "id": new.id,
        "channel": new.channel,
        **values.address_out(new.address),
        "account": new.account,
        "sealed": sealed_credentials(new, calls.seal),
    }


async def reseal(calls: Calls, id_: LineId) -> bool:
    """What was put in the meantime stays, and is sealed anew in its turn."""
    while True:
        row = await calls("line", None, {"line": id_})
        if row is None or row["sealed"] is None:
            return False
        sealed = sealed_anew(values.line(row, calls.seal), row["sealed"], calls.seal)
        args = {"line": id_, "was": row["sealed"], "sealed": sealed}
        if await calls("reseal", row["workspace"], args):
            return True


@dataclass(frozen=True, slots=True)
class _Kept:
    line: Line
    read_at: float
    good_until: float


class LineMemory:
    """Lines as they were read last. `clock` gives seconds.

    Other processes change lines too, so each is read again after a while: by one caller, the others go on with what is
    known. While the database does not answer that is still good for long enough to outlast a failover: a webhook can be
    verified without it, though not recorded. A line that is not there is never remembered: anybody can make up ids, so
    lines that are not known are read one after the other, and what is known does not wait for them.
    """

    _GOOD = 30.0
    _ASKING = 3.0
    """For how long others do not ask too."""
    _GOOD_WITHOUT_ANSWER = 600.0

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, patience_s: float = 10.0, again_s: float = 2.0
    ) -> None:
        """`again_s`: how long what is known is read again at most, since a webhook has more to do."""
        self._clock = clock
        self._again_s = again_s
        self._lines: dict[LineId, _Kept] = {}
        self._changes = 0
        self._strangers = Strangers(at_once=1, most_waiting=50, patience_s=patience_s)

    async def line(self, id_: LineId, read: Callable[[], Awaitable[Line | None]]) -> Line | None:
        """The line as it is remembered, else as `read` finds it. Raises what `read` does, and `Unavailable` while too
        many ask for lines that are not known."""
        if id_ in self._lines:
            return await self._known(id_, read)
        async with self._strangers.one():
            return await self._known(id_, read)

    async def _known(self, id_: LineId, read: Callable[[], Awaitable[Line | None]]) -> Line | None:
        now, kept = self._clock(), self._lines.get(id_)
        if kept is not None and now < kept.good_until:
            return kept.line
        if kept is not None:
            self._lines[id_] = _Kept(kept.line, kept.read_at, now + self._ASKING)
        changes = self._changes
        try:
            async with asyncio.timeout(None if kept is None else self._again_s):
                found = await read()
        except (Unavailable, TimeoutError) as error:
            if kept is not None and now - kept.read_at <= self._GOOD_WITHOUT_ANSWER:
                return kept.line
            if isinstance(error, Unavailable):
                raise
            raise too_slow() from error
        if changes == self._changes:  # else it may have been read before the last change
            self._keep(id_, found, now)
        return found

    def _keep(self, id_: LineId, found: Line | None, now: float) -> None:
        if found is None:
            self._lines.pop(id_, None)
        else:
            self._lines[id_] = _Kept(found, now, now + self._GOOD)

    def learn(self, lines: Sequence[Line]) -> None:
        """These were read a moment ago: a process that begins under load knows its lines before anybody asks."""
        now = self._clock()
        for each in lines:
            self._keep(each.id, each, now)

    def forget(self) -> None:
        """This process changed a line."""
        self._changes += 1
        self._lines.clear()
