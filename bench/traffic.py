"""Part 2: an open loop at a steady rate, a slow model, an emulator that reports deliveries, and what becomes of it."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.backends import EMBEDDED, Backend, opened
from bench.hotspots import Profile
from bench.load import Open
from bench.model import is_long_for, parts_for
from bench.outcome import Seen
from bench.processes import Machine, Process, Processes, fill, free_port
from bench.webhooks import number_of, order_of

MODEL_S = 5.0
QUIET_S = 1.2
CALLBACKS = 3
"""Of one message on WhatsApp: sent, delivered, read."""
_WARM = 20
"""Messages before a run: what is done once, such as a late import, is not counted a message."""
_DRAIN_S = 600.0
_STILL_S = 210.0
"""So long without a change, nothing is waited for any more: a send whose end nobody saw is settled after 180 s."""
_PAGE = 10_000


class Stage:
    """The app between its model and its provider, all of them new."""

    def __init__(
        self,
        processes: Processes,
        *,
        model_s: float = MODEL_S,
        profile: Profile | None = None,
        settings: Mapping[str, Any] | None = None,
        backend: Backend | None = None,
    ) -> None:
        port = free_port()
        self.model = processes.model(delay=model_s)
        self.emulator = processes.emulator(app=f"http://127.0.0.1:{port}")
        usual: dict[str, Any] = {
            "recado_public_url": f"http://127.0.0.1:{port}",
            "recado_model": "openai",
            "recado_quiet_ms": int(QUIET_S * 1000),
            "openai_api_key": "none-needed",
            "openai_base_url": f"{self.model.url}/v1",
            "openai_model": "slow",
            "twilio_api_url": self.emulator.url,
        }
        command = () if profile is None else profile.command
        given = {**usual, **(backend.settings if backend else {}), **(settings or {})}
        self.app = processes.recado(port=port, command=command, **given)
        self.workers = [
            processes.worker(number, **given) for number in range(1, 1 + (backend.workers if backend else 0))
        ]

    @property
    def ours(self) -> Sequence[Process]:
        """What runs Recado."""
        return [self.app, *self.workers]

    def fill(self, run: int, rate: int, seconds: float) -> dict[str, Any]:
        """Let people write at this rate; answers what the load process saw."""
        order = Open(port=self.app.port, public_url=self.app.url, run=run, rate=rate, seconds=seconds)
        told: dict[str, Any] = fill(order, within=seconds + 120)
        return told

    def drain(self, *sent: int) -> None:
        """Wait until every reply was accepted and every callback posted, or until nothing moves any more."""
        wanted = sum(map(parts, sent))
        moved, at = (0, 0), time.monotonic()
        ends = at + _DRAIN_S
        while time.monotonic() < min(ends, at + _STILL_S):
            about = self.emulator.ask("/emulator")
            now = (about["messages"], about["calls"])
            if now[0] >= wanted and now[1] >= wanted * CALLBACKS:
                return
            if now != moved:
                moved, at = now, time.monotonic()
            time.sleep(0.25)


def parts(sent: int) -> int:
    """Messages of ours that so many people get."""
    return sent + sum(map(is_long_for, range(sent)))


def measure_load(
    folder: Path,
    run: int,
    rate: int,
    seconds: float,
    profile: Profile | None = None,
    *,
    store: str = EMBEDDED,
    workers: int = 0,
) -> Seen:
    """One run with fresh processes."""
    with Processes(folder) as processes:
        stage = Stage(processes, profile=profile, backend=opened(store, folder, processes, workers=workers))
        stage.fill(0, _WARM, 1)
        stage.drain(_WARM)
        watched = (*stage.ours, stage.emulator, stage.model)
        before = {process.name: process.cpu_s() for process in watched}
        idle = Machine()
        if profile is not None:
            profile.begin(stage.app)
        told = stage.fill(run, rate, seconds)
        stage.drain(_WARM, len(told["due"]))
        ended = time.time()
        cpu_s = {process.name: process.cpu_s() - before[process.name] for process in watched}
        others = idle.busy_cores(less=sum(cpu_s.values()) + told["cpu_s"])
        if profile is not None:
            profile.end(stage.app)
        return _seen(stage, run, rate, told, ended, cpu_s, others)


def _seen(
    stage: Stage, run: int, rate: int, told: dict[str, Any], ended: float, cpu_s: Mapping[str, float], others: float
) -> Seen:
    due: list[float] = told["due"]
    replies = _replies(stage.emulator)
    for person in range(_WARM):
        replies.pop(number_of(0, person), None)
    counted: Counter[str] = Counter()
    delays = []
    for person, at in enumerate(due):
        got = replies.pop(number_of(run, person), [])
        if got:
            accepted = datetime.fromisoformat(got[0]["at"]).timestamp()
            delays.append(accepted - at - MODEL_S - QUIET_S)
            counted["answered"] += 1
            counted.update(_judged([create["body"] for create in got], run, person))
    about = stage.emulator.ask("/emulator")
    return Seen(
        rate=rate,
        sent=len(due),
        acks=[ack for ack in told["acks"] if ack is not None],
        late=told["late"],
        connections=told["connections"],
        answered=counted["answered"],
        repeated=counted["repeated"],
        disordered=counted["disordered"],
        wrong=counted["wrong"] + sum(map(len, replies.values())),
        delays=delays,
        drain_s=ended - due[-1],
        cpu_s=cpu_s,
        wall_s=ended - due[0],
        others=others,
        peak_mb=stage.app.peak_mb(),
        most_calls=stage.model.ask("/")["most_open"],
        callbacks=about["calls"] - parts(_WARM) * CALLBACKS,
        callbacks_failed=about["errors"],
        resent=sum(ours.lines('"outcome": "notnow"', '"outcome": "unknown"') for ours in stage.ours),
        retried=sum(ours.lines('"how": "retry"') for ours in stage.ours),
        warnings=sum(ours.lines('"level": "warning"', '"level": "error"') for ours in stage.ours),
    )


def _replies(emulator: Process) -> dict[str, list[dict[str, Any]]]:
    """The ground truth: every create that was accepted, in order, by whom it went to."""
    replies: dict[str, list[dict[str, Any]]] = defaultdict(list)
    after = 0
    while page := emulator.ask(f"/emulator/messages?after={after}&limit={_PAGE}")["creates"]:
        after = page[-1]["number"]
        for create in page:
            if create["accepted"]:
                replies[create["to"]].append(create)
    return replies


def _judged(bodies: Sequence[str], run: int, person: int) -> Counter[str]:
    """What is wrong with what a person got."""
    wanted = parts_for(order_of(run, person), person)
    found: Counter[str] = Counter()
    places: list[int] = []
    for body in bodies:
        place = next((place for place, start in enumerate(wanted) if body.startswith(start)), None)
        if place is None:
            found["wrong"] += 1
        elif place in places:
            found["repeated"] += 1
        else:
            places.append(place)
    if places != list(range(len(wanted))):
        found["disordered"] += 1
    return found
