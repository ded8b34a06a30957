"""Puts the HTTP application together: its routes, its rings, and what it opens when it starts by itself."""

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from entrypoints.container import Container, running
from entrypoints.http import health, metrics, v1, webhooks
from entrypoints.http.context import Context
from entrypoints.http.edge import Edge
from entrypoints.http.errors import answer_errors
from entrypoints.http.exposing import exposing
from entrypoints.http.limits import BodyLimits
from entrypoints.settings import Settings, environment, read
from entrypoints.worker import working


def create_app(settings: Settings | None = None, *, container: Container | None = None) -> FastAPI:
    """The application over an open container; whoever opened that works the queue.

    Without one it opens the drivers that `settings`, or the environment, choose when the server starts, and with the
    `inline` queue it then runs turns too.
    """
    app = FastAPI(
        title="Recado",
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        redirect_slashes=False,
        lifespan=None if container is not None else _lifespan(settings),
    )
    if container is not None:
        app.state.context = _context(container)
    webhooks.mount(app)
    health.mount(app)
    metrics.mount(app, open_to_all=False)
    v1.mount(app)
    answer_errors(app)
    app.add_middleware(BodyLimits)
    app.add_middleware(Edge)
    return app


def _context(container: Container) -> Context:
    return Context(container=container, log=container.log(), public_url=container.settings().public_url)


def _lifespan(settings: Settings | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        chosen = read(Settings, environment()) if settings is None else settings
        works = chosen.queue == "inline"
        async with running(chosen, works=works) as container:
            context = app.state.context = _context(container)

            def stop_serving() -> None:
                # Alive and deaf would be worse than dead: the server is asked to end, and whoever runs it sees it.
                context.fault = "the worker ended by itself"
                signal.raise_signal(signal.SIGTERM)

            async with AsyncExitStack() as stack:
                if works:
                    await stack.enter_async_context(working(container, on_death=stop_serving))
                await stack.enter_async_context(exposing(container, on_death=stop_serving))
                yield

    return lifespan
