"""Measures Recado on this machine: `make bench`, or `python -m bench --help`.

It prints tables and writes nothing into the tree: data and logs are in a temporary folder that goes away. Everything
runs on this machine's loopback, and the app, the emulator, the model and the load process share its cores; with two
cores the load takes from the app what it would leave it in real life. Time waited for a core is part of each figure.

**1. Throughput.** A real `recado serve` (sqlite in a file, inline queue, INFO log into a file) against a FastAPI route
with one dependency that only parses the form and checks the signature, by the same code, under the same server
(`bench.bare`). One load process with 32 keep-alive connections sends each its next webhook when the last is
acknowledged: signed beforehand, every one from another person, the same bytes to both. Rounds alternate between the
two, and the ratio is taken round by round, so that a noisy machine is noisy for both. `RECADO_QUIET_MS` is so long that
no turn is due meanwhile. Afterwards the app is killed with `kill -9` and its file opened: every acknowledged webhook
must be in it.

**2. Load.** For 10 s, webhooks fall due at 50, 200 and 500 a second, whatever became of those before; each is from
another person. An acknowledgement is timed from the moment its webhook was due, so stalls are not hidden; the load
process's own lateness is in it, and told beside it. A model (`bench.model`, a process of its own) answers after 5 s,
one time in twenty so long that the reply goes out in two parts. Twilio is `recado emulate`, in a process of its own,
which reports each reply as sent, delivered and read through signed callbacks. Its log of accepted messages is what
"answered", "repeated", "out of order" and "wrong person" are judged by. A reply's lateness is the instant of its
acceptance less the instant its webhook was due, less the model's 5 s and the quiet 1.2 s. CPU a message is user and
system time of the app (/proc/PID/stat) from the first webhook to the last callback, divided by the webhooks: it
includes the webhook, the turn, the model call, the typing indicator, the send and the three callbacks. Peak memory is
VmHWM of the app, start-up included.

**3. Store calls.** A short run of its own with a driver (`bench.counted`) that counts the calls that reach the store.

**4. Offline latency.** One person at a time writes to a `recado serve` with the offline model, the finance skill at
work and no quiet period: from the moment the webhook is sent until the emulator accepts the reply, the whole pipeline
with its tool, journal and commits included. The acknowledgement of the same webhook is the reference beside it.

**--stack** measures the production stack in place of all that, on servers of its own (PostgreSQL that syncs every
commit, Redis, the Supabase-compatible REST server), which share the cores too. **S1, S2** are part 1 with postgres+arq
and with supabase+arq over 128 connections, each beside the bare route in the same run. **S3** is 20 s at 500 webhooks a
second with the 5 s model, one `recado serve` and two `recado worker`, for each store. **S4** is the time from a wake to
its start. **S5** is what a turn costs the store with a small archive and with one of 1,000,000 messages.

**--profile** runs the 200/s load (or part 1, with `--only throughput`) with the app under a sampler (`bench.sampler`),
and prints where the app's time goes. Sampling slows it a little: take speeds from runs without.

Each figure that has an aim is printed beside it. The exit status is 1 if a promise is broken: something lost, repeated,
disordered or sent to somebody else. A speed that is missed is only said.
"""

import argparse
import os
import platform
import signal
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from bench.backends import STACKS
from bench.growth import measure_growth
from bench.hotspots import Profile
from bench.latency import measure_latency
from bench.outcome import Setting, tabulate
from bench.processes import Broken
from bench.report import Table
from bench.stack_outcome import tabulate_stack
from bench.store_calls import count_store_calls
from bench.throughput import Rounds, measure_throughput
from bench.traffic import CALLBACKS, MODEL_S, QUIET_S, measure_load
from bench.wakes import measure_wakes

