"""Somebody who does what a page of the documentation says: its files are written, its package counts as installed."""

import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECADO = Path(sys.executable).parent / "recado"

_FILE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def files(page: str) -> Mapping[str, str]:
    """The files that the page shows, by name."""
    return dict(_FILE.findall(page))


def shown(page: str) -> Iterator[tuple[str, str]]:
    """The commands of the page's console blocks, each with the output that is printed below it."""
    for block in _CONSOLE.findall(page):
        for part in block.removeprefix("$ ").split("\n$ "):
            command, _, output = part.partition("\n")
            yield command, output.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The files are in `folder`; `env` has the package on PYTHONPATH, and a port that is free."""

    folder: Path
    env: Mapping[str, str]

    @classmethod
    def of(cls, page: str, folder: Path) -> "Reader":
        """A copy of the page's files, with the package's metadata as an installer writes it."""
        for name, text in files(page).items():
            (folder / name).write_text(text, encoding="utf-8")
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        installed = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
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
            "PYTHONPATH": str(folder),
            "RECADO_DATA": str(folder / "data"),
            "RECADO_PORT": str(port),
        }
        return cls(folder=folder, env=env)

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
