"""Part 3: how often a message's life calls the store."""

import json
from pathlib import Path

from bench.counted import FILE, NAME, register
from bench.processes import Processes
from bench.report import Table, at_most
from bench.traffic import CALLBACKS, Stage, parts

_RATE, _SECONDS, _MODEL_S = 40, 3, 0.2
_TURN = ("claim", "claim_due", "commit", "settle", "begin_send")
_MOST = 3.1
"""A plain turn is three; a second part is settled too."""


def count_store_calls(folder: Path, run: int) -> Table:
    """A short run of its own, as counting is work too."""
    counts = folder / "counts.json"
    register(folder / "drivers")
    with Processes(folder) as processes:
        settings = {FILE: counts, "recado_store": NAME, "recado_sweep_s": 60, "path": [folder / "drivers"]}
        stage = Stage(processes, model_s=_MODEL_S, settings=settings)
        sent = len(stage.fill(run, _RATE, _SECONDS)["due"])
        stage.drain(sent)
        stage.app.stop()
    calls: dict[str, int] = json.loads(counts.read_text())
    table = Table(
        title=f"3. Calls of the store, {sent} messages at {_RATE}/s, "
        f"each with {parts(sent) / sent:.2f} replies and {CALLBACKS} callbacks a reply",
        columns=("a message",),
    )
    for name, count in sorted(calls.items(), key=lambda one: -one[1]):
        table.row(name, f"{count / sent:.2f}")
    turn = sum(calls.get(name, 0) for name in _TURN) / sent
    table.row("a turn: claims, commit, sends", f"{turn:.2f}", aims=[at_most("3", turn, _MOST, "calls")])
    return table
