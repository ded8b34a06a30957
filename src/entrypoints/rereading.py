"""When the agent's file is read again while the app runs: on SIGHUP, and in `dev` whenever it is saved."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

_LOOK = 0.5
"""Seconds between looks at the file."""


@asynccontextmanager
async def on_hangup(read: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Read at every SIGHUP until the block ends; never where the system has no such signal, or in a thread that gets
    none, such as that of a test client."""
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    reading: set[asyncio.Task[None]] = set()

    def on_signal() -> None:
        task = loop.create_task(read())
        reading.add(task)
        task.add_done_callback(reading.discard)

    loop.add_signal_handler(hangup, on_signal)
    try:
        yield
    finally:
        loop.remove_signal_handler(hangup)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)


@asynccontextmanager
async def when_saved(path: Callable[[], Path], read: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Read whenever the file changes, appears or goes away, until the block ends; `path` says which it is by then."""
    task = asyncio.create_task(_watch(path, read), name="agent's file")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(path: Callable[[], Path], read: Callable[[], Coroutine[Any, Any, None]]) -> None:
    known = _state(path())
    while True:
        await asyncio.sleep(_LOOK)
        state = _state(path())
        if state != known:
            known = state
            await read()


def _state(path: Path) -> tuple[Path, int, int]:
    try:
        stat = path.stat()
    except OSError:
        return path, 0, 0
    return path, stat.st_mtime_ns, stat.st_size
