"""Ends the children of a process that was killed: a small process beside it notices, by a pipe that breaks."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

_FAR_END = Path(__file__).with_name("guard.py")


class Guard:
    """The near end. Who is watched is ended once this process has ended without a word."""

    def __init__(self, process: asyncio.subprocess.Process, pipe: int) -> None:
        self._process = process
        self._pipe = pipe

    def watch(self, pid: int, gently: signal.Signals) -> None:
        """From now on this child goes with us: by this signal, and by SIGKILL if that does not help."""
        self._tell(f"watch {pid} {int(gently)}\n")

    def forget(self, pid: int) -> None:
        """It has ended."""
        self._tell(f"forget {pid}\n")

    def frozen(self, pids: Iterable[int]) -> None:
        """These are stopped, and would follow no signal before they are woken."""
        self._tell("".join(f"frozen {pid}\n" for pid in pids))

    def thawed(self, pids: Iterable[int]) -> None:
        """These run again."""
        self._tell("".join(f"thawed {pid}\n" for pid in pids))

    def _tell(self, lines: str) -> None:
        with suppress(BrokenPipeError):
            os.write(self._pipe, lines.encode())


@asynccontextmanager
async def guarding(*, hold: Iterable[int] = ()) -> AsyncIterator[Guard]:
    """A guard until the block ends. It keeps the descriptors `hold` open as long as a child may live: they are locks.

    The pipe is written to directly: what asyncio still had in a buffer would be lost with a process that is killed.
    """
    far, near = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(_FAR_END), stdin=far, pass_fds=tuple(hold), start_new_session=True
        )
    except BaseException:
        os.close(near)
        raise
    finally:
        os.close(far)
    try:
        yield Guard(process, near)
    finally:
        os.close(near)
        await process.wait()


async def guard_in(stack: AsyncExitStack, given: Guard | None) -> Guard:
    """The one that was given, or one of its own that lasts as long as `stack`."""
    return given if given is not None else await stack.enter_async_context(guarding())
