"""Reads the blocks of Markdown line by line and lays them out for a medium that has lists and quotes, and no more."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from core.conversation.wording.ink import inked
from core.conversation.wording.marks import SMS, Dialect, Style

_FENCE = re.compile(r"([ \t]*)(`{3,}(?=[^`]*$)|~{3,})")
_QUOTE = re.compile(r"[ \t]*> ?")
_RULE = re.compile(r"([-*_])(?:[ \t]*\1){2,}")
_HEADING = re.compile(r"#{1,6}[ \t]+(.*?)(?:[ \t]#+)?")
_ITEM = re.compile(r"([ \t]*)(?:[-*•]|\+(?! *(?:[\d$€£]|R\$))|(\d{1,9})([.)]))[ \t]+(?=\S)(.*)")
_TABLE_RULE = re.compile(r"(?=.*-)(?=.*\|)[|:\- \t]+")
_PIPE = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"<br[ \t]{0,3}/?>", re.IGNORECASE)


class _Level(NamedTuple):
    """An open list: its indent, and its last number as the model wrote it and as we show it (models write 1. 1. 1.)."""

    indent: int
    written: int
    shown: int


class Page:
    """Lays out lines as blocks; an empty block is an empty line, never two in a row, none at the ends."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._blocks: list[str] = []
        self._paragraph: list[str] = []
        self._first = self._rest = self._quoting = ""
        self._levels: list[_Level] = []

    def laid_out(self, markdown: str) -> str:
        self._read(markdown.rstrip().replace("\r\n", "\n").replace("\r", "\n").split("\n"))
        return "\n".join(self._blocks).rstrip("\n")

    def _read(self, lines: Sequence[str]) -> None:
        at = 0
        while at < len(lines):
            at = self._block(lines, at)
        self._end()

    def _block(self, lines: Sequence[str], at: int) -> int:
        """Reads the block that begins at line `at`; answers the first line after it."""
        line, bare = lines[at], lines[at].strip()
        if fence := _FENCE.match(line):
            return self._fence(lines, at, len(fence[1]), fence[2])
        if bare.startswith(">"):
            if not self._quoting:
                return self._quote(lines, at)
            line = bare = bare.lstrip("> \t")
        if not bare:
            self._end()
            self._gap()
        elif _RULE.fullmatch(bare):
            self._end_lists()
            self._gap()
        elif heading := _HEADING.fullmatch(bare):
            self._end_lists()
            self._gap()
            self._add(inked(heading[1].rstrip(), self._dialect, Style.BOLD))
        elif "|" in bare and at + 1 < len(lines) and _TABLE_RULE.fullmatch(lines[at + 1]):
            return self._table(lines, at)
        elif item := _ITEM.match(line):
            self._item(len(item[1].expandtabs(4)), int(item[2] or 0), item[3], item[4])
        else:
            if self._levels and line[0] not in " \t":
                self._end_lists()
            if not self._paragraph:
                self._first = self._rest = "  " * len(self._levels)
            self._paragraph.append(bare)
        return at + 1

    def _item(self, indent: int, number: int, stop: str | None, text: str) -> None:
        self._end()
        while self._levels and indent < self._levels[-1].indent:
            self._levels.pop()
        shown = number
        if self._levels and indent <= self._levels[-1].indent + 1:
            last = self._levels.pop()
            indent = last.indent
            shown = last.shown + 1 if number and number == last.written else number
        self._levels.append(_Level(indent, number, shown))
        self._rest = "  " * len(self._levels)
        self._first = self._rest[2:] + (f"{shown}{stop} " if stop else "- ")
        self._paragraph = [text.strip()]

    def _fence(self, lines: Sequence[str], at: int, indent: int, mark: str) -> int:
        self._end()
        closing = re.compile(rf"\s*{mark[0]}{{{len(mark)},}}\s*")
        end = next((n for n in range(at + 1, len(lines)) if closing.fullmatch(lines[n])), len(lines))
        code = "\n".join(line[min(indent, len(line) - len(line.lstrip())) :] for line in lines[at + 1 : end])
        if code.strip():
            mono = self._dialect.mono
            self._blocks.append(f"{mono}\n{code}\n{mono}" if mono else code)
        return end + 1

    def _quote(self, lines: Sequence[str], at: int) -> int:
        self._end_lists()
        end = next((n for n in range(at, len(lines)) if not lines[n].lstrip().startswith(">")), len(lines))
        self._quoting = "> "
        self._read([_QUOTE.sub("", line, count=1) for line in lines[at:end]])
        self._quoting = ""
        self._levels.clear()
        return end

    def _table(self, lines: Sequence[str], at: int) -> int:
        """One list item per row, its first cell in bold; each value behind the head of its column."""
        self._end()
        unmarked = replace(self._dialect, marks=SMS.marks)
        heads = [inked(cell, unmarked).rstrip(":") for cell in _cells(lines[at])]
        at += 2
        while at < len(lines) and "|" in lines[at]:
            values = []
            for column, cell in enumerate(_cells(lines[at])):
                head = heads[column] if column < len(heads) else ""
                if value := inked(cell, self._dialect, None if column else Style.BOLD):
                    values.append(f"{head}: {value}" if head else value)
            if values:
                self._add("- " + "; ".join(values))
            at += 1
        self._gap()
        return at

    def _end(self) -> None:
        """Ends the paragraph being read."""
        said = inked("\n".join(self._paragraph), self._dialect).split("\n")
        self._paragraph = []
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in said)).strip("\n")
        if text:
            self._add(self._first + text.replace("\n", "\n" + self._rest))

    def _end_lists(self) -> None:
        self._end()
        self._levels.clear()

    def _add(self, text: str) -> None:
        if text:
            self._blocks.append(self._quoting + text.replace("\n", "\n" + self._quoting))

    def _gap(self) -> None:
        if self._blocks and self._blocks[-1]:
            self._blocks.append("")


def _cells(line: str) -> list[str]:
    row = line.strip().removeprefix("|")
    cells = [_BREAK.sub(" ", cell.replace("\\|", "|")).strip() for cell in _PIPE.split(row)]
    return cells if cells[-1] else cells[:-1]
