"""Files that only their owner may read: passwords, and what contains them."""

import os
import secrets
from pathlib import Path

from core.errors import Permanent


def folder_of(path: Path) -> Path:
    """The folder, made for its owner alone if it is not there. Raises `Permanent` if it cannot be."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Permanent(f"{path}: the folder cannot be made ({os.strerror(error.errno or 0)}).") from error
    return path


def write(path: Path, text: str) -> None:
    """Write it whole or not at all, for its owner alone."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def password(path: Path) -> str:
    """The one that was kept there, or a new one, kept from now on: 192 bits as letters and digits."""
    if path.exists():
        return path.read_text(encoding="utf-8").strip()
    made = secrets.token_hex(24)
    write(path, f"{made}\n")
    return made
