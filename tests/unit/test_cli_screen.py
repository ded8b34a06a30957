"""How a chat looks: in a pipe, in a terminal that can do little, and in one that can draw again what changed."""

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from unicodedata import category

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from core.identity.medium import Medium
from entrypoints.cli.person import ANA, Person
from entrypoints.cli.screen import Pipe, Plain
from entrypoints.cli.terminal import Terminal
from tests.glass import Glass
from tests.unit.test_cli_chat_drawing import BY_SMS, MINE, REPLY, TIME
from tests.virtual_time import simulated

BRACKETED = "\033[200~{}\033[201~"


def test_a_pipe_gets_each_reply_once_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    pipe = Pipe()
    pipe.turn_to(ANA, [replace(REPLY, sid="SM0", text="yesterday")], 3)

    fresh = [
        pipe.show(MINE),
        pipe.show(REPLY),
        pipe.show(replace(REPLY, read=True)),
        pipe.show(replace(REPLY, sid="SM0")),
    ]
    pipe.typing(True)

    assert fresh == [False, True, False, False]
    assert capsys.readouterr() == ("Olá!\n", "")


def test_a_pipe_names_attachments(capsys: pytest.CaptureFixture[str]) -> None:
    Pipe().show(replace(REPLY, text="", attachments=2))

    assert capsys.readouterr().out == "[2 attachments]\n"


def test_a_pipe_keeps_remarks_apart(capsys: pytest.CaptureFixture[str]) -> None:
    Pipe().note("There is no /hepl.")

    assert capsys.readouterr() == ("", "recado: There is no /hepl.\n")


def test_json_is_one_object_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    Pipe(as_json=True).show(replace(REPLY, text="um\ndois"))

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "at": REPLY.at,
        "from": "whatsapp:+14155550100",
        "to": "whatsapp:+5511987654321",
        "text": "um\ndois",
        "status": "delivered",
    }


def test_a_simple_terminal_gets_lines(capsys: pytest.CaptureFixture[str]) -> None:
    plain = Plain("Rita")

    plain.turn_to(ANA, [MINE, REPLY], 5)
    fresh = [plain.show(REPLY), plain.show(replace(REPLY, sid="SM9", text="\033[2Joi"))]
    plain.show(replace(MINE, problem="11200 HTTP retrieval failure"))
    plain.show(replace(MINE, problem="11200 HTTP retrieval failure"))
    plain.typing(True)

    assert fresh == [False, True]
    assert capsys.readouterr().out.splitlines() == [
        "-- You are Ana on WhatsApp (+55 11 98765-4321). /history shows 5 more.",
        f"Ana {TIME}: oi",
        f"Rita {TIME}: Olá!",
        f"Rita {TIME}: �[2Joi",
        "-- not delivered: 11200 HTTP retrieval failure",
    ]


EVE = Person(number="+15550123", name="\1\033]0;owned\a\2\033[2J\x9bEve\n")
"""Somebody whose name is a command to prompt_toolkit, and one to a terminal."""


def test_nothing_from_others_commands_a_simple_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    plain = Plain("Rita")

    plain.turn_to(EVE, [MINE], 0)
    plain.show(replace(REPLY, problem="12200 \033[2J"))
    plain.note("\033[2J")

    assert commands(capsys.readouterr().out) == set()


