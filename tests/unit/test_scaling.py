"""The simulation behind docs/scaling.md keeps its own rules, says the same each time, and is what the page quotes."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bench.report import percentile
from bench.scaling import FLEETS, POSTGRES, Fleet, Run, hot
from bench.simulation import Cores, Process, Simulation, Steps, Work

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"
SMALL = Fleet(serves=1, workers=2, database=2)


def ends(*steps: Steps) -> list[float]:
    """When each of these ends, all begun at once."""
    simulation, ended = Simulation(), []

    def noticing(each: Steps) -> Steps:
        yield from each
        ended.append(simulation.now)

    for each in steps:
        simulation.begin(noticing(each))
    simulation.run(1000)
    return ended


def working(process: Process, *seconds: float) -> Steps:
    for each in seconds:
        yield Work(process, each)


def waiting(seconds: float) -> Steps:
    yield seconds


def test_a_process_does_one_thing_at_a_time() -> None:
    process = Process(Cores(4))

    assert ends(working(process, 1), working(process, 1), working(process, 1)) == [1, 2, 3]


def test_processes_on_as_many_cores_do_not_wait_for_each_other() -> None:
    cores = Cores(2)

    assert ends(working(Process(cores), 1), working(Process(cores), 2)) == [1, 2]


def test_processes_share_cores_that_are_fewer_in_turn() -> None:
    cores = Cores(1)

    assert ends(working(Process(cores), 1, 1), working(Process(cores), 1, 1)) == [3, 4]


def test_a_database_does_as_much_at_once_as_it_has_cores() -> None:
    database = Process(Cores(2), at_once=10)

    assert ends(*(working(database, 1) for _ in range(4))) == [1, 1, 2, 2]


def test_waiting_takes_no_core() -> None:
    cores = Cores(1)

    assert ends(waiting(5), working(Process(cores), 1)) == [1, 5]


def test_the_same_run_says_the_same() -> None:
    first, second = Run(SMALL, 50, 5)(20), Run(SMALL, 50, 5)(20)

    assert first == second
    assert len(first.late) == len(first.acks) > 200


def test_below_the_most_nothing_piles_up_and_above_it_does() -> None:
    most = min(SMALL.most().values())

    below, above = Run(SMALL, most * 0.7, 10)(30), Run(SMALL, most * 1.5, 15)(90)

    assert percentile(below.late, 0.99) < 0.5
    assert percentile(above.late, 0.99) > 2
    assert len(above.late) == len(above.acks), "later, and not lost"


def test_turns_of_a_dead_worker_wait_for_its_lease_and_no_others() -> None:
    fleet = replace(SMALL, workers=4, database=8)

    seen = Run(fleet, 40, 30, dies_at=10)(120)

    held = [late for late in seen.late if late > 1]
    assert len(seen.late) == len(seen.acks), "everybody is answered"
    assert 20 < len(held) < 120
    assert min(held) > fleet.lease_s - fleet.lease_s / 3 - fleet.model_s
    assert max(held) < fleet.lease_s + fleet.sweep_s + 1


def quoted() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_page_quotes_the_most_that_the_simulation_has_now() -> None:
    rows = re.findall(r"^ *(\d+) serve, (\d+) worker, database of (\d+) cores +([\d,]+)", quoted(), re.MULTILINE)

    assert [tuple(map(int, row[:3])) for row in rows] == list(FLEETS)
    for serves, workers, database, most in rows:
        fleet = Fleet(serves=int(serves), workers=int(workers), database=int(database))
        assert most == f"{min(fleet.most().values()):,.0f}", "run `python -m bench.scaling` and quote it again"


def test_the_page_quotes_what_a_hot_conversation_does_now() -> None:
    for row in hot().rows:
        assert row.strip() in quoted()


@pytest.mark.parametrize("name", ["webhook", "callback", "turn", "recording", "following"])
def test_the_page_quotes_the_costs_that_the_simulation_is_fed_with(name: str) -> None:
    assert f"{getattr(POSTGRES, name) * 1000:.2f} ms" in quoted()
