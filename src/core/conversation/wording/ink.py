"""Writes a paragraph with a dialect's marks: around text without space at its ends, never across a line."""

from collections.abc import Mapping

from core.conversation.wording.inline import Paragraph, Run
from core.conversation.wording.marks import Dialect, Style


def inked(text: str, dialect: Dialect, outer: Style | None = None) -> str:
    """The Markdown paragraph `text` with its marks translated, all of it in style `outer` if given."""
    ink = _Ink(dialect.marks)
    if outer:
        ink.on(outer)
    for piece in Paragraph(text, dialect).read():
        if isinstance(piece, Run):
            for style in piece.closes:
                ink.off(style)
            ink.say(piece.mark * piece.left)
            for style in reversed(piece.opens):
                ink.on(style)
        elif piece == "\n":
            ink.newline()
        else:
            ink.say(piece)
    return ink.dry()


class _Ink:
    def __init__(self, marks: Mapping[Style, str]) -> None:
        self._marks = marks
        self._out: list[str] = []
        self._depth = dict.fromkeys(Style, 0)
        self._wanted: list[Style] = []
        """Styles that are on and not written yet: a mark waits for the text it touches."""
        self._live: list[Style] = []

    def say(self, text: str) -> None:
        if self._wanted and (body := text.lstrip()):
            self._out += [text[: -len(body)], *(self._marks[style] for style in self._wanted)]
            self._live += self._wanted
            self._wanted = []
            text = body
        if text:
            self._out.append(text)

    def on(self, style: Style) -> None:
        self._depth[style] += 1
        if self._depth[style] == 1:
            self._wanted.append(style)

    def off(self, style: Style) -> None:
        self._depth[style] -= 1
        if self._depth[style]:
            return
        if style in self._wanted:
            self._wanted.remove(style)
        else:
            self._live.remove(style)
            self._close(style)

    def newline(self) -> None:
        self._close_all()
        self._wanted = self._live + self._wanted
        self._live = []
        self._out.append("\n")

    def dry(self) -> str:
        self._close_all()
        return "".join(self._out)

    def _close_all(self) -> None:
        for style in reversed(self._live):
            self._close(style)

    def _close(self, style: Style) -> None:
        """Writes a closing mark before the space at the end of what is written."""
        last = self._out.pop()
        body = last.rstrip()
        self._out += [body + self._marks[style], last[len(body) :]]
