"""The set of a play: a Twilio and a model in this process, the real commands of Recado in processes of their own."""

import asyncio
import os
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp

from adapters.twilio.emulator.app import ACCOUNT_SID, AUTH_TOKEN, Emulator
from adapters.twilio.emulator.numbers import Delays
from adapters.twilio.emulator.server import serving as serving_emulator
from tests.integration.openai_server import Rule, Server
from tests.integration.openai_server import serving as serving_model

WHATSAPP = "whatsapp:+14155550100"
SMS = "+14155550101"
ANA = "whatsapp:+5511900000001"
LAB = Path(__file__).parent / "lab"
RECADO = Path(sys.executable).parent / "recado"


class Process:
    """A command that runs; its log is kept in a file."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path, started: float) -> None:
        self.process = process
        self.log = log
        self.started = started

    async def killed(self, within: float = 20) -> None:
        """Wait until it was ended by SIGKILL. Raises `AssertionError` with its log if it was not."""
        code = await asyncio.wait_for(self.process.wait(), within)
        assert code == -signal.SIGKILL, self.log.read_text()

    async def stop(self, sign: signal.Signals = signal.SIGTERM, within: float = 30) -> int:
        """Send a signal and wait for the end; gives the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(sign)
        return await asyncio.wait_for(self.process.wait(), within)


class Stage:
    """What a test plays with. People write through `emulator`; `model` answers as scripted."""

    def __init__(self, folder: Path, emulator: Emulator, emulator_url: str, model: Server, http: aiohttp.ClientSession):
        self.folder = folder
        self.emulator = emulator
        self.model = model
        self.http = http
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.env: dict[str, str] = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(LAB),
            "RECADO_DATA": str(folder / "data"),
            "RECADO_PORT": str(self.port),
            "RECADO_PUBLIC_URL": self.url,
            "RECADO_MODEL": "openai",
            "RECADO_QUIET_MS": "100",
            "RECADO_MAX_WAIT_MS": "2000",
            "RECADO_SWEEP_S": "0.5",
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_FROM": f"{WHATSAPP},{SMS}",
            "TWILIO_API_URL": emulator_url,
            "OPENAI_API_KEY": "sk-canary-openai",
            "OPENAI_BASE_URL": model.url,
            "OPENAI_MODEL": "scripted",
            "LAB_LEDGER": str(folder / "ledger.db"),
            "LAB_MARK": str(folder / "struck"),
        }
        self.hook_up("twilio")
        self._processes: list[Process] = []

    def hook_up(self, channel: str) -> None:
        """Point the emulator's numbers at the app."""
        for number, line in ((WHATSAPP, "main"), (SMS, "main-2")):
            self.emulator.number(number).webhook = f"{self.url}/webhooks/{channel}/{line}"

    async def start(
        self,
        command: str = "serve",
        env: Mapping[str, str] | None = None,
        *,
        wait: bool = True,
        program: Path = RECADO,
        url: str | None = None,
    ) -> Process:
        """Start a command; `serve` is waited for until it is ready at `url`."""
        log = self.folder / f"{command}-{len(self._processes)}.log"
        with log.open("wb") as output:
            started = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                str(program), command, env=self.env | dict(env or {}), cwd=self.folder, stdout=output, stderr=output
            )
        made = Process(process, log, started)
        self._processes.append(made)
        if wait and command == "serve":
            await self.ready(made, url=url)
        return made

    async def ready(self, process: Process, within: float = 30, *, url: str | None = None) -> None:
        """Wait until the app says that it is ready."""
        ends = time.monotonic() + within
        while time.monotonic() < ends:
            if process.process.returncode is not None:
                raise AssertionError(f"it ended with {process.process.returncode}:\n{process.log.read_text()}")
            try:
                async with self.http.get(f"{url or self.url}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.02)
        raise AssertionError(f"not ready within {within} s:\n{process.log.read_text()}")

    def copies(self) -> dict[str, int]:
        """How often each of our messages was accepted by the provider."""
        return self.emulator.copies("m")

    def heard(self, person: str = ANA) -> list[str]:
        """What reached the person, in order."""
        return [message.body for message in self.emulator.received(person)]

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Ask the store's file."""
        uri = f"file:{self.folder / 'data' / 'recado.db'}?mode=ro"
        with sqlite3.connect(uri, uri=True) as database:
            return database.execute(sql).fetchall()

    def ledger(self, sql: str) -> list[tuple[object, ...]]:
        """Ask the laboratory's ledger."""
        with sqlite3.connect(self.folder / "ledger.db") as database:
            return database.execute(sql).fetchall()

    def attempts_of(self, message: str) -> list[str]:
        """The attempts of one of our messages that the provider accepted."""
        callbacks = [entry["status_callback"] for entry in self.emulator.creates() if entry.get("status_callback")]
        queries = [parse_qs(urlsplit(callback).query) for callback in callbacks]
        return [query["a"][0] for query in queries if query.get("m") == [message]]

    async def close(self) -> None:
        for process in self._processes:
            if process.process.returncode is None:
                process.process.kill()
                await process.process.wait()


@asynccontextmanager
async def stage(folder: Path, *rules: Rule, delay: float = 0.0) -> AsyncIterator[Stage]:
    """A provider, a model, and room for processes; all ended with the block."""
    emulator = Emulator(numbers=[WHATSAPP, SMS], seed=1)
    for number in (WHATSAPP, SMS):
        emulator.number(number).delays = Delays(sending=0, sent=0.01, delivered=0.01, read=0.01)
    async with (
        serving_emulator(emulator) as emulator_url,
        serving_model(*rules, delay=delay) as model,
        aiohttp.ClientSession() as http,
    ):
        made = Stage(folder, emulator, emulator_url, model, http)
        try:
            yield made
        finally:
            await made.close()


async def until(true: object, within: float = 20) -> None:
    """Wait until a callable is true. Raises `AssertionError`."""
    assert callable(true)
    ends = time.monotonic() + within
    while not true():
        if time.monotonic() > ends:
            raise AssertionError(f"not within {within} s")
        await asyncio.sleep(0.02)
