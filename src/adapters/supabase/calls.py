"""How the store reaches its database: each operation is one versioned SQL function, called by name, one round trip."""

import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol

from adapters.supabase.faults import unstorable
from core.identity.seal import Seal


class Calls(Protocol):
    """A way to call. Every function answers a repeat with its first answer, so a call may be made twice."""

    seal: Seal
    """What opens and closes the credentials of lines: the database never sees them open."""

    @abstractmethod
    async def __call__(
        self, operation: str, workspace: str | None, args: Mapping[str, Any], *, urgent: bool = False
    ) -> Any:
        """The decoded answer of `public.recado_<operation>_v1(workspace, args)`.

        `args` are plain JSON values. What is `urgent` has a way of its own, on which nothing else waits.

        Raises only our errors: those of the function; `Rejected` for what cannot be stored; `Unavailable`; `Permanent`
        when a person has to act.
        """


def function(operation: str) -> str:
    """Its name in the database, without the schema, which is `public`."""
    return f"recado_{operation}_v1"


def storable(args: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """`args` with U+FFFD for each U+0000, which PostgreSQL refuses in text and in JSON; and the same as JSON.

    Raises `Rejected` for what has no form in JSON or UTF-8.
    """
    try:
        text = _written(args)
        if "\\u0000" in text:
            args = _without_nul(args)
            text = _written(args)
        text.encode()
    except ValueError as error:
        raise unstorable(error) from error
    return args, text


def _written(args: Mapping[str, Any]) -> str:
    return json.dumps(args, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, Mapping):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nul(item) for item in value]
    return value
