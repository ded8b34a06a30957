"""The port of what skills remember about people: documents under keys, so that no skill needs a table of its own."""

import json
import re
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from core.errors import Rejected
from core.identity.model import ContactId, WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose records: one contact of one workspace sees, and is seen by, nobody else."""

    workspace: WorkspaceId
    contact: ContactId


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Something remembered. A voided one stays, and is found only by who asks for voided ones too."""

    key: str
    kind: str
    """`skill.noun`, such as `finance.expense`."""
    at: datetime
    """When it happened, or is due; not when it was recorded."""
    document: Mapping[str, Any]
    """JSON values. Amounts are strings: a float is no money."""
    number: int
    """Position among the records of its scope, from 1, in order of recording."""
    recorded_at: datetime
    voided_at: datetime | None = None


class Records(Protocol):
    """Documents of a scope, keyed once for ever. Every operation is atomic and may raise `Unavailable`."""

    @abstractmethod
    async def put(self, scope: Scope, key: str, kind: str, at: datetime, document: Mapping[str, Any]) -> Record:
        """Remember this. A key that the scope has used changes nothing and answers with its first record, voided or
        not: whoever acts twice acts once.

        Raises `Rejected` for a document that JSON would not give back equal: it holds other values than JSON has, keys
        that are no text, NaN, NUL or half a surrogate pair.
        """

    @abstractmethod
    async def void(self, scope: Scope, key: str) -> Record | None:
        """Strike the record out; it and its key stay. A repeat answers the same. None: there is no such record."""

    @abstractmethod
    async def get(self, scope: Scope, key: str) -> Record | None:
        """The record of this key, voided or not."""

    @abstractmethod
    async def find(
        self,
        scope: Scope,
        kinds: Collection[str],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int = 0,
        limit: int = 500,
        voided: bool = False,
    ) -> Sequence[Record]:
        """Records of these kinds that happened from `since` on and before `until`, numbered above `after`, by number.

        `voided`: those that are struck out too.
        """

    @abstractmethod
    async def last(self, scope: Scope, kinds: Collection[str]) -> Record | None:
        """The newest record of these kinds, in order of recording, that is not voided."""


_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""Its escape: after an even number of backslashes. JSON has the character, and some databases do not."""


def document_text(document: Mapping[str, Any]) -> str:
    """A document as every store keeps it, in JSON.

    Raises `Rejected` for what would not come back equal, from one database or another.
    """
    plain = dict(document)
    with suppress(TypeError, ValueError, RecursionError):
        text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
        if json.loads(text) == plain and _NUL.search(text) is None:
            return text
    raise Rejected("a record's document holds what JSON would not give back: use text, numbers, lists and mappings")
