"""Whether the database has the schema that this code needs, and whether anything can be recorded there at all."""

from collections.abc import Mapping
from typing import Any

from adapters.supabase.calls import Calls
from adapters.supabase.faults import MIGRATE
from core.errors import Permanent, Unavailable

_NEEDED = 1
"""The least version of the functions that this application works with; the last migration says which it made."""


async def check_schema(calls: Calls) -> None:
    """Raises `Permanent` if it is missing or older than what is needed, or if a crash would lose what was recorded."""
    _check(await calls("version", None, {}))


async def ready(calls: Calls) -> None:
    """Raises `Unavailable` with the reason, also for what a person has to mend: it may be mended any moment."""
    try:
        _check(await calls("ready", None, {}))
    except Permanent as error:
        raise Unavailable(str(error)) from error


def _check(found: Mapping[str, Any]) -> None:
    version = found["version"]
    if version < _NEEDED:
        raise Permanent(f"The database's schema has version {version}, and {_NEEDED} is needed: {MIGRATE}.")
    if not found.get("is_durable", True):
        raise Permanent(
            "The database answers before it has written (synchronous_commit is off), and a crash would lose messages "
            "that were acknowledged: `alter role` or `alter database … set synchronous_commit = on`."
        )
