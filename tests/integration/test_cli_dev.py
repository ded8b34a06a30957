"""The commands as a person runs them: real processes, a real database file, real signatures through the emulator."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

RECADO = Path(sys.executable).with_name("recado")
WITHIN = 20.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Place:
    """A folder in which commands are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()

    async def start(self, *argv: str, **more: str) -> Process:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RECADO_", "TWILIO_"))}
        environ = {**kept, "RECADO_PORT": str(self.port), "RECADO_QUIET_MS": "50", **more}
        return await asyncio.create_subprocess_exec(
            RECADO, *argv, cwd=self.folder, env=environ, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )

    async def run(self, *argv: str, said: str = "", **more: str) -> tuple[int | None, str, str]:
        process = await self.start(*argv, **more)
        out, err = await asyncio.wait_for(process.communicate(said.encode()), WITHIN * 2)
        return process.returncode, out.decode(), err.decode()

    @asynccontextmanager
    async def dev(self) -> AsyncIterator[Process]:
        process = await self.start("dev")
        try:
            await read_until(process, "emulator ")
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    @property
    def emulator(self) -> str:
        kept = json.loads((self.folder / ".recado" / "dev.json").read_text())
        url: str = kept["emulator"]
        return url


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def read_until(process: Process, word: str) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(WITHIN):
        while line := (await process.stdout.readline()).decode():
            if word in line:
                return
    raise AssertionError(f"it ended before it said {word!r}: {(await process.communicate())[1].decode()}")


async def end(process: Process, number: int = signal.SIGINT) -> tuple[int | None, float, str]:
    """Send the signal; answers how it ended, after how long, and what it said on stderr."""
    begun = time.monotonic()
    process.send_signal(number)
    _, err = await asyncio.wait_for(process.communicate(), WITHIN)
    return process.returncode, time.monotonic() - begun, err.decode()


async def test_a_person_is_answered_and_the_conversation_is_there_after_a_restart(place: Place) -> None:
    async with place.dev() as process:
        chatted = await place.run("chat", said="oi\n")
        by_sms = await place.run("chat", "--sms", said="hello there\nare you there?\n")
        ended = await end(process)

    assert (chatted[0], chatted[2]) == (0, "")
    assert '"oi"' in chatted[1]
    assert [line for line in by_sms[1].splitlines() if "there" in line] == by_sms[1].splitlines()
    assert len(by_sms[1].splitlines()) == 2
    assert ended[0] == 0
    assert ended[1] < 2
    assert "Traceback" not in ended[2]

    async with place.dev() as process:
        url = f"{place.emulator}/emulator/people/whatsapp:%2B5511987654321/messages"
        phone = json.loads(await asyncio.to_thread(lambda: urlopen(url, timeout=5).read()))
        again = await place.run("chat", said="e agora?\n")
        await end(process)

    assert [message["from_me"] for message in phone["messages"]] == [True, False]
    assert phone["messages"][0]["body"] == "oi"
    assert '"e agora?"' in again[1]


async def test_chat_alone_brings_what_it_needs(place: Place) -> None:
    code, out, err = await place.run("chat", said="oi")

    assert (code, err) == (0, "")
    assert '"oi"' in out


async def test_a_chat_that_waits_does_not_hold_up_the_stop(place: Place) -> None:
    async with place.dev() as process:
        chat = await place.start("chat")
        assert chat.stdin is not None
        chat.stdin.write(b"oi\n")
        await read_until(chat, '"oi"')
        code, took, err = await end(process)
        _, said = await asyncio.wait_for(chat.communicate(), WITHIN)

    assert code == 0
    assert took < 2
    assert "Traceback" not in err
    assert chat.returncode == 1
    assert said.decode().startswith("recado: The emulator at http://127.0.0.1:")


async def test_a_port_that_is_taken_is_said_with_the_cure(place: Place) -> None:
    with socket.create_server(("127.0.0.1", place.port)):
        code, _, err = await place.run("dev")

    assert code == 2
    assert err.startswith(f"recado: Port {place.port} on 127.0.0.1 cannot be used (Address already in use).")
    assert "RECADO_PORT=" in err
    assert err.count("\n") == 1


@contextmanager
def _taken(port: int) -> Iterator[None]:
    """Sees to it that the port is in use, by us or by whoever has it already."""
    try:
        server = socket.create_server(("127.0.0.1", port))
    except OSError:
        yield
    else:
        with server:
            yield


async def test_the_emulator_takes_the_next_free_port(place: Place) -> None:
    with _taken(place.port + 1):
        async with place.dev() as process:
            assert place.emulator != f"http://127.0.0.1:{place.port + 1}"
            await end(process)


async def test_the_emulator_alone_answers(place: Place) -> None:
    port = free_port()
    process = await place.start("emulate", "--port", str(port))
    await read_until(process, "TWILIO_API_URL=")

    about = json.loads(await asyncio.to_thread(lambda: urlopen(f"http://127.0.0.1:{port}/emulator", timeout=5).read()))
    code, took, err = await end(process)

    assert about["numbers"] == ["whatsapp:+14155550100", "+14155550101"]
    assert (code, err) == (0, "")
    assert took < 2


async def test_a_worker_with_the_inline_queue_says_that_it_finds_its_work_itself(place: Place) -> None:
    twilio = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "t", "TWILIO_FROM": "+14155550100"}
    process = await place.start("worker", **twilio)
    assert process.stderr is not None
    first = json.loads(await asyncio.wait_for(process.stderr.readline(), WITHIN))

    code, took, _ = await end(process, signal.SIGTERM)

    assert "finds what is due by itself" in first["event"]
    assert code == 0
    assert took < 2


async def test_a_second_signal_ends_it_at_once(place: Place) -> None:
    async with place.dev() as process:
        process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        await asyncio.wait_for(process.wait(), WITHIN)

    assert process.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM)
