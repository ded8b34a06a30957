"""A process of the stack: started, asked whether it answers, stopped, killed, frozen, and started again."""

import asyncio
import os
import random
import signal
import socket
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from core.errors import Permanent
from entrypoints.stack.guarding import Guard

_LOOK = 0.01
"""Seconds between looks at what is starting; they grow by a fifth each."""
_LINE = 1 << 20
_LOG = 10 << 20
"""Bytes of a log after which the next start begins another; the one before is kept."""
_AS_USER = (
    "import os, sys; group, user = map(int, sys.argv[1:3]); "
    "os.setgroups([]); os.setgid(group); os.setuid(user); os.execv(sys.argv[3], sys.argv[3:])"
)
"""Not every event loop can start a process as another user."""
_PORTS = range(15_000, 32_000)
"""Below those that connections get on the way out: a client that tries a dead server again and again would, on its
own port, one day be connected to itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is run at a start."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    """Where it is run."""
    user: tuple[int, int] | None = None
    """User and group that it is run as; ours if none."""


class Child(ABC):
    """One process at a time, in a folder and, if it listens, on a port that stay the same from start to start."""

    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    stop_within: ClassVar[float] = 10.0
    """Seconds after which a stop becomes a kill."""
    start_within: ClassVar[float] = 60.0

    def __init__(self, name: str, folder: Path, guard: Guard, *, hear: Callable[[str], None] | None = None) -> None:
        """`hear` gets each line that it prints; without it they go to the file `log` in the folder."""
        self.name = name
        self.folder = folder
        self._guard = guard
        self._hear = hear
        self._process: asyncio.subprocess.Process | None = None
        self._ear: asyncio.Task[None] | None = None
        self._frozen: Sequence[int] = ()

    @abstractmethod
    async def _program(self) -> Program:
        """What is to be run now."""

    @abstractmethod
    async def _answers(self) -> bool:
        """Whether it does what it is there for; asked again until it does."""

    @property
    def pid(self) -> int:
        """Of the process that runs, or ran last. Raises `RuntimeError` before the first start."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether there is a process, frozen ones included."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Run it, and come back when it answers. Raises `Permanent` with its last words if it does not get that far."""
        if self.runs:
            return
        program = await self._program()
        await self._spawn(program)
        try:
            await self._until_it_answers()
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> None:
        """Ask it to end, and see that it does."""
        if not self.runs:
            return
        self.thaw()
        self._signal(self.stop_signal)
        try:
            async with asyncio.timeout(self.stop_within):
                await self.ended()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it as a power cut would, and come back when nothing of it is left."""
        family = self._family() if self.runs else ()
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await self.ended()
        await asyncio.gather(*(_gone(pid) for pid in family[1:]))
        self._frozen = ()

    def freeze(self) -> None:
        """Stop it where it is: connections stay open and nothing is answered."""
        self._frozen = self._family()
        self._guard.frozen(self._frozen)
        for pid in self._frozen:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        for pid in self._frozen:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self._guard.thawed(self._frozen)
        self._frozen = ()

    async def ended(self) -> int:
        """The exit code, once it has ended; negative for a signal."""
        if self._process is None:
            return 0
        code = await self._process.wait()
        if self._ear is not None:
            await self._ear
        return code

    def hang_up(self) -> None:
        """Send SIGHUP, at which our own commands read the assistant's file again."""
        if self.runs:
            self._signal(signal.SIGHUP)

    def last_words(self, lines: int = 5) -> str:
        """The end of its log."""
        try:
            text = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.strip().splitlines()[-lines:])

    def _family(self) -> Sequence[int]:
        """Itself and all that it started, itself first."""
        return (self.pid,)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    async def _spawn(self, program: Program) -> None:
        argv = list(program.argv)
        if program.user is not None:
            user, group = program.user
            argv = [sys.executable, "-I", "-S", "-c", _AS_USER, str(group), str(user), *argv]
        out = asyncio.subprocess.PIPE if self._hear else _opened_log(self.folder / "log")
        try:
            self._process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                env=dict(program.environment),
                cwd=program.folder,
                start_new_session=True,
                limit=_LINE,
            )
        except OSError as error:
            raise Permanent(
                f"{self.name} cannot be run: {program.argv[0]}: {os.strerror(error.errno or 0)}."
            ) from error
        finally:
            if not self._hear:
                os.close(out)
        self._guard.watch(self._process.pid, self.stop_signal)
        self._ear = asyncio.create_task(self._follow(self._process), name=f"follows {self.name}")

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        """Hands on what it says until it ends."""
        while self._hear is not None and process.stdout is not None:
            try:
                line = await process.stdout.readline()
            except ValueError:
                continue  # a line beyond all measure, which is skipped
            if not line:
                break
            self._hear(line.decode("utf-8", "replace").rstrip("\n"))
        await process.wait()
        self._guard.forget(process.pid)

    async def _until_it_answers(self) -> None:
        pause = _LOOK
        try:
            async with asyncio.timeout(self.start_within):
                while not await self._answers():
                    if not self.runs:
                        raise Permanent(f"{self.name} ended at its start.\n{self.last_words()}".strip())
                    await asyncio.sleep(pause)
                    pause *= 1.2
        except TimeoutError:
            raise Permanent(
                f"{self.name} did not answer within {self.start_within:g} s of its start.\n{self.last_words()}".strip()
            ) from None


def _opened_log(path: Path) -> int:
    """To go on writing; a log that has grown large makes room first."""
    if path.exists() and path.stat().st_size > _LOG:
        path.replace(path.with_name("log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


async def _gone(pid: int) -> None:
    """What is left of an orphan waits for the system to be taken away, and no longer counts."""
    import psutil

    with suppress(psutil.NoSuchProcess):
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(_LOOK)


def free_port() -> int:
    """A port of this machine's loopback that nobody listens on now. Raises `Permanent` if there is none."""
    for port in random.sample(_PORTS, 200):
        if is_free(port):
            return port
    raise Permanent("No port between 15000 and 32000 of 127.0.0.1 is free.")


def is_free(port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return port != 0


async def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        async with asyncio.timeout(1):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def is_well(host: str, port: int, path: str) -> bool:
    """Whether an HTTP server of this machine answers 200 there."""
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            status = await reader.readline()
            writer.close()
    except (OSError, TimeoutError):
        return False
    return status.split()[1:2] == [b"200"]
