"""Where a key of a TOML document stands: `tomllib` tells what a file says, and not where."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

_ENDS = ('"""', "'''", "]")
"""What the last line of a statement of several lines has."""


def line_of(text: str, keys: Sequence[str]) -> tuple[int, int]:
    """The line, from 1, of the deepest of `keys` that the document names, and how many of them that is.

    An array's elements and an inline table's keys stand where their own key does. Without any: the first line.
    """
    best, depth = 1, 0
    table: list[str] = []
    for number, statement, said in _statements(text):
        if statement.lstrip().startswith("["):
            table = _path(said)
            named = _shared(said, keys)
        elif keys[: len(table)] == table:
            named = len(table) + _shared(said, keys[len(table) :])
        else:
            continue
        if named > depth:
            best, depth = number, named
    return best, depth


def _statements(text: str) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    """Each with its first line and what it says by itself; a valid document ends one at the end of a line."""
    begun: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        begun.append(line)
        if len(begun) > 1 and not any(end in line for end in _ENDS):
            continue
        with suppress(tomllib.TOMLDecodeError):
            statement = "\n".join(begun)
            yield number - len(begun) + 1, statement, tomllib.loads(statement)
            begun.clear()


def _path(header: Mapping[str, Any]) -> list[str]:
    """Of `[a.b]`: a and b."""
    path: list[str] = []
    inner: Any = header
    while isinstance(inner, dict) and inner:
        [(key, inner)] = inner.items()
        path.append(key)
    return path


def _shared(said: Mapping[str, Any], keys: Sequence[str]) -> int:
    """How many of `keys`, one inside the other, are named in what was said."""
    inner: Any = said
    for named, key in enumerate(keys):
        if not isinstance(inner, dict) or key not in inner:
            return named
        inner = inner[key]
    return len(keys)
