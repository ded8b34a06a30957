"""How a message is drawn in a terminal: WhatsApp's marks as what they mean, and nothing that could move the cursor."""

import re
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from entrypoints.cli.visible import TAB, visible

_MARKED = re.compile(
    r"```(?P<block>.+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?<![\w*])\*(?=\S)(?P<bold>[^*\n]*[^*\s])\*(?![\w*])"
    r"|(?<![\w_])_(?=\S)(?P<italic>[^_\n]*[^_\s])_(?![\w_])"
    r"|(?<![\w~])~(?=\S)(?P<struck>[^~\n]*[^~\s])~(?![\w~])",
    re.DOTALL,
)
_STYLES = {"block": "cyan", "code": "cyan", "bold": "bold", "italic": "italic", "struck": "strike"}


def inked(text: str, *, marked: bool) -> Text:
    """The text with its marks turned into styles, if the medium has any (SMS has none)."""
    plain = visible(text)
    return _styled(plain, "") if marked else Text(plain)


def wrapped(text: Text, console: Console, width: int) -> Sequence[Text]:
    """Lines of at most this many columns, broken between words where that is possible."""
    lines = text.wrap(console, max(width, 1), tab_size=len(TAB))
    for line in lines:
        line.rstrip()
    return list(lines)


def _styled(text: str, style: str) -> Text:
    drawn = Text()
    at = 0
    for match in _MARKED.finditer(text):
        drawn.append(text[at : match.start()], style)
        kind = match.lastgroup or "block"
        inner = match[kind]
        own = f"{style} {_STYLES[kind]}".strip()
        drawn.append_text(Text(inner.strip("\n"), own) if kind in ("block", "code") else _styled(inner, own))
        at = match.end()
    drawn.append(text[at:], style)
    return drawn
