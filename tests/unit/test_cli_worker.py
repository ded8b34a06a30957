"""The worker beside a server: it stops in order, and its death is noticed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from core.conversation.message import ConversationRef
from core.conversation.ports import WakeQueue
from entrypoints.process import Alarm
from entrypoints.worker import working
from tests.http_app import app_with


class DyingQueue(WakeQueue):
    """A queue with a bug."""

    async def put(self, conversation: ConversationRef, after: timedelta) -> None:
        pass

    async def consume(self, handle: Callable[[ConversationRef], Awaitable[None]]) -> None:
        raise ValueError("canary")

    async def ready(self) -> None:
        pass


async def test_a_worker_that_dies_rings_the_alarm_and_is_logged() -> None:
    stop = asyncio.Event()
    alarm = Alarm(stop)

    async with app_with(queue=DyingQueue()) as made, working(made.container, on_death=alarm.ring):
        async with asyncio.timeout(5):
            await stop.wait()

    assert alarm.rung
    assert [event["event"] for event in made.events if event["level"] == "error"] == ["worker died"]
    assert "canary" not in made.log.getvalue()


async def test_a_worker_that_is_stopped_rings_nothing() -> None:
    alarm = Alarm(asyncio.Event())

    async with app_with() as made, working(made.container, on_death=alarm.ring, grace=timedelta(seconds=1)):
        await asyncio.sleep(0.05)

    assert not alarm.rung
    assert [event for event in made.events if event["level"] == "error"] == []


async def test_a_death_after_the_stop_is_no_alarm() -> None:
    stop = asyncio.Event()
    alarm = Alarm(stop)
    stop.set()

    alarm.ring()

    assert not alarm.rung
