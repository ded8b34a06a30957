"""The one table from families of errors to HTTP statuses, and the plain short answers; the reason stays in the log.

Only under /v1 an answer says more: see problems.py.
"""

import math
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import Scope, Send

from core.errors import (
    Conflict,
    KeyReused,
    Permanent,
    RecadoError,
    Rejected,
    Unavailable,
    UnsupportedMedia,
    Untrusted,
)
from entrypoints.http.context import Context, context_of
from entrypoints.http.problems import MEDIA_TYPE, ProblemResponse, answers_problems, kind_of

STATUS: Mapping[type[RecadoError], int] = {
    Rejected: 400,
    UnsupportedMedia: 415,
    Untrusted: 403,
    Conflict: 409,
    KeyReused: 422,
    Unavailable: 503,
    Permanent: 500,
    RecadoError: 500,
}

RETRY_AFTER = 2
"""Seconds, where the error does not say."""


def status_of(error: RecadoError) -> int:
    """The status of the nearest family."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def words(status: int) -> bytes:
    """The same few words for every answer of this status: they tell a stranger nothing."""
    return HTTPStatus(status).phrase.encode()


def retry_after(error: Unavailable) -> str:
    """Whole seconds, as the header wants them."""
    return str(math.ceil(error.after.total_seconds()) if error.after else RETRY_AFTER)


def note(context: Context, status: int, why: str) -> None:
    """Count a refusal, and log its reason."""
    context.refusals[status] += 1
    tell = context.log.error if status >= 500 else context.log.warning
    tell("request refused", status=status, why=why, so_far=context.refusals[status])


async def refuse(status: int, scope: Scope, send: Send) -> None:
    """Answer below the framework, and close the connection: what is left of the request is not read."""
    media_type, body = "text/plain; charset=utf-8", words(status)
    if answers_problems(scope):
        problem = ProblemResponse(kind_of(status).document(), status)
        media_type, body = MEDIA_TYPE, bytes(problem.body)
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def answer_errors(app: FastAPI) -> None:
    """Give the errors that routes raise their answers."""
    app.add_exception_handler(RecadoError, _answer)
    app.add_exception_handler(HTTPException, _answer_http)


async def _answer(request: Request, error: Exception) -> Response:
    if not isinstance(error, RecadoError):
        raise error
    status = status_of(error)
    headers = {"retry-after": retry_after(error)} if isinstance(error, Unavailable) else {}
    note(context_of(request), status, str(error))
    return Response(words(status), status, headers, "text/plain")


async def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = error.status_code
    if answers_problems(request.scope):
        return ProblemResponse(kind_of(status).document(), status, error.headers)
    return Response(words(status), status, error.headers, "text/plain")
