"""How the API answers what goes wrong: each error as a problem, and the same problems in its description."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from core.errors import KeyReused, RecadoError, Unavailable
from entrypoints.http.context import context_of
from entrypoints.http.errors import RETRY_AFTER, note, retry_after, status_of
from entrypoints.http.problems import (
    INVALID,
    KEY_MISSING,
    KEY_REUSED,
    MALFORMED,
    MEDIA_TYPE,
    NOT_PERMITTED,
    UNAVAILABLE,
    UNKNOWN_CALLER,
    Kind,
    ProblemResponse,
    Refusal,
    kind_of,
    sentence,
)
from entrypoints.http.v1.door import CHALLENGE

IDEMPOTENCY_KEY = "Idempotency-Key"

EVERYWHERE = (UNKNOWN_CALLER, NOT_PERMITTED, kind_of(500), UNAVAILABLE)
"""What any operation may answer."""

_MOST_MISTAKES = 20
"""A body may have thousands."""


def answer_errors(api: FastAPI) -> None:
    """Give everything that can be raised its problem."""
    api.add_exception_handler(Refusal, _refused)
    api.add_exception_handler(RecadoError, _failed)
    api.add_exception_handler(HTTPException, _not_routed)
    api.add_exception_handler(RequestValidationError, _not_valid)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    note(context_of(request), error.kind.status, str(error))
    return ProblemResponse(error.kind.document(error.detail, **error.members), error.kind.status, error.headers)


async def _failed(request: Request, error: Exception) -> Response:
    """What core raises: the caller is told why if they can mend it."""
    if not isinstance(error, RecadoError):
        raise error
    status = status_of(error)
    kind = KEY_REUSED if isinstance(error, KeyReused) else kind_of(status)
    why = str(error)
    headers = {"retry-after": retry_after(error)} if isinstance(error, Unavailable) else None
    note(context_of(request), status, why)
    return ProblemResponse(kind.document(sentence(why) if status < 500 else None), status, headers)


async def _not_routed(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["allow"] = ", ".join(sorted(_methods(request)))
    return ProblemResponse(kind_of(error.status_code).document(), error.status_code, headers)


async def _not_valid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    mistakes = error.errors()
    members: dict[str, Any] = {}
    if any(mistake["type"] == "json_invalid" for mistake in mistakes):
        kind, members = MALFORMED, {"detail": "The body is not JSON."}
    elif any(mistake["type"] == "missing" and mistake["loc"][-1] == IDEMPOTENCY_KEY for mistake in mistakes):
        kind = KEY_MISSING
    else:
        kind, members = INVALID, {"errors": [_fault(mistake) for mistake in mistakes[:_MOST_MISTAKES]]}
    note(context_of(request), kind.status, kind.title or kind.detail)
    return ProblemResponse(kind.document(**members), kind.status)


def _fault(mistake: Mapping[str, Any]) -> dict[str, str]:
    """A mistake as pydantic tells it, without what was sent."""
    where, *path = (str(part) for part in mistake["loc"])
    return {"where": where, "field": ".".join(path), "detail": mistake["msg"]}


def _methods(request: Request) -> set[str]:
    """Every method of the path: a framework names those of the first route only."""
    found: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return found


def described(kinds: Iterable[Kind], shown: Mapping[Kind, Mapping[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """Kinds of problem as an operation's responses, with an example of each: `shown` are further members of one."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        response = responses.setdefault(
            kind.status,
            {
                "description": kind.title or kind.document()["title"],
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
                **_HEADERS.get(kind.status, {}),
            },
        )
        name = kind.name or kind.document()["title"].lower().replace(" ", "-")
        example = kind.document(**_SHOWN.get(kind, {}), **shown.get(kind, {}))
        response["content"][MEDIA_TYPE]["examples"][name] = {"value": example}
    return responses


_SHOWN: Mapping[Kind, Mapping[str, Any]] = {
    INVALID: {"errors": [{"where": "query", "field": "limit", "detail": "Input should be less than or equal to 200"}]},
}

_HEADERS: Mapping[int, Mapping[str, Any]] = {
    UNKNOWN_CALLER.status: {
        "headers": {
            "WWW-Authenticate": {
                "description": "How to authenticate.",
                "schema": {"type": "string"},
                "example": CHALLENGE,
            }
        }
    },
    UNAVAILABLE.status: {
        "headers": {
            "Retry-After": {
                "description": "Seconds to wait before the next try.",
                "schema": {"type": "integer"},
                "example": RETRY_AFTER,
            }
        }
    },
}
