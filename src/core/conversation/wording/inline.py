"""Reads one paragraph of Markdown into text and runs of marks. Runs are paired with stacks, as in CommonMark.

Linear in the length: the one expression nests no quantifier that can match the same text twice. A mark that pairs with
nothing stays what it is, because neither medium can escape one.
"""

import html
import re
from dataclasses import dataclass, field

from core.conversation.wording.marks import Dialect, Style, in_word

_TOKEN = re.compile(
    r"""
      (?P<run> \*+ | _+ | ~+ )
    | (?P<code> (?<!`)(?P<ticks>`{1,3})(?!`) (?P<inside>.+?) (?<!`)(?P=ticks)(?!`) )
    | (?P<address> <(?:https?://|mailto:|tel:)[^\s<>]+>
        | https?://(?: [^\s<>"`*\[\]\\|()] | \*(?!\*) | \([^\s<>"`*\[\]\\|()]*\) )+ (?<![.,;:!?'*_~}]) )
    | (?P<entity> &(?: \#\d{1,7} | \#x[0-9a-f]{1,6} | [a-z][a-z0-9]{1,31} ); )
    | (?P<line> \n | <br[ \t]{0,3}/?> )
    | (?P<tag> <(?P<slash>/?)(?P<name>b|strong|i|em|s|del|strike|u|ins|mark|sub|sup|small|code|kbd|span)> )
    | (?P<escape> \\(?: [!-/:-@\[-`{-~] | (?=\n) ) )
    | (?P<open> !?\[ )
    | (?P<link> \]\(\s*+ <?(?P<url>(?: [^\s()<>] | \([^\s()<>]*\) )*+)>? (?: \s++(?: "[^"]*" | '[^']*' ) )?+ \s*+\) )
    | (?P<close> \] )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_NEEDLESS = re.compile(r"\A(?:mailto:|tel:|#.*)", re.IGNORECASE | re.DOTALL)
_SCHEME = re.compile(r"\A(?:https?://|mailto:|tel:)?(?:www\.)?")
_STYLES = {
    **dict.fromkeys(("**", "__", "b", "strong"), Style.BOLD),
    **dict.fromkeys(("*", "_", "i", "em"), Style.ITALIC),
    **dict.fromkeys(("~~", "s", "del", "strike"), Style.STRIKE),
}


@dataclass(slots=True)
class Run:
    """A run of one mark; `left` of it are not part of a pair, and stay as they are."""

    mark: str
    left: int
    at: int
    opens: list[Style] = field(default_factory=list)
    closes: list[Style] = field(default_factory=list)


class Paragraph:
    def __init__(self, text: str, dialect: Dialect) -> None:
        self._text = text
        self._dialect = dialect
        self._out: list[str | Run] = []
        self._waiting: dict[str, list[Run]] = {}
        """Runs without their other half, by mark or tag, in order."""
        self._brackets: list[tuple[int, int]] = []
        """Unclosed brackets: the token that holds it, the position after it."""

    def read(self) -> list[str | Run]:
        at = 0
        while found := _TOKEN.search(self._text, at):
            self._say(self._text[at : found.start()])
            at = self._token(found)
        self._say(self._text[at:])
        return self._out

    def _say(self, text: str) -> None:
        if text:
            self._out.append(self._dialect.fold(text))

    def _token(self, found: re.Match[str]) -> int:
        """Reads `found`; answers the position after what was read."""
        match found.lastgroup:
            case "run":
                self._run(found)
            case "code":
                self._out.append(f"{self._dialect.mono}{found['inside'].strip()}{self._dialect.mono}")
            case "address":
                self._out.append(_shown(found[0].strip("<>")))
            case "entity":
                self._say(html.unescape(found[0]))
            case "line":
                self._out.append("\n")
            case "tag":
                self._tag(found["name"].lower(), closing=bool(found["slash"]))
            case "escape":
                self._out.append(found[0][1:])
            case "open":
                self._brackets.append((len(self._out), found.end()))
                self._out.append(found[0])
            case "link" if self._brackets:
                self._link(found.start(), _shown(_ESCAPED.sub(r"\1", found["url"])))
            case _:
                del self._brackets[-1:]
                self._out.append("]")
                return found.start() + 1
        return found.end()

    def _run(self, found: re.Match[str]) -> None:
        """A run of marks opens after a space or a sign and closes before one, so 2*3*4 and snake_case are not touched.

        Two stars may also close before a letter: models write **word**s.
        """
        mark, length = found[0][0], len(found[0])
        if length > 3 or (mark == "~" and length != 2):
            self._out.append(found[0])
            return
        before = self._text[: found.start()][-1:] or " "
        after = self._text[found.end() : found.end() + 1] or " "
        run = Run(mark, length, len(self._out))
        self._out.append(run)
        loose = mark == "*" and length > 1
        if not before.isspace() and (not in_word(after) or (loose and (not in_word(before) or after.isalpha()))):
            self._pair(mark, run, shown=not in_word(after))
        if run.left and not after.isspace() and not in_word(before):
            self._waiting.setdefault(mark, []).append(run)

    def _tag(self, name: str, *, closing: bool) -> None:
        if name not in _STYLES:
            return
        run = Run("", 1, len(self._out))
        self._out.append(run)
        if closing:
            self._pair(name, run, shown=True)
        else:
            self._waiting.setdefault(name, []).append(run)

    def _pair(self, mark: str, closer: Run, *, shown: bool) -> None:
        waiting = self._waiting.get(mark)
        while closer.left and waiting:
            opener = waiting[-1]
            size = min(2, closer.left, opener.left)
            opener.left -= size
            closer.left -= size
            if shown:
                opener.opens.append(_STYLES[mark * size])
                closer.closes.append(_STYLES[mark * size])
            self._forget(opener.at + bool(opener.left))

    def _forget(self, at: int) -> None:
        """Runs from token `at` on can no longer open a pair."""
        for waiting in self._waiting.values():
            while waiting and waiting[-1].at >= at:
                waiting.pop()

    def _link(self, at: int, url: str) -> None:
        token, start = self._brackets.pop()
        self._out[token] = ""
        empty = len(self._out) == token + 1
        if url and (empty or (at - start <= len(url) + 16 and _essence(self._text[start:at]) == _essence(url))):
            del self._out[token:]
            self._forget(token)
            self._out.append(url)
        elif url:
            self._out.append(f" ({url})")


def _shown(url: str) -> str:
    """What a person needs of an address: nothing of an anchor, the number or mailbox of tel: and mailto:."""
    return _NEEDLESS.sub("", url.replace("&amp;", "&"))


def _essence(address: str) -> str:
    """The letters and digits of an address: a link's text with the same ones says no more than the address."""
    return "".join(filter(str.isalnum, _SCHEME.sub("", address.casefold().strip("*_~`< "))))
