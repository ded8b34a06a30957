"""Rows that cannot be read, because we did not write what is in them: each fails alone, and is passed over for a while.

A sweep takes the longest waiting first, so one row that stops it would stop it for ever.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

from adapters.sqlite.instants import length
from adapters.sqlite.rows import Row
from adapters.sqlite.writer import Transaction

T = TypeVar("T")

PUT_OFF_FOR = length(timedelta(hours=1))
_UNREADABLE = (ValueError, LookupError, TypeError)
"""What reading a row raises whose values are not what we write. Trouble with the file is another matter."""


def each_alone(
    tx: Transaction, found: Iterable[Row], handled: Callable[[Row], T | None], put_off: Callable[[Row], None]
) -> list[T]:
    """What `handled` makes of the rows. What it did to one that it cannot read is undone, and the row is put off."""
    all_handled: list[T] = []
    for row in found:
        try:
            with tx.alone():
                one = handled(row)
        except _UNREADABLE:
            put_off(row)
        else:
            if one is not None:
                all_handled.append(one)
    return all_handled
