"""Whether a process lives, and whether it can record what comes in."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from adapters.memory import MemoryStore
from core.conversation.message import ConversationRef
from core.conversation.ports import WakeQueue
from core.errors import Unavailable
from tests.http_app import app_with


class BrokenQueue(WakeQueue):
    """A queue that cannot be reached, or does not answer."""

    def __init__(self, *, hangs: bool) -> None:
        self._hangs = hangs

    async def put(self, conversation: ConversationRef, after: object) -> None:
        raise Unavailable("canary")

    async def consume(self, handle: Callable[[ConversationRef], Awaitable[None]]) -> None:
        await asyncio.Event().wait()

    async def ready(self) -> None:
        if self._hangs:
            await asyncio.Event().wait()
        raise Unavailable("canary")


async def test_a_process_that_can_record_is_ready() -> None:
    async with app_with() as made:
        answer = await made.get("/readyz")

    assert answer.status == 200
    assert json.loads(answer.body) == {"ready": True, "process": "ok", "store": "ok", "queue": "ok", "unavailable": 0}


async def test_a_queue_that_is_down_is_named_and_costs_no_readiness() -> None:
    async with app_with(queue=BrokenQueue(hangs=False)) as made:
        answer = await made.get("/readyz")

    assert answer.status == 200
    assert json.loads(answer.body) | {"unavailable": 0} == {
        "ready": True,
        "process": "ok",
        "store": "ok",
        "queue": "unavailable",
        "unavailable": 0,
    }


async def test_what_does_not_answer_is_named_too() -> None:
    async with app_with(queue=BrokenQueue(hangs=True)) as made:
        made.app.state.context.patience = 0.05

        answer = await made.get("/readyz")

    assert (answer.status, json.loads(answer.body)["queue"]) == (200, "timeout")


class BrokenStore(MemoryStore):
    """A store that can be read, and not written to."""

    async def ready(self) -> None:
        raise Unavailable("canary")


async def test_a_store_that_cannot_be_written_to_costs_readiness() -> None:
    async with app_with(store=BrokenStore()) as made:
        answer = await made.get("/readyz")

    assert answer.status == 503
    assert json.loads(answer.body) | {"unavailable": 0} == {
        "ready": False,
        "process": "ok",
        "store": "unavailable",
        "queue": "ok",
        "unavailable": 0,
    }


async def test_a_queue_that_is_down_costs_no_webhook() -> None:
    async with app_with(queue=BrokenQueue(hangs=False)) as made:
        answer = await made.webhook()

        assert await made.pending() == 1
    assert answer.status == 200


async def test_a_process_is_alive_until_a_fault_that_only_a_restart_mends() -> None:
    async with app_with() as made:
        before = await made.get("/healthz")
        made.app.state.context.fault = "the worker ended by itself"
        after, ready = await made.get("/healthz"), await made.get("/readyz")

    assert (before.status, before.body) == (200, b"ok")
    assert (after.status, ready.status) == (500, 503)
