"""What a process remembers of lines, so that a webhook reads one for nothing."""

import asyncio
from dataclasses import replace

import pytest

from adapters.supabase.directory import LineMemory
from core.errors import Unavailable
from core.identity.model import Line, LineId
from tests.build import LINE, SMS_LINE

CHANGED = replace(LINE, account="AC2")


class Database:
    """Where lines are read. `away`: it does not answer."""

    def __init__(self, *, again_s: float = 2.0) -> None:
        self.now = 1000.0
        self.line: Line | None = LINE
        self.away = False
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.memory = LineMemory(lambda: self.now, again_s=again_s)

    async def read(self) -> Line | None:
        self.reads += 1
        found = self.line
        await self.gate.wait()
        if self.away:
            raise Unavailable("it is away")
        return found

    async def remembered(self) -> Line | None:
        return await self.memory.line(LINE.id, self.read)


async def test_a_line_is_read_once_in_a_while() -> None:
    database = Database()

    for _ in range(10):
        assert await database.remembered() == LINE
        database.now += 2.9

    assert database.reads == 1


async def test_a_line_that_another_process_changed_is_seen_after_a_while() -> None:
    database = Database()
    await database.remembered()
    database.line = CHANGED

    database.now += 30

    assert await database.remembered() == CHANGED
    assert await database.remembered() == CHANGED
    assert database.reads == 2


async def test_a_line_that_this_process_changed_is_seen_at_once() -> None:
    database = Database()
    await database.remembered()
    database.line = CHANGED

    database.memory.forget()

    assert await database.remembered() == CHANGED


async def test_what_was_read_before_a_change_is_not_remembered() -> None:
    database = Database()
    database.gate.clear()
    reading = asyncio.create_task(database.remembered())
    await asyncio.sleep(0)

    database.line = CHANGED
    database.memory.forget()
    database.gate.set()

    assert await reading == LINE
    assert await database.remembered() == CHANGED


async def test_while_one_reads_it_again_the_others_go_on_with_what_is_known() -> None:
    database = Database()
    await database.remembered()
    database.line = CHANGED
    database.now += 30
    database.gate.clear()
    reading = asyncio.create_task(database.remembered())
    await asyncio.sleep(0)

    assert [await database.remembered() for _ in range(5)] == [LINE] * 5

    database.gate.set()
    assert await reading == CHANGED
    assert database.reads == 2


async def test_whoever_gives_up_reading_leaves_it_to_the_next() -> None:
    database = Database()
    await database.remembered()
    database.line = CHANGED
    database.now += 30
    database.gate.clear()
    reading = asyncio.create_task(database.remembered())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    database.gate.set()
    database.now += 3

    assert await database.remembered() == CHANGED


async def test_a_known_line_outlasts_a_database_that_is_away_and_is_asked_for_now_and_then() -> None:
    database = Database()
    await database.remembered()
    database.away = True
    database.now += 30

    for _ in range(90):
        assert await database.remembered() == LINE
        database.now += 1
    assert database.reads == 1 + 30

    database.away, database.line = False, CHANGED
    database.now += 3
    assert await database.remembered() == CHANGED


async def test_it_does_not_outlast_it_for_ever() -> None:
    database = Database()
    await database.remembered()
    database.away = True

    database.now += 601

    for _ in range(2):
        with pytest.raises(Unavailable):
            await database.remembered()
        database.now += 3


async def test_of_a_line_that_is_not_known_nothing_is_made_up() -> None:
    database = Database()
    database.away = True

    with pytest.raises(Unavailable):
        await database.remembered()


async def test_a_line_that_is_not_there_is_never_remembered() -> None:
    database = Database()
    database.line = None
    assert await database.remembered() is None

    database.line = LINE

    assert await database.remembered() == LINE


async def test_a_line_that_is_gone_is_forgotten() -> None:
    database = Database()
    await database.remembered()
    database.line = None
    database.now += 30

    assert [await database.remembered() for _ in range(3)] == [None] * 3


async def test_lines_are_remembered_apart() -> None:
    database = Database()
    await database.remembered()
    database.line = SMS_LINE

    assert await database.memory.line(SMS_LINE.id, database.read) == SMS_LINE
    assert await database.remembered() == LINE


async def test_lines_that_somebody_makes_up_are_read_one_by_one_and_hold_nobody_up() -> None:
    database = Database()
    await database.remembered()
    database.line, database.reads = None, 0
    database.gate.clear()

    made_up = [asyncio.create_task(database.memory.line(LineId(f"no-{n}"), database.read)) for n in range(200)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert database.reads == 1
    assert await database.remembered() == LINE

    database.gate.set()
    answers = await asyncio.gather(*made_up, return_exceptions=True)
    assert [type(answer) for answer in answers] == [type(None)] * 50 + [Unavailable] * 150
    assert await database.memory.line(LineId("another"), database.read) is None


async def test_many_who_ask_for_a_new_line_share_one_look() -> None:
    database = Database()

    assert await asyncio.gather(*(database.remembered() for _ in range(20))) == [LINE] * 20

    assert database.reads == 1


async def test_nobody_waits_for_ever_for_a_line_that_is_not_known() -> None:
    database = Database()
    database.memory = LineMemory(lambda: database.now, patience_s=0.05)
    database.gate.clear()

    answers = await asyncio.gather(*(database.remembered() for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 3

    database.gate.set()
    assert await database.remembered() == LINE


async def test_lines_that_were_read_when_the_process_began_are_known() -> None:
    database = Database()
    database.memory.learn([LINE, SMS_LINE])

    assert await database.remembered() == LINE
    assert database.reads == 0
    database.now += 30
    assert await database.remembered() == LINE
    assert database.reads == 1


async def test_a_known_line_is_not_waited_for_long_when_the_database_hangs() -> None:
    database = Database(again_s=0.05)
    await database.remembered()
    database.gate.clear()

    database.now += 30
    assert await database.remembered() == LINE
    database.now += 600
    with pytest.raises(Unavailable, match="in time"):
        await database.remembered()
