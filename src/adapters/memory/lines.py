"""Lines, with their credentials sealed even here: no operation can forget that they are."""

from collections.abc import Sequence
from dataclasses import replace

from core.identity.credentials import NO_CREDENTIALS
from core.identity.model import Line, LineId
from core.identity.seal import Seal, sealed_anew, sealed_credentials, with_credentials


class Lines:
    """Every line of the installation."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._lines: dict[LineId, Line] = {}
        self._sealed: dict[LineId, str | None] = {}

    def get(self, id_: LineId) -> Line | None:
        line = self._lines.get(id_)
        return with_credentials(line, self._sealed[id_], self._seal) if line is not None else None

    def __getitem__(self, id_: LineId) -> Line:
        return with_credentials(self._lines[id_], self._sealed[id_], self._seal)

    def all(self) -> Sequence[Line]:
        """By id."""
        return [self[id_] for id_ in sorted(self._lines)]

    def put(self, *lines: Line) -> None:
        """All of them, or none."""
        sealed = {line.id: sealed_credentials(line, self._seal) for line in lines}
        self._sealed.update(sealed)
        self._lines.update({line.id: replace(line, credentials=NO_CREDENTIALS) for line in lines})

    def reseal(self, id_: LineId) -> bool:
        sealed = self._sealed.get(id_)
        if sealed is None:
            return False
        self._sealed[id_] = sealed_anew(self._lines[id_], sealed, self._seal)
        return True