_RATES = (50, 200, 500)
_PROFILED = 200
_STACK_RATE, _STACK_S, _WORKERS = 500, 20.0, 2
_CONNECTIONS = 128
"""What comes at the same time is recorded together: few connections that wait for their answers starve the batches."""
_PARTS = ("webhooks", "load", "wakes", "growth")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Recado on this machine.")
    parser.add_argument("--quick", action="store_true", help="shorter, and less exact")
    parser.add_argument("--only", choices=("throughput", "load", "latency"), help="one part alone")
    parser.add_argument(
        "--profile",
        action="store_true",
        help="one part alone, the 200/s load if no other is named, and where the app's time goes",
    )
    parser.add_argument("--stack", action="store_true", help="the production stack: PostgreSQL or Supabase, Redis")
    parser.add_argument("--store", choices=STACKS, action="append", help="with --stack: this store alone")
    parser.add_argument("--part", choices=_PARTS, action="append", help="with --stack: this part alone; may repeat")
    parser.add_argument("--rate", type=int, action="append", help="the load at this rate alone; may be repeated")
    options = parser.parse_args()
    seconds = 3.0 if options.quick else 10.0
    setting = Setting(seconds=seconds, model_s=MODEL_S, quiet_s=QUIET_S, callbacks=CALLBACKS)

    print(
        f"Recado on Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores "
        "shared by app, emulator, model and load process"
    )
    tables: list[Table] = []

    def show(table: Table) -> None:
        table.print()
        tables.append(table)

    with tempfile.TemporaryDirectory(prefix="recado-bench-") as root:

        def folder(name: str) -> Path:
            path = Path(root) / name
            path.mkdir()
            return path

        if options.stack:
            _measure_stack(options, folder, show)
            return _told(tables)
        if options.only == "throughput" or not (options.only or options.profile):
            profile = Profile(folder("profile")) if options.profile else None
            rounds = Rounds(rounds=2, seconds=1.0) if options.quick else Rounds(rounds=5, seconds=3.0)
            table, acknowledged = measure_throughput(folder("throughput"), rounds, profile)
            show(table)
            if profile is not None:
                profile.print(acknowledged)
        if options.only == "latency" or not (options.only or options.profile or options.rate):
            show(measure_latency(folder("latency"), 50 if options.quick else 200))
        if options.only in (None, "load"):
            profile = Profile(folder("profile")) if options.profile else None
            rates = options.rate or ((_PROFILED,) if profile else _RATES)
            runs = [
                measure_load(folder(f"load-{rate}"), run, rate, seconds, profile)
                for run, rate in enumerate(rates, start=1)
            ]
            show(tabulate(runs, setting))
            if profile is not None:
                profile.print(runs[-1].sent)
            else:
                show(count_store_calls(folder("calls"), 90))

    return _told(tables)


def _measure_stack(options: argparse.Namespace, folder: Callable[[str], Path], show: Callable[[Table], None]) -> None:
    stores, parts = options.store or STACKS, options.part or _PARTS
    if "webhooks" in parts:
        rounds = (
            Rounds(rounds=2, seconds=1.0, connections=_CONNECTIONS)
            if options.quick
            else Rounds(rounds=5, seconds=3.0, connections=_CONNECTIONS)
        )
        for store in stores:
            show(measure_throughput(folder(f"webhooks-{store}"), rounds, store=store)[0])
    if "load" in parts:
        seconds = 5.0 if options.quick else _STACK_S
        [rate] = options.rate or [_STACK_RATE]
        runs = [
            (store, measure_load(folder(f"load-{store}"), 1, rate, seconds, store=store, workers=_WORKERS))
            for store in stores
        ]
        setting = Setting(seconds=seconds, model_s=MODEL_S, quiet_s=QUIET_S, callbacks=CALLBACKS)
        show(tabulate_stack(runs, setting, _WORKERS))
    if "wakes" in parts:
        show(measure_wakes(folder("wakes"), 200 if options.quick else 1000))
    if "growth" in parts:
        show(measure_growth(folder("growth"), rounds=3 if options.quick else 7, turns=50))


def _told(tables: Sequence[Table]) -> int:
    """Say what was missed; answers the exit status."""
    missed = [miss for table in tables for miss in table.missed]
    print("\n" + ("\n".join(["Missed:", *(f"  {miss}" for miss in missed)]) if missed else "Every aim was met."))
    return int(any(table.broken for table in tables))


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(f"bench: stopped by {signal.Signals(number).name}")  # on the way out all processes are ended


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    try:
        raise SystemExit(main())
    except Broken as broken:
        raise SystemExit(f"bench: {broken}") from None
