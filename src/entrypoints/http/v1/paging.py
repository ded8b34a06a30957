"""Pages: how many things one holds, and where it goes on."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

from fastapi import Query
from pydantic import Field

from core.errors import Rejected

MOST = 200
NUMBERS = 2**31 - 1
"""The highest number a message or fact may have here; a store counts no further in one conversation."""

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many to answer at most.")]
Cursor = Annotated[
    str | None, Query(max_length=512, description="Where to go on: `next` of the page before, as it was given.")
]
After = Annotated[int, Query(ge=0, le=NUMBERS, description="Only what has a higher number than this.")]

Next = Annotated[str | None, Field(description="The cursor of the next page; null on the last one.")]
NextNumber = Annotated[
    int | None, Field(description="What to give as `after` for the next page; null when there is no more for now.")
]


def cursor_of(token: str | None) -> str | None:
    """A store's token in letters that need no escaping."""
    return None if token is None else urlsafe_b64encode(token.encode()).decode().rstrip("=")


def token_of(cursor: str | None) -> str | None:
    """The store's token again. Raises `Rejected` for what `cursor_of` never gave."""
    if cursor is None:
        return None
    try:
        token = urlsafe_b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}").decode()
    except ValueError as error:
        raise _unheard_of() from error
    if cursor_of(token) != cursor:
        raise _unheard_of()
    return token


def _unheard_of() -> Rejected:
    return Rejected("no page gave this cursor: give the value of `next` as it was, or none for the first page")
