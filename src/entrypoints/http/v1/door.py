"""The door of the API: nothing of a request is read before it is known whose it is, and what they may do."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, SecurityScopes

from core.errors import UnsupportedMedia
from core.identity.model import KeyId, Permission, WorkspaceId
from entrypoints.http.context import Context, context_of
from entrypoints.http.problems import NOT_PERMITTED, UNKNOWN_CALLER, Refusal
from entrypoints.keys import digest_of, is_given

HEADER = "X-API-Key"
CHALLENGE = f'ApiKey realm="recado", header="{HEADER}"'

_SCHEME = APIKeyHeader(
    name=HEADER,
    scheme_name="apiKey",
    description="A key that `recado keys create` printed, or the one in RECADO_API_KEY. Each operation lists the "
    "permission that it asks for: read, send or operate.",
    auto_error=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, as the key tells. A workspace never comes from anywhere else."""

    workspace: WorkspaceId
    key: KeyId
    name: str
    permissions: frozenset[Permission]


_CONFIGURED = Caller(
    workspace=WorkspaceId("main"), key=KeyId("configured"), name="RECADO_API_KEY", permissions=frozenset(Permission)
)


async def caller_of(request: Request) -> Caller:
    """Who calls. Raises one `Refusal` for any key that is not valid, a missing one too: each is looked up."""
    caller = await caller_by(context_of(request), request.headers.get(HEADER, ""))
    if caller is None:
        raise Refusal(UNKNOWN_CALLER, headers={"www-authenticate": CHALLENGE})
    return caller


async def caller_by(context: Context, key: str) -> Caller | None:
    """Whose this key is, if it is valid."""
    digest = digest_of(key)
    configured = context.container.settings().api_key
    if is_given(digest, None if configured is None else configured.get_secret_value()):
        return _CONFIGURED
    found = await context.container.store().key_of(digest)
    if found is None:
        return None
    return Caller(workspace=found.workspace, key=found.id, name=found.name, permissions=found.permissions)


class Guarded(APIRoute):
    """A route that asks whose a request is, and whether its body is JSON, before the framework parses anything."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            request.state.caller = await caller_of(request)
            if self.body_field is not None and await request.body() and not _is_json(request):
                raise UnsupportedMedia("send JSON, with the header Content-Type: application/json")
            return await handle(request)

        return guarded


async def caller(request: Request) -> Caller:
    """Who calls, for an operation behind the door."""
    found: Caller = request.state.caller
    return found


async def permitted(
    request: Request, wanted: SecurityScopes, _: Annotated[str | None, Security(_SCHEME)] = None
) -> None:
    """Raises `Refusal` unless the key has every permission that the operation asks for."""
    found = await caller(request)
    missing = [scope for scope in wanted.scopes if scope not in found.permissions]
    if missing:
        raise Refusal(NOT_PERMITTED, f"This key lacks the permission {', '.join(missing)}.")


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
