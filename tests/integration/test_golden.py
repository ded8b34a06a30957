"""The assistant without a network, held to what people write: the records, the facts, and the silence of the tools."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from entrypoints.evals.reading import read

ROOT = Path(__file__).parents[2]
EVALS = ROOT / "evals"
RECADO = Path(sys.executable).parent / "recado"
LANGUAGES = ("pt", "en", "es")


def held(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`recado eval`, where nothing is configured."""
    return subprocess.run(
        [RECADO, "eval", *arguments],
        env={"PATH": os.environ["PATH"]},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_golden_file_is_large_enough_to_judge_by() -> None:
    utterances: Counter[str] = Counter()
    for talk in read(EVALS / "golden.yaml").conversations:
        utterances[talk.language] += talk.utterances

    assert utterances.total() >= 90
    assert all(utterances[language] >= 30 for language in LANGUAGES)


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    return held(tmp_path_factory.mktemp("golden"), EVALS / "golden.yaml", "--at-least", "95%", "--json")


def missed(golden: subprocess.CompletedProcess[str], language: str = "") -> str:
    [of_file] = json.loads(golden.stdout)["files"]
    return "\n".join(
        f"{each['conversation']}: {each['expected']} <> {each['got'][:200]}"
        for each in of_file["failures"]
        if each["conversation"].startswith(language)
    )


def test_nearly_all_of_it_goes_as_it_should_with_the_offline_model(golden: subprocess.CompletedProcess[str]) -> None:
    assert golden.returncode == 0, golden.stderr or missed(golden)
    assert json.loads(golden.stdout)["models"] == ["offline"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_is_left_behind(golden: subprocess.CompletedProcess[str], language: str) -> None:
    [of_file] = json.loads(golden.stdout)["files"]
    part = of_file["languages"][language]

    assert part["passed"] >= 0.95 * part["conversations"], missed(golden, language)


def test_nothing_that_people_write_moves_it_beyond_its_tools(tmp_path: Path) -> None:
    injected = held(tmp_path, EVALS / "injection.yaml")

    assert injected.returncode == 0, injected.stdout + injected.stderr


@pytest.mark.parametrize("name", ["everyday.yaml", "fresh.yaml"])
def test_what_was_once_understood_stays_understood(tmp_path: Path, name: str) -> None:
    talked = held(tmp_path, EVALS / name, "--at-least", "90%", "--json")

    assert talked.returncode == 0, talked.stderr or missed(talked)
