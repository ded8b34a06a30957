"""Whether the database has the schema that this code needs, and whether anything can be recorded there at all."""

from adapters.supabase.calls import Calls
from adapters.supabase.faults import MIGRATE
from core.errors import Permanent, Unavailable

_NEEDED = 1
"""The least version of the functions that this application works with; the last migration says which it made."""


async def check_schema(calls: Calls) -> None:
    """Raises `Permanent` if it is missing or older than what is needed."""
    found = await calls("version", None, {})
    _check(found["version"])


async def ready(calls: Calls) -> None:
    """Raises `Unavailable` with the reason, also for what a person has to mend: it may be mended any moment."""
    try:
        found = await calls("ready", None, {})
        _check(found["version"])
    except Permanent as error:
        raise Unavailable(str(error)) from error


def _check(version: int) -> None:
    if version < _NEEDED:
        raise Permanent(f"The database's schema has version {version}, and {_NEEDED} is needed: {MIGRATE}.")
