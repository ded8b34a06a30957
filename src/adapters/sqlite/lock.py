"""One process works the queue of a data folder: it holds a file that the kernel frees when it dies, however it dies."""

import fcntl
import os
from pathlib import Path

from core.errors import Conflict


class WorkerLock:
    """Held from `take` until `free`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> None:
        """Raises `Conflict`, naming the process that has it."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(file)
            raise Conflict(
                f"process {holder} already works the queue of {self._path.parent}: stop it, or set another RECADO_DATA"
            ) from error
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode("ascii"), 0)
        self._file = file

    def free(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
