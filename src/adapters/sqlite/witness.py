"""The witness: a file that says which sends may have left this machine, and so which certainly have not.

A record is one write, without fsync: what was written survives `kill -9`, because the kernel has it. It does not
survive a power cut; so the first line names the machine's boot, and a file from another boot is not believed.
"""

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

from adapters.sqlite.conversation import load, save
from adapters.sqlite.rows import outbound_ref
from adapters.sqlite.sending import doubt, queue_again
from adapters.sqlite.writer import Transaction
from core.errors import Unavailable

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_LARGE = 1 << 20


class Witness:
    """The file, kept by the process that holds the worker's lock."""

    def __init__(self, path: Path, *, boot: Path = _BOOT) -> None:
        self._path = path
        self._boot = boot
        self._file: int | None = None
        self._size = 0
        self._writing = threading.Lock()

    def left(self) -> frozenset[str] | None:
        """The records of this boot, as `message attempt`; None if they cannot be known."""
        boot = self._current_boot()
        try:
            first, *records = self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return None
        return frozenset(records) if boot and first == boot else None

    def note(self, message: str, attempt: int) -> None:
        """This attempt may leave from now on. Raises `Unavailable` if that cannot be noted: then it must not leave."""
        record = f"\n{_record(message, attempt)}".encode()  # the line break first: half a record spoils no other
        with self._writing:
            if self._file is None:
                raise Unavailable("the store is closed")
            try:
                written = os.write(self._file, record)
            except OSError as error:
                raise Unavailable(f"the sends that leave cannot be noted: {error.strerror}") from error
            self._size += written
        if written != len(record):
            raise Unavailable("the sends that leave cannot be noted: the disk is full")

    def start_anew(self) -> None:
        """Forget all records. Nothing may be leaving while this runs."""
        new = self._path.with_suffix(".new")
        with self._writing:
            file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                self._size = os.write(file, self._current_boot().encode())
                new.replace(self._path)
            except OSError:
                os.close(file)
                raise
            self._close()
            self._file = file

    def shrink(self, db: sqlite3.Connection) -> None:
        """Start anew when the file is large and nothing is on its way. Called by the writer between transactions, when
        no send it has begun is unknown to the database and none can begin."""
        if self._size < _LARGE or self._file is None:
            return
        with suppress(OSError, sqlite3.Error):  # a large file does no harm
            if db.execute("SELECT 1 FROM message WHERE witnessed = 1 LIMIT 1").fetchone() is None:
                self.start_anew()

    def close(self) -> None:
        with self._writing:
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _current_boot(self) -> str:
        try:
            return self._boot.read_text(encoding="ascii").strip()
        except OSError:
            return ""


def _record(message: str, attempt: int) -> str:
    return f"{message} {attempt}"


def take_over(tx: Transaction, left: frozenset[str] | None) -> None:
    """What the last holder of the lock left behind. It is dead: nobody holds its leases, and its sends are over.

    A send without a record never left and is queued again, or held if a human has taken over; one with a record, or any
    of them if records cannot be known, is uncertain.
    """
    tx.db.execute("UPDATE conversation SET lease_until = ?1 WHERE lease_until > ?1", (tx.now,))
    for row in tx.db.execute("SELECT * FROM message WHERE witnessed = 1 ORDER BY care_at").fetchall():
        conversation = load(tx, outbound_ref(row).conversation)
        assert conversation is not None  # noqa: S101 - a foreign key says so
        if left is None or _record(row["id"], row["attempts"]) in left:
            why = "the worker died while sending it"
            doubt(tx, conversation, row, why, since=min(row["care_at"], tx.now), look_at=tx.now)
        else:
            queue_again(tx, conversation, row, "the worker died before sending it", at=tx.now)
        save(tx, conversation)
