"""`recado lines put` in a terminal: it asks for credentials without showing them, and can be left at the question."""

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from entrypoints.seal import new_key

RECADO = str(Path(sys.executable).with_name("recado"))
CANARY = "canary-of-a-token"
PUT = ("lines", "put", "shop", "--address", "+14155550100", "--account", "AC" + "1" * 32)
WITHIN = 60.0


def typed(folder: Path, answers: Sequence[str], *argv: str) -> tuple[int, str]:
    """How the command ends, and all that its terminal shows, when each question gets the next answer."""
    ours, theirs = pty.openpty()
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "RECADO_SECRET_KEYS": new_key()}
    left, shown = list(answers), ""
    with subprocess.Popen((RECADO, *argv), cwd=folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        patience = threading.Timer(WITHIN, process.kill)
        patience.start()
        while True:
            try:
                shown += os.read(ours, 4096).decode()
            except OSError:  # the terminal has nobody at its other end any more
                break
            if shown.endswith("): ") and left:
                os.write(ours, left.pop(0).encode())
        patience.cancel()
    os.close(ours)
    return process.returncode, shown


@pytest.mark.skipif(sys.platform == "win32", reason="terminals are something else there")
def test_credentials_are_asked_for_and_not_shown(tmp_path: Path) -> None:
    code, shown = typed(tmp_path, [f"{CANARY}\n", "\n", "\n"], *PUT)

    assert code == 0
    assert shown.startswith("auth_token (empty: as it is, or as the channel's settings say): ")
    assert "with its own credentials (auth_token)" in shown
    assert CANARY not in shown
    assert [file for file in tmp_path.rglob("*") if file.is_file() and CANARY.encode() in file.read_bytes()] == []


@pytest.mark.skipif(sys.platform == "win32", reason="terminals are something else there")
def test_whoever_leaves_at_the_question_has_changed_nothing(tmp_path: Path) -> None:
    code, shown = typed(tmp_path, [f"{CANARY}\n", "\x04"], *PUT)

    assert code == 130
    assert "is kept" not in shown
    assert "Traceback" not in shown
    assert "has no lines" in typed(tmp_path, [], "lines", "list")[1]
