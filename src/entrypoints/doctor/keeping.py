"""What is kept on this machine: the folder, the store in it, and who works its queue."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from core.conversation.inspection import Finding
from core.storage import Storage
from entrypoints.doctor.findings import doubt, fine, problem

_FULL, _SCARCE = 200 << 20, 1 << 30
"""Bytes left on the disk."""
_LOCK = "worker.lock"
"""What a store on this machine holds while its process works the queue: the process's number is in it."""


def folder(data: Path) -> Iterator[Finding]:
    """The data folder: whether it can be written to, by whom it can be read, and what room is left."""
    there = next(place for place in (data, *data.absolute().parents) if place.exists())
    room = shutil.disk_usage(there).free
    left = f"{room / (1 << 30):.1f} GB free"
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        yield problem(f"{there} cannot be written to.", "Name another folder in RECADO_DATA, or mend its permissions.")
    elif there != data:
        yield fine(f"{data} is not there yet: the first start makes it ({left}).")
    else:
        yield fine(f"{data} can be written to ({left}).")
        if os.name == "posix" and data.stat().st_mode & 0o077:
            yield doubt(f"Others on this machine can look into {data}.", f"Run: chmod 700 {data}")
    if room < _FULL:
        yield problem(f"The disk of {there} is nearly full: soon nothing can be recorded.", "Make room.")
    elif room < _SCARCE:
        yield doubt(f"The disk of {there} is getting full.", "Make room.")


async def store(opened: Storage, name: str, summary: str) -> AsyncIterator[Finding]:
    """A store that could be opened, which brings its schema up to date; whether it can be written to."""
    yield fine(f"The store {name!r} opens, with the newest schema. {summary}")
    await opened.ready()
    counts = await opened.counts()
    yield fine(f"It can be written to. Unanswered: {counts.get('pending', 0)}. Dead: {counts.get('dead', 0)}.")
    if uncertain := counts.get("uncertain", 0):
        yield doubt(
            f"Of {uncertain} message{'' if uncertain == 1 else 's'} it is not known whether the provider took them.",
            "Nothing to do: a running worker looks into it.",
        )


def lock(data: Path) -> Iterator[Finding]:
    """Who works the queue of this folder. The lock itself is left alone: taking it would get in a worker's way."""
    try:
        holder = (data / _LOCK).read_text(encoding="ascii", errors="replace").strip()
        inode = (data / _LOCK).stat().st_ino
    except OSError:
        return
    if holder.isdecimal() and _is_held(int(holder), inode):
        yield fine(f"The queue is worked by process {holder}: {_command(int(holder))}")
    else:
        yield fine("No process works the queue here now.")


def _is_held(process: int, inode: int) -> bool:
    """Whether the lock is; where the system does not list locks, whether there is such a process."""
    try:
        locks = Path("/proc/locks").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        try:
            os.kill(process, 0)
        except OSError as error:
            return isinstance(error, PermissionError)
        return True
    return any(f":{inode} " in line for line in locks)


def _command(process: int) -> str:
    """What a process was started as, in a few words."""
    try:
        shown = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        ps = ["ps", "-o", "command=", "-p", str(process)]
        shown = subprocess.run(ps, capture_output=True, text=True, check=False).stdout  # noqa: S603
    words = [word.rpartition("/")[2] for word in shown.split()]
    if words and words[0].startswith("python"):
        del words[0]
    return " ".join(words[:3]) or "it cannot be seen which"
