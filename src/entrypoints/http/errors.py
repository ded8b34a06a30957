"""The one table from families of errors to HTTP statuses, and the plain short answers; the reason stays in the log."""

import math
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import Send

from core.errors import Conflict, Permanent, RecadoError, Rejected, Unavailable, UnsupportedMedia, Untrusted
from entrypoints.http.context import context_of

STATUS: Mapping[type[RecadoError], int] = {
    Rejected: 400,
    UnsupportedMedia: 415,
    Untrusted: 403,
    Conflict: 409,
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


async def refuse(status: int, send: Send) -> None:
    """Answer below the framework, and close the connection: what is left of the request is not read."""
    body = words(status)
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
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
    headers = {}
    if isinstance(error, Unavailable):
        headers["retry-after"] = str(math.ceil(error.after.total_seconds()) if error.after else RETRY_AFTER)
    context = context_of(request)
    context.refusals[status] += 1
    tell = context.log.error if status >= 500 else context.log.warning
    tell("request refused", status=status, why=str(error), so_far=context.refusals[status])
    return Response(words(status), status, headers, "text/plain")


async def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return Response(words(error.status_code), error.status_code, error.headers, "text/plain")
