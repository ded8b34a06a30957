"""The port of identity: who may be spoken for and to."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from core.identity.model import ApiKey, KeyId, Line, LineId, Permission, WorkspaceId


class Directory(Protocol):
    """Workspaces and lines. Reads are cheap enough to be made at every webhook.

    A line's credentials are kept sealed and nowhere else. Every line that a store gives, in a claim or a send too, has
    them opened; those that cannot be are lost (`Credentials.lost`), which is no error of the store's.
    """

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
        """Add the line, or replace the one of its id, with its credentials: without any, none are kept any more.

        Raises `Permanent` if they cannot be sealed.
        """

    @abstractmethod
    async def reseal(self, line: LineId) -> bool:
        """Seal the line's credentials anew, with the first key; False: it has none, or there is no such line.

        Atomic and repeatable; credentials that are put at the same moment stay. Raises `Permanent` if what is kept
        cannot be opened.
        """

    @abstractmethod
    async def put_key(
        self,
        workspace: WorkspaceId,
        key: KeyId,
        *,
        digest: bytes,
        name: str,
        permissions: frozenset[Permission],
        expires_in: timedelta | None,
    ) -> ApiKey:
        """Add a key; `digest` is the SHA-256 of the secret. A repeat with the same digest answers the first, as it
        stands by now.

        Raises `Conflict` when the workspace has another key of this id, or another key anywhere has this digest;
        `Rejected` when there is no such workspace, which is one without any line.
        """

    @abstractmethod
    async def key_of(self, digest: bytes) -> ApiKey | None:
        """The key of this digest while it lives: before `expires_at` by the store's clock, and not revoked."""

    @abstractmethod
    async def keys(self, workspace: WorkspaceId) -> Sequence[ApiKey]:
        """Every key of the workspace, dead ones too, by id."""

    @abstractmethod
    async def revoke_key(self, workspace: WorkspaceId, key: KeyId) -> ApiKey | None:
        """End the key now, for ever; a repeat changes nothing. None: there is no such key."""
