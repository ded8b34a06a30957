"""Doing what is typed in a chat: writing, and being now this person and now that one."""

import asyncio
import base64
import mimetypes
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from pathlib import Path

from core.errors import Rejected
from core.identity.medium import Medium
from entrypoints.cli.person import Person, found, spelled
from entrypoints.cli.phone import Phone
from entrypoints.cli.screen import Screen
from entrypoints.cli.typed import COMMANDS, Attach, Be, Help, Look, On, People, Quit, Say, Unclear, understood

_EARLIER = 10
"""Messages of before that are shown when somebody takes up their phone."""
_MOST_BYTES = 16 << 20
"""What WhatsApp takes of a file."""


class Effect(Enum):
    """What came of a line."""

    SENT = auto()
    DONE = auto()
    """Something else than writing."""
    REFUSED = auto()
    """It could not be done; the screen says why."""
    LEFT = auto()


class Talk:
    """`person` writes, and the screen shows it. `cursors` tell from where on the news of an address are new."""

    def __init__(self, phone: Phone, screen: Screen, person: Person) -> None:
        self.person = person
        self.cursors: dict[str, int] = {}
        self._phone = phone
        self._screen = screen

    async def turn_to(self, person: Person, *, count: int = _EARLIER) -> None:
        """Let this person write from now on, and show the last that was said with them."""
        news = await self._phone.news(person.address, 0, wait=0)
        self.person = person
        self.cursors.setdefault(person.address, news.cursor)
        shown = news.bubbles[-count:] if count else []
        self._screen.turn_to(person, shown, len(news.bubbles) - len(shown))

    async def enter(self, line: str) -> Effect:
        """Do what the line says. Raises `Unavailable` when the emulator does not answer."""
        try:
            return await self._obey(line)
        except Rejected as why:
            self._screen.note(f"{why}.")
            return Effect.REFUSED

    async def _obey(self, line: str) -> Effect:
        match understood(line):
            case Say(texts=texts):
                for text in texts:
                    await self._phone.write(self.person, text)
                return Effect.SENT if texts else Effect.DONE
            case Attach(path=path, text=text):
                await self._phone.write(self.person, text, file=await asyncio.to_thread(_file, path))
                return Effect.SENT
            case Be(who=who):
                known = [person for person, _ in await self._phone.people()]
                await self.turn_to(found(who, known, self.person.medium))
            case On(medium=medium):
                await self.turn_to(self.person.by(medium))
            case Look(count=count):
                await self.turn_to(self.person, count=count)
            case People():
                self._screen.note(_people(await self._phone.people(), self.person))
            case Help():
                self._screen.note("\n".join(f"  {command.usage:<28} {command.about}" for command in COMMANDS))
            case Unclear(why=why):
                raise Rejected(why)
            case Quit():
                return Effect.LEFT
        return Effect.DONE


def _people(known: Sequence[tuple[Person, str]], now: Person) -> str:
    """A line for each number, with the media it was used on."""
    media: dict[str, set[Medium]] = {now.number: set()}
    names: dict[str, str | None] = {now.number: now.name}
    for person, _ in known:
        media.setdefault(person.number, set()).add(person.medium)
        names[person.number] = names.get(person.number) or person.name
    return "\n".join(_told(number, names, sorted(media[number]), is_now=number == now.number) for number in media)


def _told(number: str, names: Mapping[str, str | None], media: Sequence[Medium], *, is_now: bool) -> str:
    used = " and ".join({Medium.SMS: "SMS", Medium.WHATSAPP: "WhatsApp"}[medium] for medium in media)
    mark = "*" if is_now else " "
    return f"{mark} {names[number] or '':<16} {spelled(number):<20} {used or 'has not written yet'}".rstrip()


def _file(path: str) -> tuple[str, str]:
    """Type and content. Raises `Rejected`."""
    place = Path(path.strip("'\"")).expanduser()
    try:
        if place.stat().st_size > _MOST_BYTES:
            raise Rejected(f"{place} is larger than the 16 MB that WhatsApp takes")
        content = place.read_bytes()
    except OSError as error:
        raise Rejected(f"{place} cannot be read: {error.strerror}") from error
    kind = mimetypes.guess_type(place.name)[0] or "application/octet-stream"
    return kind, base64.b64encode(content).decode()
