"""The far end of `guarding`: run by its path, without a site, so that it is there at once and costs little."""

import os
import signal
import sys
import time

_PATIENCE = 5.0
"""Seconds that children get to end in order once their parent is gone."""
_LOOK = 0.05


def stand() -> None:
    """Read who is to be watched until the pipe breaks; then end everyone who is still watched."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: dict[int, int] = {}
    frozen: set[int] = set()
    for line in sys.stdin:
        match line.split():
            case ["watch", pid, gently]:
                watched[int(pid)] = int(gently)
            case ["forget", pid]:
                watched.pop(int(pid), None)
            case ["frozen", pid]:
                frozen.add(int(pid))
            case ["thawed", pid]:
                frozen.discard(int(pid))
    for pid in frozen:
        _signal(pid, signal.SIGCONT)  # what is stopped could not follow the next one
    for pid, gently in watched.items():
        _signal(pid, gently)
    end = time.monotonic() + _PATIENCE
    while any(_signal(pid, 0) for pid in watched) and time.monotonic() < end:
        time.sleep(_LOOK)
    for pid in watched:
        _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: int) -> bool:
    """Whether there was somebody to get it."""
    try:
        os.kill(pid, number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    stand()
