"""Refusals for programs: problem details (RFC 9457), every kind of them in one table."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import Response
from starlette.types import Scope

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What goes wrong in one way. A kind with a name of its own is told apart by its type, others by their status."""

    status: int
    detail: str
    """What is said where the occasion has no better words."""
    name: str | None = None
    title: str = ""

    def document(self, detail: str | None = None, **members: Any) -> dict[str, Any]:
        """The problem as it is answered; one without a type has the phrase of its status for a title (RFC 9457)."""
        return {
            "type": "about:blank" if self.name is None else f"/problems/{self.name}",
            "title": self.title or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": detail or self.detail,
            **members,
        }


MALFORMED = Kind(status=400, detail="The request cannot be read.")
KEY_MISSING = Kind(
    status=400,
    name="idempotency-key-missing",
    title="Idempotency-Key is missing",
    detail="Send the header Idempotency-Key, with a value that is new for each thing you ask for, such as a UUID.",
)
UNKNOWN_CALLER = Kind(status=401, detail="Send a key that is valid in the header X-API-Key.")
NOT_PERMITTED = Kind(status=403, detail="This key may not do that.")
NOT_FOUND = Kind(status=404, detail="There is no such thing here.")
NO_SUCH_METHOD = Kind(status=405, detail="This path has other methods: see the header Allow.")
TOO_SLOW = Kind(status=408, detail="The body took too long to arrive.")
CONFLICT = Kind(
    status=409,
    name="conversation-changed",
    title="The conversation changed",
    detail="The conversation is not what you took it to be. Look again, or override.",
)
TOO_LARGE = Kind(status=413, detail="The body is too large: at most 64 KiB.")
NOT_JSON = Kind(status=415, detail="Send JSON, with the header Content-Type: application/json and no compression.")
INVALID = Kind(
    status=422,
    name="invalid",
    title="The request is not valid",
    detail="What is wrong is listed in errors.",
)
KEY_REUSED = Kind(
    status=422,
    name="idempotency-key-reused",
    title="Idempotency-Key was used before",
    detail="This Idempotency-Key was used before for something else. Send what differs with a key of its own.",
)
FAILED = Kind(status=500, detail="Something failed on our side. It is in the log.")
UNAVAILABLE = Kind(status=503, detail="Something this depends on does not answer now. Try again after Retry-After.")

_BY_STATUS: Mapping[int, Kind] = {
    kind.status: kind
    for kind in (
        MALFORMED,
        UNKNOWN_CALLER,
        NOT_PERMITTED,
        NOT_FOUND,
        NO_SUCH_METHOD,
        TOO_SLOW,
        CONFLICT,
        TOO_LARGE,
        NOT_JSON,
        INVALID,
        FAILED,
        UNAVAILABLE,
    )
}


def kind_of(status: int) -> Kind:
    """The plainest kind of this status."""
    return _BY_STATUS.get(status) or Kind(status=status, detail=f"{HTTPStatus(status).phrase}.")


class Refusal(Exception):
    """Raised where a request is refused; answered as its problem, with `members` beside the usual ones."""

    def __init__(
        self, kind: Kind, detail: str | None = None, *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail or kind.detail)
        self.kind = kind
        self.detail = detail
        self.headers = headers
        self.members = members


class ProblemResponse(Response):
    """A problem on the wire."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        # In ASCII, as it may repeat the name of a field that no encoding takes.
        return json.dumps(content, separators=(",", ":")).encode()


def answers_problems(scope: Scope) -> bool:
    """Whether a request is for the API, where every refusal is a problem."""
    path: str = scope["path"]
    return path == "/v1" or path.startswith("/v1/")


def sentence(why: str) -> str:
    """The text of one of our errors, as a problem says it."""
    return f"{why[:1].upper()}{why[1:]}".rstrip(".") + "."
