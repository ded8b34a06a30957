"""The processes of a run: each on a port of this machine, watched through /proc, and ended with the run."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.load import Closed, Open, written
from bench.webhooks import ACCOUNT, SENDER, TOKEN

TOLD = "servers.json"
"""Where the servers of a run tell their addresses."""

ROOT = Path(__file__).resolve().parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")
_READY_S = 30.0
_STOP_S = 30.0
_SERVERS_S = 180.0
"""The first start of the REST server fetches its packages."""


class Broken(Exception):
    """A process did not do what it should; the end of its output says why."""


class Process:
    """A child process that serves a port."""

    def __init__(self, name: str, command: Sequence[str], port: int, folder: Path, environ: Mapping[str, str]) -> None:
        self.name = name
        self.port = port
        self.folder = folder
        self._log = folder / f"{name}.log"
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                command, cwd=folder, env=dict(environ), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.pid = self._child.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, *, method: str = "GET", body: object = None, within: float = 30.0) -> Any:
        """What it answers, as JSON."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=within)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            text = answer.read()
            if answer.status >= 400:
                raise Broken(f"{self.name}: {method} {path} was answered {answer.status}: {text[:300]!r}")
            return json.loads(text) if text else None
        finally:
            connection.close()

    def until_ready(self, path: str) -> Self:
        """Wait until it answers at `path`."""

        def answers() -> bool:
            if self._child.poll() is not None:
                raise Broken(f"{self.name} ended with {self._child.returncode}:\n{self.tail()}")
            try:
                self.ask(path, within=2)
            except (OSError, HTTPException, Broken):
                return False
            except ValueError:
                return True  # an answer, if not JSON
            return True

        if not until(answers, within=_READY_S):
            raise Broken(f"{self.name} was not ready in {_READY_S:g} s:\n{self.tail()}")
        return self

    def is_running(self) -> bool:
        return self._child.poll() is None

    def cpu_s(self) -> float:
        """Seconds of processor time it has used, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def peak_mb(self) -> float:
        """The most memory it ever held (VmHWM)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def signal(self, number: int) -> None:
        self._child.send_signal(number)

    def kill(self) -> None:
        self._child.kill()
        self._child.wait()

    def stop(self) -> None:
        """End it in its own way, or after half a minute in ours."""
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def tail(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]

    def lines(self, *words: str) -> int:
        """Lines of its output with one of these words in it."""
        with self._log.open(errors="replace") as log:
            return sum(any(word in line for word in words) for line in log)


class Machine:
    """What all cores do from now on. A benchmark that shares them with other programs should say so."""

    def __init__(self) -> None:
        self._busy = _busy_s()
        self._began = time.monotonic()

    def busy_cores(self, *, less: float) -> float:
        """Cores busy since, without so many seconds of processor time that are ours."""
        return max(0.0, _busy_s() - self._busy - less) / (time.monotonic() - self._began)


def _busy_s() -> float:
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split()[1:11])
    return (user + nice + system + irq + softirq) / _TICKS


class Processes:
    """Starts the kinds of processes that a run needs; all of them end with the block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def recado(
        self, *, port: int, command: Sequence[str] = (), path: Sequence[Path] = (), **settings: object
    ) -> Process:
        """`recado serve` as it is installed, or run by `command`. Settings are environment variables, in lower case."""
        given = {name.upper(): value for name, value in settings.items()}
        environ = {**self._usual(), "RECADO_PORT": port, **given}
        return self._start("serve", [*(command or [_script()]), "serve"], port, environ, path).until_ready("/readyz")

    def worker(self, number: int, **settings: object) -> Process:
        """`recado worker` as it is installed; it serves no port. Settings are as in `recado`."""
        given = {name.upper(): value for name, value in settings.items()}
        return self._start(f"worker-{number}", [_script(), "worker"], 0, self._usual() | given)

    def servers(self, *, rest: bool) -> dict[str, str]:
        """Empty ones; gives the settings that name them."""
        command = [sys.executable, "-m", "bench.servers", "--folder", str(self._folder), *(["--rest"] if rest else [])]
        servers = self._start("servers", command, 0, {})
        told = self._folder / TOLD
        if not until(lambda: told.exists() or not servers.is_running(), within=_SERVERS_S) or not told.exists():
            raise Broken(f"the servers did not start:\n{servers.tail()}")
        found: dict[str, str] = json.loads(told.read_text())
        return found

    def migrate(self, **settings: object) -> None:
        """`recado migrate`, to its end."""
        given = {name.upper(): str(value) for name, value in (self._usual() | settings).items()}
        done = subprocess.run(
            [_script(), "migrate"],
            env=_environ() | given,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Broken(f"recado migrate ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")

    def _usual(self) -> dict[str, object]:
        return {
            "RECADO_DATA": self._folder / "data",
            "RECADO_STORE": "sqlite",
            "RECADO_QUEUE": "inline",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_FROM": SENDER,
        }

    def emulator(self, *, app: str) -> Process:
        """`recado emulate`, with a window that is always open: people write to the app directly."""
        port = free_port()
        environ = {
            "RECADO_DATA": self._folder / "emulator",
            "RECADO_PUBLIC_URL": app,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_FROM": SENDER,
        }
        emulator = self._start("emulator", [_script(), "emulate", "--port", str(port)], port, environ)
        emulator.until_ready("/emulator")
        emulator.ask(f"/emulator/numbers/{SENDER}", method="PUT", body={"window": "open"})
        return emulator

    def model(self, *, delay: float) -> Process:
        port = free_port()
        command = [sys.executable, "-m", "bench.model", "--port", str(port), "--delay", str(delay)]
        return self._start("model", command, port, {}).until_ready("/")

    def bare(self, *, public_url: str) -> Process:
        port = free_port()
        command = [sys.executable, "-m", "bench.bare", "--port", str(port), "--public-url", public_url]
        bare = self._start("bare", command, port, {})

        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        if not until(listens, within=_READY_S):
            raise Broken(f"the bare route was not ready in {_READY_S:g} s:\n{bare.tail()}")
        return bare

    def _start(
        self,
        name: str,
        command: Sequence[str],
        port: int,
        environ: Mapping[str, object],
        path: Sequence[Path] = (),
    ) -> Process:
        given = {name: str(value) for name, value in environ.items()}
        return self._stack.enter_context(Process(name, command, port, self._folder, {**_environ(path), **given}))


def fill(order: Closed | Open, *, within: float) -> Any:
    """Run the load process to its end; answers what it saw."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=written(order),
        capture_output=True,
        text=True,
        timeout=within,
        cwd=ROOT,
        env=_environ(),
        check=False,
    )
    if done.returncode:
        raise Broken(f"the load process ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(condition: Callable[[], bool], *, within: float, every: float = 0.05) -> bool:
    """Wait for a condition, so long at most; whether it came true."""
    ends = time.monotonic() + within
    while not condition():
        if time.monotonic() >= ends:
            return False
        time.sleep(every)
    return True


SAMPLE, SAMPLED = signal.SIGUSR1, signal.SIGUSR2
"""What `bench.sampler` begins and ends its samples at."""


def _script() -> str:
    return str(Path(sys.executable).parent / "recado")


def _environ(path: Sequence[Path] = ()) -> dict[str, str]:
    """Nothing of ours but where to find things: no settings, credentials or proxies of whoever runs the benchmark."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    # The code beside this benchmark is what it measures, also in a copy of the tree.
    return {**kept, "PYTHONPATH": os.pathsep.join(map(str, [*path, ROOT, ROOT / "src"]))}
