"""The skill that docs/add-a-skill.md builds is taken out of the page, found by its entry point, and used for real."""

import re
import shlex
from pathlib import Path

import pytest

from tests.integration.reader import RECADO, Reader, files, page, shown

PAGE = page("add-a-skill.md")


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader.of(PAGE, tmp_path)


def test_the_skill_is_about_forty_lines_of_code() -> None:
    code = files(PAGE)["recado_water.py"]

    lines = [line for line in code.splitlines() if line.strip() and not line.strip().startswith(("#", '"""'))]

    assert len(lines) < 50


def test_the_whole_application_uses_it_offline_as_the_page_prints(reader: Reader) -> None:
    chats = [(command, output) for command, output in shown(PAGE) if "recado chat" in command]
    assert len(chats) == 3

    for command, output in chats:
        echo, said, _, _, *arguments = shlex.split(command)
        assert echo == "echo"
        chat = reader.runs(RECADO, *arguments, said=f"{said}\n")

        assert (chat.stdout.strip(), chat.returncode) == (output, 0), chat.stderr


def test_its_conversations_go_as_they_should_and_leave_the_records_that_were_meant(reader: Reader) -> None:
    [command] = [command for command, _ in shown(PAGE) if "recado eval" in command]
    assert shlex.split(command)[1:] == ["eval", "../recado-water/water.yaml"]

    held = reader.runs(RECADO, "eval", "water.yaml")

    assert held.returncode == 0, held.stdout + held.stderr
    assert re.search(r"^water\.yaml +3/3 100\.0%", held.stdout, re.MULTILINE)


def test_without_it_the_same_conversations_fail(reader: Reader) -> None:
    held = reader.runs(RECADO, "eval", "water.yaml", "--only", "*counted*", PYTHONPATH="")

    assert held.returncode == 1, held.stdout + held.stderr
    assert "no water.glasses" in held.stdout
