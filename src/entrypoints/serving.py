"""HTTP servers inside this process's loop: bound before anything is opened, drained before anything is closed."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from core.errors import Permanent

_BACKLOG = 2048
_HEADERS_WITHIN = 10.0
"""Seconds from the connection, or from the first byte of a further request, to the end of the headers."""
_HEADERS_SIZE = 64 * 1024
"""Bytes that may come before the end of the headers."""
_TICK = 0.1
"""Seconds: uvicorn counts ten of them to the date that it puts on answers."""
_LOOK = 0.01
"""Seconds between looks at what is still in flight at the stop."""


class _Impatient(HttpToolsProtocol):
    """Closes a connection whose request does not get as far as its body: uvicorn itself would wait for ever."""

    _waiting: asyncio.TimerHandle | None = None
    _read = 0
    """Bytes since it began to wait."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._come()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._waiting is not None:
            self._read += len(data)
            if self._read > _HEADERS_SIZE + len(data):
                self.transport.close()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._waiting is None:
            self._wait()

    def on_headers_complete(self) -> None:
        self._come()
        super().on_headers_complete()

    def _wait(self) -> None:
        self._read = 0
        self._waiting = self.loop.call_later(_HEADERS_WITHIN, self.transport.close)

    def _come(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class _Server(uvicorn.Server):
    """uvicorn without signal handling of its own: it would end the process before our drivers are closed."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self.should_exit = True
        self._stopping.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        """Ticks as uvicorn does, but a stop does not wait for the next tick."""
        for tick in count():
            if await self.on_tick(tick):
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK):
                    await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Lets requests in flight end, or breaks them off in the end, as uvicorn does; it waits for nothing else."""
        state = self.server_state
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await asyncio.sleep(_LOOK)  # a connection that was just accepted is not among them yet
                for connection in list(state.connections):
                    connection.shutdown()
                while state.connections or state.tasks:  # noqa: ASYNC110 - uvicorn offers no event
                    await asyncio.sleep(_LOOK)
        for task in state.tasks:
            task.cancel()


class _Cuttable:
    """An app whose requests can be ended from outside: one that waits for news would hold up the stop."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._tasks: set[asyncio.Task[None]] = set()
        self._cut = False

    def cut(self) -> None:
        self._cut = True
        for task in self._tasks:
            task.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noticing(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request runs in a task of its own")
        self._tasks.add(task)
        try:
            await self._app(scope, receive, noticing)
        except asyncio.CancelledError:
            if not self._cut:
                raise
            if not started:
                await send({"type": "http.response.start", "status": 503, "headers": [(b"connection", b"close")]})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._tasks.discard(task)


def bind(host: str, port: int, *, setting: str = "RECADO_PORT") -> socket.socket:
    """A listening socket. Raises `Permanent` with the cure when the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise Permanent(
            f"Port {port} on {host} cannot be used ({os.strerror(error.errno or 0)}). "
            f"Stop what uses it, or choose another: {setting}={port + 10 if port < 65_000 else 8000}."
        ) from error


def bind_near(host: str, port: int, *, tries: int = 50) -> socket.socket:
    """The first port from `port` on that is free; failing that, any."""
    for candidate in range(port, min(port + tries, 65_536)):
        try:
            return bind(host, candidate)
        except Permanent:
            continue
    return bind(host, 0)


def url_of(listening: socket.socket) -> str:
    """Where a client on this machine reaches the socket."""
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - not bound here, only named
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


@asynccontextmanager
async def serving(
    app: ASGIApp, listening: socket.socket, *, drain: float, on_death: Callable[[], None]
) -> AsyncIterator[None]:
    """`app` on this socket until the block ends; requests in flight then get `drain` seconds, with 0 none at all.

    The app's lifespan is not run: what it needs is open already. `on_death` is called if the server ends by itself.
    """
    cuttable = _Cuttable(app)
    server = _Server(
        uvicorn.Config(
            app if drain else cuttable,
            http=_Impatient,
            reset_contextvars=True,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            backlog=_BACKLOG,
            timeout_graceful_shutdown=max(1, round(drain)),
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listening]), name="http")
    task.add_done_callback(lambda _: None if server.should_exit else on_death())
    try:
        while not (server.started or task.done()):  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.005)
        yield
    finally:
        server.stop()
        cuttable.cut()
        await task
