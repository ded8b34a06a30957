"""What monitoring sees of real processes: numbers of a message's whole life, and health, on a port of their own."""

import asyncio
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.openai_server import Rule
from tests.integration.stage import ANA, Process, Stage, stage, until

OUTBOUND = "select status from message where direction = 'outbound'"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


async def scraped(play: Stage, port: int) -> Mapping[tuple[str, tuple[str, ...]], float]:
    """By name and values of labels, as a collector would read them."""
    async with play.http.get(f"http://127.0.0.1:{port}/metrics") as answer:
        assert answer.status == 200
        text = await answer.text()
    return {
        (sample.name, tuple(sample.labels[label] for label in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def healthy(play: Stage, process: Process, port: int, within: float = 30) -> None:
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        assert process.process.returncode is None, process.log.read_text()
        try:
            async with play.http.get(f"http://127.0.0.1:{port}/healthz") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.05)
    raise AssertionError(f"not healthy within {within} s:\n{process.log.read_text()}")


async def test_a_message_can_be_followed_in_the_numbers(tmp_path: Path) -> None:
    port = free_port()
    async with stage(tmp_path, Rule(when="hello", say="Hi!")) as play:
        await play.start(env={"RECADO_METRICS_PORT": str(port)})
        await play.emulator.write(ANA, "hello")
        await until(lambda: play.query(OUTBOUND) == [("read",)])
        # The phone may have it before the answer to our request has come back.
        async with asyncio.timeout(20):
            while not (found := await scraped(play, port))["recado_send_seconds_count", ("accepted",)]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        async with play.http.get(f"{play.url}/metrics") as answer:
            to_the_world = answer.status

    assert found["recado_http_request_seconds_count", ("webhooks", "200")] >= 4
    assert found["recado_recorded_total", ("new", "message")] == 1
    assert found["recado_turns_total", ("committed",)] == 1
    assert found["recado_send_seconds_count", ("accepted",)] == 1
    assert [count for (name, _), count in found.items() if name == "recado_model_call_seconds_count"] == [1]
    assert found["recado_store_call_seconds_count", ("commit", "ok")] == 1
    assert found["recado_messages", ("pending",)] == 0
    assert found["recado_store_up", ()] == 1
    assert found["recado_loop_lag_seconds_count", ()] > 0
    assert to_the_world == 401


async def test_a_worker_alone_is_watched_too_and_ends_when_it_is_told(tmp_path: Path) -> None:
    port = free_port()
    async with stage(tmp_path) as play:
        worker = await play.start("worker", {"RECADO_METRICS_PORT": str(port)})
        await healthy(play, worker, port)
        found = await scraped(play, port)
        code = await worker.stop(signal.SIGTERM)

    assert found["recado_store_up", ()] == 1
    assert found["recado_turn_slots", ()] > 0
    assert code == 0


async def test_a_port_that_is_taken_is_said_with_the_setting_that_chose_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with stage(tmp_path) as play:
            worker = await play.start("worker", {"RECADO_METRICS_PORT": str(port)})
            code = await asyncio.wait_for(worker.process.wait(), 30)

    assert code == 2
    assert f"RECADO_METRICS_PORT={port + 10}" in worker.log.read_text()
