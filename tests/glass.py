"""What somebody in front of a terminal sees, worked out from what was written to it; what scrolled off is kept."""

import re

from rich.cells import cell_len

_SEQUENCE = re.compile(r"\033\[([0-9;?]*)([A-Za-z])|\033\][^\007]*\007|\033[=>()][A-Z0-9]?|\033[78M]")


class Glass:
    """As much of a terminal as prompt_toolkit and rich use. A character that takes two columns is followed by ""."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self._columns = columns
        self._rows = rows
        self._grid: list[list[str]] = [[]]
        self._row = self._column = 0
        self._left = ""

    @property
    def lines(self) -> list[str]:
        """Everything from the first line to the last that holds something."""
        shown = ["".join(row).rstrip() for row in self._grid]
        while shown and not shown[-1]:
            shown.pop()
        return shown

    def feed(self, written: str) -> "Glass":
        text, self._left = self._left + written, ""
        at = 0
        while at < len(text):
            if text[at] != "\033":
                self._put(text[at])
                at += 1
            elif (match := _SEQUENCE.match(text, at)) is not None:
                if match[2]:
                    self._obey(match[2], match[1])
                at = match.end()
            elif len(text) - at > 60:
                at += 1
            else:
                self._left = text[at:]
                break
        return self

    def _put(self, char: str) -> None:
        if char == "\r":
            self._column = 0
        elif char == "\n":
            self._row += 1
        elif char == "\b":
            self._column = max(0, self._column - 1)
        elif char >= " ":
            self._write(char)

    def _write(self, char: str) -> None:
        width = cell_len(char)
        row = self._at_row()
        if width == 0 and self._column:
            row[self._column - 1] += char
            return
        if self._column + width > self._columns:
            self._row, self._column = self._row + 1, 0
            row = self._at_row()
        row.extend(" " * (self._column + width - len(row)))
        row[self._column : self._column + width] = [char, *[""] * (width - 1)]
        self._column += width

    def _at_row(self) -> list[str]:
        while len(self._grid) <= self._row:
            self._grid.append([])
        return self._grid[self._row]

    def _obey(self, command: str, given: str) -> None:
        numbers = [int(number) if number.isdecimal() else 0 for number in given.split(";")]
        count = max(numbers[0], 1)
        top = max(0, len(self._grid) - self._rows)
        match command:
            case "A":
                self._row = max(top, self._row - count)
            case "B":
                self._row += count
            case "C":
                self._column = min(self._columns - 1, self._column + count)
            case "D":
                self._column = max(0, self._column - count)
            case "G":
                self._column = count - 1
            case "H":
                self._row, self._column = top + count - 1, max(numbers[-1] if len(numbers) > 1 else 1, 1) - 1
            case "J" if numbers[0] == 0:
                del self._at_row()[self._column :]
                del self._grid[self._row + 1 :]
            case "J":
                del self._grid[top:]
                self._row = max(self._row, top)
            case "K" if numbers[0] == 0:
                del self._at_row()[self._column :]
            case "K":
                self._at_row().clear()
