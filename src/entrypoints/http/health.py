"""Whether this process lives, and whether it can record what comes in."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from core.errors import RecadoError
from entrypoints.http.context import context_of


def mount(app: FastAPI) -> None:
    """Put both routes on the app."""
    app.add_api_route("/healthz", healthz, methods=["GET"], include_in_schema=False, response_model=None)
    app.add_api_route("/readyz", readyz, methods=["GET"], include_in_schema=False, response_model=None)


async def healthz(request: Request) -> PlainTextResponse:
    """200 while the process does its work; after a fault that only a restart mends, 500."""
    fault = context_of(request).fault
    return PlainTextResponse("ok") if fault is None else PlainTextResponse(fault, 500)


async def readyz(request: Request) -> JSONResponse:
    """200 when a webhook could be recorded now, else 503.

    The queue is told of, and no more: without it every webhook is still recorded and answered, only later, so a load
    balancer must go on sending them.
    """
    context = context_of(request)
    async with context.checking:
        # A check writes: many that ask at once, or in a row, share one.
        now = asyncio.get_running_loop().time()
        if context.checked is None or now - context.checked[0] > context.check_every:
            states = await asyncio.gather(
                _state(context.container.store().ready, context.patience),
                _state(context.container.queue().ready, context.patience),
            )
            context.checked = (now, *states)
    _, store, queue = context.checked
    process = "ok" if context.fault is None else context.fault
    ready = process == store == "ok"
    told = {"ready": ready, "process": process, "store": store, "queue": queue}
    return JSONResponse({**told, "unavailable": context.refusals[503]}, 200 if ready else 503)


async def _state(check: Callable[[], Awaitable[None]], patience: float) -> str:
    try:
        async with asyncio.timeout(patience):
            await check()
    except TimeoutError:
        return "timeout"
    except RecadoError:
        return "unavailable"
    return "ok"
