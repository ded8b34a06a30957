"""The one job: hints at conversations, as JSON, ids only. Whoever can write to Redis can wake, and nothing more."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from arq.worker import Function, func

from core.conversation.message import ConversationId, ConversationRef
from core.identity.model import WorkspaceId

FUNCTION = "wake"
HANDLE = "handle"
"""Where a job finds whom to give its hints to, in arq's context."""

_LONGEST_ID = 200
_LATEST_MS = 253_402_300_799_000
"""The end of the year 9999, after which Python has no dates."""

Handle = Callable[[ConversationRef], Awaitable[None]]


def dump(job: Any) -> bytes:
    """In place of arq's pickle. An error, which arq stores as a job's result, is written as the name of its class."""
    return json.dumps(job, separators=(",", ":"), default=lambda value: type(value).__name__).encode()


def load(job: bytes) -> Any:
    """The same back. Raises `ValueError` for what has not the form of a job: arq drops it, and would end at it."""
    match json.loads(job):
        case {"f": str(), "a": list(), "k": dict(), "t": None, "et": int(put_ms)} as read if 0 <= put_ms <= _LATEST_MS:
            return read
    raise ValueError("it is no job")


async def _wake(ctx: dict[str, Any], *hints: object, **named: object) -> None:
    handle: Handle = ctx[HANDLE]
    for hint in hints:
        match hint:
            case [str(workspace), str(conversation)] if max(len(workspace), len(conversation)) <= _LONGEST_ID:
                await handle(ConversationRef(workspace=WorkspaceId(workspace), id=ConversationId(conversation)))
            case _:
                pass  # not one of ours


def function() -> Function:
    """What a worker registers."""
    return func(_wake, name=FUNCTION)
