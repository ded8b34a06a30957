"""`recado serve` and `recado worker`: the two halves of a production set-up, or both in one with the inline queue."""

from contextlib import AsyncExitStack

from core.log import Log
from entrypoints.container import running
from entrypoints.http import create_app
from entrypoints.http.exposing import exposing
from entrypoints.process import Alarm, settle_memory, stop_signals
from entrypoints.serving import bind, serving
from entrypoints.settings import Settings, environment, read
from entrypoints.worker import working

_DRAIN = 5.0
"""Seconds that requests in flight get at SIGTERM."""


async def serve() -> int:
    """Serve until a signal says stop. 1 if something died before."""
    environ = environment()
    settings = read(Settings, environ)
    works = settings.queue == "inline"
    listening = bind(settings.host, settings.port)
    with stop_signals() as stop:
        alarm = Alarm(stop)
        async with AsyncExitStack() as stack:
            container = await stack.enter_async_context(running(settings, works=works, environ=environ))
            if works:
                await stack.enter_async_context(working(container, on_death=alarm.ring))
            await stack.enter_async_context(exposing(container, on_death=alarm.ring))
            app = create_app(container=container)
            await stack.enter_async_context(serving(app, listening, drain=_DRAIN, on_death=alarm.ring))
            _told(container.log(), settings, works=works)
            settle_memory()
            await stop.wait()
        return int(alarm.rung)


async def worker() -> int:
    """Work until a signal says stop. 1 if the worker died before."""
    environ = environment()
    settings = read(Settings, environ)
    with stop_signals() as stop:
        alarm = Alarm(stop)
        async with (
            running(settings, works=True, environ=environ) as container,
            working(container, on_death=alarm.ring),
            exposing(container, on_death=alarm.ring),
        ):
            if settings.queue == "inline":
                container.log().info(
                    "the inline queue carries no hints between processes: this worker finds what is due by itself",
                    every_s=settings.sweep_s,
                )
            container.log().info("working", store=settings.store, queue=settings.queue, model=settings.model)
            settle_memory()
            await stop.wait()
        return int(alarm.rung)


def _told(log: Log, settings: Settings, *, works: bool) -> None:
    log.info(
        "serving",
        address=f"http://{settings.host}:{settings.port}",
        public_url=settings.public_url,
        store=settings.store,
        queue=settings.queue,
        model=settings.model,
        answers=works,
    )
