"""The numbers of a process in the text format of Prometheus."""

import asyncio
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from platform import python_version

from prometheus_client import ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.registry import Collector

from core.errors import RecadoError
from entrypoints.container import Container
from entrypoints.metrics.measures import Cells, Spread, Tally

__all__ = ["CONTENT_TYPE", "Page"]

_PATIENCE = 2.0
_GOOD_FOR = 5.0
"""Seconds for which the store's own counts are good: every scrape of every process would ask for them."""
_STATES = ("pending", "dead", "uncertain", "queued")


class Page:
    """What `/metrics` answers, for one process."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._process = ProcessCollector(registry=None)
        self._counts: Mapping[str, int] | None = None
        self._asked = -_GOOD_FOR
        self._asking = asyncio.Lock()

    async def text(self) -> bytes:
        """Everything, as it stands. A store that does not answer leaves its own numbers out, and says that it does."""
        return generate_latest(_Told([*self._measured(), *self._now(), *_stored(await self._stored())]))

    async def _stored(self) -> Mapping[str, int] | None:
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if now - self._asked >= _GOOD_FOR:
                self._asked = now
                try:
                    async with asyncio.timeout(_PATIENCE):
                        self._counts = await self._container.store().counts()
                except (RecadoError, TimeoutError):
                    self._counts = None
            return self._counts

    def _measured(self) -> Iterator[Metric]:
        for measure in vars(self._container.metrics()).values():
            yield _spread(measure) if isinstance(measure, Spread) else _tally(measure)

    def _now(self) -> Iterator[Metric]:
        settings, worker = self._container.settings(), self._container.worker()
        yield _gauge("recado_turns_running", "Turns that run in this process.", worker.running)
        yield _gauge("recado_turn_slots", "Turns that may run in this process.", worker.slots)
        built = GaugeMetricFamily(
            "recado_build_info",
            "What runs here.",
            labels=("version", "python", "store", "queue", "model"),
        )
        built.add_metric((version("recado"), python_version(), settings.store, settings.queue, settings.model), 1)
        yield built
        yield from self._process.collect()


class _Told(Collector):
    """Families as a registry would collect them."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)


def _stored(counts: Mapping[str, int] | None) -> Iterator[Metric]:
    yield _gauge("recado_store_up", "Whether the store told its counts.", counts is not None)
    if counts is None:
        return
    messages = GaugeMetricFamily(
        "recado_messages", "Messages of the whole installation that are in this state.", labels=("state",)
    )
    for state in _STATES:
        messages.add_metric((state,), counts.get(state, 0))
    yield messages
    yield CounterMetricFamily(
        "recado_duplicate_send_detected",
        "Replies of the whole installation that the provider took twice.",
        counts.get("duplicate_send_detected", 0),
    )


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, float(value))


def _tally(tally: Tally) -> Metric:
    family = CounterMetricFamily(tally.name.removesuffix("_total"), tally.about, labels=tally.labels)
    for labels, count in tally.counts.items():
        family.add_metric(labels, count)
    return family


def _spread(spread: Spread) -> Metric:
    family = HistogramMetricFamily(spread.name, spread.about, labels=spread.labels)
    for labels, cells in spread.cells.items():
        family.add_metric(labels, buckets=list(_buckets(spread, cells)), sum_value=cells.total)
    return family


def _buckets(spread: Spread, cells: Cells) -> Iterator[tuple[str, float]]:
    """Each bound with how many values were at most that, as the format wants it."""
    so_far = 0
    for bound, count in zip((*map(str, spread.bounds), "+Inf"), cells.counts, strict=True):
        so_far += count
        yield bound, so_far
