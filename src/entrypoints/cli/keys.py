"""`recado keys`: keys for the API are made, listed and revoked, also while the app runs."""

import sys
from datetime import UTC, datetime

from core.errors import Rejected
from core.identity.model import ApiKey, KeyId, Permission, WorkspaceId
from entrypoints.alone import store_alone
from entrypoints.cli.table import table
from entrypoints.keys import lifetime_of, make, name_of, permissions_of

_COLUMNS = ("id", "name", "permissions", "made", "expires", "state")


async def create(name: str, *, permissions: str, expires: str | None, workspace: str) -> int:
    """Make a key and print it: alone on stdout, so that a script can take it, with a word about it on stderr."""
    name, allowed = name_of(name), permissions_of(permissions)
    expires_in = None if expires is None else lifetime_of(expires)
    made = make()
    async with store_alone() as (store, settings):
        if not any(line.workspace == workspace for line in await store.lines()):
            raise Rejected(
                f"There is no workspace {workspace!r} in the store {settings.store!r}: it begins with its first line, "
                "which `recado serve` or `recado dev` makes. A store that forgets when it is closed can take no keys: "
                "set RECADO_API_KEY there."
            )
        key = await store.put_key(
            WorkspaceId(workspace),
            made.id,
            digest=made.digest,
            name=name,
            permissions=allowed,
            expires_in=expires_in,
        )
    until = "until it is revoked" if key.expires_at is None else f"until {_day(key.expires_at)}"
    may = " and ".join(_listed(key))
    print(
        f"This is the only time the key of {key.name!r} is shown: keep it now. It may {may}, {until}.",
        file=sys.stderr,
        flush=True,
    )
    print(made.text)
    return 0


async def list_all(*, workspace: str) -> int:
    """Print every key of the workspace, dead ones too; what they are is kept nowhere."""
    async with store_alone() as (store, _):
        keys = await store.keys(WorkspaceId(workspace))
    if not keys:
        print(f"The workspace {workspace!r} has no keys.")
        return 0
    now = datetime.now(UTC)
    print(table([_COLUMNS, *(_row(key, now) for key in keys)]))
    return 0


async def revoke(key: str, *, workspace: str) -> int:
    """End a key now, for ever."""
    async with store_alone() as (store, _):
        revoked = await store.revoke_key(WorkspaceId(workspace), KeyId(key))
    if revoked is None:
        raise Rejected(
            f"The workspace {workspace!r} has no key of this id. `recado keys list` shows them: an id has 8 characters."
        )
    print(f"The key {revoked.id} of {revoked.name!r} is revoked.")
    return 0


def _row(key: ApiKey, now: datetime) -> tuple[str, ...]:
    if key.revoked_at is not None:
        state = f"revoked {_day(key.revoked_at)}"
    elif key.expires_at is not None and key.expires_at <= now:
        state = "expired"
    else:
        state = "good"
    expires = "never" if key.expires_at is None else _day(key.expires_at)
    return key.id, key.name, ",".join(_listed(key)), _day(key.created_at), expires, state


def _listed(key: ApiKey) -> list[str]:
    return [permission.value for permission in Permission if permission in key.permissions]


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
