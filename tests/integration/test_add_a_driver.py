"""The driver that docs/add-a-driver.md builds is taken out of the page, found by its entry point, and used for real."""

import os
import re
import shlex
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "add-a-driver.md").read_text(encoding="utf-8")
RECADO = Path(sys.executable).parent / "recado"

_FILE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who does what the page says: the files are in `folder`, and the package counts as installed."""

    folder: Path
    env: Mapping[str, str]

    def runs(self, *command: str | Path, said: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            input=said,
            env=dict(self.env) | env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """A copy of the page's files, with the package's metadata as an installer writes it, on PYTHONPATH."""
    for name, text in _FILE.findall(PAGE):
        (tmp_path / name).write_text(text, encoding="utf-8")
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    installed = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    lines = [
        f"[{group}]\n{name} = {value}\n"
        for group, points in project["entry-points"].items()
        for name, value in points.items()
    ]
    (installed / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(tmp_path),
        "RECADO_DATA": str(tmp_path / "data"),
        "RECADO_PORT": str(port),
    }
    return Reader(folder=tmp_path, env=env)


def shown() -> Iterator[tuple[str, str]]:
    """The commands of the page's console blocks, each with the output that is printed below it."""
    for block in _CONSOLE.findall(PAGE):
        for part in block.removeprefix("$ ").split("\n$ "):
            command, _, output = part.partition("\n")
            yield command, output.strip()


def test_the_page_has_every_file_of_the_driver(reader: Reader) -> None:
    names = {name for name, _ in _FILE.findall(PAGE)}

    assert names == {"recado_faq.py", "pyproject.toml", "answers.toml", "test_faq.py"}


def test_the_installed_driver_is_listed_with_its_setting(reader: Reader) -> None:
    listed = reader.runs(RECADO, "drivers")

    assert listed.returncode == 0, listed.stderr
    assert re.search(r"^  faq +Answers from a list of words and answers\.$", listed.stdout, re.MULTILINE)
    assert "FAQ_FILE (required)" in listed.stdout


def test_the_whole_application_answers_with_it_as_the_page_prints(reader: Reader) -> None:
    chats = [(command, output) for command, output in shown() if "recado chat" in command]
    assert len(chats) == 2

    for command, output in chats:
        echo, said, *_ = shlex.split(command)
        assert echo == "echo"
        chat = reader.runs(RECADO, "chat", said=f"{said}\n", RECADO_MODEL="faq", FAQ_FILE="answers.toml")

        assert (chat.stdout.strip(), chat.returncode) == (output, 0), chat.stderr


def test_a_missing_setting_stops_it_as_the_page_prints(reader: Reader) -> None:
    [output] = [output for command, output in shown() if "recado serve" in command]

    served = reader.runs(RECADO, "serve", RECADO_MODEL="faq")

    assert (served.stderr.strip(), served.returncode) == (output, 2)


def test_a_broken_file_is_named(reader: Reader) -> None:
    (reader.folder / "answers.toml").write_text("answers = [", encoding="utf-8")

    chat = reader.runs(RECADO, "chat", RECADO_MODEL="faq", FAQ_FILE="answers.toml")

    assert chat.stderr.startswith("recado: FAQ_FILE=answers.toml cannot be used: ")
    assert chat.returncode == 2


def test_it_keeps_the_contract_as_its_own_test_says(reader: Reader) -> None:
    [command] = [command for command, _ in shown() if "pytest" in command]
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
