"""Questions to the database itself, as its superuser."""

import json
from collections.abc import Mapping
from typing import Any

import asyncpg

from tests.build import TODAY

TABLES = (
    "select oid::regclass::text from pg_class where relnamespace = 'recado'::regnamespace and relkind in ('r', 'v')"
)
FUNCTIONS = "select proname from pg_proc where pronamespace = 'public'::regnamespace and proname like 'recado%'"


async def column(db: "asyncpg.Connection[Any]", sql: str, *args: object) -> list[Any]:
    """The first column of what it answers."""
    return [row[0] for row in await db.fetch(sql, *args)]


async def asked(db: "asyncpg.Connection[Any]", operation: str, workspace: str | None, args: Mapping[str, Any]) -> Any:
    """The answer of an operation's function."""
    answer = await db.fetchval(f"select public.recado_{operation}_v1($1, $2::jsonb)", workspace, json.dumps(args))
    return None if answer is None else json.loads(answer)


def questions(ids: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
    """What each reading operation of a workspace is asked with; `ids` are of what happened there."""
    conversation, contact = {"conversation": ids["conversation"]}, {"contact": ids["contact"]}
    period = {"since": TODAY.isoformat(), "until": TODAY.isoformat(), "contact": None, "conversation": None}
    found = {"kinds": ["finance.expense"], "since": None, "until": None, "after": 0, "limit": 9, "voided": True}
    every = {"before_at": "infinity", "before_id": "", "needs_human": None, "limit": 9}
    return {
        "addresses": contact,
        "contact": contact,
        "contacts": {"after": "", "limit": 9},
        "conversation": conversation,
        "conversations": every,
        "facts": conversation | {"after": 0, "limit": 9},
        "find": contact | found,
        "get": contact | {"key": "key"},
        "keys": {},
        "last": contact | {"kinds": ["finance.expense"]},
        "messages": conversation | {"after": 0, "limit": 9},
        "spending": period | contact,
        "turns": conversation | {"before": None, "limit": 9},
        "turns_of": {"before": "g", "state": None, "limit": 9},
    }
