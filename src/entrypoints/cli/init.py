"""`recado init`: a file of one's own for the agent, to begin from."""

from pathlib import Path

from core.errors import Permanent
from entrypoints.agent_file import SHIPPED


def init(path: Path, *, force: bool) -> None:
    """Write the agent that comes with Recado to `path`. Raises `Permanent` if that would overwrite something."""
    template = SHIPPED.read_text(encoding="utf-8")
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(template)
    except FileExistsError:
        raise Permanent(f"{path} is there already. Write to another file, or replace it: recado init --force") from None
    except OSError as error:
        raise Permanent(f"{path} cannot be written: {error.strerror}. Name a file in a folder of yours.") from None
    hint = "" if path == Path("recado.toml") else f" Use it with RECADO_AGENT={path}"
    print(f"Wrote {path}: who the assistant is, in which language, with what it may do and spend.{hint}")
    print("Change it while `recado dev` runs: it reads the file again when you save it.")
