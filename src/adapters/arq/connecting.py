"""Connections to Redis, for clients that bound every call by `WITHIN_S`.

redis-py's own `socket_timeout` is left out: it sends under `asyncio.wait_for`, which up to Python 3.11 may swallow a
cancellation, and then a worker does not stop.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic import SecretStr
from redis.asyncio import Redis
from redis.asyncio.connection import BlockingConnectionPool, SSLConnection, parse_url

from adapters.arq.outage import TROUBLE

WITHIN_S = 2.0
"""The bound of a call with all its steps: a free connection, connecting, the answer."""

_CONNECT_S, _FREE_S = 1, 1

_IDLE_S = 30
"""A connection idle for longer is tried before it is used: something on the way may have dropped it."""


def connections(url: SecretStr, most: int) -> BlockingConnectionPool:
    """A pool that connects when it is first used, and needs no event loop until then."""
    return BlockingConnectionPool(
        max_connections=most,
        timeout=_FREE_S,
        socket_connect_timeout=_CONNECT_S,
        health_check_interval=_IDLE_S,
        **_parts(url),
    )


async def let_idle_go(redis: Redis) -> None:
    """After trouble: a replica that was the primary keeps its connections, and the next one may lead elsewhere."""
    with suppress(*TROUBLE):
        await redis.connection_pool.disconnect(inuse_connections=False)


def _parts(url: SecretStr) -> Mapping[str, Any]:
    parts: dict[str, Any] = dict(parse_url(url.get_secret_value()))
    if "path" not in parts:
        parts["socket_keepalive"] = True
    if parts.get("connection_class") is SSLConnection:
        # redis-py alone would take any trusted certificate, whoever it was made out to.
        parts.setdefault("ssl_check_hostname", parts.get("ssl_cert_reqs", "required") != "none")
    return parts
