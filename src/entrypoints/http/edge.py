"""The outermost ring: headers that every answer carries, and the last resort for a bug."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.http.context import Context
from entrypoints.http.errors import refuse

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


class Edge:
    """Pure ASGI. A crash is logged with its frames, without locals or body, and answered with three words."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except Exception as error:
            context: Context = scope["app"].state.context
            context.refusals[500] += 1
            context.log.error("request crashed", exc_info=error, so_far=context.refusals[500])
            if started:
                raise
            await refuse(500, with_headers)
