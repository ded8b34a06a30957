"""The app under the sampler, and what its samples say: where the processor time of a message goes."""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.processes import ROOT, SAMPLE, SAMPLED, Broken, Process, until

_FUNCTIONS = 30
_LINES = 15
_NEAREST = 60

Function = tuple[str, int, str]
Stacks = list[Mapping[str, Any]]


class Profile:
    """One profile of one process."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "samples.json"

    @property
    def command(self) -> Sequence[str]:
        """What runs `recado` with the sampler inside."""
        return sys.executable, "-m", "bench.sampler", str(self._file)

    def begin(self, app: Process) -> None:
        app.signal(SAMPLE)

    def end(self, app: Process) -> None:
        app.signal(SAMPLED)
        if not until(self._file.exists, within=20):
            raise Broken(f"the sampler wrote nothing:\n{app.tail()}")

    def print(self, messages: int) -> None:
        """Several views of the same samples, in milliseconds a message."""
        _print(json.loads(self._file.read_text()), messages)


def _print(whole: Mapping[str, Any], messages: int) -> None:
    stacks: Stacks = whole["stacks"]
    sampled = sum(stack["ns"] for stack in stacks)
    print(
        f"\nProfile of `recado serve`: {whole['total_ns'] / 1e6 / messages:.2f} ms of processor time a message, "
        f"of which {sampled / 1e6 / messages:.2f} ms sampled"
    )

    def show(title: str, found: Counter[str], most: int) -> None:
        print(f"\n  {title}")
        for label, ns in found.most_common(most):
            print(f"    {ns / 1e6 / messages:7.3f} ms {ns / sampled:6.1%}  {label}")

    show("by thread", _by(stacks, lambda stack: stack["thread"]), 8)
    show("by package of the innermost function", _by(stacks, lambda stack: _package(stack["stack"][0][0])), 24)
    show("by function, its own time", _by(stacks, lambda stack: _label(stack["stack"][0])), _FUNCTIONS)
    show("by nearest function of our own code, libraries counted for who called them", _nearest(stacks), _NEAREST)
    show("by line of our own code, its own time and that of C called from it", _own_lines(stacks), _LINES)
    show("by function of our own code, with all it calls", _cumulative(stacks, ours=True), _FUNCTIONS)
    show("by function of others, with all it calls", _cumulative(stacks, ours=False), _FUNCTIONS)


def _by(stacks: Stacks, key: Callable[[Mapping[str, Any]], str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for stack in stacks:
        found[key(stack)] += stack["ns"]
    return found


def _own_lines(stacks: Stacks) -> Counter[str]:
    found: Counter[str] = Counter()
    for stack in stacks:
        file, _, name = stack["stack"][0]
        if _is_ours(file):
            found[f"{_short(file)}:{stack['line']} {name}"] += stack["ns"]
    return found


def _nearest(stacks: Stacks) -> Counter[str]:
    """Each sample counts once: for the innermost function of ours, or the outermost of a library that runs alone."""
    found: Counter[str] = Counter()
    common = _common(stacks)
    for stack in stacks:
        functions = [tuple(each) for each in stack["stack"] if tuple(each) not in common]
        ours = next((function for function in functions if _is_ours(function[0])), None)
        alone = functions[-1] if functions else tuple(stack["stack"][0])
        found[_label(ours or alone)] += stack["ns"]
    return found


def _cumulative(stacks: Stacks, *, ours: bool) -> Counter[str]:
    found: Counter[str] = Counter()
    common = _common(stacks)
    for stack in stacks:
        for function in {tuple(each) for each in stack["stack"]} - common:
            if _is_ours(function[0]) is ours:
                found[_label(function)] += stack["ns"]
    return found


def _common(stacks: Stacks) -> set[Function]:
    """What every stack of a thread begins with says nothing."""
    by_thread: dict[str, Counter[Function]] = defaultdict(Counter)
    for stack in stacks:
        for function in {tuple(each) for each in stack["stack"]}:
            by_thread[stack["thread"]][function] += stack["ns"]
    whole = _by(stacks, lambda stack: stack["thread"])
    return {
        function
        for thread, counted in by_thread.items()
        for function, ns in counted.items()
        if ns >= 0.99 * whole[thread] and whole[thread] > 0
    }


def _label(function: Function) -> str:
    file, line, name = function
    return f"{_short(file)}:{line} {name}"


def _is_ours(file: str) -> bool:
    return file.startswith(str(ROOT / "src"))


def _package(file: str) -> str:
    parts = _short(file).split("/")
    return "/".join(parts[:2]) if parts[0] in ("adapters", "core", "entrypoints") else parts[0]


def _short(file: str) -> str:
    """Within the tree or the package; the standard library by its file."""
    if _is_ours(file):
        return str(Path(file).relative_to(ROOT / "src"))
    _, found, rest = file.rpartition("site-packages/")
    return rest if found or "/" not in file else f"python/{Path(file).name}"
