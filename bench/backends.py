"""What a run keeps its data in and wakes its workers with, and how what was kept is counted afterwards."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import Processes


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A store and a queue that are ready to be used."""

    name: str
    settings: Mapping[str, Any]
    """Environment variables, in lower case."""
    arrivals: Callable[[], int]
    """How many messages of people are kept, asked of the database itself."""
    workers: int = 0
    """Processes that answer; none: the app does."""


EMBEDDED = "sqlite"
STACKS = ("postgres", "supabase")
"""Both with arq."""


def opened(name: str, folder: Path, processes: Processes, *, workers: int = 0) -> Backend:
    """This store, with the queue that goes with it: empty, and as durable as in production."""
    if name == EMBEDDED:
        return Backend(
            name="sqlite, inline",
            settings={"recado_store": "sqlite", "recado_queue": "inline"},
            arrivals=lambda: _in_file(folder / "data" / "recado.db"),
        )
    servers = processes.servers(rest=name == "supabase")
    settings: dict[str, Any] = {"recado_store": name, "recado_queue": "arq", **servers}
    processes.migrate(**settings)
    url = servers["database_url"]
    return Backend(name=f"{name}, arq", settings=settings, arrivals=lambda: asyncio.run(_in(url)), workers=workers)


def _in_file(file: Path) -> int:
    with sqlite3.connect(file) as db:
        [count] = db.execute("select count(*) from message where direction = 'inbound'").fetchone()
    db.close()
    return int(count)


async def _in(url: str) -> int:
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        count: int = await connection.fetchval("select count(*) from recado.message where direction = 'inbound'")
        return count
    finally:
        await connection.close()
