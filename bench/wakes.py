"""Part S4: from a hint put on the queue to its start in a worker, idle and with thousands of turns under way."""

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from bench.processes import Processes
from bench.report import Table, at_most, ms, percentile
from core.conversation.message import ConversationId, ConversationRef
from core.conversation.ports import WakeQueue
from core.driver import Surroundings
from core.identity.model import WorkspaceId
from entrypoints.drivers import find
from entrypoints.settings import read

_P99_MS = 100
_TURNS = 2000
_RATE = 100


def measure_wakes(folder: Path, wakes: int) -> Table:
    with Processes(folder) as processes:
        url = processes.servers(rest=False)["redis_url"]
        idle, busy = asyncio.run(_measure(folder, url, wakes))
    table = Table(
        title=f"S4. Wake to start, arq: {wakes} wakes at {_RATE}/s, one worker",
        columns=("idle", f"{_TURNS} turns"),
    )
    for share in (0.5, 0.95, 0.99, 1.0):
        values = [percentile(waits, share) * 1000 for waits in (idle, busy)]
        aims = [at_most("p99 < 100 ms", max(values), _P99_MS, "ms", under=True)] if share == 0.99 else []
        table.row(f"p{share * 100:.0f}", *map(ms, values), aims=aims)
    return table


async def _measure(folder: Path, url: str, wakes: int) -> tuple[list[float], list[float]]:
    chosen = find("queue", "arq")
    here = Surroundings(data=folder, public_url="http://127.0.0.1", turn_limit=_TURNS, works=True)
    async with AsyncExitStack() as stack:
        queue: WakeQueue = await chosen.enter(stack, read(chosen.driver.settings, {"REDIS_URL": url}), here)
        idle = await _waits(queue, wakes, turns=0)
        busy = await _waits(queue, wakes, turns=_TURNS)
    return idle, busy


async def _waits(queue: WakeQueue, wakes: int, *, turns: int) -> list[float]:
    """Seconds from each put to its start, with so many turns that wait for their model meanwhile."""
    put: dict[str, float] = {}
    waits: list[float] = []
    all_came = asyncio.Event()
    thinking = [asyncio.create_task(asyncio.sleep(600)) for _ in range(turns)]

    async def handle(conversation: ConversationRef) -> None:
        at = put.pop(conversation.id, None)
        if at is not None:
            waits.append(time.perf_counter() - at)
            if len(waits) == wakes:
                all_came.set()

    consuming = asyncio.create_task(queue.consume(handle))
    await asyncio.sleep(1)
    for n in range(wakes):
        id_ = ConversationId(f"{turns}-{n}")
        put[id_] = time.perf_counter()
        await queue.put(ConversationRef(workspace=WorkspaceId("main"), id=id_), timedelta(0))
        await asyncio.sleep(1 / _RATE)
    async with asyncio.timeout(60):
        await all_came.wait()
    for task in (consuming, *thinking):
        task.cancel()
    await asyncio.wait([consuming, *thinking])
    return waits
