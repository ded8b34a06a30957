"""Fetching what people send, although every address in a webhook is somebody else's wish.

The credentials go to the API and nowhere else; what it redirects to must be a known place with a public address, which
is looked up once and connected to as looked up.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from adapters.twilio.settings import Settings
from adapters.twilio.sniffing import judged
from adapters.twilio.wire import basic, named
from core.conversation.content import Media
from core.conversation.ports import Fetched
from core.errors import Permanent, Rejected, Unavailable
from core.identity.model import Line

MOST_BYTES = 16 << 20
"""WhatsApp's own limit."""
WITHIN_S = 30.0
_REDIRECTS = 3
PAUSES_S = (0.5, 1.0, 2.0)
"""Between attempts while a file is not there: Twilio's webhook can be faster than its storage."""
_CONNECTIONS = 16

# Where the API sends a download to. Path-style and host-style names of one and the same bucket.
PLACES = (
    "*.twiliocdn.com",
    "s3-external-1.amazonaws.com/media.twiliocdn.com/",
    "media.twiliocdn.com.s3-external-1.amazonaws.com",
)

_UNCLEAR_PATH = re.compile(r"\\|%2e|%2f|%5c|/\.\.?(/|$)|[^!-~]", re.IGNORECASE)
_NAME = re.compile(r"([a-z0-9_-]+\.)+[a-z][a-z0-9-]*")
"""A name in the open internet: neither an address, in whatever notation, nor a name of the house."""
_IPV6 = ipaddress.ip_network("2000::/3")
_TUNNELS = (ipaddress.ip_network("2001::/23"), ipaddress.ip_network("2002::/16"))
"""IPv6 addresses that carry an IPv4 address inside."""


class Downloads:
    """One pool for the API, one that connects to public addresses only."""

    def __init__(
        self,
        settings: Settings,
        api: str,
        to_api: aiohttp.ClientSession,
        to_public: aiohttp.ClientSession,
        pauses_s: tuple[float, ...],
    ) -> None:
        self._api = api
        self._origin = URL(api).origin()
        self._usable = api.startswith("https://") or settings.api_is_loopback
        self._at_home = settings.api_is_loopback
        self._places = (*PLACES, *settings.twilio_media_hosts)
        self._to_api = to_api
        self._to_public = to_public
        self._pauses_s = pauses_s

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        settings: Settings,
        api: str,
        *,
        resolver: AbstractResolver | None = None,
        trust: SSLContext | bool = True,
        pauses_s: tuple[float, ...] = PAUSES_S,
    ) -> AsyncIterator[Self]:
        """`resolver` and `trust` stand in for the lookup of public addresses and the system's certificates."""
        public = aiohttp.TCPConnector(
            limit=_CONNECTIONS,
            resolver=resolver or PublicOnly(aiohttp.ThreadedResolver()),
            use_dns_cache=False,
            force_close=True,
            ssl=trust,
        )
        async with (
            _session(aiohttp.TCPConnector(limit=_CONNECTIONS, force_close=True)) as to_api,
            _session(public) as to_public,
        ):
            yield cls(settings, api, to_api, to_public, pauses_s)

    async def fetch(self, media: Media, line: Line, credentials: tuple[str, str]) -> Fetched:
        """As `FetchesMedia.fetch` says, as this user with this password."""
        url = self._own(media, line)
        if self._to_api.closed:
            raise Unavailable("the channel is closed")
        try:
            async with asyncio.timeout(WITHIN_S):
                said, body = await self._get(url, basic(credentials))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"the media could not be fetched: {named(error)}") from None
        return Fetched(content_type=judged(body, media.content_type or said), body=body)

    def _own(self, media: Media, line: Line) -> URL:
        """The address, if it is one of this message's files. Compared as text, so that no reader sees another one."""
        ids = (re.escape(part) for part in (self._api, line.account, media.provider_id))
        expected = "{}/2010-04-01/Accounts/{}/Messages/{}/Media/ME[A-Za-z0-9_-]{{1,32}}".format(*ids)
        if not self._usable or not media.provider_id or not re.fullmatch(expected, media.url):
            raise Rejected("the media is not a file of this message at the provider")
        return URL(media.url, encoded=True)

    async def _get(self, url: URL, authorization: str) -> tuple[str | None, bytes]:
        for pause in self._pauses_s:
            found = await self._follow(url, authorization)
            if found is not None:
                return found
            await asyncio.sleep(pause)
        found = await self._follow(url, authorization)
        if found is None:
            raise Permanent("the media is gone")
        return found

    async def _follow(self, url: URL, authorization: str) -> tuple[str | None, bytes] | None:
        """What the provider says it is, and its bytes; nothing while it is not there."""
        session, headers = self._to_api, {"Authorization": authorization}
        for _ in range(1 + _REDIRECTS):
            async with session.get(url, headers=headers, allow_redirects=False) as answer:
                if answer.status == 200:
                    return answer.headers.get("Content-Type"), await _body(answer)
                if answer.status == 404:
                    return None
                if answer.status not in (301, 302, 303, 307, 308):
                    raise _refused(answer.status)
                url = self._next(url, answer.headers.get("Location", ""))
                session, headers = (self._to_api if url.origin() == self._origin else self._to_public), {}
        raise Rejected("the media is redirected too often")

    def _next(self, url: URL, location: str) -> URL:
        """Where a redirect leads, if we go there."""
        try:
            target = url.join(URL(location, encoded=True))
            host, port = target.host, target.port
        except ValueError:
            raise Rejected("the media is redirected to what is no address") from None
        plain = target.user is None and target.password is None and not _UNCLEAR_PATH.search(target.raw_path)
        if not plain or host is None:
            raise Rejected("the media is redirected to what is no address")
        if self._at_home and target.origin() == self._origin:
            return target
        if target.scheme != "https" or port != 443 or not _NAME.fullmatch(host):
            raise Rejected("the media is redirected to an address that is not public")
        if not self._is_known(host, target.raw_path):
            raise Rejected("the media is redirected to a place that is not known")
        return target

    def _is_known(self, host: str, path: str) -> bool:
        for place in self._places:
            name, slash, prefix = place.partition("/")
            fits = host.endswith(name[1:]) if name.startswith("*.") else host == name
            if fits and path.startswith(slash + prefix):
                return True
        return False


class PublicOnly(AbstractResolver):
    """Name lookup that gives away public addresses only. The connector connects to what it gives, so nothing can change
    between the check and the connection."""

    def __init__(self, lookup: AbstractResolver) -> None:
        self._lookup = lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._lookup.resolve(host, port, family)
        if not found or not all(is_public(result["host"]) for result in found):
            raise Rejected("the media is redirected to an address that is not public")
        return found

    async def close(self) -> None:
        await self._lookup.close()


def is_public(address: str) -> bool:
    """Whether this is an address of the open internet, and of nothing that leads back in."""
    ip = _literal(address)
    if ip is None or ip.is_multicast or ip.is_reserved:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        return ip in _IPV6 and not any(ip in tunnel for tunnel in _TUNNELS) and ip.is_global
    return ip.is_global


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers={"Accept-Encoding": "identity"}
    )


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    if (answer.content_length or 0) > MOST_BYTES:
        raise Rejected("the media is too large")
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Rejected("the media is too large")
    return bytes(body)


def _refused(status: int) -> Permanent | Unavailable:
    if status == 429 or status >= 500:
        return Unavailable(f"the media could not be fetched: HTTP {status}")
    if status in (401, 403):
        return Permanent(f"the provider refused our credentials for the media: HTTP {status}")
    return Permanent(f"the media cannot be fetched: HTTP {status}")
