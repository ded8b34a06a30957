"""What monitoring sees of a process beside its work: the loop watched, and, where a port is set, numbers and health."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from entrypoints.container import Container
from entrypoints.http import health, metrics
from entrypoints.http.context import Context
from entrypoints.http.edge import Edge
from entrypoints.http.errors import answer_errors
from entrypoints.http.limits import BodyLimits
from entrypoints.metrics import watched_loop
from entrypoints.serving import bind, serving


@asynccontextmanager
async def exposing(container: Container, *, on_death: Callable[[], None]) -> AsyncIterator[None]:
    """Watch this process until the block ends, and serve RECADO_METRICS_PORT, if there is one.

    Raises `Permanent` if the port cannot be had. `on_death` is called if its server ends by itself.
    """
    settings = container.settings()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(watched_loop(container.metrics()))
        if settings.metrics_port is not None:
            listening = bind(settings.host, settings.metrics_port, setting="RECADO_METRICS_PORT")
            app = monitoring_app(container)
            await stack.enter_async_context(serving(app, listening, drain=0, on_death=on_death))
        yield


def monitoring_app(container: Container) -> FastAPI:
    """An app with the numbers and the health of this process, which asks for no key."""
    app = FastAPI(
        title="Recado",
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        redirect_slashes=False,
    )
    app.state.context = Context(container=container, log=container.log(), public_url=container.settings().public_url)
    health.mount(app)
    metrics.mount(app, open_to_all=True)
    answer_errors(app)
    app.add_middleware(BodyLimits)
    app.add_middleware(Edge)
    return app
