"""A chat by hand: lines are typed while news come in from the phones of everybody who wrote in it."""

import asyncio
from contextlib import aclosing

from core.errors import RecadoError
from entrypoints.cli.person import Person
from entrypoints.cli.phone import Phone
from entrypoints.cli.screen import Screen
from entrypoints.cli.talk import Effect, Talk

_LOOK_S = 20.0
"""Seconds of one look at a phone; much less while an indicator is shown, which ends by itself."""
_TYPING_S = 1.0


async def live(phone: Phone, screen: Screen, person: Person) -> None:
    """Until the person leaves. Raises `Unavailable` when the emulator does not answer any more."""
    try:
        async with asyncio.TaskGroup() as group:
            await _Live(phone, screen, person, group).go_on()
    except ExceptionGroup as failed:
        raise next((error for error in failed.exceptions if isinstance(error, RecadoError)), failed) from None


class _Live:
    """Phones are watched from the moment their person first writes here, to the end."""

    def __init__(self, phone: Phone, screen: Screen, person: Person, group: asyncio.TaskGroup) -> None:
        self._phone = phone
        self._screen = screen
        self._talk = Talk(phone, screen, person)
        self._group = group
        self._watched: dict[str, asyncio.Task[None]] = {}

    async def go_on(self) -> None:
        try:
            await self._talk.turn_to(self._talk.person)
            self._watch(self._talk.person)
            async with aclosing(self._screen.typed()) as typed:
                async for line in typed:
                    if await self._talk.enter(line) is Effect.LEFT:
                        return
                    self._watch(self._talk.person)
        finally:
            for task in self._watched.values():
                task.cancel()

    def _watch(self, person: Person) -> None:
        if person.address not in self._watched:
            self._watched[person.address] = self._group.create_task(self._look(person))

    async def _look(self, person: Person) -> None:
        address = person.address
        cursor, typing = self._talk.cursors[address], False
        answered: set[str] = set()
        while True:
            news = await self._phone.news(address, cursor, wait=_TYPING_S if typing else _LOOK_S)
            cursor, typing = news.cursor, news.typing
            if self._talk.person.address == address:
                self._screen.typing(typing)
                for bubble in news.bubbles:
                    self._screen.show(bubble)
            elif any(not bubble.mine and bubble.sid not in answered for bubble in news.bubbles):
                self._screen.note(f"{person.title} was answered: {_way(self._talk.person, person)} shows it.")
            answered.update(bubble.sid for bubble in news.bubbles)


def _way(now: Person, person: Person) -> str:
    """What to type to be this person where they write."""
    steps = [f"/as {person.called}"] if person.number != now.number else []
    steps += [f"/{person.medium}"] if person.medium is not now.medium else []
    return " and ".join(steps)
