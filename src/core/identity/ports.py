"""The port of identity: who may be spoken for and to."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from core.identity.model import Line, LineId


class Directory(Protocol):
    """Workspaces and lines. Reads are cheap enough to be made at every webhook."""

    @abstractmethod
    async def line(self, line: LineId) -> Line | None:
        """The line of this id, or nothing. Raises `Unavailable`."""

    @abstractmethod
    async def lines(self) -> Sequence[Line]:
        """Every line of the installation, by id."""

    @abstractmethod
    async def seed(self, lines: Sequence[Line]) -> Sequence[Line]:
        """Add these lines (and their workspaces) if there is none at all; answers the lines that exist afterwards.

        Atomic and repeatable: a second caller at the same moment changes nothing.
        """

    @abstractmethod
    async def put_line(self, line: Line) -> None:
        """Add the line, or replace the one of its id."""
