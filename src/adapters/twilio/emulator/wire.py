"""Pooled HTTP/1.1 to the app: an eighth of aiohttp's cost, which on a laptop is taken from the app under test.

Measured on 2 cores: 13 against 105 microseconds of CPU a call. It has what Twilio's calls need and no more.
"""

import asyncio
import re
import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import httptools

Weakness = Literal["ct", "rt", "4xx", "5xx"]

_KEEP_ALIVE_S = 2.0  # shorter than any server's, so that a reused connection is a living one
_LONGEST_ANSWER = 64 * 1024
_MOST_REDIRECTS = 10
_PLAIN = re.compile(r"[!-~]+")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

Origin = tuple[str, str, int]


class Failure(Exception):
    """A call that failed: Twilio's word for how (`rp` names it), and its code."""

    def __init__(self, weakness: Weakness, code: int, why: str) -> None:
        super().__init__(why)
        self.weakness = weakness
        self.code = code


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, of any status. Of a long body only the beginning is kept."""

    status: int
    content_type: str
    location: str
    body: bytes


class Wires:
    """Connections that are kept for a while after use."""

    def __init__(self) -> None:
        self._idle: dict[Origin, list[_Wire]] = {}

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def close(self) -> None:
        for wires in self._idle.values():
            for wire in wires:
                wire.abort()
        self._idle.clear()

    async def call(
        self, method: str, url: str, head: str, body: bytes, *, connect_s: float, read_s: float, total_s: float
    ) -> Response:
        """Send a request and follow redirects. `head` is further header lines. Raises `Failure`."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + total_s
        for _ in range(_MOST_REDIRECTS + 1):
            left = ends - loop.time()
            parts = _parsed(url)
            wire = await self._connected(parts, min(connect_s, left))
            lines = f"{method} {_target(parts)} HTTP/1.1\r\nHost: {_host(parts)}\r\n{_credentials(parts)}{head}"
            if method == "POST":
                lines += f"Content-Length: {len(body)}\r\n"
            left = min(read_s, ends - loop.time())
            response = await wire.exchange(f"{lines}\r\n".encode("latin-1") + body, left)
            if wire.reusable:
                wire.idle_since = loop.time()
                self._idle.setdefault(wire.origin, []).append(wire)
            if response.status not in _REDIRECTS or not response.location:
                return response
            url = urljoin(url, response.location)
            if response.status < 307:
                method, body = "GET", b""
        raise Failure("4xx", 11215, "too many redirects")

    async def _connected(self, parts: SplitResult, within: float) -> "_Wire":
        loop = asyncio.get_running_loop()
        origin = (parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        idle = self._idle.get(origin)
        while idle:
            wire = idle.pop()
            if wire.open and loop.time() - wire.idle_since < _KEEP_ALIVE_S:
                return wire
            wire.abort()
        tls = self._tls if parts.scheme == "https" else None
        try:
            async with asyncio.timeout(within):
                _, wire = await loop.create_connection(lambda: _Wire(origin), origin[1], origin[2], ssl=tls)
        except ssl.SSLError as error:
            raise Failure("ct", 11237, str(error)) from None
        except (socket.gaierror, UnicodeError) as error:
            raise Failure("ct", 11210, str(error)) from None
        except TimeoutError:
            raise Failure("ct", 11205, f"no connection within {within:g} s") from None
        except OSError as error:
            raise Failure("ct", 11205, str(error)) from None
        return wire


class _Wire(asyncio.Protocol):
    """One connection, with at most one request on it."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.idle_since = 0.0
        self.reusable = False
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[Response] | None = None
        self._parser: httptools.HttpResponseParser
        self._body = bytearray()
        self._content_type = self._location = ""
        self._framed = False
        self._headed = False

    @property
    def open(self) -> bool:
        return not self._transport.is_closing()

    def abort(self) -> None:
        self._transport.abort()

    async def exchange(self, request: bytes, within: float) -> Response:
        """Send a request and wait for the whole answer. Raises `Failure`."""
        loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._body.clear()
        self._content_type = self._location = ""
        self._framed = self._headed = self.reusable = False
        self._answer = loop.create_future()
        timer = loop.call_later(within, self._fail, Failure("rt", 11200, f"no answer within {within:.3g} s"))
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            timer.cancel()
            self._answer = None
            if not self.reusable:
                self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        if self._headed and not self._framed and exc is None:
            self._complete()
        else:
            self._fail(Failure("rt", 11200, "the connection broke"))

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self._transport.abort()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail(Failure("rt", 11200, "the answer is not HTTP"))

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"content-type":
            self._content_type = value.decode("latin-1")
        elif name == b"location":
            self._location = value.decode("latin-1")
        elif name in (b"content-length", b"transfer-encoding"):
            self._framed = True

    def on_headers_complete(self) -> None:
        self._headed = True

    def on_body(self, body: bytes) -> None:
        if len(self._body) < _LONGEST_ANSWER:
            self._body += body

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() >= 200:
            self.reusable = self._parser.should_keep_alive()
            self._complete()

    def _complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            status = self._parser.get_status_code()
            self._answer.set_result(Response(status, self._content_type, self._location, bytes(self._body)))

    def _fail(self, failure: Failure) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(failure)


def _parsed(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and _PLAIN.fullmatch(url):
            return parts
    except ValueError:
        pass
    raise Failure("4xx", 11200, "the address is none that can be called")


def _target(parts: SplitResult) -> str:
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _credentials(parts: SplitResult) -> str:
    if parts.username is None:
        return ""
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Authorization: Basic {b64encode(pair.encode()).decode()}\r\n"
