"""PostgreSQL, Redis and the REST server of a run, in a process that keeps them until it is told to stop.

They keep what they are given as in production: the database syncs every commit to disk. Once they answer, their
addresses are in `servers.json` in the folder.
"""

import argparse
import asyncio
import json
import signal
from contextlib import AsyncExitStack
from pathlib import Path

from bench.processes import TOLD
from entrypoints.stack import postgres, redis, rest


async def _keep(folder: Path, *, with_rest: bool) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(postgres(folder / "postgres", durable=True))
        wakes = await stack.enter_async_context(redis(folder / "redis"))
        told = {"database_url": database.url, "redis_url": wakes.url}
        if with_rest:
            api = await stack.enter_async_context(rest(folder / "rest", database.url))
            told |= {"supabase_url": api.url, "supabase_secret_key": api.secret_key}
        unfinished = folder / f"{TOLD}.new"
        unfinished.write_text(json.dumps(told))
        unfinished.replace(folder / TOLD)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rest", action="store_true")
    options = parser.parse_args()
    asyncio.run(_keep(options.folder, with_rest=options.rest))


if __name__ == "__main__":
    main()
