"""The API as an app of its own: errors and description are not those of the webhooks beside it."""

import json
from functools import cached_property
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute

from entrypoints.http.edge import LastResort
from entrypoints.http.v1 import contacts, conversations, facts, lines, messages, moves, spending, turns
from entrypoints.http.v1.door import Guarded
from entrypoints.http.v1.problem import Problem
from entrypoints.http.v1.refusals import answer_errors

_DESCRIPTION = """\
Read conversations, messages, contacts, and turns with what they cost; send messages; take over, reply, hand back.

**Keys.** Every request brings a key in `X-API-Key`; `recado keys create` makes one. It belongs to one workspace and has
permissions: `read`, `send`, `operate`. What belongs to another workspace does not exist (404).

**Pages.** A list takes `limit`, and answers `next`: give it back as `cursor` (or as `after` where things are numbered)
for the page that follows; null ends the list.

**Repeats.** With an `Idempotency-Key` a request may be sent again without harm: it acts once.

**Errors** are problems (RFC 9457, `application/problem+json`); what to do about each is in docs/api.md.

Instants are in UTC, money is US dollars as a decimal string.
"""

_TAGS = [
    {"name": "conversations", "description": "One contact on one line, and what happened there."},
    {"name": "messages", "description": "What was said, and saying something more."},
    {"name": "desk", "description": "What a person does to a conversation."},
    {"name": "turns", "description": "The runs of the assistant: journal, model calls, cost; and those that died."},
    {"name": "contacts", "description": "The people who write."},
    {"name": "spending", "description": "What language models cost."},
    {"name": "lines", "description": "The numbers and senders people write to."},
]


class _Api(FastAPI):
    """Describes itself with what the framework leaves out: the schema of problems, and the nulls in examples."""

    @cached_property
    def written(self) -> bytes:
        """Its description as it is answered. It needs no key, and writing it takes as long as many requests that do."""
        return json.dumps(self.openapi(), ensure_ascii=False, separators=(",", ":")).encode()

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            document["components"]["schemas"] |= {"Fault": problem.pop("$defs")["Fault"], "Problem": problem}
            for route in self.routes:
                if isinstance(route, APIRoute):
                    _put_examples(route, document["paths"][route.path_format])
        return super().openapi()


async def _describe(request: Request) -> Response:
    api: _Api = request.app
    return Response(api.written, media_type="application/json")


def _put_examples(route: APIRoute, described: dict[str, Any]) -> None:
    for method in route.methods or ():
        for status, response in route.responses.items():
            for media_type, content in response["content"].items():
                put = described[method.lower()]["responses"][str(status)]["content"][media_type]
                put |= {name: content[name] for name in ("example", "examples") if name in content}


def mount(app: FastAPI) -> None:
    """Put the API under /v1, with the state of the app around it."""
    api = _Api(
        title="Recado",
        version="1",
        summary="Conversations of a business with people on WhatsApp and SMS.",
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_tags=_TAGS,
        servers=[{"url": "/v1"}],
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        redirect_slashes=False,
    )
    api.state = app.state
    api.router.route_class = Guarded
    for noun in (conversations, messages, facts, turns, moves, contacts, spending, lines):
        noun.mount(api)
    api.add_route("/openapi.json", _describe, include_in_schema=False)
    answer_errors(api)
    api.add_middleware(LastResort)
    app.mount("/v1", api)
