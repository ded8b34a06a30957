"""What a request may cost before anything of it is parsed: bytes, seconds, and no compression."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.http.errors import refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How large a body may be, and how many seconds all of it may take to arrive."""

    size: int
    seconds: float


WEBHOOK = Allowance(size=64 * 1024, seconds=5)
_LINGER = 0.2
"""Seconds for the rest of a refused body to arrive."""
OTHER = Allowance(size=64 * 1024, seconds=10)
"""Anybody can make the process keep this much: it is read before any key. The longest text that may be sent takes less,
with every character escaped.
"""


class BodyLimits:
    """Reads the body once, within its allowance, and hands it on whole.

    A refusal closes the connection, as the rest of the body may still be on its way. A client that goes away in the
    middle of its body gets no answer and reaches nobody.
    """

    def __init__(self, app: ASGIApp, *, webhook: Allowance = WEBHOOK, other: Allowance = OTHER) -> None:
        self._app = app
        self._webhook = webhook
        self._other = other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        allowance = self._webhook if scope["path"].startswith("/webhooks/") else self._other
        status = _refused_by_headers(scope, allowance)
        if status is not None:
            await _drain(receive, allowance)
            await refuse(status, scope, send)
            return
        body = bytearray()
        try:
            async with asyncio.timeout(allowance.seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return
                    body += message.get("body", b"")
                    if len(body) > allowance.size:
                        if message.get("more_body", False):
                            await _drain(receive, allowance)
                        await refuse(413, scope, send)
                        return
                    if not message.get("more_body", False):
                        break
        except TimeoutError:
            await refuse(408, scope, send)
            return
        await self._app(scope, _replay(bytes(body), receive), send)


async def _drain(receive: Receive, allowance: Allowance) -> None:
    """Take what is on its way of a refused body, within reason, and keep none of it: if the connection were closed
    with bytes unread, the client would see a reset in place of the answer."""
    taken = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_LINGER):
            while taken <= 2 * allowance.size:
                message = await receive()
                if not message.get("more_body", False):
                    return
                taken += len(message.get("body", b""))


def _refused_by_headers(scope: Scope, allowance: Allowance) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            if not value.isdigit():
                return 400
            if len(value) > 18 or int(value) > allowance.size:
                return 413
        elif name == b"content-encoding" and value.strip().lower() != b"identity":
            return 415
    return None


def _replay(body: bytes, receive: Receive) -> Receive:
    """`receive` for an app that has not read yet: the body in one piece, then whatever comes."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
