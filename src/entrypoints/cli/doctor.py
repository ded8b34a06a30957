"""`recado doctor`: what was found about the set-up, for people or as JSON."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

from core.conversation.inspection import Finding, Severity
from entrypoints.cli.visible import visible
from entrypoints.doctor import Section, examine
from entrypoints.settings import environment

_MARKS = {Severity.OK: "✓", Severity.WARNING: "!", Severity.PROBLEM: "✗"}
_COLOURS = {Severity.OK: "\033[32m", Severity.WARNING: "\033[33m", Severity.PROBLEM: "\033[1;31m"}
_BOLD, _PLAIN = "\033[1m", "\033[0m"
_WIDEST = 110


async def doctor(*, as_json: bool) -> int:
    """Examine and tell. 1 if there is a problem; warnings are none."""
    sections: list[Section] = []
    async for section in examine(environment()):
        sections.append(section)
        if not as_json:
            print("\n".join(_shown(section)), end="\n\n", flush=True)
    found = [finding.severity for section in sections for finding in section.findings]
    problems, warnings = found.count(Severity.PROBLEM), found.count(Severity.WARNING)
    if as_json:
        whole = {"ok": not problems, "problems": problems, "warnings": warnings}
        print(
            json.dumps({**whole, "sections": [_as_json(section) for section in sections]}, ensure_ascii=False, indent=2)
        )
    else:
        print(_summary(problems, warnings))
    return int(bool(problems))


def _summary(problems: int, warnings: int) -> str:
    counted = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((problems, "problem"), (warnings, "warning"))
        if count
    ]
    return f"{' and '.join(counted)}." if counted else "All is well."


def _as_json(section: Section) -> dict[str, Any]:
    findings = [{"severity": one.severity, "what": one.what, "cure": one.cure} for one in section.findings]
    return {"title": section.title, "findings": findings}


def _shown(section: Section) -> Iterator[str]:
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    title = visible(section.title)
    yield f"{_BOLD}{title}{_PLAIN}" if coloured else title
    for finding in section.findings:
        yield from _lines(finding, coloured)


def _lines(finding: Finding, coloured: bool) -> Iterator[str]:
    """One line, the cure indented below it; in a terminal both are wrapped, elsewhere they stay whole."""
    mark = _MARKS[finding.severity]
    shown = f"{_COLOURS[finding.severity]}{mark}{_PLAIN}" if coloured else mark
    first, *rest = _wrapped(finding.what, 4) or [""]
    yield f"  {shown} {first}"
    yield from (f"    {line}" for line in rest)
    yield from (f"      {line}" for line in _wrapped(finding.cure, 6))


def _wrapped(text: str, indent: int) -> list[str]:
    """What a provider, or whatever answers at an address, has said may be in it."""
    text = visible(text)
    if not sys.stdout.isatty():
        return [text] if text else []
    width = min(shutil.get_terminal_size().columns, _WIDEST) - indent
    return textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False)
