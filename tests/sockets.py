"""Refuses sockets while a test runs, through the interpreter's audit events: nothing is patched, no library escapes.

Sockets that C code opens without reporting them (uvloop) are out of reach; tests run on asyncio's own loop.
"""

import ipaddress
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Peer = object
"""A host name, an address tuple, the path of a local socket, or None: whatever the audit event carries."""

# Where each event carries the peer. A socketpair, which is all an event loop needs, raises none of them.
_PEER_AT = {
    "socket.bind": 1,
    "socket.connect": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.sendmsg": 1,
    "socket.sendto": 1,
}

# An audit hook can never be removed, so there is one, and it asks the innermost rule in force. A plain list and not a
# context variable: a thread started by the test is refused too.
_rules: list[Callable[[Peer], bool]] = []


class SocketRefused(RuntimeError):
    """A test reached for the network. Give it an in-memory driver, or move it to tests/integration."""


def nowhere(_: Peer) -> bool:
    """Allows no peer."""
    return False


def loopback(peer: Peer) -> bool:
    """Allows this machine only: a local socket, or an address or name that cannot leave it."""
    host = peer[0] if isinstance(peer, tuple) and peer else peer
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str):
        return False
    if host == "localhost" or host.startswith(("/", "\0")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def sockets_only_to(allowed: Callable[[Peer], bool]) -> Iterator[None]:
    """Inside the block, a socket to a peer that is not allowed raises `SocketRefused` where it is opened."""
    _rules.append(allowed)
    try:
        yield
    finally:
        _rules.remove(allowed)


def _ask(event: str, args: tuple[Any, ...]) -> None:
    if not _rules or event not in _PEER_AT:
        return
    peer = args[_PEER_AT[event]]
    if not _rules[-1](peer):
        raise SocketRefused(f"{event} to {peer!r}")


sys.addaudithook(_ask)
