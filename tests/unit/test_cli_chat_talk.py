"""What comes of lines that are typed or piped into a chat, with a phone on paper."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Unavailable
from core.identity.medium import Medium
from entrypoints.cli.live import live
from entrypoints.cli.person import ANA, Person
from entrypoints.cli.phone import Bubble, News, Phone
from entrypoints.cli.recite import recite
from entrypoints.cli.screen import Pipe, Screen
from entrypoints.cli.talk import Effect, Talk
from tests.unit.test_cli_chat_drawing import REPLY
from tests.virtual_time import simulated

BOB = Person(number="+14155550123", name="Bob")


class PaperPhone(Phone):
    """Phones whose messages are kept on paper; `answer` writes what each is answered with."""

    def __init__(self, answer: Callable[[str], Sequence[str]] = lambda text: [f"re: {text}"]) -> None:
        self.log: list[tuple[str, Bubble]] = []
        self.wrote: list[tuple[str, str, tuple[str, str] | None]] = []
        self.known: list[Person] = []
        self.typing = False
        self.lost = False
        self.gap = 0.1
        """Seconds before each part of an answer."""
        self._answer = answer
        self._news = asyncio.Event()
        self._coming: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def say(self, person: Person, text: str, *, mine: bool, problem: str | None = None) -> None:
        bubble = replace(REPLY, sid=f"SM{len(self.log)}", mine=mine, text=text, problem=problem)
        self.log.append((person.address, bubble))
        self._news.set()
        self._news = asyncio.Event()

    async def people(self) -> Sequence[tuple[Person, str]]:
        return [(person, "2026-11-28T15:10:06+00:00") for person in self.known]

    async def write(self, person: Person, text: str, *, file: tuple[str, str] | None = None) -> None:
        self.wrote.append((person.address, text, file))
        self.say(person, text, mine=True)
        task = asyncio.create_task(self._reply(person, list(self._answer(text))))
        self._tasks.add(task)

    async def _reply(self, person: Person, texts: list[str]) -> None:
        self._coming[person.address] = self._coming.get(person.address, 0) + len(texts)
        for text in texts:
            await asyncio.sleep(self.gap)
            self._coming[person.address] -= 1
            self.say(person, text, mine=False)

    async def news(self, address: str, after: int, *, wait: float) -> News:
        loop = asyncio.get_running_loop()
        ends = loop.time() + wait
        while not (fresh := [bubble for whose, bubble in self.log[after:] if whose == address]) and loop.time() < ends:
            if self.lost:
                raise Unavailable("No emulator answers.")
            try:
                async with asyncio.timeout_at(ends):
                    await self._news.wait()
            except TimeoutError:
                break
        coming = self._coming.get(address, 0)
        return News(cursor=len(self.log), typing=self.typing, coming=coming, bubbles=fresh)


class Paper(Screen):
    """A screen that keeps what is shown on it; `keys` are typed one after the other, with a pause before each."""

    def __init__(self, *keys: str, pause: float = 1.0) -> None:
        self._keys = keys
        self._pause = pause
        self._seen: set[str] = set()
        self.turns: list[tuple[str, list[str], int]] = []
        self.shown: list[str] = []
        self.notes: list[str] = []
        self.indicators: list[bool] = []

    async def typed(self) -> AsyncGenerator[str, None]:
        for line in self._keys:
            await asyncio.sleep(self._pause)
            yield line
        await asyncio.sleep(self._pause)

    def turn_to(self, person: Person, earlier: Sequence[Bubble], hidden: int) -> None:
        self.turns.append((person.address, [bubble.text for bubble in earlier], hidden))

    def show(self, bubble: Bubble) -> bool:
        self.shown.append(f"{'>' if bubble.mine else '<'} {bubble.text}")
        return not bubble.mine

    def typing(self, shown: bool) -> None:
        self.indicators.append(shown)

    def note(self, text: str) -> None:
        self.notes.append(text)


async def entered(*lines: str, phone: PaperPhone | None = None) -> tuple[list[Effect], PaperPhone, Paper, Talk]:
    phone, screen = phone or PaperPhone(lambda text: []), Paper()
    talk = Talk(phone, screen, ANA)
    return [await talk.enter(line) for line in lines], phone, screen, talk


async def test_words_are_written() -> None:
    effects, phone, _, _ = await entered("oi", "//help", "/burst a | b", "c\nd", "")

    assert effects == [Effect.SENT] * 4 + [Effect.DONE]
    assert [text for _, text, _ in phone.wrote] == ["oi", "/help", "a", "b", "c", "d"]


async def test_somebody_else_writes_on_something_else() -> None:
    phone = PaperPhone(lambda text: [])
    phone.known = [BOB]

    effects, _, screen, talk = await entered("/as bob", "/sms", "hi", "/as Eve", "/whatsapp", phone=phone)

    assert effects == [Effect.DONE, Effect.DONE, Effect.SENT, Effect.DONE, Effect.DONE]
    assert phone.wrote[0][:2] == ("+14155550123", "hi")
    assert [address for address, _, _ in screen.turns[:2]] == ["whatsapp:+14155550123", "+14155550123"]
    assert (talk.person.name, talk.person.medium) == ("Eve", Medium.WHATSAPP)


async def test_a_file_is_sent_with_its_type_and_words(tmp_path: Path) -> None:
    file = tmp_path / "nota fiscal.jpg"
    file.write_bytes(b"\xff\xd8\xff")

    effects, phone, _, _ = await entered(f"/image {file} | almoço")

    assert effects == [Effect.SENT]
    assert phone.wrote[0][1:] == ("almoço", ("image/jpeg", base64.b64encode(b"\xff\xd8\xff").decode()))


async def test_a_file_that_cannot_be_sent_says_why(tmp_path: Path) -> None:
    with (tmp_path / "large.mp4").open("wb") as large:
        large.truncate((16 << 20) + 1)

    effects, phone, screen, _ = await entered(f"/image {tmp_path}/no.jpg", f"/image {tmp_path}/large.mp4")

    assert effects == [Effect.REFUSED, Effect.REFUSED]
    assert phone.wrote == []
    assert "no.jpg cannot be read: No such file or directory." in screen.notes[0]
    assert "large.mp4 is larger than the 16 MB that WhatsApp takes." in screen.notes[1]


async def test_what_is_not_understood_is_refused() -> None:
    effects, phone, screen, _ = await entered("/hepl", "/as " + "x" * 50)

    assert effects == [Effect.REFUSED, Effect.REFUSED]
    assert phone.wrote == []
    assert screen.notes[0].startswith("There is no /hepl. Did you mean /help?")


async def test_help_names_every_command_and_people_everybody() -> None:
    phone = PaperPhone()
    phone.known = [BOB, BOB.by(Medium.SMS), Person(number="+34600000001", name=None)]

    effects, _, screen, _ = await entered("/help", "/people", "/quit", phone=phone)

    assert effects == [Effect.DONE, Effect.DONE, Effect.LEFT]
    assert "/burst ONE | TWO | THREE" in screen.notes[0]
    assert [line.split() for line in screen.notes[1].splitlines()] == [
        ["*", "Ana", "+55", "11", "98765-4321", "has", "not", "written", "yet"],
        ["Bob", "+14155550123", "SMS", "and", "WhatsApp"],
        ["+34600000001", "WhatsApp"],
    ]


async def test_history_shows_as_much_as_is_asked_for() -> None:
    phone = PaperPhone()
    for number in range(15):
        phone.say(ANA, str(number), mine=True)
    screen = Paper()
    talk = Talk(phone, screen, ANA)

    await talk.turn_to(ANA)
    await talk.enter("/history 3")
    await talk.enter("/history 0")

    assert screen.turns == [
        (ANA.address, [str(number) for number in range(5, 15)], 5),
        (ANA.address, ["12", "13", "14"], 12),
        (ANA.address, [], 15),
    ]


# By hand.


@simulated
async def test_news_come_in_while_somebody_types() -> None:
    phone, screen = PaperPhone(), Paper("oi", "tudo bem?")
    phone.typing = True

    await live(phone, screen, ANA)

    assert screen.turns == [(ANA.address, [], 0)]
    assert screen.shown == ["> oi", "< re: oi", "> tudo bem?", "< re: tudo bem?"]
    assert set(screen.indicators) == {True}


@simulated
async def test_what_comes_for_somebody_else_is_announced() -> None:
    phone = PaperPhone(lambda text: ["one", "two"])
    phone.gap = 1.4
    screen = Paper("oi", "/as Bob", "hi", "/quit")

    await live(phone, screen, ANA)

    assert screen.notes == ["Ana on WhatsApp (+55 11 98765-4321) was answered: /as Ana shows it."] * 2
    assert "> hi" in screen.shown


@simulated
async def test_how_to_see_an_answer_is_said_for_the_medium_too() -> None:
    phone, screen = PaperPhone(lambda text: [text]), Paper("a", "/sms", "b", "/as Bob", "/whatsapp", "/quit", pause=0.2)
    phone.gap = 0.3

    await live(phone, screen, ANA)

    assert [note.rpartition(": ")[2] for note in screen.notes] == ["/whatsapp shows it.", "/as Ana shows it."]


@simulated
async def test_quitting_ends_it_and_the_rest_is_not_read() -> None:
    phone, screen = PaperPhone(), Paper("/quit", "oi")

    await live(phone, screen, ANA)

    assert phone.wrote == []


@simulated
async def test_an_emulator_that_goes_away_ends_it() -> None:
    phone, screen = PaperPhone(), Paper("oi", pause=60)
    phone.lost = True

    with pytest.raises(Unavailable, match="No emulator answers"):
        await live(phone, screen, ANA)


# In a pipe.


class Lines(Pipe):
    """A pipe with these lines in it."""

    def __init__(self, *lines: str) -> None:
        super().__init__()
        self._lines = lines

    async def typed(self) -> AsyncGenerator[str, None]:
        for line in self._lines:
            yield line


@simulated
async def test_each_line_is_answered_before_the_next_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    phone = PaperPhone(lambda text: [f"{text} 1", f"{text} 2"])
    phone.say(ANA, "yesterday", mine=False)

    failed = await recite(phone, Lines("a", "/burst b | c", "d"), ANA, patience=30)

    assert failed == 0
    assert capsys.readouterr().out.splitlines() == ["a 1", "a 2", "b 1", "c 1", "b 2", "c 2", "d 1", "d 2"]
    assert [bubble.text for _, bubble in phone.log].index("d") == 10


@simulated
async def test_parts_that_are_on_their_way_are_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    phone = PaperPhone(lambda text: [f"{text} 1", f"{text} 2", f"{text} 3"])
    phone.gap = 4

    assert await recite(phone, Lines("a"), ANA, patience=30) == 0

    assert capsys.readouterr().out == "a 1\na 2\na 3\n"


@simulated
async def test_a_script_may_be_several_people(capsys: pytest.CaptureFixture[str]) -> None:
    phone = PaperPhone()

    assert (
        await recite(
            phone, Lines("oi", "/as Bob +14155550123", "hi", "/sms", "yo", "/as Ana", "e eu?"), ANA, patience=9
        )
        == 0
    )

    assert [address for address, _, _ in phone.wrote] == [
        ANA.address,
        BOB.address,
        "+14155550123",
        "+5511987654321",
    ]
    assert capsys.readouterr().out == "re: oi\nre: hi\nre: yo\nre: e eu?\n"


@simulated
async def test_what_gets_no_answer_or_is_refused_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    phone = PaperPhone(lambda text: [] if text == "b" else [text])

    assert await recite(phone, Lines("a", "b", "/hepl", "c", "/quit", "d"), ANA, patience=5) == 2

    told = capsys.readouterr()
    assert told.out == "a\nc\n"
    assert told.err.startswith("recado: no answer within 5 s\nrecado: There is no /hepl.")


@simulated
async def test_a_message_that_the_app_refuses_ends_it() -> None:
    phone = PaperPhone(lambda text: [])
    phone.say(ANA, "earlier", mine=True, problem="11200 HTTP retrieval failure")

    async def refuse() -> None:
        await asyncio.sleep(1)
        phone.say(ANA, "oi", mine=True, problem="11200 HTTP retrieval failure")

    refusing = asyncio.create_task(refuse())
    with pytest.raises(Unavailable, match="did not take the message: 11200"):
        await recite(phone, Lines("oi"), ANA, patience=5)
    await refusing
