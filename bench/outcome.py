"""What runs of the load showed, and the table of it beside its aims."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.report import Aim, Table, at_most, ms, percentile

_ACK_MS, _SLOWEST_MS, _CPU_MS, _PEAK_MB = 50, 2000, 5, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is the same in every run."""

    seconds: float
    model_s: float
    quiet_s: float
    callbacks: int
    """A reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one run showed. Times are seconds."""

    rate: int
    sent: int
    acks: Sequence[float]
    late: Sequence[float]
    """How late the load process itself was, a webhook."""
    connections: int
    answered: int
    repeated: int
    disordered: int
    wrong: int
    delays: Sequence[float]
    """From the moment a webhook was due until its reply was accepted, less what model and quiet take."""
    drain_s: float
    cpu_s: Mapping[str, float]
    wall_s: float
    others: float
    """Cores that other programs of this machine kept busy."""
    peak_mb: float
    most_calls: int
    callbacks: int
    callbacks_failed: int
    resent: int
    """Sends that met trouble: they are tried again, or looked into."""
    retried: int
    """Turns that failed and were tried again."""
    warnings: int

    @property
    def unacknowledged(self) -> int:
        return self.sent - len(self.acks)

    @property
    def unanswered(self) -> int:
        return self.sent - self.answered

    def ack_ms(self, share: float) -> float:
        return percentile(self.acks, share) * 1000

    def cpu_ms(self, process: str) -> float:
        """A message."""
        return self.cpu_s[process] * 1000 / self.sent


def tabulate(runs: Sequence[Seen], setting: Setting) -> Table:
    """The runs side by side."""
    table = Table(
        title=f"2. Load, open loop: {setting.seconds:g} s of webhooks from distinct people, a model that takes "
        f"{setting.model_s:g} s, quiet {setting.quiet_s:g} s, {setting.callbacks} callbacks a reply",
        columns=tuple(f"{run.rate}/s" for run in runs),
    )
    by_rate = {run.rate: run for run in runs}

    def row(label: str, cell: Callable[[Seen], object], *aims: Aim) -> None:
        table.row(label, *map(cell, runs), aims=aims)

    def none(label: str, count: Callable[[Seen], int], *, promise: bool = False) -> None:
        total = sum(map(count, runs))
        row(label, count, Aim(words="none", met=not total, by=str(total), promise=promise))

    def at(rate: int, aim: Callable[[Seen], Aim]) -> Sequence[Aim]:
        return [aim(by_rate[rate])] if rate in by_rate else []

    row("webhooks", lambda run: run.sent)
    none("  not acknowledged with 200", lambda run: run.unacknowledged)
    row("ack p50", lambda run: ms(run.ack_ms(0.5)))
    row("ack p95", lambda run: ms(run.ack_ms(0.95)))
    row(
        "ack p99",
        lambda run: ms(run.ack_ms(0.99)),
        *at(200, lambda run: at_most("200/s < 50 ms", run.ack_ms(0.99), _ACK_MS, "ms", under=True)),
    )
    row(
        "ack, the slowest",
        lambda run: ms(run.ack_ms(1)),
        *at(500, lambda run: at_most("500/s <= 2,000 ms", run.ack_ms(1), _SLOWEST_MS, "ms")),
    )
    row("  the load process itself late, p99", lambda run: ms(percentile(run.late, 0.99) * 1000))
    row("people answered", lambda run: run.answered)
    none("  people not answered", lambda run: run.unanswered, promise=True)
    none("replies repeated", lambda run: run.repeated, promise=True)
    none("replies with parts missing or out of order", lambda run: run.disordered, promise=True)
    none("replies to the wrong person", lambda run: run.wrong, promise=True)
    for share in (0.5, 0.99):
        label = f"reply later than model and quiet, p{share * 100:.0f}"
        row(label, lambda run, share=share: ms(percentile(run.delays, share) * 1000))  # type: ignore[misc]
    row("last webhook to last callback", lambda run: f"{run.drain_s:.1f} s")
    row(
        "CPU a message, app",
        lambda run: f"{run.cpu_ms('serve'):.2f} ms",
        *at(200, lambda run: at_most("200/s <= 5 ms", run.cpu_ms("serve"), _CPU_MS, "ms")),
    )
    row("  beside it: emulator", lambda run: f"{run.cpu_ms('emulator'):.2f} ms")
    row("  beside it: model", lambda run: f"{run.cpu_ms('model'):.2f} ms")
    row("cores that these three kept busy", lambda run: f"{sum(run.cpu_s.values()) / run.wall_s:.2f}")
    row("cores that other programs kept busy", lambda run: f"{run.others:.2f}")
    row(
        "peak memory, app (VmHWM)",
        lambda run: f"{run.peak_mb:.0f} MB",
        *at(500, lambda run: at_most("500/s < 400 MB", run.peak_mb, _PEAK_MB, "MB", under=True)),
    )
    row("model calls open at once, at most", lambda run: run.most_calls)
    row("connections from the load process", lambda run: run.connections)
    row("callbacks posted", lambda run: run.callbacks)
    none("  refused or timed out", lambda run: run.callbacks_failed)
    row("sends that met trouble", lambda run: run.resent)
    row("turns that failed and were tried again", lambda run: run.retried)
    none("warnings and errors in the app's log", lambda run: run.warnings)
    return table
