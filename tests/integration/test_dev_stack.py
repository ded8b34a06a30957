"""`recado dev --stack` as a person runs it: the real servers and commands on this machine, talked to through `chat`."""

import asyncio
import os
import re
import shutil
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from entrypoints.agent_file import SHIPPED
from entrypoints.stack.child import free_port
from tests.integration.processes import comes_true, lives

pytestmark = pytest.mark.servers

RECADO = Path(sys.executable).with_name("recado")
WITHIN = 90.0


class Laptop:
    """A folder in which the stack is started, and what it printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed = ""
        self._started: list[Process] = []
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("RECADO_", "TWILIO_"))},
            "RECADO_PORT": str(free_port()),
            "RECADO_QUIET_MS": "50",
            "RECADO_SWEEP_S": "0.5",
            "RECADO_LEASE_S": "3",
        }

    async def start(self, *, until: str = "addresses and passwords") -> Process:
        self.printed = ""
        process = await asyncio.create_subprocess_exec(
            RECADO, "dev", "--stack", cwd=self.folder, env=self._environ, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
        )
        self._started.append(process)
        self._reading = asyncio.create_task(self._read(process))
        await self.prints(until)
        return process

    async def prints(self, words: str) -> None:
        """Wait until this is among what it printed since its start."""
        end = time.monotonic() + WITHIN
        while words not in self.printed:
            if self._reading.done() or time.monotonic() > end:
                raise AssertionError(f"it did not print {words!r}:\n{self.printed}")
            await asyncio.sleep(0.05)

    async def says(self, text: str) -> str:
        """What a person who writes this is answered."""
        process = await asyncio.create_subprocess_exec(
            RECADO, "chat", cwd=self.folder, env=self._environ, stdin=PIPE, stdout=PIPE, stderr=STDOUT
        )
        out, _ = await asyncio.wait_for(process.communicate(f"{text}\n".encode()), WITHIN)
        assert process.returncode == 0, out.decode() + self.printed
        return out.decode()

    async def leave(self) -> None:
        """Kill what still runs."""
        for process in self._started:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def ends(self, process: Process) -> None:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), WITHIN) == 0, self.printed
        await self._reading

    def pid(self, who: str) -> int:
        """Of the process that is printed with this name."""
        found = re.search(rf"{who}.*?process (\d+)|{who} (\d+)", self.printed[self.printed.index("  app ") :])
        assert found is not None, self.printed
        return int(found[1] or found[2])

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            self.printed += line.decode()


@pytest.fixture
async def laptop(tmp_path: Path) -> AsyncIterator[Laptop]:
    laptop = Laptop(tmp_path)
    yield laptop
    await laptop.leave()


async def test_the_stack_answers_mends_itself_and_goes_on_after_a_restart(laptop: Laptop) -> None:
    stack = await laptop.start()
    assert "10,11" in await laptop.says("gastei 10,11 no café")

    for who in ("worker-1", "PostgreSQL", "Redis", "Supabase"):
        os.kill(laptop.pid(who), signal.SIGKILL)
    for who in ("worker-1", "PostgreSQL", "Redis", "Supabase"):
        await laptop.prints(f"{who:<10} ended by itself (signal 9)")
        await laptop.prints(f"{who:<10} is back as process")
    assert "12,22" in await laptop.says("gastei 12,22 no pão")

    shutil.copyfile(SHIPPED, laptop.folder / "recado.toml")
    await laptop.prints("agent's file read")
    await laptop.ends(stack)
    assert "Traceback" not in laptop.printed
    assert "Stopping" in laptop.printed

    again = await laptop.start()
    assert "applied" not in laptop.printed  # nothing was left to migrate: it is the same database
    assert "22,33" in await laptop.says("quanto gastei este mês?")
    await laptop.ends(again)


async def test_a_stack_is_alone_in_its_folder_and_once_killed_leaves_nothing_behind(laptop: Laptop) -> None:
    stack = await laptop.start()
    family = [child.pid for child in psutil.Process(stack.pid).children(recursive=True)]
    assert len(family) > 6
    file = laptop.folder / ".recado" / "stack" / "env"
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(AssertionError, match=f"Another stack works with .*process {stack.pid}"):
        await Laptop(laptop.folder).start()

    stack.kill()
    await stack.wait()
    began = time.monotonic()
    again = await laptop.start(until="starting PostgreSQL")  # it waits for the last to go: they share the data
    assert time.monotonic() - began < WITHIN
    await comes_true(lambda: not any(map(lives, family)))

    await laptop.ends(again)  # while it is still starting
