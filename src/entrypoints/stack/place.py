"""Where a stack keeps itself between starts: a folder that one stack at a time works in, and the ports it had."""

import asyncio
import fcntl
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core.errors import Permanent
from entrypoints.stack import private
from entrypoints.stack.child import free_port, is_free

_WAIT = 10.0
"""Seconds: the servers of a stack that was killed end a moment later."""
_LOOK = 0.1


class Place:
    """A folder that is ours until the block of `placed` ends."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self.lock = lock
        """The descriptor that holds the lock: whoever has it open keeps other stacks out."""

    def port(self, name: str) -> int:
        """The port that this server had before, if nobody took it meanwhile; else another, kept from now on."""
        file = self.folder / "ports.json"
        ports = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        if not is_free(ports.get(name, 0)):
            ports[name] = free_port()
            private.write(file, json.dumps(ports, indent=2))
        port: int = ports[name]
        return port


@asynccontextmanager
async def placed(folder: Path) -> AsyncIterator[Place]:
    """The folder, made if it is not there, until the block ends. Raises `Permanent` if another stack works in it."""
    private.folder_of(folder)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        await _take(lock, folder)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield Place(folder, lock)
    finally:
        os.close(lock)


async def _take(lock: int, folder: Path) -> None:
    left = _WAIT
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = os.pread(lock, 20, 0).decode() or "0"
            if _lives(int(holder)) or left <= 0:
                raise Permanent(
                    f"Another stack works with {folder} (process {holder}): stop it, or name another RECADO_DATA."
                ) from None
        await asyncio.sleep(_LOOK)
        left -= _LOOK


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return pid != os.getpid()
