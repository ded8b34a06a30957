"""The records of the person a turn is with, as a tool sees them: it cannot name anybody else's."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.ai.records import Record, Records, Scope

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Bound to one person and one tool call: whatever it writes carries the call's key, so a repeat writes nothing."""

    records: Records
    scope: Scope
    key: str
    now: datetime

    async def put(
        self, kind: str, document: Mapping[str, Any], *, at: datetime | None = None, part: str = ""
    ) -> Record:
        """Remember it, once for this call and `part`; `at` is when it happened, now if left out."""
        key = f"{self.key}/{part}" if part else self.key
        return await self.records.put(self.scope, key, kind, at or self.now, document)

    async def void(self, record: Record) -> None:
        """Strike it out. To be safe at a repeat, choose the record under `put` first, and void what that answers."""
        await self.records.void(self.scope, record.key)

    async def get(self, key: str) -> Record | None:
        return await self.records.get(self.scope, key)

    async def last(self, *kinds: str) -> Record | None:
        """The newest that is not struck out."""
        return await self.records.last(self.scope, kinds)

    async def find(
        self, kinds: Collection[str], *, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[Record]:
        """All of these kinds that happened from `since` on and before `until`, in order of recording."""
        after = 0
        while True:
            page = await self.records.find(self.scope, kinds, since=since, until=until, after=after, limit=_PAGE)
            for record in page:
                yield record
            if len(page) < _PAGE:
                return
            after = page[-1].number
