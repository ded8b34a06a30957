"""What skills remember about people: documents that are written once, struck out perhaps, and never deleted."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from adapters.supabase import values
from adapters.supabase.calls import Calls
from adapters.supabase.values import Row
from core.ai.records import Record, Scope, document_text
from core.errors import Rejected


async def put(calls: Calls, scope: Scope, key: str, kind: str, at: datetime, document: Mapping[str, Any]) -> Record:
    """The document crosses, and is kept, as text: the database's own JSON would not keep the order of its fields."""
    text = document_text(document)
    args = {"contact": scope.contact, "key": key, "kind": kind, "at": _readable(at), "document": text}
    return _record(await calls("put", scope.workspace, args))


def _readable(at: datetime) -> str:
    """A time that can be read back: in UTC too it is within the years that there are."""
    try:
        return at.astimezone(UTC).isoformat()
    except OverflowError:
        raise Rejected("a record's time is before the year 1 or after the year 9999") from None


async def void(calls: Calls, scope: Scope, key: str) -> Record | None:
    return _record_or_none(await calls("void", scope.workspace, {"contact": scope.contact, "key": key}))


async def get(calls: Calls, scope: Scope, key: str) -> Record | None:
    return _record_or_none(await calls("get", scope.workspace, {"contact": scope.contact, "key": key}))


async def find(
    calls: Calls,
    scope: Scope,
    kinds: Collection[str],
    *,
    since: datetime | None,
    until: datetime | None,
    after: int,
    limit: int,
    voided: bool,
) -> Sequence[Record]:
    args = {
        "contact": scope.contact,
        "kinds": list(kinds),
        "since": None if since is None else since.isoformat(),
        "until": None if until is None else until.isoformat(),
        "after": after,
        "limit": limit,
        "voided": voided,
    }
    return [_record(row) for row in await calls("find", scope.workspace, args)]


async def last(calls: Calls, scope: Scope, kinds: Collection[str]) -> Record | None:
    args = {"contact": scope.contact, "kinds": list(kinds)}
    return _record_or_none(await calls("last", scope.workspace, args))


def _record_or_none(row: Row | None) -> Record | None:
    return None if row is None else _record(row)


def _record(row: Row) -> Record:
    return Record(
        key=row["key"],
        kind=row["kind"],
        at=values.instant(row["at"]),
        document=json.loads(row["document"]),
        number=row["number"],
        recorded_at=values.instant(row["recorded_at"]),
        voided_at=values.instant_or_none(row["voided_at"]),
    )
