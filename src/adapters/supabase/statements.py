"""A file of SQL as its statements, for the list of migrations: the Supabase CLI keeps them there too."""

import re
from collections.abc import Sequence

_PARTS = re.compile(
    r"""
      (?P<end>;)
    | --[^\n]*
    | /\*.*?\*/
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | (?P<tag>\$(?:[A-Za-z_]\w*)?\$).*?(?P=tag)
    """,
    re.VERBOSE | re.DOTALL,
)
"""What ends a statement, and all in which a semicolon does not."""


def statements(sql: str) -> Sequence[str]:
    """Each without its semicolon; what is only a comment is none."""
    found = []
    start = 0
    for part in _PARTS.finditer(sql):
        if part["end"]:
            found.append(sql[start : part.start()].strip())
            start = part.end()
    found.append(sql[start:].strip())
    return [each for each in found if each and not _is_comment(each)]


def _is_comment(statement: str) -> bool:
    return not re.sub(r"--[^\n]*|/\*.*?\*/", "", statement, flags=re.DOTALL).strip()
