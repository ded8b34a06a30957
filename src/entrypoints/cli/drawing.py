"""Messages as bubbles of a terminal: one's own on the right with their ticks, the others' on the left behind a bar."""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from core.identity.medium import Medium
from entrypoints.cli.ink import inked, wrapped
from entrypoints.cli.phone import Bubble
from entrypoints.cli.visible import visible

_WIDEST = 92
"""Columns that are used of a wide terminal: own messages should not be far from what answers them."""
_SHARE = 0.75
_BAR, _GAP = "│ ", "  "


class Drawing:
    """Draws for a terminal of this many columns; `assistant` is who answers."""

    def __init__(self, columns: int, assistant: str, *, today: date | None = None) -> None:
        # Never the last column: terminals differ in where the cursor is after it.
        self._width = max(min(columns - 1, _WIDEST), 20)
        self._assistant = assistant
        self._today = today or datetime.now().astimezone().date()
        self._console = Console(
            width=self._width,
            force_terminal=True,
            no_color=bool(os.environ.get("NO_COLOR")),
            highlight=False,
            markup=False,
            emoji=False,
        )

    def own(self, bubble: Bubble, *, measure: Callable[[str], int] = cell_len) -> str:
        """A message of the person: at the right edge, as `measure` finds it who draws it."""
        beside = Text.assemble((shown_time(bubble), "dim"), " ", _ticks(bubble))
        lines = self._block(bubble, beside)
        block = max(measure(line.plain) for line in lines)
        left = " " * max(self._width - block, 0)
        drawn = [Text(left).append_text(line) for line in lines]
        if bubble.problem is not None:
            drawn.append(Text(f"not delivered: {visible(bubble.problem)}".rjust(self._width), "red"))
        return self._ansi(drawn)

    def reply(self, bubble: Bubble, *, named: bool) -> str:
        """A message of the assistant: behind a bar, and below its name if `named`."""
        lines = self._block(bubble, Text(shown_time(bubble), "dim"))
        drawn = [Text(visible(self._assistant), "bold green")] if named else []
        drawn += [Text.assemble((_BAR, "green"), line) for line in lines]
        return self._ansi(drawn)

    def is_today(self, bubble: Bubble) -> bool:
        return _local(bubble).date() == self._today

    def day(self, bubble: Bubble) -> str:
        """A line between two days."""
        return self._ansi([Text(f" {_day(bubble, self._today)} ".center(self._width, "─"), "dim")])

    def note(self, text: str) -> str:
        """A remark of the chat itself."""
        lines = (line for part in text.splitlines() for line in _hung(part, self._console, self._width))
        return self._ansi([Text(line.plain, "dim") for line in lines])

    def writing(self, step: int) -> str:
        """That somebody writes, for the line above the prompt; `step` moves the dots."""
        dots = "".join("•" if place == step % 3 else "·" for place in range(3))
        return self._ansi([Text.assemble((visible(self._assistant), "green"), (" is typing ", "dim"), (dots, "green"))])

    def _block(self, bubble: Bubble, beside: Text) -> list[Text]:
        """The words, wrapped, with what stands beside the last line, or below it where there is no room."""
        room = max(int(self._width * _SHARE), 16)
        text = inked(bubble.words, marked=bubble.medium is Medium.WHATSAPP)
        lines = list(wrapped(text, self._console, room))
        if lines and lines[-1].cell_len + len(_GAP) + beside.cell_len <= room:
            lines[-1].append(_GAP).append_text(beside)
        else:
            lines.append(Text(" " * max(0, _widest(lines) - beside.cell_len)).append_text(beside))
        return lines

    def _ansi(self, lines: Sequence[Text]) -> str:
        with self._console.capture() as captured:
            for line in lines:
                self._console.print(line, no_wrap=True, overflow="ignore", crop=False)
        return captured.get()


def shown_time(bubble: Bubble) -> str:
    return _local(bubble).strftime("%H:%M") if bubble.at else ""


def same_day(one: Bubble, other: Bubble) -> bool:
    return _local(one).date() == _local(other).date()


def _local(bubble: Bubble) -> datetime:
    return datetime.fromisoformat(bubble.at).astimezone() if bubble.at else datetime.now().astimezone()


def _day(bubble: Bubble, today: date) -> str:
    day = _local(bubble).date()
    if day == today:
        return "today"
    if day == today - timedelta(days=1):
        return "yesterday"
    return f"{day:%A}, {day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")


def _ticks(bubble: Bubble) -> Text:
    if bubble.problem is not None:
        return Text("✗", "red")
    return Text("✓" * max(bubble.ticks, 1), "bold blue" if bubble.read else "dim")


def _widest(lines: Sequence[Text]) -> int:
    return max((line.cell_len for line in lines), default=0)


def _hung(part: str, console: Console, width: int) -> Iterator[Text]:
    """A line of a remark; what does not fit goes on below, as far in as it began."""
    indent = len(part) - len(part.lstrip())
    for line in wrapped(Text(visible(part.strip())), console, width - indent):
        yield Text(" " * indent + line.plain)
