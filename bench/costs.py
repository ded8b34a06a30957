"""What each part of the stack spends on a message: `python -m bench.costs` feeds the simulation in `bench.scaling`.

Processor time, not time on a clock: it depends less on what else the machine does. Two runs on fresh servers: in the
first nobody is answered, so it costs what recording costs; in the second everybody is, and each reply is reported on
three times. Both have as many webhooks a second, as those that come together are recorded together and cost less. What
a process spends while nothing comes is taken off, and told beside.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.backends import STACKS, opened
from bench.processes import Broken, Process, Processes, until
from bench.report import Table
from bench.traffic import CALLBACKS, QUIET_S, Stage, parts

_TICKS = os.sysconf("SC_CLK_TCK")
_WARM = 100
_SETTLE_S = 1.0
_IDLE_S = 8.0
_A_TURN = 3
"""Calls: claim, commit, settle."""
_ROUNDS = 4
"""The least of them counts: other programs that share the processor's caches can only make it more."""
GROUPS = ("serve", "workers", "postgres", "redis", "rest", "emulator", "model")

Spent = Mapping[str, float]
"""Processor time, by group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What becomes of the messages of a run."""

    settings: Mapping[str, int]
    answered: bool
    times: int
    """How many times the rate."""


KINDS = {
    "recorded": Kind(
        settings={"recado_quiet_ms": 60_000, "recado_max_wait_ms": 300_000}, answered=False, times=1 + CALLBACKS
    ),
    "answered": Kind(settings={"recado_quiet_ms": int(QUIET_S * 1000)}, answered=True, times=1),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=STACKS, default="postgres")
    parser.add_argument("--rate", type=int, default=150)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recado-bench-", ignore_cleanup_errors=True) as temporary:
        seen = {}
        for name, kind in KINDS.items():
            folder = Path(temporary) / name
            folder.mkdir()
            seen[name] = _measured(folder, options.store, options.rate * kind.times, options.seconds, kind)
    replies = parts(int(options.rate * options.seconds)) / int(options.rate * options.seconds)
    _tabulated(seen, options.store, options.rate, replies).print()
    _costs({name: a_message for name, (a_message, _) in seen.items()}, replies).print()


def _measured(folder: Path, store: str, rate: int, seconds: float, kind: Kind) -> tuple[Spent, Spent]:
    """Milliseconds a message, and milliseconds a second while idle."""
    with Processes(folder) as processes:
        stage = Stage(processes, backend=opened(store, folder, processes, workers=2), settings=kind.settings)
        if not until(lambda: all(worker.lines('"event": "working"') for worker in stage.workers), within=60):
            raise Broken(f"a worker did not start:\n{stage.workers[0].tail()}")
        stage.fill(0, _WARM, 1)
        if kind.answered:
            stage.drain(_WARM)
        time.sleep(_SETTLE_S)
        groups = _groups(stage)
        idle = _difference(_spent(groups), groups, wait=_IDLE_S)
        rounds, sent = [], [_WARM]
        for number in range(1, _ROUNDS + 1):
            before, began = _spent(groups), time.monotonic()
            sent.append(len(stage.fill(number, rate, seconds / _ROUNDS)["due"]))
            if kind.answered:
                stage.drain(*sent)
            time.sleep(_SETTLE_S)
            took = time.monotonic() - began
            after = _spent(groups)
            rounds.append(
                {name: (after[name] - before[name] - idle[name] / _IDLE_S * took) * 1000 / sent[-1] for name in GROUPS}
            )
        least = {name: min(each[name] for each in rounds) for name in GROUPS}
        return least, {name: each * 1000 / _IDLE_S for name, each in idle.items()}


def _difference(before: Spent, groups: Mapping[str, Sequence[int]], *, wait: float) -> Spent:
    time.sleep(wait)
    after = _spent(groups)
    return {name: after[name] - before[name] for name in GROUPS}


def _groups(stage: Stage) -> Mapping[str, Sequence[int]]:
    """The processes of each group; those of a server are found below this one by their name."""
    named: dict[str, list[int]] = {name: [] for name in GROUPS}
    for process in _below(os.getpid()):
        name = _name(process)
        if name.startswith("postgres"):
            named["postgres"].append(process)
        elif name.startswith("redis"):
            named["redis"].append(process)
        elif name.startswith("node"):
            named["rest"].append(process)
    ours: Mapping[str, Sequence[Process]] = {
        "serve": [stage.app],
        "workers": stage.workers,
        "emulator": [stage.emulator],
        "model": [stage.model],
    }
    return named | {name: [process.pid for process in each] for name, each in ours.items()}


def _below(parent: int) -> Sequence[int]:
    parents = {int(path.name): _stat(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdecimal()}
    found, left = [], [parent]
    while left:
        at = left.pop()
        children = [process for process, stat in parents.items() if stat and int(stat[1]) == at]
        found += children
        left += children
    return found


def _spent(groups: Mapping[str, Sequence[int]]) -> Spent:
    """Of these processes and of children that ended."""
    return {
        name: sum(sum(map(int, stat[11:15])) for process in each if (stat := _stat(process))) / _TICKS
        for name, each in groups.items()
    }


def _stat(process: int) -> Sequence[str]:
    """The fields of its `stat` from the third on; none of one that has gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ()


def _name(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return ""


def _tabulated(seen: Mapping[str, tuple[Spent, Spent]], store: str, rate: int, replies: float) -> Table:
    table = Table(
        title=f"Processor time, {store}+arq, two workers, {rate} messages a second, {replies:.2f} replies a message, "
        f"{CALLBACKS} callbacks a reply: milliseconds a message",
        columns=(*seen, "idle/s"),
    )
    for group in GROUPS:
        cells = [f"{a_message[group]:.3f}" for a_message, _ in seen.values()]
        table.row(group, *cells, f"{seen['answered'][1][group]:.2f} ms")
    return table


def _costs(seen: Mapping[str, Spent], replies: float) -> Table:
    """What the simulation takes."""
    recorded, answered = (seen[name] for name in KINDS)
    reports = replies * CALLBACKS
    table = Table(title="One of each, in seconds, as bench/scaling.py takes it", columns=("seconds",))
    for name, ms in (
        ("webhook", recorded["serve"]),
        ("callback", (answered["serve"] - recorded["serve"]) / reports),
        ("turn", answered["workers"]),
        ("recording", recorded["postgres"]),
        ("following", (answered["postgres"] - recorded["postgres"]) / (_A_TURN + reports)),
        ("beside (emulator, model)", answered["emulator"] + answered["model"]),
    ):
        table.row(name, f"{ms / 1000:.5f}")
    return table


if __name__ == "__main__":
    main()
