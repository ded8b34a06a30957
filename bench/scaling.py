"""How the stack grows: `python -m bench.scaling`. docs/scaling.md quotes it.

A simulation of messages on their way through `recado serve`, PostgreSQL and `recado worker`, fed with the time of a
processor that each was measured to spend (`python -m bench.costs`). It draws arrivals from a fixed seed, so it says the
same each time. `--check` simulates the machine of the benchmark, with everything on its two cores, to be compared with
`python -m bench --stack --part load`.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from itertools import count
from random import Random

from bench.report import Table, percentile
from bench.simulation import Cores, Process, Simulation, Steps, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Seconds of a core."""

    webhook: float
    """Of `serve`, for one that brings a message."""
    callback: float
    """Of `serve`, for one that reports on a delivery."""
    turn: float
    """Of `worker`: claimed, asked the model, committed, sent, settled."""
    recording: float
    """Of PostgreSQL, for a message of somebody who never wrote before, which is the dearest."""
    following: float
    """Of PostgreSQL, for each further call: claim, commit, settle, and every report."""


POSTGRES = Costs(webhook=0.00082, callback=0.00096, turn=0.00538, recording=0.00093, following=0.00065)
"""Measured on two cores of a shared machine, Python 3.11, PostgreSQL 18 that syncs every commit."""

_A_TURN = 3
"""Calls of the store: claim, commit, settle."""

BESIDE = 0.0016
"""Seconds of a core a message that emulator, model and load process take, where they share the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What runs, and what it runs for."""

    serves: int
    workers: int
    database: int
    """Cores of the database's machine."""
    costs: Costs = POSTGRES
    shared: int | None = None
    """Cores of the one machine that all of it shares, with emulator, model and load; None: each has its own."""
    quiet_s: float = 1.2
    model_s: float = 5.0
    network_s: float = 0.006
    """What a recording waits for beside the processors: a batch to fill, a commit to reach the disk, the network."""
    callbacks: int = 3
    lease_s: float = 30.0
    sweep_s: float = 5.0

    def most(self) -> dict[str, float]:
        """Messages a second that each part could do, if it were the only one."""
        costs = self.costs
        database = costs.recording + (_A_TURN + self.callbacks) * costs.following
        parts = {
            "serve": self.serves / (costs.webhook + self.callbacks * costs.callback),
            "worker": self.workers / costs.turn,
            "database": self.database / database,
        }
        if self.shared is not None:
            each = costs.webhook + self.callbacks * costs.callback + costs.turn + database + BESIDE
            parts["machine"] = self.shared / each
        return parts


@dataclass(slots=True)
class Seen:
    """Of one run, in seconds."""

    acks: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    """How much later than quiet and model each reply was."""
    finished: list[float] = field(default_factory=list)
    """When each reply was sent."""
    ended: float = 0.0
    """When the last report was recorded."""


