"""The driver that docs/add-a-driver.md builds is taken out of the page, found by its entry point, and used for real."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.reader import RECADO, ROOT, Reader, files, page, shown

PAGE = page("add-a-driver.md")


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader.of(PAGE, tmp_path)


def test_the_page_has_every_file_of_the_driver() -> None:
    assert set(files(PAGE)) == {"recado_faq.py", "pyproject.toml", "answers.toml", "test_faq.py"}


def test_the_installed_driver_is_listed_with_its_setting(reader: Reader) -> None:
    listed = reader.runs(RECADO, "drivers")

    assert listed.returncode == 0, listed.stderr
    assert re.search(r"^  faq +Answers from a list of words and answers\.$", listed.stdout, re.MULTILINE)
    assert "FAQ_FILE (required)" in listed.stdout


def test_the_whole_application_answers_with_it_as_the_page_prints(reader: Reader) -> None:
    chats = [(command, output) for command, output in shown(PAGE) if "recado chat" in command]
    assert len(chats) == 2

    for command, output in chats:
        echo, said, *_ = shlex.split(command)
        assert echo == "echo"
        chat = reader.runs(RECADO, "chat", said=f"{said}\n", RECADO_MODEL="faq", FAQ_FILE="answers.toml")

        assert (chat.stdout.strip(), chat.returncode) == (output, 0), chat.stderr


def test_a_missing_setting_stops_it_as_the_page_prints(reader: Reader) -> None:
    [output] = [output for command, output in shown(PAGE) if "recado serve" in command]

    served = reader.runs(RECADO, "serve", RECADO_MODEL="faq")

    assert (served.stderr.strip(), served.returncode) == (output, 2)


def test_a_broken_file_is_named(reader: Reader) -> None:
    (reader.folder / "answers.toml").write_text("answers = [", encoding="utf-8")

    chat = reader.runs(RECADO, "chat", RECADO_MODEL="faq", FAQ_FILE="answers.toml")

    assert chat.stderr.startswith("recado: FAQ_FILE=answers.toml cannot be used: ")
    assert chat.returncode == 2


def test_it_keeps_the_contract_as_its_own_test_says(reader: Reader) -> None:
    [command] = [command for command, _ in shown(PAGE) if "pytest" in command]
    assert shlex.split(command)[1:3] == ["-c", "pyproject.toml"]

    tested = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            "pyproject.toml",
            "-p",
            "no:cacheprovider",
            reader.folder / "test_faq.py",
        ],
        env=dict(reader.env),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert tested.returncode == 0, tested.stdout[-3000:]
    assert " passed" in tested.stdout
