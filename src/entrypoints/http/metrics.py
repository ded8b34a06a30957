"""`/metrics`: behind a key on the app's port, which the world reaches; without one on a port for monitoring alone."""

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from core.identity.model import Permission, WorkspaceId
from entrypoints.http.context import context_of
from entrypoints.http.v1.door import HEADER, caller_by
from entrypoints.metrics.page import CONTENT_TYPE

_OWNER = WorkspaceId("main")
"""The numbers are of the whole installation: the keys of other workspaces do not open them."""


def mount(app: FastAPI, *, open_to_all: bool) -> None:
    """Put the route on the app."""
    show = _show if open_to_all else _show_to_owner
    app.add_api_route("/metrics", show, methods=["GET"], include_in_schema=False, response_model=None)


async def _show(request: Request) -> Response:
    return Response(await context_of(request).page.text(), media_type=CONTENT_TYPE)


async def _show_to_owner(request: Request) -> Response:
    """A key comes as for the API, or as a bearer token, which is what most collectors can send."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    given = request.headers.get(HEADER) or (token.strip() if scheme.lower() == "bearer" else "")
    caller = await caller_by(context_of(request), given)
    if caller is None:
        raise HTTPException(401, headers={"www-authenticate": 'Bearer realm="recado"'})
    if caller.workspace != _OWNER or Permission.READ not in caller.permissions:
        raise HTTPException(403)
    return await _show(request)
