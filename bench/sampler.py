"""`recado` with a sampler inside: `python -m bench.sampler FILE serve`. Nothing in the product knows of it.

A timer of the process's own processor time (ITIMER_PROF) interrupts the main thread about every 4 ms of work. The
handler reads from each thread's own clock how much time it has used since the last sample, and books it on the stack
that the thread is in. So a thread that waits costs nothing, the time of the sqlite writer is told from that of the
loop, and the handler's own time is left out. What C code does (sqlite, JSON, system calls) is booked on the Python
function that called it, or on the one that ran next when the loop itself was at work. Garbage collection strikes
whoever allocates, so it is booked by itself.

SIGUSR1 begins, SIGUSR2 ends and writes the file.
"""

import gc
import json
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

from bench.processes import SAMPLE, SAMPLED

_EVERY_S = 0.002
Stack = tuple[CodeType, ...]


class Sampler:
    """Processor time by thread and stack, the innermost function first."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stacks: Counter[tuple[str, int, Stack]] = Counter()
        self._read: dict[int, int] = {}
        self._began = 0
        self._sampling = False
        self._collecting = 0

    def install(self) -> None:
        signal.signal(signal.SIGPROF, self._sample)
        signal.siginterrupt(signal.SIGPROF, False)
        gc.callbacks.append(self._collect)
        signal.signal(SAMPLE, self._begin)
        signal.signal(SAMPLED, self._end)

    def _begin(self, number: int, frame: FrameType | None) -> None:
        self._stacks.clear()
        self._read = {thread.ident: _clock(thread.ident) for thread in threading.enumerate() if thread.ident}
        self._began = time.process_time_ns()
        signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)

    def _end(self, number: int, frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        stacks = [
            {"thread": thread, "line": line, "ns": ns, "stack": [_named(code) for code in stack] or [_garbage(line)]}
            for (thread, line, stack), ns in self._stacks.items()
        ]
        whole = {"total_ns": time.process_time_ns() - self._began, "stacks": stacks}
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(whole))
        fresh.replace(self._file)

    def _collect(self, phase: str, about: dict[str, int]) -> None:
        here = threading.get_ident()
        if phase == "start":
            self._collecting = _clock(here)
            return
        spent = _clock(here) - self._collecting
        self._stacks[threading.current_thread().name, about["generation"], ()] += spent
        self._read[here] = self._read.get(here, 0) + spent

    def _sample(self, number: int, frame: FrameType | None) -> None:
        if self._sampling or (frame is not None and frame.f_code is _COLLECT):
            return  # the next signal came before this handler was done, or before a collection was booked
        self._sampling = True
        frames = sys._current_frames()  # noqa: SLF001 - documented, for exactly this
        here = threading.get_ident()
        for thread in threading.enumerate():
            ident = thread.ident
            if ident is None:
                continue
            now = _clock(ident)
            used = now - self._read.get(ident, now)
            self._read[ident] = now
            at = frame if ident == here else frames.get(ident)
            if used > 0 and at is not None:
                self._stacks[thread.name, at.f_lineno, _stack(at)] += used
        self._read[here] = _clock(here)
        self._sampling = False


def _clock(thread: int) -> int:
    return time.clock_gettime_ns(time.pthread_getcpuclockid(thread))


def _stack(frame: FrameType) -> Stack:
    codes = []
    at: FrameType | None = frame
    while at is not None:
        codes.append(at.f_code)
        at = at.f_back
    return tuple(codes)


def _named(code: CodeType) -> tuple[str, int, str]:
    return code.co_filename, code.co_firstlineno, code.co_qualname


_COLLECT = Sampler._collect.__code__  # noqa: SLF001 - our own


def _garbage(generation: int) -> tuple[str, int, str]:
    return "garbage collection", 0, f"generation {generation}"


def main() -> None:
    from entrypoints.cli import main as recado

    file = Path(sys.argv.pop(1))
    Sampler(file).install()
    recado()


if __name__ == "__main__":
    main()
