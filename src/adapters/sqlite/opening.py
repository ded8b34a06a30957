"""How the store comes up and goes down: what is opened is closed in reverse, the lock last, when nothing is written any
more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

from adapters.sqlite.lock import WorkerLock
from adapters.sqlite.reader import Reader
from adapters.sqlite.schema import open_to_read, open_to_write
from adapters.sqlite.witness import Witness, take_over
from adapters.sqlite.writer import Writer
from core.errors import Permanent
from core.identity.seal import Seal


@asynccontextmanager
async def opened(
    folder: Path, witness: Witness, *, works: bool, clock: Callable[[], datetime], seal: Seal
) -> AsyncIterator[tuple[Writer, Reader]]:
    """Raises `Conflict` if another process works the queue, `Permanent` if the file cannot be used."""
    async with AsyncExitStack() as closed:
        try:
            if works:
                _lock(folder, closed)
            writer, reader = await _connect(folder / "recado.db", witness, closed, works=works, clock=clock, seal=seal)
            if works:
                await _take_over(writer, witness, closed)
        except OSError as error:
            raise Permanent(f"{folder} cannot be used: {error.strerror}") from error
        yield writer, reader


def _lock(folder: Path, closed: AsyncExitStack) -> None:
    lock = WorkerLock(folder / "worker.lock")
    lock.take()
    closed.callback(lock.free)


async def _connect(
    file: Path, witness: Witness, closed: AsyncExitStack, *, works: bool, clock: Callable[[], datetime], seal: Seal
) -> tuple[Writer, Reader]:
    db = await asyncio.to_thread(open_to_write, file)
    writer = Writer(db, clock=clock, witnessed=works, seal=seal, between=witness.shrink)
    closed.push_async_callback(writer.close)
    reader = Reader(await asyncio.to_thread(open_to_read, file))
    closed.push_async_callback(reader.close)
    return writer, reader


async def _take_over(writer: Writer, witness: Witness, closed: AsyncExitStack) -> None:
    left = await asyncio.to_thread(witness.left)
    await writer.run(lambda tx: take_over(tx, left))
    await asyncio.to_thread(witness.start_anew)
    closed.callback(witness.close)
