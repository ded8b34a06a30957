"""Part 1: how many webhooks a second are durable and acknowledged, beside a route that only looks at them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.backends import EMBEDDED, Backend, opened
from bench.hotspots import Profile
from bench.load import Closed
from bench.processes import Machine, Processes, fill, free_port
from bench.report import Aim, Table, ms, percentile

_SHARE = 0.70
_TITLES = {
    "sqlite, inline": "1. Webhooks, closed loop",
    "postgres, arq": "S1. Webhooks, closed loop, PostgreSQL",
    "supabase, arq": "S2. Webhooks, closed loop, Supabase over REST",
}
_LEAST = {"postgres, arq": 1200, "supabase, arq": 1000}
"""Webhooks a second that one process is to take."""
_QUIET_MS, _CEILING_MS = 60_000, 300_000
"""The longest that the app allows: nothing may become due while this part runs."""
_PUBLIC_URL = "https://recado.example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """How long the measurement is."""

    rounds: int
    seconds: float
    connections: int = 32


def measure_throughput(
    folder: Path, rounds: Rounds, profile: Profile | None = None, *, store: str = EMBEDDED
) -> tuple[Table, int]:
    """Both targets side by side, in turns; then the app is killed, and what it acknowledged is counted in its database.

    Answers the table, and how many webhooks the app acknowledged.
    """
    with Processes(folder) as processes:
        backend = opened(store, folder, processes)
        bare = processes.bare(public_url=_PUBLIC_URL)
        app = processes.recado(
            port=free_port(),
            command=() if profile is None else profile.command,
            recado_public_url=_PUBLIC_URL,
            recado_quiet_ms=_QUIET_MS,
            recado_max_wait_ms=_CEILING_MS,
            recado_model="offline",
            **backend.settings,
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
        table = _table(rounds, told, cpu_s, backend)
        table.row("cores that other programs kept busy", f"{others:.2f}")
        if disturbed:
            table.row("it took so long that turns began: do not trust this part")
        return table, told["serve"]["accepted"]


def _table(rounds: Rounds, told: dict[str, Any], cpu_s: Mapping[str, float], backend: Backend) -> Table:
    table = Table(
        title=f"{_TITLES[backend.name]}: {rounds.connections} connections, "
        f"{rounds.rounds} rounds of {rounds.seconds:g} s each in turns, every commit on disk ({backend.name})",
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
    goal = _LEAST.get(backend.name)
    if goal is not None:
        rate = median(rates["serve"])
        met = Aim(words=f">= {goal:,} a second", met=rate >= goal, by=f"{goal - rate:,.0f}")
        table.row("webhooks a second, one process", f"{rate:,.0f}", *[""] * 6, aims=[met])
    ratios = [ours / theirs for ours, theirs in zip(rates["serve"], rates["bare"], strict=True)]
    ratio = median(ratios)
    points = f"{(_SHARE - ratio) * 100:.0f} points"
    shown = [f"{share:.0%}" for share in (ratio, min(ratios), max(ratios))]
    share = Aim(words=">= 70 %", met=ratio >= _SHARE, by=points)
    table.row("ratio, round by round", *shown, *[""] * 4, aims=[share] if goal is None else [])
    failed = told["bare"]["failed"] + told["serve"]["failed"]
    table.row("not acknowledged with 200", failed, *[""] * 6, aims=[Aim(words="none", met=not failed)])
    accepted = told["serve"]["accepted"]
    stored = backend.arrivals()
    kept = Aim(
        words=f"all {accepted:,} acknowledged", met=stored >= accepted, by=f"{accepted - stored:,}", promise=True
    )
    table.row("in the database after kill -9", f"{stored:,}", *[""] * 6, aims=[kept])
    return table
