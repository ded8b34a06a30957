"""How a chat looks, in a terminal and in a pipe."""

from dataclasses import replace

import pytest

from entrypoints.cli.phone import Bubble
from entrypoints.cli.screen import Pipe, Terminal

REPLY = Bubble(
    sid="SM1",
    mine=False,
    text="Olá!",
    attachments=0,
    ticks=2,
    read=False,
    problem=None,
    at="2026-11-28T15:10:06+00:00",
)
MINE = replace(REPLY, sid="SM2", mine=True, text="oi")


def test_a_pipe_gets_each_reply_once_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    pipe = Pipe()
    pipe.past([replace(REPLY, sid="SM0", text="yesterday")])

    fresh = [pipe.show(MINE), pipe.show(REPLY), pipe.show(replace(REPLY, read=True))]

    assert fresh == [False, True, False]
    assert capsys.readouterr().out == "Olá!\n"


def test_a_pipe_names_attachments(capsys: pytest.CaptureFixture[str]) -> None:
    Pipe().show(replace(REPLY, text="", attachments=2))

    assert capsys.readouterr().out == "[2 attachments]\n"


def test_a_terminal_shows_yesterday(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().past([MINE, REPLY])

    said = capsys.readouterr().out
    assert said.index("> oi") < said.index("Olá!") < said.index("earlier")


def test_ticks_turn_blue_in_place(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()

    terminal.show(REPLY)
    before = capsys.readouterr().out
    terminal.show(replace(REPLY, read=True))
    after = capsys.readouterr().out

    assert "Olá!\n" in before
    assert "\033[2m✓✓" in before
    assert "Olá!" not in after
    assert "\033[1A" in after
    assert "\033[34m✓✓" in after


def test_ticks_above_what_the_person_typed_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    terminal.show(REPLY)
    terminal.entered()
    capsys.readouterr()

    terminal.show(replace(REPLY, read=True))

    assert capsys.readouterr().out == ""


def test_a_message_that_did_not_arrive_says_so_once(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    lost = replace(MINE, problem="11200 HTTP retrieval failure")

    terminal.show(MINE)
    terminal.show(lost)
    terminal.show(lost)

    assert capsys.readouterr().out.count("not delivered: 11200") == 1


def test_somebody_types(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()

    terminal.typing(True)
    terminal.typing(True)
    terminal.typing(False)

    assert capsys.readouterr().out.count("typing…") == 1
