"""API keys: found by their digest, never by themselves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.errors import Conflict
from core.identity.model import ApiKey, KeyId, WorkspaceId


class KeyRing:
    """The keys of every workspace, and the digests of what they are."""

    def __init__(self) -> None:
        self._keys: dict[tuple[WorkspaceId, KeyId], ApiKey] = {}
        self._found: dict[bytes, tuple[WorkspaceId, KeyId]] = {}

    def put(self, key: ApiKey, digest: bytes) -> ApiKey:
        place = (key.workspace, key.id)
        if self._found.get(digest, place) != place or (place in self._keys and digest not in self._found):
            raise Conflict("there is another key of this id, or of this secret: make a new one")
        self._found[digest] = place
        return self._keys.setdefault(place, key)

    def of(self, digest: bytes, now: datetime) -> ApiKey | None:
        place = self._found.get(digest)
        if place is None:
            return None
        key = self._keys[place]
        is_over = key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now)
        return None if is_over else key

    def all(self, workspace: WorkspaceId) -> Sequence[ApiKey]:
        return sorted((key for key in self._keys.values() if key.workspace == workspace), key=lambda key: key.id)

    def revoke(self, workspace: WorkspaceId, id_: KeyId, now: datetime) -> ApiKey | None:
        key = self._keys.get((workspace, id_))
        if key is None or key.revoked_at is not None:
            return key
        revoked = self._keys[workspace, id_] = replace(key, revoked_at=now)
        return revoked
