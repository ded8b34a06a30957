"""What runs of the production stack showed: one HTTP process, so many workers, servers as in production."""

from collections.abc import Callable, Sequence

from bench.outcome import Seen, Setting
from bench.report import Aim, Table, ms, percentile


def tabulate_stack(runs: Sequence[tuple[str, Seen]], setting: Setting, workers: int) -> Table:
    """A column for each store."""
    [rate] = {seen.rate for _, seen in runs}
    table = Table(
        title=f"S3. The stack under load: {rate} webhooks a second for {setting.seconds:g} s from distinct people, a "
        f"model that takes {setting.model_s:g} s, one `recado serve`, {workers} `recado worker`",
        columns=tuple(f"{name}+arq" for name, _ in runs),
    )

    def row(label: str, cell: Callable[[Seen], object], *aims: Aim) -> None:
        table.row(label, *(cell(seen) for _, seen in runs), aims=aims)

    def none(label: str, count: Callable[[Seen], int], *, promise: bool = True) -> None:
        total = sum(count(seen) for _, seen in runs)
        row(label, count, Aim(words="none", met=not total, by=str(total), promise=promise))

    row("webhooks", lambda run: run.sent)
    none("  errors: not acknowledged with 200", lambda run: run.unacknowledged, promise=False)
    for share in (0.5, 0.95, 0.99, 1.0):
        row(f"ack p{share * 100:.0f}", lambda run, share=share: ms(run.ack_ms(share)))  # type: ignore[misc]
    row("  the load process itself late, p99", lambda run: ms(percentile(run.late, 0.99) * 1000))
    row("people answered", lambda run: run.answered)
    none("  lost: people not answered", lambda run: run.unanswered)
    none("replies repeated", lambda run: run.repeated)
    none("replies with parts missing or out of order", lambda run: run.disordered)
    none("replies to the wrong person", lambda run: run.wrong)
    for share in (0.5, 0.99):
        label = f"reply later than model and quiet, p{share * 100:.0f}"
        row(label, lambda run, share=share: ms(percentile(run.delays, share) * 1000))  # type: ignore[misc]
    row("last webhook to last callback", lambda run: f"{run.drain_s:.1f} s")
    row("CPU a message, serve", lambda run: f"{run.cpu_ms('serve'):.2f} ms")
    row("CPU a message, workers together", lambda run: f"{_workers(run):.2f} ms")
    row("  beside it: emulator and model", lambda run: f"{run.cpu_ms('emulator') + run.cpu_ms('model'):.2f} ms")
    row("  beside it: servers and all else", lambda run: f"{run.others * run.wall_s * 1000 / run.sent:.2f} ms")
    row("peak memory, serve (VmHWM)", lambda run: f"{run.peak_mb:.0f} MB")
    row("model calls open at once, at most", lambda run: run.most_calls)
    none("callbacks refused or timed out", lambda run: run.callbacks_failed, promise=False)
    row("sends that met trouble", lambda run: run.resent)
    row("turns that failed and were tried again", lambda run: run.retried)
    row("warnings and errors in the logs", lambda run: run.warnings)
    return table


def _workers(run: Seen) -> float:
    return sum(run.cpu_ms(name) for name in run.cpu_s if name.startswith("worker"))
