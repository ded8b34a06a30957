"""What is meant by what somebody types in a chat."""

import pytest

from core.identity.medium import Medium
from entrypoints.cli.typed import (
    COMMANDS,
    Attach,
    Be,
    Entry,
    Help,
    Look,
    On,
    People,
    Quit,
    Say,
    Unclear,
    matching,
    understood,
)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("oi", Say(texts=["oi"])),
        ("  oi  ", Say(texts=["oi"])),
        ("", Say(texts=[])),
        ("1/2 dúzia", Say(texts=["1/2 dúzia"])),
        ("//help", Say(texts=["/help"])),
        ("um\n\n  dois\r\ntrês", Say(texts=["um", "dois", "três"])),
        ("/as Bob\nhello", Say(texts=["/as Bob", "hello"])),
        ("/burst um | dois || três", Say(texts=["um", "dois", "três"])),
        ("/as Bob", Be(who="Bob")),
        ("/AS Maria José", Be(who="Maria José")),
        ("/sms", On(medium=Medium.SMS)),
        ("/wa", On(medium=Medium.WHATSAPP)),
        ("/people", People()),
        ("/history", Look(count=20)),
        ("/history 3", Look(count=3)),
        ("/image ~/nota fiscal.jpg", Attach(path="~/nota fiscal.jpg")),
        ("/file a.ogg | almoço", Attach(path="a.ogg", text="almoço")),
        ("/help", Help()),
        ("/?", Help()),
        ("/quit", Quit()),
        ("/exit", Quit()),
    ],
)
def test_what_a_line_means(line: str, meant: Entry) -> None:
    assert understood(line) == meant


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/hepl", "There is no /hepl. Did you mean /help? To send it as it is, write //hepl"),
        ("/xyzzy", "There is no /xyzzy. /help lists the commands. To send it as it is, write //xyzzy"),
        ("/", "There is no /. /help lists the commands. To send it as it is, write //"),
        ("/as", "It is written /as NAME or +NUMBER"),
        ("/burst |", "It is written /burst ONE | TWO | THREE"),
        ("/image", "It is written /image PATH | WORDS"),
        ("/history all", "It is written /history [HOW MANY]"),
        ("/history -3", "It is written /history [HOW MANY]"),
        ("/sms oi", "It is written /sms"),
    ],
)
def test_what_cannot_be_understood_says_how_it_is_written(line: str, why: str) -> None:
    assert understood(line) == Unclear(why=why)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("/", [command.name for command in COMMANDS]),
        ("/h", ["history", "help"]),
        ("/as", ["as"]),
        ("/as Bob", ["as"]),
        ("/xyz", []),
        ("/xyz Bob", []),
        ("as", []),
    ],
)
def test_what_a_beginning_could_become(line: str, names: list[str]) -> None:
    assert [command.name for command in matching(line)] == names


def test_every_command_is_understood_or_says_what_it_lacks() -> None:
    for command in COMMANDS:
        meant = understood(f"/{command.name}")
        assert meant == Unclear(why=f"It is written {command.usage}") or not isinstance(meant, Unclear)
