"""How credentials are kept: sealed, so that whoever reads the store without the key learns nothing."""

import json
from abc import abstractmethod
from dataclasses import replace
from typing import NoReturn, Protocol

from core.errors import Permanent
from core.identity.credentials import Credentials
from core.identity.model import Line


class Seal(Protocol):
    """Makes text of a secret that may lie in a store. `about` is what the secret belongs to: sealed about one thing, it
    opens about no other, so that a row copied to another line is worth nothing there."""

    @abstractmethod
    def seal(self, plain: bytes, about: bytes) -> str:
        """ASCII text, another one each time. Raises `Permanent` if there is no key."""

    @abstractmethod
    def open(self, sealed: str, about: bytes) -> bytes:
        """What was sealed. Raises `Permanent` if no key opens it, if it was altered, or is about something else."""


class NoSeal(Seal):
    """Without a key nothing is kept: a secret in the clear would be there before anybody noticed."""

    def seal(self, plain: bytes, about: bytes) -> NoReturn:
        raise Permanent(
            "RECADO_SECRET_KEYS is not set, so a line's own credentials cannot be kept. Make a key with `openssl rand "
            "-base64 32`, put it in the environment or in .env, and keep a copy: without it what was sealed is lost."
        )

    def open(self, sealed: str, about: bytes) -> NoReturn:
        raise Permanent(
            "RECADO_SECRET_KEYS is not set, and this was sealed with a key: set it to the keys it had then."
        )


def sealed_credentials(line: Line, seal: Seal) -> str | None:
    """What a store keeps of the line's credentials; None: it has none.

    Raises `Permanent` if there is no key, or if they are lost: what cannot be read is not overwritten by chance.
    """
    credentials = line.credentials
    if not credentials:
        return None
    values = {name: credentials.reveal(name) for name in sorted(credentials.names)}
    return seal.seal(json.dumps(values).encode(), _about(line))


def with_credentials(line: Line, sealed: str | None, seal: Seal) -> Line:
    """The line with what was kept of its credentials. Those that cannot be opened are lost, and it alone fails."""
    if sealed is None:
        return line
    try:
        credentials = Credentials(json.loads(seal.open(sealed, _about(line))))
    except Permanent as error:
        credentials = Credentials.lost(f"The credentials of line {line.id} cannot be opened: {error}")
    return replace(line, credentials=credentials)


def sealed_anew(line: Line, sealed: str, seal: Seal) -> str:
    """The same credentials, sealed with the first key. Raises `Permanent` if they cannot be opened."""
    return seal.seal(seal.open(sealed, _about(line)), _about(line))


def _about(line: Line) -> bytes:
    return json.dumps(["line credentials", line.workspace, line.id]).encode()
