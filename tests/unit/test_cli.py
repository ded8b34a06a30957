"""The commands: what they say when all is well, and that a mistake is a line with its cure and never a traceback."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Permanent
from entrypoints.cli import main
from entrypoints.cli.dev_state import DevState
from tests.http_app import logging_as_it_was

MADE_UP = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "token", "TWILIO_FROM": "+14155550100"}
VERBS = ("dev", "serve", "worker", "chat", "emulate", "drivers", "doctor", "migrate", "keys", "lines")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.chdir(tmp_path)
    with logging_as_it_was():
        yield


def recado(*argv: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    return ended.value.code if isinstance(ended.value.code, int) else 0


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert recado("--help") == 0

    said = capsys.readouterr().out
    assert [verb for verb in VERBS if f"\n  {verb} " not in said] == []


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert recado(verb, "--help") == 0

    assert f"Usage: recado {verb}" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert recado("--version") == 0

    assert capsys.readouterr().out.startswith("recado 0.")


def test_drivers_are_listed_with_their_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert recado("drivers") == 0

    said = capsys.readouterr().out
    assert "store   RECADO_STORE\n" in said
    assert "\n  memory " in said
    assert "TWILIO_AUTH_TOKEN (optional): " in said


def test_migrate_says_what_it_did(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RECADO_STORE", "memory")

    assert recado("migrate") == 0

    assert capsys.readouterr().out == "The store 'memory' is up to date and holds 0 lines.\n"


@pytest.mark.parametrize("verb", ["serve", "worker", "dev", "migrate", "chat", "emulate"])
def test_a_mistake_in_a_setting_is_one_line(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECADO_PORT", "http")

    assert recado(verb) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("recado: RECADO_PORT=http: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("verb", ["worker", "migrate"])
def test_an_unknown_driver_lists_those_there_are(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECADO_STORE", "mongo")

    assert recado(verb) == 2

    assert "Choose one that is installed: memory, postgres, sqlite, supabase" in capsys.readouterr().err


def test_a_channel_without_settings_says_where_to_get_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECADO_STORE", "memory")

    assert recado("worker") == 2

    said = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in said] == ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"]
    assert all("https://" in line or "Messaging" in line for line in said)


def test_an_unknown_command_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert recado("fly") == 2

    assert "No such command 'fly'" in capsys.readouterr().err


def test_one_cannot_write_by_two_media_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert recado("chat", "--sms", "--whatsapp") == 2

    assert "choose one of --sms and --whatsapp" in capsys.readouterr().err


def test_made_up_credentials_stay_the_same_and_are_for_their_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "data"

    first = DevState.of(data)
    first.at("http://127.0.0.1:8001").keep(data)
    second = DevState.of(data)

    assert second == first.at("http://127.0.0.1:8001")
    assert (data / "dev.json").stat().st_mode & 0o777 == 0o600
    assert list(data.iterdir()) == [data / "dev.json"]


def test_the_emulator_of_a_dev_that_was_killed_is_nobodys(tmp_path: Path) -> None:
    running = DevState.of(tmp_path).at("http://127.0.0.1:8001")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    replace(running, process=ended.pid).keep(tmp_path)

    assert DevState.found(tmp_path) == running.at(None)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"unheard": 1}', "\0"])
def test_a_broken_file_says_what_to_do(content: str, tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_text(content)

    with pytest.raises(Permanent, match=r"dev\.json cannot be read\. Delete it"):
        DevState.found(tmp_path)


def test_looking_for_a_running_dev_leaves_nothing_behind(tmp_path: Path) -> None:
    assert DevState.found(tmp_path / "data") is None
    assert not (tmp_path / "data").exists()


def test_what_is_kept_is_enough_for_a_channel(tmp_path: Path) -> None:
    kept = DevState.of(tmp_path)

    assert set(kept.environment()) == {"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"}
    assert json.loads((tmp_path / "dev.json").read_text())["emulator"] is None


@pytest.mark.parametrize("verb", ["worker", "migrate"])
def test_a_data_folder_that_cannot_be_used_is_said_with_the_cure(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    for name, value in {**MADE_UP, "RECADO_STORE": "memory", "RECADO_DATA": str(tmp_path / "file")}.items():
        monkeypatch.setenv(name, value)

    assert recado(verb) == 2

    said = capsys.readouterr().err
    assert said.startswith(f"recado: RECADO_DATA={tmp_path / 'file'}: the folder cannot be used (File exists).")
    assert said.count("\n") == 1
