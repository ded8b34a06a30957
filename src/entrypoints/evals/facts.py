"""Is a fact in a text? Words are compared without case and accents, numbers as amounts, however they are written."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from core.ai.slots.fold import fold

_TIME = re.compile(r"\b\d{1,4}(?:[/-]\d{1,2}){1,2}(?:[/-]\d{2,4})?\b|\b\d{1,2}[:h]\d{2}\b|\b\d{1,2} ?h\b")
"""Dates and times of day: their numbers are no amounts."""
_NUMBER = re.compile(r"\d+(?:[.,'\u2019\u00a0\u202f]\d+)*")
_AMOUNT = re.compile(r"(?:[^\W\d_]{0,3} ?[^\w\s.,+-] ?)?(\d+(?:[.,'\u2019\u00a0\u202f]\d+)*)")
"""A number alone, with a currency's sign or without."""
_SEPARATOR = re.compile(r"[.,'\u2019\u00a0\u202f]")


def has(text: str, wanted: Sequence[str]) -> bool:
    """Any of `wanted` is in the text: an amount among its amounts, words as whole words beside each other."""
    return any(_is_in(each, text) for each in wanted)


def is_like(value: Any, wanted: Sequence[str]) -> bool:
    """A field of a document holds any of `wanted`."""
    if isinstance(value, bool):
        return str(value).lower() in {each.lower() for each in wanted}
    if isinstance(value, list | tuple):
        return any(is_like(each, wanted) for each in value)
    text = "" if value is None else str(value)
    return any(_is_in(each, text) if each.strip() else not text.strip() for each in wanted)


def _is_in(wanted: str, text: str) -> bool:
    amount = _AMOUNT.fullmatch(wanted.strip())
    if amount is not None:
        return _number(amount[1]) in amounts(text)
    words, sought = _words(text), _words(wanted)
    if not sought:
        return fold(wanted) in fold(text)
    return any(words[start : start + len(sought)] == sought for start in range(len(words) - len(sought) + 1))


def amounts(text: str) -> set[Decimal]:
    """Every number that may be an amount."""
    return {_number(found[0]) for found in _NUMBER.finditer(_TIME.sub(" ", text))}


def _number(written: str) -> Decimal:
    """1.234,56 and 1,234.56 and 1234.56 alike. Three digits behind the only kind of separator are thousands."""
    groups = _SEPARATOR.split(written)
    separators = _SEPARATOR.findall(written)
    if len(set(separators)) < 2 and all(len(group) == 3 for group in groups[1:]):
        return Decimal("".join(groups))
    return Decimal(f"{''.join(groups[:-1])}.{groups[-1]}")


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text))
