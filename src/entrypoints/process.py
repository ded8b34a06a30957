"""What a process needs of its machine: an event loop, descriptors, and an orderly way to end."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from core.errors import Permanent

T = TypeVar("T")

_OTHER_DESCRIPTORS = 256
_PER_TURN = 2
"""A connection to the model, and one to the channel."""
_ENOUGH = 1 << 20
"""Where there is no hard limit; some systems refuse to lift theirs to infinity."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end on the fastest loop that is installed."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


def use_fastest_loop() -> None:
    """For a command that is not ours and takes the loop it finds."""
    make = _loop_factory() or asyncio.new_event_loop
    asyncio.set_event_loop(make())


def turns_of_this_machine(wanted: int) -> int:
    """Lift the limit of open descriptors as far as it goes; answers how many of the wanted turns it carries."""
    return max(1, min(wanted, (_descriptors() - _OTHER_DESCRIPTORS) // _PER_TURN))


def make_folder(data: Path) -> None:
    """Make the data folder, for its owner only. Raises `Permanent` with the cure if it cannot be written to."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        usable = os.access(data, os.W_OK | os.X_OK)
        why = "it is not ours to write to"
    except OSError as error:
        usable, why = False, os.strerror(error.errno or 0)
    if not usable:
        raise Permanent(
            f"RECADO_DATA={data}: the folder cannot be used ({why}). Name another, or mend its permissions."
        )


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """An event that the first SIGINT or SIGTERM sets. A second one ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


class Alarm:
    """Ends the process when a part of it that must not end does so by itself."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self.rung = False

    def ring(self) -> None:
        if not self._stop.is_set():
            self.rung = True
            self._stop.set()


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _descriptors() -> int:
    if sys.platform == "win32":
        return 4096
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _ENOUGH
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else hard
    if wanted > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):
            return soft
    return max(soft, wanted)


def settle_memory() -> None:
    """Call it once everything is open: what lives by then lives as long as the process, and need not be walked again.

    The collector then looks seldom; with the defaults it cost a tenth of the time of a webhook and pauses beside.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 100)