class Run:
    """Messages at a steady rate, for a while."""

    def __init__(self, fleet: Fleet, rate: float, seconds: float, *, dies_at: float | None = None) -> None:
        self._fleet = fleet
        self._sim = Simulation()
        self._random = Random(1)
        self._seen = Seen()
        shared = None if fleet.shared is None else Cores(fleet.shared)
        self._serves = [Process(shared or Cores(1)) for _ in range(fleet.serves)]
        self._workers = [Process(shared or Cores(1)) for _ in range(fleet.workers)]
        self._database = Process(shared or Cores(fleet.database), at_once=64)
        self._beside = None if shared is None else [Process(shared) for _ in range(3)]
        self._turn = count()
        self._died = 0.0
        """When the first worker did."""
        at = 0.0
        while (at := at + self._random.expovariate(rate)) < seconds:
            self._sim.at(at, lambda: self._sim.begin(self._message()))
        if dies_at is not None:
            self._sim.at(dies_at, self._worker_dies)

    def __call__(self, until: float) -> Seen:
        self._sim.run(until)
        return self._seen

    def _message(self) -> Steps:
        sim, fleet, costs = self._sim, self._fleet, self._fleet.costs
        began = sim.now
        yield from self._record(costs.webhook, costs.recording)
        self._seen.acks.append(sim.now - began)
        yield fleet.quiet_s
        yield from self._answered()
        self._seen.late.append(sim.now - began - fleet.quiet_s - fleet.model_s)
        self._seen.finished.append(sim.now)
        for _ in range(fleet.callbacks):
            yield 0.05
            yield from self._record(costs.callback, costs.following)
            self._seen.ended = sim.now

    def _record(self, serve: float, database: float) -> Steps:
        which = next(self._turn)
        yield self._work(self._serves[which % len(self._serves)], serve)
        yield self._fleet.network_s
        yield self._work(self._database, database)
        if self._beside is not None:
            yield self._work(self._beside[which % 3], BESIDE / (1 + self._fleet.callbacks))

    def _work(self, process: Process, seconds: float) -> Work:
        """No two messages take the same."""
        return Work(process, self._random.gammavariate(2, seconds / 2))

    def _answered(self) -> Steps:
        """By one worker, or by the next when the first dies: its lease has to run out, and a sweep to come by."""
        fleet, costs = self._fleet, self._fleet.costs
        while True:
            alive = [worker for worker in self._workers if worker.alive]
            worker = min(alive, key=lambda each: (len(each.waiting), self._random.random()))
            yield self._work(self._database, costs.following)
            claimed = self._sim.now
            yield self._work(worker, costs.turn / 2)
            yield fleet.model_s
            if worker.alive:
                yield self._work(worker, costs.turn / 2)
            if worker.alive:
                yield self._work(self._database, costs.following * (_A_TURN - 1))
                return
            renewed = claimed + (self._died - claimed) // (fleet.lease_s / 3) * (fleet.lease_s / 3)
            free_again = renewed + fleet.lease_s + self._random.random() * fleet.sweep_s
            yield max(0.0, free_again - self._sim.now)

    def _worker_dies(self) -> None:
        self._workers[0].alive = False
        self._died = self._sim.now


def most_within(fleet: Fleet, ack_s: float, late_s: float) -> float:
    """The highest rate, by twentieths of the most, at which 99 of 100 are acknowledged and answered in time."""
    most = min(fleet.most().values())
    for twentieths in range(19, 0, -1):
        rate = most * twentieths / 20
        seconds = max(5.0, _ENOUGH / rate)
        seen = Run(fleet, rate, seconds)(seconds + fleet.quiet_s + fleet.model_s + late_s)
        if percentile(seen.acks, 0.99) <= ack_s and len(seen.late) >= 0.99 * len(seen.acks):
            return rate
    return 0.0


def knees() -> Table:
    """Where each fleet stops keeping up."""
    table = Table(
        title="1. Where the knee is: messages a second, each with three callbacks (webhooks: four times as many)",
        columns=("most", "in time", "full first", "then", "at"),
    )
    for serves, workers, database in FLEETS:
        fleet = Fleet(serves=serves, workers=workers, database=database)
        parts = sorted(fleet.most().items(), key=lambda part: part[1])
        (first, most), (following, next_most) = parts[0], parts[1]
        table.row(
            f"{serves} serve, {workers} worker, database of {database} cores",
            f"{most:,.0f}",
            f"{most_within(fleet, 0.1, 1.0):,.0f}",
            first,
            following,
            f"{next_most:,.0f}",
        )
    return table


FLEETS = ((1, 1, 1), (1, 2, 2), (2, 2, 2), (2, 4, 4), (4, 4, 4), (4, 8, 8))
_ENOUGH = 3000
"""Messages of a run."""


def shares() -> Table:
    """How waiting grows as the knee comes near."""
    fleet = Fleet(serves=2, workers=4, database=4)
    most = min(fleet.most().values())
    loads = (0.5, 0.7, 0.8, 0.9, 0.95, 1.05)
    table = Table(
        title=f"2. Near the knee: 2 serve, 4 worker, database of 4 cores; the most is {most:,.0f} messages a second",
        columns=tuple(f"{load:.0%}" for load in loads),
    )
    seen = [Run(fleet, most * load, 20)(28) for load in loads]
    table.row("ack p50", *(_ms(percentile(each.acks, 0.5)) for each in seen))
    table.row("ack p99", *(_ms(percentile(each.acks, 0.99)) for each in seen))
    table.row("reply later than quiet and model, p50", *(_ms(percentile(each.late, 0.5)) for each in seen))
    table.row("reply later than quiet and model, p99", *(_ms(percentile(each.late, 0.99)) for each in seen))
    return table


