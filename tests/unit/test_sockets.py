"""The guard that keeps unit tests off the network is itself in force."""

import asyncio
import socket
import threading

import pytest

from tests.sockets import SocketRefused, loopback, sockets_only_to


async def test_a_connection_is_refused() -> None:
    with pytest.raises(SocketRefused):
        await asyncio.open_connection("127.0.0.1", 9)


async def test_a_server_is_refused() -> None:
    with pytest.raises(SocketRefused):
        await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(SocketRefused):
        socket.getaddrinfo("example.com", 443)


def test_a_thread_is_refused_too() -> None:
    seen: list[type[BaseException]] = []

    def connect() -> None:
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        except SocketRefused as refused:
            seen.append(type(refused))

    thread = threading.Thread(target=connect)
    thread.start()
    thread.join()

    assert seen == [SocketRefused]


def test_loopback_can_be_allowed_and_nothing_beyond_it() -> None:
    with sockets_only_to(loopback), socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()

        with pytest.raises(SocketRefused):
            socket.create_connection(("192.0.2.1", 80), timeout=1)


@pytest.mark.parametrize("peer", ["localhost", "127.0.0.1", b"::1", ("127.8.9.1", 80), "/run/postgres.sock"])
def test_what_counts_as_this_machine(peer: object) -> None:
    assert loopback(peer)


@pytest.mark.parametrize("peer", ["example.com", "0.0.0.0", ("10.0.0.1", 80), "localhost.example.com", None, ()])
def test_what_does_not_count_as_this_machine(peer: object) -> None:
    assert not loopback(peer)
