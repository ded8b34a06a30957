"""Calls over Supabase's REST API, through the official client, on HTTP connections of our own."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import cache
from typing import Any

import httpx
from postgrest import APIError
from supabase import AsyncClient, AsyncClientOptions, acreate_client

from adapters.supabase import faults
from adapters.supabase.calls import Calls, function, storable
from adapters.supabase.transport import Transport
from core.errors import Permanent, RecadoError
from core.identity.seal import NoSeal, Seal

_PATIENCE = httpx.Timeout(connect=2.0, read=5.0, write=5.0, pool=2.0)
_IDLE_S = 20.0
"""Less than any gateway waits before it closes a connection that is idle."""
_AT_MOST = 16
"""Connections of a process: a call takes milliseconds, and the server's own pool is smaller still."""
_UNTIL_SEEN = (0.1, 0.3, 0.6, 1.0)
"""Seconds between looks for a function that the server does not know yet."""
_NO_SEAL = NoSeal()

_CODE = re.compile(rb'"code"\s*:\s*"(?:[0-9A-Z]{5}|PGRST\w+)"')
"""As PostgreSQL and PostgREST write it; gateways have codes too, which say what the status does."""

_BROKEN_OFF = (httpx.NetworkError, httpx.RemoteProtocolError)
VENDOR = (APIError, httpx.HTTPError, httpx.InvalidURL)
"""All that the client raises for what the server or the network does."""


class RestCalls(Calls):
    """Two clients: what is urgent never waits for a connection that others use.

    Nothing of `auth` is ever called on them: an event of a session would replace the key of every later request.
    """

    def __init__(self, client: AsyncClient, urgent: AsyncClient, *, seal: Seal) -> None:
        self.seal = seal
        self._client = client
        self._urgent = urgent

    async def __call__(
        self, operation: str, workspace: str | None, args: Mapping[str, Any], *, urgent: bool = False
    ) -> Any:
        client = self._urgent if urgent else self._client
        name, body = function(operation), {"workspace": workspace, "args": storable(args)[0]}
        repeats = 0
        while True:
            try:
                return (await client.rpc(name, body).execute()).data
            except VENDOR as error:
                wait = _wait(error, repeats)
                if wait is None:
                    raise folded(error) from error
            repeats += 1
            await asyncio.sleep(wait)


def _wait(error: Exception, repeats: int) -> float | None:
    """Seconds until the same is asked again, if it is: at once where another connection or order may do."""
    if isinstance(error, APIError) and error.code == faults.NOT_SEEN_YET:
        return _UNTIL_SEEN[repeats] if repeats < len(_UNTIL_SEEN) else None
    at_once = isinstance(error, _BROKEN_OFF) or (isinstance(error, APIError) and error.code in faults.REPEATABLE)
    return 0.0 if at_once and repeats == 0 else None


@asynccontextmanager
async def rest_calls(
    url: str, key: str, *, turn_limit: int, seal: Seal = _NO_SEAL, patience: httpx.Timeout = _PATIENCE
) -> AsyncIterator[RestCalls]:
    """Nothing is asked yet."""
    async with AsyncExitStack() as stack:
        client = await _client(stack, url, key, patience, connections=min(_AT_MOST, max(2, turn_limit)))
        urgent = await _client(stack, url, key, patience, connections=1)
        yield RestCalls(client, urgent, seal=seal)


async def _client(
    stack: AsyncExitStack, url: str, key: str, patience: httpx.Timeout, *, connections: int
) -> AsyncClient:
    trusted = _trusted(secure=url.startswith("https://"))
    transport = Transport(url, connections=connections, idle_s=_IDLE_S, trusted=trusted)
    http = await stack.enter_async_context(
        httpx.AsyncClient(transport=transport, timeout=patience, event_hooks={"response": [_vet]})
    )
    options = AsyncClientOptions(
        # With it given, the client does not ask its store of sessions for one.
        headers={"Authorization": f"Bearer {key}"},
        auto_refresh_token=False,
        persist_session=False,
        postgrest_client_retry=False,
        httpx_client=http,
    )
    return await acreate_client(url, key, options)


@cache
def _trusted(*, secure: bool) -> ssl.SSLContext:
    """Whom to trust, for all clients: to read the certificates takes longer than all else that opening does."""
    return httpx.create_ssl_context() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


async def _vet(response: httpx.Response) -> None:
    """Refuse what is not PostgREST's own word: the client would lose the status, or take a page for an answer."""
    is_json = response.headers.get("content-type", "").startswith("application/json")
    if response.is_success and is_json:
        return
    if is_json and _CODE.search(await response.aread()):
        return
    raise faults.of_status(response.status_code, after=_after(response.headers.get("retry-after", "")))


def _after(told: str) -> timedelta | None:
    return timedelta(seconds=min(int(told), 3600)) if told.isascii() and told.isdigit() else None


def folded(error: Exception) -> RecadoError:
    """Our error for one of the client's, or of the network under it."""
    if isinstance(error, APIError):
        return faults.of_code(error.code or "", says=error.message or "")
    if isinstance(error, httpx.PoolTimeout):
        return faults.saturated()
    if isinstance(error, httpx.TimeoutException):
        return faults.too_slow()
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return Permanent("SUPABASE_URL cannot be used: it is the project's address, such as https://abc.supabase.co")
    return faults.broken_off()
