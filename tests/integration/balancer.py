"""A load balancer as one stands before several HTTP processes: in turns, and on to the next one when one fails."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count

import aiohttp
from aiohttp import web

_HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length")


@asynccontextmanager
async def balancing(backends: Sequence[str], port: int = 0) -> AsyncIterator[str]:
    """Serve the backends at one address until the block ends; gives the address.

    A request is repeated to the next backend when one cannot be reached or breaks off, as proxies do with those that
    may be repeated: a webhook may, since it is recorded once.
    """
    turns = count()
    patience = aiohttp.ClientTimeout(total=20, connect=2)

    async with aiohttp.ClientSession(timeout=patience, auto_decompress=False) as session:

        async def forward(request: web.Request) -> web.Response:
            body, first = await request.read(), next(turns)
            for attempt in range(2 * len(backends)):
                backend = backends[(first + attempt) % len(backends)]
                try:
                    async with session.request(
                        request.method, f"{backend}{request.raw_path}", headers=request.headers, data=body
                    ) as answer:
                        kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP_BY_HOP}
                        return web.Response(status=answer.status, headers=kept, body=await answer.read())
                except aiohttp.ClientError:
                    continue
            return web.Response(status=502)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", forward)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()
