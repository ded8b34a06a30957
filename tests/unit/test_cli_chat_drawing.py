"""How messages are drawn in a terminal."""

import re
from dataclasses import replace
from datetime import date

import pytest
from rich.cells import cell_len

from entrypoints.cli.drawing import Drawing, same_day, shown_time
from entrypoints.cli.ink import inked
from entrypoints.cli.phone import Bubble
from entrypoints.cli.visible import visible

AT = "2026-11-28T15:10:06+00:00"
REPLY = Bubble(
    sid="SM1",
    mine=False,
    sender="whatsapp:+14155550100",
    to="whatsapp:+5511987654321",
    text="Olá!",
    attachments=0,
    ticks=2,
    read=False,
    status="delivered",
    problem=None,
    at=AT,
)
MINE = replace(REPLY, sid="SM2", mine=True, text="oi", sender=REPLY.to, to=REPLY.sender)
BY_SMS = replace(MINE, sender="+5511987654321", to="+14155550101")
LONG = "Anotei tudo o que você gastou hoje: 52,90 no mercado, 10 no café e 8,50 na padaria, ao todo 71,40."
TIME = shown_time(REPLY)

_CODES = re.compile(r"\033\[([0-9;]*)m")


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "")


def drawing(columns: int = 80) -> Drawing:
    return Drawing(columns, "Recado", today=date(2026, 11, 28))


def plain(drawn: str) -> list[str]:
    return _CODES.sub("", drawn).splitlines()


def style_of(drawn: str, words: str) -> set[str]:
    """The codes that are in force where the words stand."""
    codes: set[str] = set()
    for code in _CODES.findall(drawn[: drawn.index(words)]):
        codes = set() if code in ("", "0") else {*codes, *code.split(";")}
    return codes


def test_own_messages_stand_at_the_right_with_their_ticks() -> None:
    (line,) = plain(drawing().own(MINE))

    assert line.rstrip().endswith(f"oi  {TIME} ✓✓")
    assert cell_len(line) == 79


def test_replies_stand_at_the_left_behind_a_bar_below_the_assistants_name() -> None:
    assert plain(drawing().reply(REPLY, named=True)) == ["Recado", f"│ Olá!  {TIME}"]
    assert plain(drawing().reply(REPLY, named=False)) == [f"│ Olá!  {TIME}"]
    assert style_of(drawing().reply(REPLY, named=True), "Olá!") == set()


@pytest.mark.parametrize("columns", [20, 40, 80, 300])
def test_long_messages_are_wrapped_inside_their_bubble(columns: int) -> None:
    own = plain(drawing(columns).own(replace(MINE, text=LONG)))
    replied = plain(drawing(columns).reply(replace(REPLY, text=LONG), named=False))

    assert max(map(cell_len, own + replied)) <= max(min(columns - 1, 92), 20)
    assert all(line.startswith("│ ") for line in replied)
    assert " ".join(" ".join(line.removeprefix("│ ") for line in replied).split()).startswith(LONG)
    assert " ".join(" ".join(own).split()).startswith(LONG)


def test_a_word_longer_than_a_line_is_cut() -> None:
    drawn = plain(drawing(40).reply(replace(REPLY, text="x" * 100), named=False))

    assert "".join(drawn).count("x") == 100
    assert max(map(cell_len, drawn)) <= 40


def test_the_time_goes_below_where_there_is_no_room_beside() -> None:
    full = "x" * 59

    lines = plain(drawing().reply(replace(REPLY, text=full), named=False))

    assert lines == [f"│ {full}", f"│ {' ' * (59 - len(TIME))}{TIME}"]


@pytest.mark.parametrize("text", ["ação é não", "😀 👍🏽 ❤️ 🇧🇷", "日本語", "👩‍👧 família"])
def test_accents_and_emoji_end_at_the_same_edge(text: str) -> None:
    (line,) = plain(drawing().own(replace(MINE, text=text)))

    assert cell_len(line) == 79


def test_lines_of_a_message_stay_lines() -> None:
    assert plain(drawing().reply(replace(REPLY, text="um\n\ndois"), named=False)) == ["│ um", "│ ", f"│ dois  {TIME}"]


@pytest.mark.parametrize(
    ("bubble", "ticks", "codes"),
    [
        (replace(MINE, ticks=1), "✓", {"2"}),
        (MINE, "✓✓", {"2"}),
        (replace(MINE, read=True), "✓✓", {"1", "34"}),
        (replace(MINE, ticks=0, problem="11200 HTTP retrieval failure"), "✗", {"31"}),
    ],
)
def test_ticks_tell_how_far_a_message_came(bubble: Bubble, ticks: str, codes: set[str]) -> None:
    drawn = drawing().own(bubble)

    assert f" {ticks}" in plain(drawn)[0]
    assert style_of(drawn, ticks) == codes


