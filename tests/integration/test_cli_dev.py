"""The commands as a person runs them: real processes, a real database file, real signatures through the emulator."""

import asyncio
import codecs
import fcntl
import json
import os
import pty
import signal
import socket
import sys
import termios
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.glass import Glass

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

    def environ(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RECADO_", "TWILIO_"))}
        return {**kept, "RECADO_PORT": str(self.port), "RECADO_QUIET_MS": "50", **more}

    async def start(self, *argv: str, **more: str) -> Process:
        return await asyncio.create_subprocess_exec(
            RECADO, *argv, cwd=self.folder, env=self.environ(**more), stdin=PIPE, stdout=PIPE, stderr=PIPE
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
        chatted = await place.run("chat", said="gastei 10,11 no café\n")
        by_sms = await place.run("chat", "--sms", said="spent 10.22 on coffee\nspent 10.33 on tea\n")
        ended = await end(process)

    assert (chatted[0], chatted[2]) == (0, "")
    assert "10,11" in chatted[1]
    assert by_sms[1].index("10.22") < by_sms[1].index("10.33")
    assert ended[0] == 0
    assert ended[1] < 2
    assert "Traceback" not in ended[2]

    async with place.dev() as process:
        url = f"{place.emulator}/emulator/people/whatsapp:%2B5511987654321/messages"
        phone = json.loads(await asyncio.to_thread(lambda: urlopen(url, timeout=5).read()))
        again = await place.run("chat", said="gastei 10,44 no pão\n")
        await end(process)

    assert [message["from_me"] for message in phone["messages"]] == [True, False]
    assert phone["messages"][0]["body"] == "gastei 10,11 no café"
    assert "10,44" in again[1]


async def test_chat_alone_brings_what_it_needs(place: Place) -> None:
    code, out, err = await place.run("chat", said="gastei 10,11 no café")

    assert (code, err) == (0, "")
    assert "10,11" in out


async def test_a_pipe_gets_the_replies_and_nothing_else(place: Place) -> None:
    async with place.dev():
        json_lines = await place.run("chat", "--json", "--as", "Bob", said="spent 10.22 on coffee\n")
        script = await place.run(
            "chat", said="gastei 10,11 no café\n/as Bob\n/burst spent 10.33 on tea | spent 10.44 on milk\n/hepl\n"
        )

    assert (json_lines[0], json_lines[2]) == (0, "")
    replies = [json.loads(line) for line in json_lines[1].splitlines()]
    assert {frozenset(reply) for reply in replies} == {frozenset({"at", "from", "to", "text", "status"})}
    assert {reply["from"] for reply in replies} == {"whatsapp:+14155550100"}
    assert {reply["status"] for reply in replies} <= {"sent", "delivered", "read"}
    assert "10.22" in "".join(reply["text"] for reply in replies)
    assert script[0] == 1
    assert script[2] == "recado: There is no /hepl. Did you mean /help? To send it as it is, write //hepl.\n"
    assert script[1].index("10,11") < script[1].index("10.33") < script[1].index("10.44")


@dataclass
class Seat:
    """Somebody in front of a terminal in which a command runs."""

    process: Process
    keyboard: int
    glass: Glass

    def sees(self, words: str) -> bool:
        return any(words in line for line in self.glass.lines)

    async def waits_for(self, words: str) -> list[str]:
        """The lines of the terminal once these words are among them."""
        async with asyncio.timeout(WITHIN):
            while not self.sees(words):  # noqa: ASYNC110 - a screen has no event
                await asyncio.sleep(0.02)
        return self.glass.lines

    async def comes_to(self, words: str) -> list[str]:
        """The lines of the terminal once the last of them is this."""
        async with asyncio.timeout(WITHIN):
            while self.glass.lines[-1] != words:  # noqa: ASYNC110 - a screen has no event
                await asyncio.sleep(0.02)
        return self.glass.lines

    def types(self, keys: str) -> None:
        os.write(self.keyboard, keys.encode())

    async def leaves(self, keys: str) -> int | None:
        self.types(keys)
        return await asyncio.wait_for(self.process.wait(), WITHIN)


@asynccontextmanager
async def seat(place: Place, *argv: str, columns: int = 80, **more: str) -> AsyncIterator[Seat]:
    """A terminal of its own, as a person has one."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (24, columns))
    glass, decoder = Glass(columns), codecs.getincrementaldecoder("utf-8")("replace")
    loop = asyncio.get_running_loop()

    def read() -> None:
        try:
            glass.feed(decoder.decode(os.read(ours, 65_536)))
        except OSError:  # nobody has the other end any more
            loop.remove_reader(ours)

    loop.add_reader(ours, read)
    try:
        process = await asyncio.create_subprocess_exec(
            RECADO,
            *argv,
            cwd=place.folder,
            env=place.environ(**{"TERM": "xterm-256color", **more}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        try:
            yield Seat(process, ours, glass)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
    finally:
        loop.remove_reader(ours)
        os.close(ours)


async def test_a_person_in_a_terminal_talks_with_the_assistant(place: Place) -> None:
    async with seat(place, "chat") as person:
        await person.waits_for("Ana >")
        person.types("gastei *10,11* no café\r")
        await person.waits_for("10,11")
        await person.waits_for("│ ")
        person.types("\033[200~gastei 10,22 no chá\ngastei 10,33 no leite\033[201~\r")
        await person.waits_for("10,33 no leite")
        person.types("/as Bob\r/sms\r")
        await person.waits_for("Bob by SMS >")
        person.types("spent 10.44 on coffee\r")
        await person.waits_for("│ Noted")
        person.types("/peo\t\r")
        await person.waits_for("* Bob")
        lines = await person.comes_to("Bob by SMS >")
        code = await person.leaves("\x04")

    said = "\n".join(lines)
    assert "`recado dev` would stay." in lines[0]
    (own,) = [line for line in lines if "gastei 10,11 no café" in line]
    assert own.endswith("✓✓")
    assert len(own) == 79
    order = ["gastei 10,11", "│ ", "gastei 10,22", "gastei 10,33", "── Bob on WhatsApp", "── Bob by SMS", "│ Noted"]
    assert [said.index(words) for words in order] == sorted(said.index(words) for words in order)
    assert code == 0
    assert person.glass.lines[-1] != "Bob by SMS >"


@pytest.mark.parametrize("leaving", ["\x03", "/quit\r"], ids=["Ctrl-C", "quit"])
async def test_a_chat_is_left_in_every_way_and_remembers(place: Place, leaving: str) -> None:
    async with place.dev():
        async with seat(place, "chat") as person:
            await person.waits_for("Ana >")
            person.types("primeiro\r")
            await person.waits_for("│ ")
            assert await person.leaves(leaving) == 0
        async with seat(place, "chat", NO_COLOR="1", columns=50) as person:
            lines = await person.waits_for("Ana >")
            await asyncio.sleep(0.1)  # what was said is put into the history once the prompt is there
            person.types("\033[A")
            await person.waits_for("Ana > primeiro")
            code = await person.leaves("\x03")

    assert any(line.startswith(" ") and "primeiro" in line for line in lines)
    assert any(line.startswith("│ ") for line in lines)
    assert max(map(len, lines)) <= 50
    assert code == 0


async def test_a_terminal_that_can_do_little_gets_lines(place: Place) -> None:
    async with place.dev(), seat(place, "chat", TERM="dumb") as person:
        await person.waits_for("-- You are Ana on WhatsApp")
        person.types("oi\n")
        lines = await person.waits_for("Recado ")
        code = await person.leaves("\x03")

    assert code == 0
    assert not any("\033" in line for line in lines)


async def test_a_chat_says_when_its_emulator_has_stopped(place: Place) -> None:
    async with place.dev() as process, seat(place, "chat") as person:
        await person.waits_for("Ana >")
        await end(process)
        lines = await person.waits_for("recado: ")
        code = await asyncio.wait_for(person.process.wait(), WITHIN)

    assert lines[-1].startswith(("recado: The emulator at http://127.0.0.1:", "recado: No emulator answers at"))
    assert code == 1


async def test_a_chat_that_waits_does_not_hold_up_the_stop(place: Place) -> None:
    async with place.dev() as process:
        chat = await place.start("chat")
        assert chat.stdin is not None
        chat.stdin.write("gastei 10,11 no café\n".encode())
        await read_until(chat, "10,11")
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
