"""`recado keys`: keys for the API are made, listed and revoked, also while the app runs."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

from core.driver import Surroundings
from core.errors import Rejected
from core.identity.model import ApiKey, KeyId, Permission, WorkspaceId
from core.storage import Storage
from entrypoints.drivers import find
from entrypoints.keys import lifetime_of, make, name_of, permissions_of
from entrypoints.process import make_folder
from entrypoints.settings import Settings, environment, read

_COLUMNS = ("id", "name", "permissions", "made", "expires", "state")


async def create(name: str, *, permissions: str, expires: str | None, workspace: str) -> int:
    """Make a key and print it: alone on stdout, so that a script can take it, with a word about it on stderr."""
    name, allowed = name_of(name), permissions_of(permissions)
    expires_in = None if expires is None else lifetime_of(expires)
    made = make()
    async with _store() as (store, settings):
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
    async with _store() as (store, _):
        keys = await store.keys(WorkspaceId(workspace))
    if not keys:
        print(f"The workspace {workspace!r} has no keys.")
        return 0
    now = datetime.now(UTC)
    rows = [_COLUMNS, *(_row(key, now) for key in keys)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


async def revoke(key: str, *, workspace: str) -> int:
    """End a key now, for ever."""
    async with _store() as (store, _):
        revoked = await store.revoke_key(WorkspaceId(workspace), KeyId(key))
    if revoked is None:
        raise Rejected(
            f"The workspace {workspace!r} has no key of this id. `recado keys list` shows them: an id has 8 characters."
        )
    print(f"The key {revoked.id} of {revoked.name!r} is revoked.")
    return 0


@asynccontextmanager
async def _store() -> AsyncIterator[tuple[Storage, Settings]]:
    """The chosen store alone, beside whoever works with it."""
    environ = environment()
    settings = read(Settings, environ)
    chosen = find("store", settings.store)
    make_folder(settings.data)
    surroundings = Surroundings(data=settings.data, public_url=settings.public_url, turn_limit=1, works=False)
    async with AsyncExitStack() as stack:
        yield await chosen.enter(stack, read(chosen.driver.settings, environ), surroundings), settings


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