def test_what_was_not_delivered_says_why() -> None:
    lines = plain(drawing().own(replace(MINE, problem="11200 HTTP retrieval failure")))

    assert lines[1].strip() == "not delivered: 11200 HTTP retrieval failure"


def test_without_colours_nothing_is_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    drawn = drawing().own(replace(MINE, read=True)) + drawing().reply(REPLY, named=True) + drawing().writing(0)

    used = {code for codes in _CODES.findall(drawn) for code in codes.split(";")}
    assert used <= {"", "0", "1", "2", "3", "9"}


@pytest.mark.parametrize(
    ("text", "shown", "word", "code"),
    [
        ("isto é *forte* e _leve_", "isto é forte e leve", "forte", "1"),
        ("isto é *forte* e _leve_", "isto é forte e leve", "leve", "3"),
        ("~errado~ certo", "errado certo", "errado", "9"),
        ("use `ls -l` aqui", "use ls -l aqui", "ls", "36"),
        ("```\na *b* c\n```", "a *b* c", "a", "36"),
        ("_*os dois*_", "os dois", "os", "1"),
    ],
)
def test_marks_are_shown_as_what_they_mean(text: str, shown: str, word: str, code: str) -> None:
    drawn = drawing().reply(replace(REPLY, text=text), named=False)

    assert plain(drawn) == [f"│ {shown}  {TIME}"]
    assert code in style_of(drawn, word)


@pytest.mark.parametrize(
    "text", ["2*3*4", "a * b * c", "snake_case_name", "*", "**", "* item", "_ _", "R$ 10 ~ R$ 20 ~", "https://x/_a_b"]
)
def test_what_is_no_mark_stays(text: str) -> None:
    assert inked(text, marked=True).plain == text


def test_an_sms_has_no_marks() -> None:
    (line,) = plain(drawing().own(replace(BY_SMS, text="*não*")))

    assert "*não*" in line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\033[2J\033]0;x\007", "�[2J�]0;x�"),
        ("a\rb\0c\u009b1m", "a�b�c�1m"),
        ("a\tb", "a    b"),
        ("um\r\ndois", "um\ndois"),
        ("\u202egnp.exe", "�gnp.exe"),
        ("👩‍👧\u00ad", "👩‍👧\u00ad"),
    ],
)
def test_nothing_that_a_terminal_obeys_gets_through(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_hostile_message_cannot_move_the_cursor() -> None:
    drawn = drawing().reply(replace(REPLY, text="\033[1A\033[31m*x*"), named=True)

    assert set(re.findall(r"\033\[[0-9;]*[A-Za-z]", drawn)) <= {
        f"\033[{code}m" for code in ("0", "1", "2", "32", "1;32")
    }


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-11-28T12:00:00+00:00", "today"),
        ("2026-11-27T12:00:00+00:00", "yesterday"),
        ("2026-03-05T12:00:00+00:00", "Thursday, 5 March"),
        ("2025-12-31T12:00:00+00:00", "Wednesday, 31 December 2025"),
    ],
)
def test_days_are_named_as_people_do(at: str, day: str) -> None:
    (line,) = plain(drawing().day(replace(REPLY, at=at)))

    assert line.strip("─") == f" {day} "
    assert cell_len(line) == 79


def test_two_messages_of_one_day_are() -> None:
    assert same_day(REPLY, replace(REPLY, at="2026-11-28T15:11:00+00:00"))
    assert not same_day(REPLY, replace(REPLY, at="2026-11-25T15:11:00+00:00"))


def test_remarks_are_wrapped_as_far_in_as_they_began() -> None:
    lines = plain(drawing(30).note("  /as NAME   be somebody else, who has a number of their own"))

    assert len(lines) > 1
    assert all(line.startswith("  ") and cell_len(line) <= 30 for line in lines)


def test_dots_move_while_somebody_types() -> None:
    assert plain(drawing().writing(0)) == ["Recado is typing •··"]
    assert plain(drawing().writing(4)) == ["Recado is typing ·•·"]


def test_files_are_counted() -> None:
    assert replace(REPLY, text="", attachments=1).words == "[1 attachment]"
    assert replace(REPLY, attachments=2).words == "Olá! [2 attachments]"
