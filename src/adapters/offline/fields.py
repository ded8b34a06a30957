"""What a tool wants to know: its arguments, by the kind of words that people say for them."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, get_args, get_type_hints

from adapters.offline.tokens import Sort
from core.ai.slots import Money, Name, When


class Kind(StrEnum):
    """How an argument is said."""

    MONEY = "money"
    WHEN = "when"
    NUMBER = "number"
    NAME = "name"
    TEXT = "text"
    CHOICE = "choice"
    """One of a few values; the words around it imply which."""


EXACT: Mapping[Kind | None, frozenset[Sort]] = {
    Kind.MONEY: frozenset({Sort.MONEY}),
    Kind.NUMBER: frozenset({Sort.NUMBER, Sort.MONEY}),
    Kind.WHEN: frozenset({Sort.WHEN}),
}
"""Kinds that are seen in a text as such, wherever they stand, and as what; anything may be a name or free text."""

_KINDS: Mapping[Any, Kind] = {
    Money: Kind.MONEY,
    When: Kind.WHEN,
    Name: Kind.NAME,
    str: Kind.TEXT,
    int: Kind.NUMBER,
    float: Kind.NUMBER,
    Decimal: Kind.NUMBER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One argument. `choices` are the values of an enumeration."""

    name: str
    kind: Kind
    required: bool
    choices: tuple[Any, ...] = ()


def fields_of(arguments: type[Any]) -> Mapping[str, Field]:
    """The arguments of a tool, by name and in order."""
    hints = get_type_hints(arguments)
    return {
        each.name: _field(each.name, hints[each.name], each.default is MISSING and each.default_factory is MISSING)
        for each in fields(arguments)
    }


def _field(name: str, hint: Any, required: bool) -> Field:
    kinds = [each for each in get_args(hint) or (hint,) if each is not type(None)]
    said = kinds[0] if len(kinds) == 1 else None
    if isinstance(said, type) and issubclass(said, Enum):
        return Field(name=name, kind=Kind.CHOICE, required=required, choices=tuple(each.value for each in said))
    return Field(name=name, kind=_KINDS.get(said, Kind.CHOICE), required=required)
