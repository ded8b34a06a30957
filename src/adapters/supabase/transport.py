"""The official client's HTTP, carried by aiohttp: the same call takes less than half the processor time of httpx's own.

Everything above it stays httpx: requests, responses, errors, hooks.
"""

import asyncio
import io
import ssl
from typing import Self
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from yarl import URL

_OURS = frozenset({b"host", b"connection", b"content-length", b"transfer-encoding"})
"""Headers that whoever holds the connection writes."""

_LONG = 2**20


class Transport(httpx.AsyncBaseTransport):
    """HTTP/1.1 on at most `connections`, each kept while it is idle for `idle_s` seconds."""

    def __init__(self, url: str, *, connections: int, idle_s: float, trusted: ssl.SSLContext) -> None:
        self._proxy = _proxy_for(URL(url))
        self._connections = connections
        # aiohttp's own waiting is not in turn: under load somebody would never get a connection.
        self._free = asyncio.Semaphore(connections)
        self._idle_s = idle_s
        self._trusted = trusted

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._connections, keepalive_timeout=self._idle_s, ssl=self._trusted, ttl_dns_cache=30
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # httpx does
            skip_auto_headers=("User-Agent", "Accept-Encoding", "Content-Type"),
            proxy=self._proxy,
        )
        return self

    async def aclose(self) -> None:
        await self._session.close()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        limits = request.extensions["timeout"]
        try:
            async with asyncio.timeout(limits["pool"]):
                await self._free.acquire()
        except TimeoutError as error:
            raise httpx.PoolTimeout("no free connection in time", request=request) from error
        try:
            # Sending is not bounded by aiohttp: a server that stopped reading would hold the connection for ever.
            async with asyncio.timeout(limits["connect"] + limits["write"] + limits["read"]):
                return await self._carried(request, connect_s=limits["connect"], read_s=limits["read"])
        except TimeoutError as error:
            raise httpx.WriteTimeout("not done in time", request=request) from error
        finally:
            self._free.release()

    async def _carried(self, request: httpx.Request, *, connect_s: float, read_s: float) -> httpx.Response:
        raw = ((name, value) for name, value in request.headers.raw if name.lower() not in _OURS)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
        try:
            async with self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=headers,
                data=_sendable(await request.aread()),
                timeout=aiohttp.ClientTimeout(sock_connect=connect_s, sock_read=read_s),
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
        except aiohttp.ConnectionTimeoutError as error:
            raise httpx.ConnectTimeout("no connection in time", request=request) from error
        except TimeoutError as error:
            raise httpx.ReadTimeout("no answer in time", request=request) from error
        except aiohttp.ClientConnectorError as error:
            raise httpx.ConnectError("no connection", request=request) from error
        except aiohttp.ClientError as error:
            raise httpx.ReadError(type(error).__name__, request=request) from error
        return httpx.Response(answer.status, headers=answer.raw_headers, content=body, request=request)


def _sendable(body: bytes) -> bytes | io.BytesIO:
    """In pieces, if it is so long that the loop would stand still while it is handed over."""
    return body if len(body) < _LONG else io.BytesIO(body)


def _proxy_for(url: URL) -> str | None:
    """As the environment says, read once."""
    return None if proxy_bypass(url.host or "") else getproxies().get(url.scheme)
