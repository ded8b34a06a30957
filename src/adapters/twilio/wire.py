"""The HTTP client that the official Twilio client speaks through, and the one place where its troubles get our names.

The one it brings can repeat a create, waits for ever and logs what it sends. This one has a deadline that covers
everything, sends once, follows nothing, talks to the API only, and tells what may have arrived from what certainly has
not. It logs nothing: the vendor's `log_request` and `log_response` are never called.
"""

import json
import logging
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from yarl import URL

MOST_BYTES = 1 << 20
_IDLE_S = 4.0
"""Less than any server keeps an idle connection: a send into one that was just closed looks like a lost answer."""
_LONGEST_WAIT = timedelta(hours=1)

_log = logging.getLogger("recado.twilio")
_log.setLevel(logging.WARNING)


class Trouble(Exception):
    """Why there is no good answer. Never leaves the driver, never holds what was sent."""


class NotReached(Trouble):
    """Certainly nothing arrived: no connection was made."""


class NoAnswer(Trouble):
    """It may have arrived: something was sent, and nothing that can be read came back."""


class Refused(Trouble):
    """The API answered that it will not. `code` is Twilio's, where it gave one."""

    def __init__(self, status: int, code: int | None, after: timedelta | None) -> None:
        super().__init__(f"{code if code is not None else status}")
        self.status = status
        self.code = code
        self.after = after


@dataclass(slots=True)
class _Departure:
    """Whether a connection was there to write to."""

    possible: bool = False


class Wire(AsyncHttpClient):
    """Answers with what is at least a JSON object, or raises `Trouble`."""

    def __init__(self, session: aiohttp.ClientSession, bases: tuple[str, ...], *, within: timedelta) -> None:
        super().__init__(_log, True, within.total_seconds())
        self._session = session
        self._origins = frozenset(URL(base).origin() for base in bases)
        # Half of the time to get a connection: one that came just before the end could only end in doubt.
        self._deadline = aiohttp.ClientTimeout(total=within.total_seconds(), connect=within.total_seconds() / 2)

    async def request(  # type: ignore[override]  # the vendor's own one is async too
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  the vendor's signature
        allow_redirects: bool = False,
    ) -> Response:
        """Send once. The vendor's `timeout` and `allow_redirects` count for nothing."""
        url = URL(uri)
        if url.origin() not in self._origins:
            raise NotReached("an address that is not the API's")
        if self._session.closed:
            raise NotReached("the channel is closed")
        sent = dict(headers or {})
        if auth is not None:
            sent["Authorization"] = basic(auth)
        departure = _Departure()
        try:
            async with self._session.request(
                method,
                url.extend_query(params) if params else url,
                data=urlencode(data, doseq=True).encode() if data else None,
                headers=sent,
                timeout=self._deadline,
                allow_redirects=False,
                trace_request_ctx=departure,
            ) as answer:
                return Response(*await _read(answer))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise (NoAnswer if departure.possible else NotReached)(named(error)) from None


def named(error: Exception) -> str:
    """The trouble without its own text, which can hold an address with a person's number in it."""
    reason = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else None
    return f"{type(error).__name__} ({reason})" if reason else type(error).__name__


def basic(credentials: tuple[str, str]) -> str:
    """The header of HTTP Basic authentication."""
    return "Basic " + b64encode(":".join(credentials).encode()).decode()


def session(*, connections: int) -> aiohttp.ClientSession:
    """A pool to the API. Close it."""
    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(_connected)
    trace.on_connection_reuseconn.append(_connected)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=_IDLE_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[trace],
    )


async def _connected(_session: aiohttp.ClientSession, context: Any, _event: object) -> None:
    context.trace_request_ctx.possible = True


async def _read(answer: aiohttp.ClientResponse) -> tuple[int, str, dict[str, str]]:
    """Status, text and headers of a good answer."""
    status = answer.status
    if status == 429 or 400 <= status < 500:
        code = await _code(answer)
        if code is None and status != 429:
            raise NoAnswer(f"HTTP {status} without a reason")
        raise Refused(status, code, _retry_after(answer.headers))
    if not 200 <= status < 300:
        raise NoAnswer(f"HTTP {status}")
    text = await _text(answer)
    if text is None or not isinstance(_parsed(text), dict):
        raise NoAnswer(f"HTTP {status} with a body that cannot be read")
    return status, text, dict(answer.headers)


async def _code(answer: aiohttp.ClientResponse) -> int | None:
    try:
        text = await _text(answer)
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None
    found = _parsed(text or "")
    code = found.get("code") if isinstance(found, dict) else None
    if isinstance(code, str) and code.isdecimal() and len(code) < 10:
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


async def _text(answer: aiohttp.ClientResponse) -> str | None:
    """The body, or None when it is too long or not UTF-8."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Seconds, or an instant by the API's own clock."""
    asked = headers.get("Retry-After", "").strip()
    try:
        if asked.isdecimal():
            wait = timedelta(seconds=int(asked[:9]))
        else:
            wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta()), _LONGEST_WAIT)