def test_a_reply_is_for_a_program_as_it_is_and_for_a_terminal_to_show(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = replace(REPLY, text="\033]0;owned\a")

    Pipe().show(told)
    assert capsys.readouterr().out == "\033]0;owned\a\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    Pipe().show(told)
    Pipe().note(EVE.title)

    assert commands("".join(capsys.readouterr())) == set()


def commands(written: str) -> set[str]:
    """The characters of it that a terminal, or prompt_toolkit, would obey."""
    return {char for char in written if char != "\n" and category(char) == "Cc"}


@dataclass
class Desk:
    """A terminal of 80 columns with somebody at the keys, and in front of it."""

    terminal: Terminal
    keys: PipeInput
    written: io.StringIO
    glass: Glass
    entered: list[str]

    async def look(self) -> list[str]:
        """The lines on it once nothing moves any more."""
        length = -1
        while self.written.tell() != length:
            length = self.written.tell()
            await asyncio.sleep(0.02)
        self.glass.feed(self.written.getvalue())
        self.written.seek(0)
        self.written.truncate()
        return self.glass.lines

    async def type(self, keys: str) -> list[str]:
        self.keys.send_text(keys)
        return await self.look()


@asynccontextmanager
async def at_desk() -> AsyncIterator[Desk]:
    written = io.StringIO()
    output = Vt100_Output(written, lambda: Size(rows=24, columns=80), term="xterm-256color", enable_cpr=False)
    with create_pipe_input() as keys, create_app_session(input=keys, output=output):
        terminal = Terminal("Recado")
        desk = Desk(terminal, keys, written, Glass(), [])

        async def read() -> None:
            async with aclosing(terminal.typed()) as typed:
                async for line in typed:
                    desk.entered.append(line)

        reading = asyncio.create_task(read())
        await desk.look()
        terminal.turn_to(ANA, [], 0)
        try:
            yield desk
        finally:
            keys.send_text("\x03")
            await asyncio.wait_for(reading, 5)


TITLE = "── Ana on WhatsApp (+55 11 98765-4321)"


def without_days(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith("───")]


@simulated
async def test_a_terminal_shows_what_was_said_before() -> None:
    async with at_desk() as desk:
        desk.terminal.turn_to(ANA, [replace(MINE, at="2025-01-05T10:00:00+00:00"), REPLY], 7)

        lines = await desk.look()

    assert lines[1:3] == [TITLE, "7 earlier: /history 9 shows all."]
    assert " Sunday, 5 January 2025 " in lines[3]
    assert lines[4].strip().startswith("oi")
    assert lines[5].startswith("───")
    assert lines[6:] == ["Recado", f"│ Olá!  {TIME}", "Ana >"]


@simulated
async def test_nothing_from_others_commands_a_terminal() -> None:
    async with at_desk() as desk:
        desk.terminal.turn_to(EVE, [replace(MINE, problem="12200 \033]0;owned\a")], 0)
        await asyncio.sleep(0.1)
        written = desk.written.getvalue()
        lines = await desk.look()

    assert {char for char in written if char in "\1\2\a\x9b"} == set()
    assert "\033]" not in written
    assert lines[-1] == "��]0;owned���[2J�Eve >"


@simulated
async def test_ticks_change_in_place_until_they_are_blue() -> None:
    async with at_desk() as desk:
        desk.terminal.show(replace(MINE, ticks=1))
        sent = await desk.look()
        desk.terminal.show(MINE)
        delivered = await desk.look()
        desk.terminal.show(replace(MINE, read=True))
        read = await desk.look()
        desk.terminal.show(replace(MINE, read=True))
        again = await desk.look()
        assert desk.terminal._waiting == {}

    assert sent == [TITLE, f"oi  {TIME} ✓".rjust(79), "Ana >"]
    assert delivered == [TITLE, f"oi  {TIME} ✓✓".rjust(79), "Ana >"]
    assert without_days(read) == [TITLE, delivered[1], "Ana >"]
    assert again == read


@simulated
async def test_an_answer_lets_go_of_what_was_written_before_it() -> None:
    async with at_desk() as desk:
        desk.terminal.show(MINE)
        await desk.look()

        assert desk.terminal.show(REPLY)
        lines = await desk.look()
        desk.terminal.show(replace(MINE, read=True))
        late = await desk.look()

    assert [line.strip() for line in without_days(lines)] == [
        TITLE,
        f"oi  {TIME} ✓✓",
        "Recado",
        f"│ Olá!  {TIME}",
        "Ana >",
    ]
    assert late == lines


@simulated
async def test_an_sms_is_settled_when_it_is_delivered() -> None:
    async with at_desk() as desk:
        desk.terminal.turn_to(ANA.by(Medium.SMS), [], 0)
        for number in range(3):
            desk.terminal.show(replace(BY_SMS, sid=f"SM{number}"))
        lines = await desk.look()

        assert desk.terminal._waiting == {}
    assert sum("oi" in line for line in lines) == 3
    assert lines[-1] == "Ana by SMS >"


@simulated
async def test_the_name_stands_over_the_first_of_several_replies() -> None:
    async with at_desk() as desk:
        desk.terminal.show(REPLY)
        desk.terminal.show(replace(REPLY, sid="SM3", text="Até!"))
        lines = await desk.look()

    assert without_days(lines) == [TITLE, "Recado", f"│ Olá!  {TIME}", f"│ Até!  {TIME}", "Ana >"]


@simulated
async def test_a_message_that_did_not_arrive_says_so_once() -> None:
    async with at_desk() as desk:
        desk.terminal.show(MINE)
        desk.terminal.show(replace(MINE, problem="11200 HTTP retrieval failure"))
        desk.terminal.show(replace(MINE, problem="11200 HTTP retrieval failure"))
        lines = await desk.look()

    assert sum("not delivered: 11200" in line for line in lines) == 1


@simulated
async def test_somebody_types_above_the_prompt() -> None:
    async with at_desk() as desk:
        desk.terminal.typing(True)
        typing = await desk.look()
        await desk.type("oi")
        desk.terminal.typing(False)
        quiet = await desk.look()

    assert "is typing" in typing[-2]
    assert quiet == [TITLE, "Ana > oi"]


@simulated
async def test_what_is_typed_is_entered_and_leaves_the_prompt() -> None:
    async with at_desk() as desk:
        typed = await desk.type("olá 👩‍👧")
        assert (typed[-1], desk.entered) == ("Ana > olá 👩‍👧", [])
        entered = await desk.type("\r")
        await desk.type("\r  \r")

        assert (entered[-1], desk.entered) == ("Ana >", ["olá 👩‍👧"])


@simulated
async def test_pasted_lines_are_entered_together() -> None:
    async with at_desk() as desk:
        pasted = await desk.type(BRACKETED.format("um\ndois\ntrês"))
        assert (pasted[-3:], desk.entered) == (["Ana > um", "dois", "três"], [])
        await desk.type("\r")

        assert desk.entered == ["um\ndois\ntrês"]


@simulated
async def test_arrows_bring_back_what_was_said_before() -> None:
    async with at_desk() as desk:
        desk.terminal.turn_to(ANA, [replace(MINE, text="primeiro"), REPLY], 0)
        await desk.look()
        await desk.type("\033[A\r")
        await desk.type("segundo\r")
        await desk.type("\033[A\033[A\r")

        assert desk.entered == ["primeiro", "segundo", "primeiro"]


@simulated
async def test_a_slash_shows_the_commands_and_tab_completes_one() -> None:
    async with at_desk() as desk:
        shown = await desk.type("/h")
        await desk.type("el\t\r")

    assert [line.split()[0] for line in shown[1:]] == ["/history", "/help", "Ana"]
    assert desk.entered == ["/help "]


@simulated
async def test_a_remark_stands_above_the_prompt_and_what_is_being_typed() -> None:
    async with at_desk() as desk:
        await desk.type("meia fra")
        desk.terminal.note("There is no /hepl.")
        lines = await desk.look()

    assert lines == [TITLE, "There is no /hepl.", "Ana > meia fra"]


@simulated
@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
async def test_leaving_keeps_what_was_said_and_takes_the_prompt_away(key: str) -> None:
    async with at_desk() as desk:
        desk.terminal.show(MINE)
        await desk.look()
        lines = await desk.type(key)

    assert [line.strip() for line in without_days(lines)] == [TITLE, f"oi  {TIME} ✓✓"]
