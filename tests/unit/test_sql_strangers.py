"""Strangers are looked up a few at a time, whatever becomes of each look."""

import asyncio

import pytest

from adapters.supabase.strangers import Strangers
from core.errors import Permanent, Unavailable


class Looks:
    """Each lasts until it is let go."""

    def __init__(self, strangers: Strangers) -> None:
        self._strangers = strangers
        self.go = asyncio.Event()
        self.at_once = 0
        self.most = 0

    async def look(self) -> str:
        async with self._strangers.one():
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            try:
                await self.go.wait()
            finally:
                self.at_once -= 1
            return "seen"


async def begun(looks: Looks, count: int) -> list["asyncio.Task[str]"]:
    tasks = [asyncio.create_task(looks.look()) for _ in range(count)]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_a_few_are_looked_up_and_who_comes_when_too_many_wait_hears_it_at_once() -> None:
    looks = Looks(Strangers(at_once=2, most_waiting=5))
    tasks = await begun(looks, 8)

    assert [task.done() for task in tasks] == [False] * 5 + [True] * 3
    looks.go.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert [str(answer) for answer in answers[:5]] == ["seen"] * 5
    assert [type(answer) for answer in answers[5:]] == [Unavailable] * 3
    assert looks.most == 2


async def test_nobody_waits_for_ever() -> None:
    looks = Looks(Strangers(at_once=1, most_waiting=5, patience_s=0.05))

    answers = await asyncio.gather(*await begun(looks, 3), return_exceptions=True)

    assert [type(answer) for answer in answers] == [Unavailable] * 3


async def test_whoever_goes_or_fails_leaves_the_place_to_the_next() -> None:
    strangers = Strangers(at_once=1, most_waiting=2)
    looks = Looks(strangers)
    first, second = await begun(looks, 2)

    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    looks.go.set()
    assert await second == "seen"
    with pytest.raises(Permanent):
        async with strangers.one():
            raise Permanent("it")
    assert await looks.look() == "seen"
