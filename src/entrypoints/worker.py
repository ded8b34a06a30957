"""Keeps the worker at work, beside the HTTP app or in a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from entrypoints.container import Container

GRACE = timedelta(seconds=20)
"""What running turns get at SIGTERM before they are handed back."""


@asynccontextmanager
async def working(
    container: Container, *, on_death: Callable[[], None], grace: timedelta = GRACE
) -> AsyncIterator[None]:
    """The worker, at work until the block ends; then it finishes or hands back what it holds.

    `on_death` is called if it ends by itself, which it must not: nobody would be answered any more.
    """
    worker = container.worker()
    task = asyncio.create_task(worker.run(), name="worker")

    def ended(task: asyncio.Task[None]) -> None:
        if not stopping and not task.cancelled():
            container.log().error("worker died", exc_info=task.exception())
            on_death()

    stopping = False
    task.add_done_callback(ended)
    try:
        yield
    finally:
        stopping = True
        if not task.done():
            await worker.stop(grace)
            await asyncio.wait([task])
            if not task.cancelled() and task.exception() is not None:
                container.log().error("worker stumbled at its stop", exc_info=task.exception())