def deaths() -> Table:
    """What people notice when a worker is killed in the middle."""
    table = Table(
        title="3. A worker is killed: its turns wait for the lease (30 s, renewed every 10 s) and a sweep (5 s)",
        columns=("late >10 s", "their p50", "slowest", "others p99"),
    )
    for workers, load in ((2, 0.3), (2, 0.45), (2, 0.6), (4, 0.5), (4, 0.7)):
        fleet = Fleet(serves=8, workers=workers, database=32)
        rate = workers / fleet.costs.turn * load
        seen = Run(fleet, rate, 60, dies_at=15)(120)
        held = [late for late in seen.late if late > 10]
        others = [late for late in seen.late if late <= 10]
        table.row(
            f"1 of {workers} workers, each {load:.0%} busy before",
            len(held),
            f"{percentile(held, 0.5):.1f} s",
            f"{max(seen.late):.1f} s",
            f"{percentile(others, 0.99):.2f} s",
        )
    return table


def hot() -> Table:
    """One conversation is answered by one turn at a time; a turn answers all that came meanwhile."""
    table = Table(
        title="4. One hot conversation, a model that takes 5 s: messages are joined, so a turn is never far behind",
        columns=("turns/min", "joined", "wait p50", "wait p99"),
    )
    for per_minute in (1, 6, 12, 30, 60, 300):
        turns, waits = _conversation(per_minute / 60, seconds=3600)
        table.row(
            f"{per_minute} messages a minute",
            f"{turns / 60:.1f}",
            f"{len(waits) / turns:.1f}",
            f"{percentile(waits, 0.5):.1f} s",
            f"{percentile(waits, 0.99):.1f} s",
        )
    return table


def _conversation(
    rate: float, *, seconds: float, quiet: float = 1.2, ceiling: float = 8.0, model: float = 5.0
) -> tuple[int, Sequence[float]]:
    """How many turns, and how long each message waits for its answer."""
    random, at, arrivals = Random(1), 0.0, []
    while (at := at + random.expovariate(rate)) < seconds:
        arrivals.append(at)
    turns, waits, free, place = 0, [], 0.0, 0
    while place < len(arrivals):
        first, end = arrivals[place], place
        due = max(free, first + quiet)
        while end + 1 < len(arrivals) and arrivals[end + 1] <= due:
            end += 1
            due = max(free, min(arrivals[end] + quiet, first + ceiling))
        free = due + model
        waits += [free - each for each in arrivals[place : end + 1]]
        turns, place = turns + 1, end + 1
    return turns, waits


def check(rate: float, seconds: float, cores: float) -> Table:
    """The benchmark's own machine, of which it may have had a part only."""
    shared = max(1, round(cores))
    slower = {cost.name: getattr(POSTGRES, cost.name) * shared / cores for cost in fields(Costs)}
    fleet = Fleet(serves=1, workers=2, database=shared, costs=Costs(**slower), shared=shared)
    seen = Run(fleet, rate, seconds)(seconds + 600)
    table = Table(
        title=f"The benchmark simulated: {rate:g} messages a second for {seconds:g} s, one serve, two workers, the "
        f"database, emulator, model and load on {cores:g} cores",
        columns=("predicted",),
    )
    table.row("most messages a second, all on these cores", f"{fleet.most()['machine']:.0f}")
    table.row("ack p50", _ms(percentile(seen.acks, 0.5)))
    table.row("ack p99", _ms(percentile(seen.acks, 0.99)))
    table.row("reply later than model and quiet, p50", _ms(percentile(seen.late, 0.5)))
    table.row("reply later than model and quiet, p99", _ms(percentile(seen.late, 0.99)))
    table.row("last webhook to last reply", f"{max(seen.finished) - seconds:.1f} s")
    table.row("last webhook to last callback", f"{seen.ended - seconds:.1f} s")
    return table


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="the benchmark's machine in place of fleets")
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--cores", type=float, default=2, help="what other programs left of them")
    options = parser.parse_args()
    tables = (
        [check(options.rate, options.seconds, options.cores)] if options.check else [knees(), shares(), deaths(), hot()]
    )
    for table in tables:
        table.print()


if __name__ == "__main__":
    main()
