"""Keeps the worker at work: beside the HTTP app, in a process of its own, or inside the command of the queue's library.

`WorkerSettings` is made when it is asked for: `arq entrypoints.worker.WorkerSettings` runs a worker as `recado worker`
does.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from core.conversation.ports import WakeQueue
from core.errors import Permanent, RecadoError, Unavailable
from entrypoints.container import Container, running
from entrypoints.drivers import find
from entrypoints.process import settle_memory, turns_of_this_machine, use_fastest_loop
from entrypoints.settings import Settings, environment, read

GRACE = timedelta(seconds=20)
"""What running turns get at SIGTERM before they are handed back."""


def __getattr__(name: str) -> type[Any]:
    if name != "WorkerSettings":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return _worker_settings(environment())
    except RecadoError as error:
        raise SystemExit(str(error)) from None  # there is no caller of ours to say it


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


def _worker_settings(environ: Mapping[str, str]) -> type[Any]:
    settings = read(Settings, environ)
    driver = find("queue", settings.queue).driver
    if driver.worker_settings is None:
        raise Permanent(
            f"RECADO_QUEUE={settings.queue}: this queue's library has no command that runs workers. "
            "Use `recado worker`, or set RECADO_QUEUE=arq."
        )

    @asynccontextmanager
    async def at_work(queue: WakeQueue) -> AsyncIterator[None]:
        from entrypoints.http.exposing import exposing  # the HTTP app runs a worker too, and imports this module

        deaths: list[str] = []

        def stop() -> None:
            deaths.append("the worker ended by itself")
            signal.raise_signal(signal.SIGTERM)

        async with (
            running(settings, works=True, environ=environ, queue=queue) as container,
            working(container, on_death=stop),
            exposing(container, on_death=stop),
        ):
            container.log().info("working", store=settings.store, queue=settings.queue, model=settings.model)
            settle_memory()
            yield
        for why in deaths:
            raise Unavailable(why)

    use_fastest_loop()
    return driver.worker_settings(read(driver.settings, environ), turns_of_this_machine(settings.turns), at_work)
