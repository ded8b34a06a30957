"""API keys. Of a key itself only the digest is kept, and no answer holds it."""

from collections.abc import Sequence
from datetime import timedelta

from adapters.supabase import values
from adapters.supabase.calls import Calls
from adapters.supabase.values import Row
from core.identity.model import ApiKey, KeyId, Permission, WorkspaceId


async def put(
    calls: Calls,
    workspace: WorkspaceId,
    key: KeyId,
    *,
    digest: bytes,
    name: str,
    permissions: frozenset[Permission],
    expires_in: timedelta | None,
) -> ApiKey:
    row = await calls(
        "put_key",
        workspace,
        {
            "key": key,
            "digest": digest.hex(),
            "name": name,
            "permissions": sorted(permissions),
            "expires_in": None if expires_in is None else values.micros(expires_in),
        },
    )
    return _key(row)


async def of(calls: Calls, digest: bytes) -> ApiKey | None:
    """Asked anew each time: a revoked key is dead at once, everywhere."""
    row = await calls("key_of", None, {"digest": digest.hex()})
    return None if row is None else _key(row)


async def every(calls: Calls, workspace: WorkspaceId) -> Sequence[ApiKey]:
    return [_key(row) for row in await calls("keys", workspace, {})]


async def revoke(calls: Calls, workspace: WorkspaceId, key: KeyId) -> ApiKey | None:
    row = await calls("revoke_key", workspace, {"key": key})
    return None if row is None else _key(row)


def _key(row: Row) -> ApiKey:
    return ApiKey(
        workspace=WorkspaceId(row["workspace"]),
        id=KeyId(row["id"]),
        name=row["name"],
        permissions=frozenset(map(Permission, row["permissions"])),
        created_at=values.instant(row["created_at"]),
        expires_at=values.instant_or_none(row["expires_at"]),
        revoked_at=values.instant_or_none(row["revoked_at"]),
    )
