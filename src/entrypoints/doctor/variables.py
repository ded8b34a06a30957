"""The settings: each mistake on its own, and names that nobody reads."""

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from pydantic_settings import BaseSettings

from core.conversation.inspection import Finding
from core.errors import Permanent, RecadoError
from entrypoints.doctor.findings import doubt, fine, of_error
from entrypoints.drivers import PORTS, installed, load
from entrypoints.settings import Settings, read, variables

S = TypeVar("S", bound=BaseSettings)

_ENV = Path(".env")
_NAMED = re.compile(r"([A-Z][A-Z0-9_]*)(?:=|: | is not set)")
_ALIKE = 0.85
_SECRETS = ("TOKEN", "SECRET", "KEY", "PASSWORD")


def understood(kind: type[S], environ: Mapping[str, str]) -> tuple[S | None, list[Finding]]:
    """The settings with whatever is wrong left out, and a finding for each mistake. None: a required one is missing."""
    findings: list[Finding] = []
    left = dict(environ)
    while True:
        try:
            return read(kind, left), findings
        except Permanent as error:
            fresh = [finding for finding in of_error(error) if _name(finding) not in map(_name, findings)]
            findings += map(_placed, fresh)
            wrong = {_name(finding) for finding in fresh} & set(left)
        if not wrong:
            return None, findings
        left = {name: value for name, value in left.items() if name not in wrong}


def survey(environ: Mapping[str, str], *kinds: type[BaseSettings]) -> Iterator[Finding]:
    """What is to be said of the names as such. `kinds` are the settings that are read, the application's included."""
    used = {name for kind in kinds for name in variables(kind)}
    given = used & set(environ)
    in_file = sum(name not in os.environ for name in given)
    yield fine(
        f"{len(given)} of {len(used)} settings are set, {in_file} of them in .env; for the others defaults hold."
    )
    known = used | _installed()
    unset = sorted(used - set(environ))
    for name in sorted(set(environ) - known):
        if meant := _meant(name, unset, sorted(known)):
            yield doubt(f"{name} is set, and nothing reads it.", f"Did you mean {meant}? {_place(name)}")
        elif name.startswith("RECADO_"):
            yield doubt(
                f"{name} is set, and nothing reads it.", f"`recado drivers` lists what there is. {_place(name)}"
            )
    yield from _readable(environ)


def _meant(name: str, unset: list[str], known: list[str]) -> str | None:
    """Ours may be told from strangers' by their first word; of others only what is missing can have been meant."""
    found = get_close_matches(name, known if name.startswith("RECADO_") else unset, 1, _ALIKE)
    return found[0] if found else None


def _installed() -> set[str]:
    """Every name that some installed driver reads, chosen or not."""
    names = set(variables(Settings))
    for port in PORTS:
        for point in installed(port).values():
            try:
                names |= set(variables(load(port, point).driver.settings))
            except RecadoError:
                continue
    return names


def _name(finding: Finding) -> str:
    """The variable that a finding about settings begins with; all of it, if it begins with none."""
    match = _NAMED.match(finding.what)
    return match[1] if match else finding.what


def _placed(finding: Finding) -> Finding:
    name = _name(finding)
    if name == finding.what or "is not set" in finding.what:
        return finding
    return Finding(severity=finding.severity, what=finding.what, cure=f"{finding.cure} {_place(name)}".strip())


def _place(name: str) -> str:
    """Where a person finds the setting."""
    if name not in os.environ and _ENV.is_file():
        lines = _ENV.read_text(encoding="utf-8", errors="replace").splitlines()
        numbers = [at for at, line in enumerate(lines, 1) if re.match(rf"\s*(export\s+)?{name}\s*=", line)]
        if numbers:
            return f"It is set in .env, line {numbers[-1]}."
    return "It is set in the environment."


def _readable(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether others on this machine can read the secrets in `.env`."""
    if os.name != "posix" or not _ENV.is_file() or not _ENV.stat().st_mode & 0o077:
        return
    if any(word in name for name in environ if name not in os.environ for word in _SECRETS):
        yield doubt(".env holds secrets, and others on this machine can read it.", "Run: chmod 600 .env")
