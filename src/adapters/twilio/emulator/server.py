"""Runs the emulator on a socket of its own, in the loop that is running."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from adapters.twilio.emulator.app import Emulator

_GRACE_S = 1.0


class _Server(uvicorn.Server):
    """Leaves signals to whoever owns the process, and comes and goes without the polling that a test would wait for."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopped = asyncio.Event()
        self.ready = asyncio.Event()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await self._serve(sockets)
        finally:
            self.ready.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        self.ready.set()
        await self.stopped.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Requests that are being answered have a second."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_GRACE_S)
        for connection in list(self.server_state.connections):
            connection.transport.abort()


@asynccontextmanager
async def serving(emulator: Emulator, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Opens the emulator and serves it; yields its address. Port 0 is any free one."""
    listener = socket.create_server((host, port), backlog=2048)
    url = f"http://{host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        emulator, lifespan="off", log_config=None, log_level="warning", access_log=False, date_header=False
    )
    server = _Server(config)
    emulator.people.url = url
    async with emulator:
        task = asyncio.create_task(server.serve([listener]))
        try:
            await server.ready.wait()
            yield url
        finally:
            server.stopped.set()
            await task
