"""Supabase's REST and auth API over a PostgreSQL database: `@supabase/lite`, as `node/serve.mjs` runs it."""

import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from entrypoints.stack import private
from entrypoints.stack.child import Child, Program, free_port, listens
from entrypoints.stack.guarding import Guard, guard_in
from entrypoints.stack.node import Node, find_node, server_code

_MEMORY = "--max-old-space-size=256"
"""Megabytes for what lives long; without it Node takes what the machine has before it tidies up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a project's clients show, and what its tokens are signed with."""

    publishable_key: str
    secret_key: str
    jwt_secret: str


class Rest(Child):
    """A Supabase project's API. It answers once it listens."""

    def __init__(self, folder: Path, guard: Guard, *, port: int, database: str, node: Node, code: Path) -> None:
        super().__init__("Supabase", folder, guard)
        self.port = port
        self.keys = _keys(folder / "keys.json")
        self._database = database
        self._node = node
        self._code = code

    @property
    def url(self) -> str:
        """What SUPABASE_URL is set to."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def secret_key(self) -> str:
        """What SUPABASE_SECRET_KEY is set to: it may do what the role service_role may."""
        return self.keys.secret_key

    @property
    def publishable_key(self) -> str:
        """What a browser is given: it may do what the role anon may."""
        return self.keys.publishable_key

    @property
    def jwt_secret(self) -> str:
        """What the tokens of users are signed with."""
        return self.keys.jwt_secret

    async def _program(self) -> Program:
        settings = self.folder.absolute() / "settings.json"
        private.write(settings, json.dumps({"port": self.port, "database": self._database, "auth": asdict(self.keys)}))
        return Program(
            argv=(self._node.binary, _MEMORY, str(self._code), str(settings)),
            environment={"PATH": os.environ.get("PATH", os.defpath), "LITE_TELEMETRY": "0", "TZ": "UTC"},
            folder=self.folder,
        )

    async def _answers(self) -> bool:
        return await listens(self.port)


@asynccontextmanager
async def rest(folder: Path, database: str, *, port: int = 0, guard: Guard | None = None) -> AsyncIterator[Rest]:
    """The API of the project whose PostgreSQL is at `database`, until the block ends; what it keeps is in `folder`."""
    node = find_node()
    code = await server_code(node)
    async with AsyncExitStack() as stack:
        watched_by = await guard_in(stack, guard)
        folder = private.folder_of(folder)
        server = Rest(folder, watched_by, port=port or free_port(), database=database, node=node, code=code)
        stack.push_async_callback(server.stop)
        await server.start()
        yield server


def _keys(path: Path) -> Keys:
    """Those that were kept there, or new ones, kept from now on."""
    if path.exists():
        return Keys(**json.loads(path.read_text(encoding="utf-8")))
    keys = Keys(
        publishable_key=f"sb_publishable_{secrets.token_hex(16)}",
        secret_key=f"sb_secret_{secrets.token_hex(24)}",
        jwt_secret=secrets.token_hex(32),
    )
    private.write(path, json.dumps(asdict(keys), indent=2))
    return keys
