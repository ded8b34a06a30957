"""What is built for the image is whole: it runs from itself alone, from a folder with nothing in it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as the image builds it, taken apart."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    [archive] = folder.glob("*.whl")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


def recado(wheel: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the wheel's own code: it comes before whatever this project's folder holds."""
    start = f"import sys; sys.path.insert(0, {str(wheel)!r}); from entrypoints.cli import main; main({list(arguments)})"
    environ = {"PATH": os.environ["PATH"], "RECADO_DATA": str(folder / "data")}
    return subprocess.run(
        [sys.executable, "-c", start], cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def test_everything_beside_the_code_is_in_the_wheel(wheel: Path) -> None:
    beside = {
        file.relative_to(ROOT / "src")
        for file in (ROOT / "src").rglob("*")
        if file.is_file() and file.suffix not in (".py", ".pyc") and not {".temp", ".branches"} & set(file.parts)
    }

    assert {file for file in beside if not (wheel / file).is_file()} == set()
    assert len([file for file in beside if file.suffix == ".sql"]) > 3
    assert Path("entrypoints/recado.toml") in beside


def test_the_wheel_brings_its_drivers_and_the_command(wheel: Path) -> None:
    [points] = wheel.glob("recado-*.dist-info/entry_points.txt")

    text = points.read_text(encoding="utf-8")

    assert "recado = entrypoints.cli:main" in text
    assert "sqlite = adapters.sqlite:driver" in text


def test_the_wheel_runs_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    migrated = recado(wheel, tmp_path, "migrate")
    listed = recado(wheel, tmp_path, "drivers")
    version = recado(wheel, tmp_path, "--version")

    assert (migrated.returncode, migrated.stderr) == (0, "")
    assert "is up to date" in migrated.stdout
    assert [line for line in listed.stdout.splitlines() if "cannot be used" in line] == []
    assert version.stdout.startswith("recado ")
