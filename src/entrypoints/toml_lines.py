"""Where a key of a TOML document stands: `tomllib` tells what a file says, and not where."""

import re
from collections.abc import Sequence

_TABLE = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_STEP = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*\.?""")


def line_of(text: str, keys: Sequence[str]) -> tuple[int, int]:
    """The line, from 1, of the deepest of `keys` that the document names, and how many of them that is.

    An array's elements and an inline table's keys stand where their own key does. Without any: the first line.
    """
    best, depth = 1, 0
    table: list[str] = []
    closing = ""
    for number, line in enumerate(text.splitlines(), 1):
        if closing:
            closing = "" if closing in line else closing
            continue
        if header := _TABLE.match(line):
            table = here = _steps(header[1])
        elif key := _KEY.match(line):
            here = [*table, *_steps(key[1])]
            closing = _opened(line[key.end() :])
        else:
            continue
        shared = len(here) if list(keys[: len(here)]) == here else 0
        if shared > depth:
            best, depth = number, shared
    return best, depth


def _steps(path: str) -> list[str]:
    return [next(filter(None, step), "") for step in _STEP.findall(path)]


def _opened(value: str) -> str:
    """The quotes that end a text of several lines which begins here; empty if none does."""
    for quotes in ('"""', "'''"):
        if value.lstrip().startswith(quotes) and value.count(quotes) == 1:
            return quotes
    return ""
