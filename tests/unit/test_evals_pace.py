"""The loop of evals: waiting takes no time until something outside is waited for."""

import asyncio
import socket
import time
from collections.abc import Coroutine
from typing import Any

from entrypoints.evals.pace import SkippingLoop

DAY = 86_400


def run(main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        runner.run(main)


def is_real() -> bool:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SkippingLoop)
    return loop.is_real


def test_a_day_is_over_at_once() -> None:
    async def main() -> None:
        clock, began = asyncio.get_running_loop().time, time.monotonic()

        before = clock()
        await asyncio.sleep(DAY)

        assert clock() - before == DAY
        assert time.monotonic() - began < 5
        assert not is_real()

    run(main())


def test_what_is_due_first_happens_first() -> None:
    async def main() -> None:
        order: list[str] = []

        async def later(name: str, after: float) -> None:
            await asyncio.sleep(after)
            order.append(name)

        await asyncio.gather(later("last", 3 * DAY), later("first", 1), later("between", DAY))

        assert order == ["first", "between", "last"]

    run(main())


def test_a_timeout_is_still_a_timeout() -> None:
    async def main() -> None:
        try:
            async with asyncio.timeout(DAY):
                await asyncio.Event().wait()
        except TimeoutError:
            return
        raise AssertionError("it waited for something that never happens")

    run(main())


def test_a_thread_makes_time_real_and_it_goes_on_from_where_it_was() -> None:
    async def main() -> None:
        await asyncio.sleep(DAY)

        await asyncio.wait_for(asyncio.to_thread(time.sleep, 0.05), timeout=5)

        assert is_real()
        assert DAY <= asyncio.get_running_loop().time() < DAY + 5
        began = time.monotonic()
        await asyncio.sleep(0.05)
        assert time.monotonic() - began >= 0.04

    run(main())


def test_a_socket_makes_time_real_before_it_is_waited_for() -> None:
    async def main() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            asyncio.get_running_loop().call_later(0.02, theirs.send, b"news")

            heard = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(ours, 10), timeout=5)

            assert heard == b"news"
            assert is_real()

    run(main())
