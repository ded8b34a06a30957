"""The log, counted on its way: what happens is told there already, so nothing else in core or drivers has to count."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from core.ai.prices import NANOS
from core.log import Log
from entrypoints.metrics.catalogue import Metrics

Fields = Mapping[str, Any]
Count = Callable[[Fields], None]

_LET_GO = {"LeaseLost": "leaselost"}
"""Of the reasons to let go of a turn; every other one is that the store did not answer."""


class Counting(Log):
    """Hands every event on, whatever the level that is logged, and adds those that the table knows to the measures."""

    def __init__(self, log: Log, metrics: Metrics) -> None:
        self._log = log
        self._counts = counts_of(metrics)
        self._troubles = metrics.troubles

    def debug(self, event: str, /, **fields: Any) -> None:
        self._count(event, fields)
        self._log.debug(event, **fields)

    def info(self, event: str, /, **fields: Any) -> None:
        self._count(event, fields)
        self._log.info(event, **fields)

    def warning(self, event: str, /, **fields: Any) -> None:
        self._troubles.add("warning")
        self._count(event, fields)
        self._log.warning(event, **fields)

    def error(self, event: str, /, **fields: Any) -> None:
        self._troubles.add("error")
        self._count(event, fields)
        self._log.error(event, **fields)

    def _count(self, event: str, fields: Fields) -> None:
        count = self._counts.get(event)
        if count is not None:
            count(fields)


@contextmanager
def counted_records(metrics: Metrics) -> Iterator[None]:
    """Count what drivers and libraries log in the standard library's way, too, until the block ends."""
    counter, root = _RecordCounter(metrics), logging.getLogger()
    root.addHandler(counter)
    try:
        yield
    finally:
        root.removeHandler(counter)


class _RecordCounter(logging.Handler):
    def __init__(self, metrics: Metrics) -> None:
        super().__init__(logging.WARNING)
        self._troubles = metrics.troubles

    def emit(self, record: logging.LogRecord) -> None:
        self._troubles.add("error" if record.levelno >= logging.ERROR else "warning")


def counts_of(m: Metrics) -> Mapping[str, Count]:
    """What each event adds to, by the event's name. No text of an event becomes a label, only its few known words."""
    return {
        "recorded": lambda told: m.recorded.add(told["what"], "new"),
        "known": lambda told: m.recorded.add(told["what"], "known"),
        "wake put": lambda told: m.wakes.add("put"),
        "wake lost": lambda told: m.wakes.add("lost"),
        "swept": lambda told: m.swept.add(told["what"], by=told["found"]),
        "turn begun": lambda told: m.waits.add(told["waited_ms"] / 1000),
        "turn ended": lambda told: _turn_ended(m, told),
        "turn released": lambda told: m.turns.add(told["how"]),
        "turn let go": lambda told: m.turns.add(_LET_GO.get(told["why"], "storelost")),
        "turn superseded": lambda told: m.supersedes.add(),
        "model answered": lambda told: _model_answered(m, told),
        "model failed": lambda told: m.model_failures.add(told["model"]),
        "cap reached": lambda told: m.caps.add(told["whose"]),
        "sent": lambda told: m.sends.add(told["took_ms"] / 1000, told["outcome"]),
        "settle lost": lambda told: m.settles_lost.add("lost"),
        "settle came late": lambda told: m.settles_lost.add("late"),
        "looked": lambda told: m.looks.add("found" if told["found"] else "absent"),
        "look failed": lambda told: m.looks.add("failed"),
        "renewal failed": lambda told: m.renewals_failed.add(),
        "moved": lambda told: m.moves.add(told["move"]),
        "request crashed": lambda told: m.crashes.add("request"),
        "turn crashed": lambda told: m.crashes.add("turn"),
        "send crashed": lambda told: m.crashes.add("send"),
        "worker died": lambda told: m.crashes.add("worker"),
    }


def _turn_ended(m: Metrics, told: Fields) -> None:
    m.turns.add(told["how"])
    m.turn_times.add(told["took_ms"] / 1000)


def _model_answered(m: Metrics, told: Fields) -> None:
    model = told["model"]
    m.model_times.add(told["took_ms"] / 1000, model)
    for kind in ("input", "output", "cached"):
        m.tokens.add(model, kind, by=told[kind])
    m.cost.add(model, by=told["cost"] / NANOS)
