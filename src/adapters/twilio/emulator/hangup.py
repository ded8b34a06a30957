"""An answer that is none: the connection is closed, and the caller cannot know what happened."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

SEND = "twilio.emulator.send"
"""Where the scope keeps the server's own `send`, which routing wraps."""


class Hangup(Response):
    """Closes the TCP connection without a byte.

    ASGI has no word for it, but uvicorn's `send` is a method of the object that holds the transport. On any other
    server the best there is: an answer that breaks off before its first byte of content.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = getattr(getattr(scope.get(SEND), "__self__", None), "transport", None)
        if transport is None:
            await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"1")]})
            return
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass
