"""Part 1: how many webhooks a second are durable and acknowledged, beside a route that only looks at them."""

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.hotspots import Profile
from bench.load import Closed
from bench.processes import Machine, Processes, fill, free_port
from bench.report import Aim, Table, ms, percentile

_SHARE = 0.70
_QUIET_MS, _CEILING_MS = 60_000, 300_000
"""The longest that the app allows: nothing may become due while this part runs."""
_PUBLIC_URL = "https://recado.example.com"
_ROWS = "select count(*) from message where direction = 'inbound'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """How long the measurement is."""

    rounds: int
    seconds: float
    connections: int = 32


def measure_throughput(folder: Path, rounds: Rounds, profile: Profile | None = None) -> tuple[Table, int]:
    """Both targets side by side, in turns; then the app is killed, and what it acknowledged is counted in its file.

    Answers the table, and how many webhooks the app acknowledged.
    """
    with Processes(folder) as processes:
        bare = processes.bare(public_url=_PUBLIC_URL)
        app = processes.recado(
            port=free_port(),
            command=() if profile is None else profile.command,
            recado_public_url=_PUBLIC_URL,
            recado_quiet_ms=_QUIET_MS,
            recado_max_wait_ms=_CEILING_MS,
            recado_model="offline",
        )
        watched = (bare, app)
        before = {process.name: process.cpu_s() for process in watched}
        if profile is not None:
            profile.begin(app)
        machine = Machine()
        started = time.monotonic()
        order = Closed(
            ports={"bare": bare.port, "serve": app.port},
            public_url=_PUBLIC_URL,
            connections=rounds.connections,
            rounds=rounds.rounds,
            seconds=rounds.seconds,
        )
        told = fill(order, within=rounds.rounds * (rounds.seconds * 2 + 5) + 60)
        disturbed = time.monotonic() - started > _QUIET_MS / 1000
        cpu_s = {process.name: process.cpu_s() - before[process.name] for process in watched}
        others = machine.busy_cores(less=sum(cpu_s.values()) + told["cpu_s"])
        if profile is not None:
            profile.end(app)
        app.kill()
        table = _table(rounds, told, cpu_s, _stored(folder / "data" / "recado.db"))
        table.row("cores that other programs kept busy", f"{others:.2f}")
        if disturbed:
            table.row("it took so long that turns began: do not trust this part")
        return table, told["serve"]["accepted"]


def _stored(file: Path) -> int:
    with sqlite3.connect(file) as db:
        [count] = db.execute(_ROWS).fetchone()
    db.close()
    return int(count)


def _table(rounds: Rounds, told: dict[str, Any], cpu_s: Mapping[str, float], stored: int) -> Table:
    table = Table(
        title=f"1. Webhooks, closed loop: {rounds.connections} connections, "
        f"{rounds.rounds} rounds of {rounds.seconds:g} s each in turns, durable (sqlite, synchronous=FULL)",
        columns=("req/s", "lowest", "highest", "p50", "p95", "p99", "CPU each"),
    )
    rates = {name: told[name]["rates"] for name in ("bare", "serve")}
    for name, label in (
        ("bare", "bare FastAPI route: form and signature"),
        ("serve", "recado serve: recorded, then 200"),
    ):
        acks = told[name]["acks"]
        shown = [f"{rate:,.0f}" for rate in (median(rates[name]), min(rates[name]), max(rates[name]))]
        acked = [ms(percentile(acks, share) * 1000) for share in (0.5, 0.95, 0.99)]
        table.row(label, *shown, *acked, f"{cpu_s[name] * 1000 / told[name]['accepted']:.3f} ms")
    ratios = [ours / theirs for ours, theirs in zip(rates["serve"], rates["bare"], strict=True)]
    ratio = median(ratios)
    points = f"{(_SHARE - ratio) * 100:.0f} points"
    shown = [f"{share:.0%}" for share in (ratio, min(ratios), max(ratios))]
    table.row("ratio, round by round", *shown, *[""] * 4, aims=[Aim(words=">= 70 %", met=ratio >= _SHARE, by=points)])
    failed = told["bare"]["failed"] + told["serve"]["failed"]
    table.row("not acknowledged with 200", failed, *[""] * 6, aims=[Aim(words="none", met=not failed)])
    accepted = told["serve"]["accepted"]
    kept = Aim(
        words=f"all {accepted:,} acknowledged", met=stored >= accepted, by=f"{accepted - stored:,}", promise=True
    )
    table.row("in the file after kill -9", f"{stored:,}", *[""] * 6, aims=[kept])
    return table
