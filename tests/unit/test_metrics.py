"""What a process tells of its work: counted where it is logged already, and shown to nobody but its owner."""

import ast
import asyncio
import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.memory import MemoryStore
from core.conversation.outbox import OutboundRef, Unknown
from core.conversation.ports import SendWitness
from core.errors import Conflict, Unavailable
from core.identity.model import Line, LineId, Permission
from entrypoints.http.exposing import monitoring_app
from entrypoints.logs import open_log
from entrypoints.metrics import Counting, Metrics, counted_records, timed, watched_loop
from entrypoints.metrics.counting import counts_of
from entrypoints.metrics.measures import Spread
from tests.api_app import KEY, Api, api_with
from tests.asgi import Answer, call
from tests.fakes import RecordingLog
from tests.http_app import App, app_with, logging_as_it_was
from tests.simulation import World, passes, working
from tests.virtual_time import simulated

SRC = Path(__file__).parents[2] / "src"

Numbers = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def numbers(body: bytes) -> Numbers:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


async def shown(app: App) -> Numbers:
    """What the app tells its owner now."""
    return numbers(await app.app.state.context.page.text())


def of(found: Numbers, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def told(world: World) -> Metrics:
    """What the simulation logged, counted."""
    metrics = Metrics()
    counting = Counting(RecordingLog(), metrics)
    for level, event, fields in world.log.lines:
        getattr(counting, level)(event, **fields)
    return metrics


@lru_cache
def logged() -> Sequence[tuple[str, frozenset[str]]]:
    """Each call of a log in the source: the event, and the fields it names."""
    return tuple(_logged())


def _logged() -> Iterator[tuple[str, frozenset[str]]]:
    for source in SRC.rglob("*.py"):
        text = source.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "log" in text else ():
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("debug", "info", "warning", "error")
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                yield str(node.args[0].value), frozenset(word.arg for word in node.keywords if word.arg is not None)


class _Asked(dict[str, Any]):
    """Gives any field, and remembers which were asked for."""

    def __missing__(self, field: str) -> Any:
        return self.setdefault(field, 1)


@pytest.mark.parametrize("event", sorted(counts_of(Metrics())))
def test_every_event_that_is_counted_is_logged_with_the_fields_that_counting_it_takes(event: str) -> None:
    asked = _Asked()
    counts_of(Metrics())[event](asked)

    calls = [fields for name, fields in logged() if name == event]

    assert calls, "nothing logs it"
    assert [set(asked) - fields for fields in calls] == [set()] * len(calls)


async def test_a_webhook_is_counted_and_timed_by_what_it_was_answered() -> None:
    async with app_with() as made:
        await made.webhook()
        await made.webhook()
        await made.webhook(headers={})

        found = await shown(made)

    assert of(found, "recado_http_request_seconds_count", route="webhooks", status="200") == 2
    assert of(found, "recado_http_request_seconds_count", route="webhooks", status="403") == 1
    assert of(found, "recado_recorded_total", what="message", news="new") == 1
    assert of(found, "recado_recorded_total", what="message", news="known") == 1
    assert of(found, "recado_wakes_total", outcome="put") == 1
    assert of(found, "recado_log_events_total", level="warning") == 1


async def test_a_client_that_goes_away_is_counted_as_such() -> None:
    async with app_with() as made:
        await call(made.app, "POST", "/webhooks/test/main", pieces=(b"a", None))

        found = await shown(made)

    assert of(found, "recado_http_request_seconds_count", route="webhooks", status="gone") == 1


async def test_paths_that_somebody_makes_up_make_no_label() -> None:
    async with app_with() as made:
        for path in ("/canary", "/canary/webhooks", "/webhooks", "/", "/v1/canary"):
            await made.get(path)
        page = await made.app.state.context.page.text()

    routes = {dict(labels)["route"] for name, labels in numbers(page) if name == "recado_http_request_seconds_count"}
    assert routes == {"webhooks", "v1", "other"}
    assert b"canary" not in page


async def test_the_counts_of_the_store_are_shown() -> None:
    async with app_with() as made:
        await made.webhook()

        found = await shown(made)

    assert of(found, "recado_store_up") == 1
    assert {
        state: of(found, "recado_messages", state=state) for state in ("pending", "dead", "uncertain", "queued")
    } == {
        "pending": 1,
        "dead": 0,
        "uncertain": 0,
        "queued": 0,
    }
    assert of(found, "recado_duplicate_send_detected_total") == 0


class Counted(MemoryStore):
    """Remembers how often it was asked for its counts; fails when it is told to."""

    asked = 0
    fails = False

    async def counts(self) -> Mapping[str, int]:
        self.asked += 1
        if self.fails:
            raise Unavailable("canary")
        return await super().counts()


async def test_many_who_look_at_once_ask_the_store_once() -> None:
    store = Counted()
    async with app_with(store=store) as made:
        await asyncio.gather(*(shown(made) for _ in range(20)))

    assert store.asked == 1


async def test_a_store_that_does_not_answer_takes_none_of_the_other_numbers_away() -> None:
    store = Counted()
    store.fails = True
    async with app_with(store=store) as made:
        await made.webhook()
        found = await shown(made)

    assert of(found, "recado_store_up") == 0
    assert not [name for name, _ in found if name in ("recado_messages", "recado_duplicate_send_detected_total")]
    assert of(found, "recado_recorded_total", what="message", news="new") == 1


async def ask(api: Api, **headers: str) -> Answer:
    return await call(api.made.app, "GET", "/metrics", headers=headers)


async def test_the_public_port_shows_numbers_to_a_reading_key_of_the_owner_and_nobody_else() -> None:
    async with api_with() as api:
        reader = await api.allowed(Permission.READ)
        sender = await api.allowed(Permission.SEND, Permission.OPERATE, name="sender")
        tenant = await api.allowed(Permission.READ, workspace="theirs", name="tenant")

        answers = {
            "nobody": await ask(api),
            "a guess": await ask(api, **{"x-api-key": "rk_aaaaaaaa_" + "b" * 40}),
            "a basic login": await ask(api, authorization=f"Basic {reader}"),
            "a key that may not read": await ask(api, **{"x-api-key": sender}),
            "a key of another workspace": await ask(api, **{"x-api-key": tenant}),
            "a reading key": await ask(api, **{"x-api-key": reader}),
            "the same as a bearer token": await ask(api, authorization=f"Bearer {reader}"),
            "the configured key": await ask(api, **{"x-api-key": KEY}),
        }

    assert {who: answer.status for who, answer in answers.items()} == {
        "nobody": 401,
        "a guess": 401,
        "a basic login": 401,
        "a key that may not read": 403,
        "a key of another workspace": 403,
        "a reading key": 200,
        "the same as a bearer token": 200,
        "the configured key": 200,
    }
    refused = [answer for answer in answers.values() if answer.status != 200]
    assert not [answer for answer in refused if b"recado_" in answer.body]
    assert answers["nobody"].headers["www-authenticate"] == 'Bearer realm="recado"'
    assert answers["a reading key"].headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert of(numbers(answers["a reading key"].body), "recado_store_up") == 1


async def test_the_port_for_monitoring_asks_for_no_key_and_serves_nothing_else() -> None:
    async with app_with() as made:
        app = monitoring_app(made.container)

        statuses = {
            path: (await call(app, "GET", path)).status
            for path in ("/metrics", "/healthz", "/readyz", "/v1/conversations", "/webhooks/test/main", "/")
        }

    assert statuses == {
        "/metrics": 200,
        "/healthz": 200,
        "/readyz": 200,
        "/v1/conversations": 404,
        "/webhooks/test/main": 404,
        "/": 404,
    }


@simulated
async def test_a_turn_is_counted_from_the_wait_of_its_first_message_to_its_send() -> None:
    async with working(World()) as world:
        world.model.delay = 3
        world.channel.delay = 0.2
        await world.write("hello")
        await passes(0.6)
        await world.write("are you there?")

        await passes(10)
        metrics = told(world)

    [waits] = metrics.waits.cells.values()
    [took] = metrics.turn_times.cells.values()
    assert (sum(waits.counts), round(waits.total, 1)) == (1, 1.8)
    assert (sum(took.counts), round(took.total)) == (1, 3)
    assert metrics.turns.counts["committed",] == 1
    assert metrics.sends.cells["accepted",].total == pytest.approx(0.2)
    assert metrics.tokens.counts["scripted", "input"] == 10
    assert metrics.model_times.cells["scripted",].total == pytest.approx(3)
    assert metrics.swept.counts["conversation",] == 0


@simulated
async def test_what_goes_wrong_with_models_and_sends_is_counted() -> None:
    async with working(World()) as world:
        world.model.script = [Unavailable("canary"), "hello"]
        world.channel.outcomes = [Unknown(why="canary")]
        await world.write("hello")

        await passes(600)
        metrics = told(world)

    assert metrics.model_failures.counts == {("scripted",): 1}
    assert (metrics.turns.counts["retry",], metrics.turns.counts["committed",]) == (1, 1)
    assert sum(metrics.sends.cells["unknown",].counts) == 1
    assert metrics.looks.counts["absent",] > 0
    assert metrics.swept.counts["send",] > 0
    assert metrics.swept.counts["conversation",] == 0, "every hint came through"


async def test_an_event_is_counted_whatever_the_level_that_is_logged() -> None:
    metrics = Metrics()
    with logging_as_it_was():
        log = Counting(open_log("error"), metrics)
        log.debug("wake put", conversation="C1")
        log.info("recorded", what="message")

    assert metrics.wakes.counts["put",] == 1
    assert metrics.recorded.counts["message", "new"] == 1


def test_what_drivers_and_libraries_log_in_their_own_way_is_counted_too() -> None:
    metrics, log = Metrics(), logging.getLogger("recado.somebody")
    with logging_as_it_was():
        open_log("warning", stream=io.StringIO())
        log.warning("before")
        with counted_records(metrics):
            log.info("nothing")
            log.warning("something")
            log.error("worse")
        log.error("after")

    assert metrics.troubles.counts == {("warning",): 1, ("error",): 1}


class Moody(MemoryStore, SendWitness):
    """Fails as it is told to, and can tell a send that may have left."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self._errors = list(errors)
        self.left: list[OutboundRef] = []

    async def line(self, line: LineId) -> Line | None:
        if self._errors:
            raise self._errors.pop(0)
        return await super().line(line)

    def leaving(self, row: OutboundRef, attempt: int) -> None:
        self.left.append(row)


async def test_operations_of_the_store_are_timed_by_how_they_end() -> None:
    metrics = Metrics()
    store = timed(Moody(Unavailable("away"), Conflict("changed"), ValueError("a bug")), metrics)

    for error in (Unavailable, Conflict, ValueError):
        with pytest.raises(error):
            await store.line(LineId("main"))
    answer = await store.line(LineId("main"))

    assert answer is None
    outcomes = {
        labels[1]: sum(cells.counts) for labels, cells in metrics.store_calls.cells.items() if labels[0] == "line"
    }
    assert outcomes == {"unavailable": 1, "refused": 1, "broken_off": 1, "ok": 1}


def test_a_timed_store_keeps_the_abilities_that_core_asks_for() -> None:
    plain, witness = timed(MemoryStore(), Metrics()), timed(Moody(), Metrics())

    assert not isinstance(plain, SendWitness)
    assert isinstance(witness, SendWitness)


def test_a_value_on_a_bound_counts_as_below_it() -> None:
    spread = Spread("seconds", "", bounds=(1, 2))

    for value in (1.0, 1.5, 2.0, 2.1):
        spread.add(value)

    assert spread.cells[()].counts == [1, 2, 1]


@simulated
async def test_the_loop_is_looked_at_four_times_a_second() -> None:
    metrics = Metrics()

    async with watched_loop(metrics):
        await passes(10.1)

    assert sum(metrics.lag.cells[()].counts) == 40


async def test_no_words_numbers_or_reasons_are_in_what_is_shown() -> None:
    async with app_with(raising=Unavailable("canary")) as made:
        await made.webhook()
        made.container.log().error("send crashed", why="canary", conversation="canary")
        page = await made.app.state.context.page.text()

    assert b"canary" not in page
    assert b"5511987654321" not in page


def labels_of(page: Numbers, name: str) -> Sequence[Mapping[str, str]]:
    return [dict(labels) for found, labels in page if found == name]


async def test_what_runs_here_is_said() -> None:
    async with app_with() as made:
        found = await shown(made)

    [built] = labels_of(found, "recado_build_info")
    assert (built["store"], built["queue"], built["model"]) == ("sqlite", "inline", "offline")
    assert of(found, "recado_turns_running") == 0
    assert of(found, "recado_turn_slots") == 1000
    assert of(found, "process_start_time_seconds") > 0
