"""`recado eval`: hold the conversations of some files with the assistant, and say which went as they should."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.errors import Rejected
from entrypoints.cli.visible import visible
from entrypoints.evals.pace import SkippingLoop
from entrypoints.evals.reading import read
from entrypoints.evals.script import Talk
from entrypoints.evals.stage import Result, play
from entrypoints.evals.tally import Tally, as_json, by_language, tally
from entrypoints.settings import environment


def evaluate(
    files: Sequence[Path], *, model: str | None, machine: bool, only: str | None, jobs: int, at_least: float
) -> int:
    """Play the files and print what came of them. 0 if enough went as they should; `at_least` is a part of 1."""
    scripts = {path: read(path) for path in files}
    chosen = {
        path: [talk for talk in script.conversations if _is_wanted(talk, only)] for path, script in scripts.items()
    }
    if not any(chosen.values()):
        raise Rejected(f"--only {only}: no conversation is called so. Name one, or a pattern such as 'pt *'.")
    environ = {"RECADO_LOG_LEVEL": "error", **environment()}

    async def played() -> Mapping[Path, Sequence[Result]]:
        return {
            path: await play(scripts[path], talks, environ=environ, model=model, jobs=jobs)
            for path, talks in chosen.items()
            if talks
        }

    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        results = runner.run(played())
    if machine:
        print(json.dumps(as_json(results, at_least), ensure_ascii=False, indent=2))
    else:
        _show(results)
    everything = tally(result for part in results.values() for result in part)
    return int(everything.passed < at_least * everything.conversations)


def part_of(text: str) -> float:
    """`95%` as a part of 1. Raises `ValueError`."""
    match = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)%?", text.strip())
    if match is None or float(match[1]) > 100:
        raise ValueError("must be a percentage, such as 95%")
    return float(match[1]) / 100


def _is_wanted(talk: Talk, only: str | None) -> bool:
    """Its name is like the pattern, or has the text in it."""
    if only is None:
        return True
    name, pattern = talk.name.casefold(), only.casefold()
    return fnmatchcase(name, pattern) or pattern in name


def _show(files: Mapping[Path, Sequence[Result]]) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = 140  # a log has no edge
    for path, results in files.items():
        for result in results:
            _show_failures(console, path, result)
    console.print(_table(files))
    models = sorted({model for results in files.values() for model in tally(results).models})
    console.print(f"Model: {', '.join(models) or 'none was asked'}", highlight=False)


def _near(path: Path) -> str:
    """The file as it is seen from here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _show_failures(console: Console, path: Path, result: Result) -> None:
    for place, failure in enumerate(result.failures):
        if not place:
            console.print(f"[red]✗[/red] [bold]{escape(result.talk.name)}[/bold]  [dim]{escape(_near(path))}[/dim]")
        said = failure.said or tuple(text for saying in result.talk.says for text in saying.say)
        for label, text in (("said", " / ".join(said)), ("expected", failure.expected), ("got", failure.got)):
            console.print(f"  [dim]{label:<8}[/dim] {escape(visible(text))}", highlight=False, soft_wrap=True)
        console.print()


def _table(files: Mapping[Path, Sequence[Result]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", overflow="fold")
    for heading in ("passed", "utterances", "tokens in", "out", "cost USD", "p50", "p95"):
        table.add_column(heading, justify="right", no_wrap=True)
    for path, results in files.items():
        table.add_row(escape(_near(path)), *_cells(tally(results)), style="bold")
        for language, part in by_language(results).items():
            table.add_row(f"  {language}", *_cells(part))
    if len(files) > 1:
        table.add_row("all", *_cells(tally(result for part in files.values() for result in part)), style="bold")
    return table


def _cells(tally: Tally) -> Sequence[str]:
    share = 100 * tally.passed / tally.conversations
    return (
        f"{tally.passed}/{tally.conversations} {share:.1f}%",
        f"{tally.utterances}",
        f"{tally.usage.input:,}",
        f"{tally.usage.output:,}",
        f"{tally.cost:.4f}",
        _time(tally.within(0.5)),
        _time(tally.within(0.95)),
    )


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
