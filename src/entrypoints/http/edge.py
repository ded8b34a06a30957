"""The outermost rings: headers that every answer carries, how long it took, and the last resort for a bug."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.http.context import Context
from entrypoints.http.errors import refuse

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


class LastResort:
    """Pure ASGI. A crash is logged with its frames, without locals or body, and answered with a few words.

    A mounted app wants one of its own: its framework would answer a crash otherwise, and crash on.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noticing(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noticing)
        except Exception as error:
            context: Context = scope["app"].state.context
            context.refusals[500] += 1
            context.log.error("request crashed", exc_info=error, so_far=context.refusals[500])
            if started:
                raise
            await refuse(500, scope, noticing)


_GONE = "gone"
"""The status of a request whose client went away before there was an answer."""


class Edge:
    """Pure ASGI. The last resort, and around everything the headers and the clock."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = LastResort(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), _GONE

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        finally:
            context: Context = scope["app"].state.context
            context.container.metrics().requests.add(perf_counter() - began, _route(scope["path"]), status)


def _route(path: str) -> str:
    """What a request is for, in one word: anybody can make up paths."""
    root = path.partition("/")[2].partition("/")[0]
    return root if root in ("webhooks", "v1") else "other"
