"""What skills remember: documents under keys, kept as text so that nobody shares them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.ai.records import Record, Scope, document_text


@dataclass(slots=True, kw_only=True, eq=False)
class _Row:
    key: str
    kind: str
    at: datetime
    text: str
    number: int
    recorded_at: datetime
    voided_at: datetime | None = None

    def shown(self) -> Record:
        return Record(
            key=self.key,
            kind=self.kind,
            at=self.at,
            document=json.loads(self.text),
            number=self.number,
            recorded_at=self.recorded_at,
            voided_at=self.voided_at,
        )


class Shelf:
    """The records of everybody, by whose they are. Rows are never taken out, so that they stand by their number."""

    def __init__(self) -> None:
        self._rows: dict[Scope, dict[str, _Row]] = {}

    def put(
        self, now: datetime, scope: Scope, key: str, kind: str, at: datetime, document: Mapping[str, Any]
    ) -> Record:
        text = document_text(document)
        rows = self._rows.setdefault(scope, {})
        row = rows.get(key)
        if row is None:
            row = rows[key] = _Row(key=key, kind=kind, at=at, text=text, number=len(rows) + 1, recorded_at=now)
        return row.shown()

    def void(self, now: datetime, scope: Scope, key: str) -> Record | None:
        row = self._rows.get(scope, {}).get(key)
        if row is None:
            return None
        row.voided_at = row.voided_at or now
        return row.shown()

    def get(self, scope: Scope, key: str) -> Record | None:
        row = self._rows.get(scope, {}).get(key)
        return row.shown() if row is not None else None

    def find(
        self,
        scope: Scope,
        kinds: Collection[str],
        *,
        since: datetime | None,
        until: datetime | None,
        after: int,
        limit: int,
        voided: bool,
    ) -> Sequence[Record]:
        found = [
            row
            for row in self._rows.get(scope, {}).values()
            if row.kind in kinds
            and row.number > after
            and (since is None or row.at >= since)
            and (until is None or row.at < until)
            and (voided or row.voided_at is None)
        ]
        return [row.shown() for row in found[:limit]]

    def last(self, scope: Scope, kinds: Collection[str]) -> Record | None:
        for row in reversed(self._rows.get(scope, {}).values()):
            if row.kind in kinds and row.voided_at is None:
                return row.shown()
        return None
