"""How the API refuses: as problems, whichever layer it is that refuses, and without a word of what is inside."""

import json
from datetime import timedelta
from typing import Any

import pytest

from adapters.memory import MemoryStore
from core.conversation.lifecycle import Conversation
from core.conversation.message import ConversationRef
from core.errors import Conflict, Permanent, RecadoError, Rejected, Unavailable, Untrusted
from entrypoints.http.limits import OTHER
from tests.api_app import KEY, Api, Reply, api_with
from tests.asgi import Answer, Pieces, call
from tests.virtual_time import simulated

PROBLEM = "application/problem+json"


class Failing(MemoryStore):
    """A store that says this instead of which conversations there are."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    async def conversation(self, conversation: ConversationRef) -> Conversation | None:
        raise self._error


async def raw(api: Api, pieces: Pieces = (b"",), **headers: str) -> Answer:
    """A request as bytes, to what would be a conversation."""
    given = {"x-api-key": KEY, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await call(api.made.app, "POST", "/v1/conversations/x/take-over", headers=given, pieces=pieces)


def is_problem(reply: Reply, status: int) -> bool:
    return (reply.status, reply.headers["content-type"], reply.json["status"]) == (status, PROBLEM, status)


@pytest.mark.parametrize("path", ["", "/", "/nowhere", "/conversations/", "/conversations/x/y/z", "//lines"])
@pytest.mark.parametrize("key", [KEY, ""])
async def test_a_path_that_is_not_there_is_a_problem(path: str, key: str) -> None:
    async with api_with() as api:
        assert is_problem(await api.get(path, key=key), 404)


async def test_a_path_beside_the_api_is_none_of_its_business() -> None:
    async with api_with() as api:
        answer = await call(api.made.app, "GET", "/v12")

    assert (answer.status, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/conversations", "GET"),
        ("PUT", "/conversations/x", "GET"),
        ("DELETE", "/conversations/x/messages", "GET, POST"),
        ("GET", "/conversations/x/reply", "POST"),
        ("TRACE", "/lines", "GET"),
        ("UNHEARD-OF", "/lines", "GET"),
    ],
)
async def test_a_method_that_is_not_there_says_which_are(method: str, path: str, allowed: str) -> None:
    async with api_with() as api:
        reply = await api.ask(method, path)

    assert is_problem(reply, 405)
    assert reply.headers["allow"] == allowed


async def test_every_mistake_is_named() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        query = await api.get("/turns", "limit=0&state=asleep")
        body = await api.post(f"/conversations/{conversation.id}/reply", {"seen": -1, "to": "me"})

    assert query.json["errors"] == [
        {
            "where": "query",
            "field": "state",
            "detail": "Input should be 'running', 'retry', 'committed', 'suggested', 'dropped' or 'dead'",
        },
        {"where": "query", "field": "limit", "detail": "Input should be greater than or equal to 1"},
    ]
    assert {(fault["where"], fault["field"]) for fault in body.json["errors"]} == {
        ("body", "seen"),
        ("body", "text"),
        ("body", "to"),
    }
    assert (query.status, query.json["type"], query.json["title"]) == (
        422,
        "/problems/invalid",
        "The request is not valid",
    )


async def test_of_thousands_of_mistakes_a_few_are_named() -> None:
    mistakes = {f"{number:x}": 1 for number in range(5000)}
    async with api_with() as api:
        conversation = await api.story.meets()

        refused = await api.post(f"/conversations/{conversation.id}/reply", mistakes)

    assert is_problem(refused, 422)
    assert len(refused.json["errors"]) == 20


async def test_what_was_sent_is_not_sent_back() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()
        path = f"/conversations/{conversation.id}/reply"

        replies = [
            await api.post(path, {"text": ["canary"]}),
            await api.post(path, b'{"text": "canary'),
            await api.get("/turns", "state=canary&cursor=canary"),
            await api.get("/contacts", "cursor=canary"),
            await api.get("/contacts/canary"),
            await api.get("/canary"),
        ]

    assert all(reply.status >= 400 for reply in replies)
    assert [reply for reply in replies if "canary" in json.dumps(reply.json)] == []


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe\x00", b"[" * 60_000, b'{"seen": 1}}', b"hello", b"\x00"])
async def test_a_body_that_is_no_json_is_malformed(body: bytes) -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        assert is_problem(await api.post(f"/conversations/{conversation.id}/close", body), 400)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json", ""])
async def test_a_body_of_another_kind_is_refused(kind: str) -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        refused = await api.post(f"/conversations/{conversation.id}/close", b"{}", headers={"content-type": kind})

    assert is_problem(refused, 415)
    assert "application/json" in refused.json["detail"]


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
async def test_json_may_be_called_so_in_several_ways(kind: str) -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        taken = await api.post(f"/conversations/{conversation.id}/close", b"{}", headers={"content-type": kind})

    assert taken.status == 200


async def test_a_field_whose_name_no_encoding_takes_is_named_all_the_same() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        refused = await api.post(f"/conversations/{conversation.id}/close", b'{"\\ud800": 1}')

    assert is_problem(refused, 422)


@simulated
@pytest.mark.parametrize(
    ("headers", "pieces", "status"),
    [
        ({"content_length": str(OTHER.size + 1)}, (), 413),
        ({}, (b"x" * (OTHER.size + 1),), 413),
        ({"content_encoding": "gzip"}, (b"",), 415),
        ({"content_length": "many"}, (b"",), 400),
    ],
)
async def test_what_is_refused_before_the_api_sees_it_is_a_problem_too(
    headers: dict[str, str], pieces: Pieces, status: int
) -> None:
    async with api_with() as api:
        answer = await raw(api, pieces, **headers)

    assert answer.status == status
    assert answer.headers["content-type"] == PROBLEM
    assert json.loads(answer.body)["status"] == status
    assert answer.headers["connection"] == "close"
    assert answer.headers["content-length"] == str(len(answer.body))


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (Rejected("no such thing"), 400, "No such thing."),
        (Untrusted("not yours"), 403, "Not yours."),
        (Conflict("it moved on"), 409, "It moved on."),
        (Unavailable("canary"), 503, None),
        (Permanent("canary"), 500, None),
        (RecadoError("canary"), 500, None),
        (ValueError("canary"), 500, None),
    ],
)
async def test_the_family_decides_and_what_is_inside_stays_there(
    error: Exception, status: int, told: str | None
) -> None:
    async with api_with(store=Failing(error)) as api:
        reply = await api.get("/conversations/x")

    assert is_problem(reply, status)
    assert told is None or reply.json["detail"] == told
    assert "canary" not in json.dumps(reply.json)


async def test_unavailable_says_when_to_come_back() -> None:
    async with api_with(store=Failing(Unavailable("busy", after=timedelta(seconds=6.2)))) as api:
        reply = await api.get("/conversations/x")

    assert (reply.status, reply.headers["retry-after"]) == (503, "7")


async def test_a_bug_is_answered_once_and_logged_without_what_it_quotes() -> None:
    async with api_with(store=Failing(ValueError("canary"))) as api:
        reply = await api.get("/conversations/x")
        (event,) = [event for event in api.made.events if event["level"] == "error"]

    assert is_problem(reply, 500)
    assert event["event"] == "request crashed"
    assert "in conversation" in event["exception"]
    assert "canary" not in str(api.made.events)


async def test_refusals_are_counted_and_logged_with_their_reason() -> None:
    async with api_with(store=Failing(Unavailable("the disk is full"))) as api:
        await api.get("/conversations/x")
        await api.get("/conversations/x")
        await api.get("/lines", key="no key")
        ready = await api.made.get("/readyz")
        refused = [event for event in api.made.events if event["event"] == "request refused"]

    assert json.loads(ready.body)["unavailable"] == 2
    assert [(event["status"], event["why"], event["so_far"]) for event in refused] == [
        (503, "the disk is full", 1),
        (503, "the disk is full", 2),
        (401, "Send a key that is valid in the header X-API-Key.", 1),
    ]


async def test_every_answer_carries_the_security_headers() -> None:
    async with api_with(store=Failing(ValueError("a bug"))) as api:
        replies: list[Any] = [
            await api.get("/lines"),
            await api.get("/nowhere"),
            await api.get("/lines", key=""),
            await api.get("/conversations/x"),
            await call(api.made.app, "GET", "/v1/openapi.json"),
            await raw(api, content_encoding="gzip"),
        ]

    assert [reply.status for reply in replies] == [200, 404, 401, 500, 200, 415]
    for reply in replies:
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-store"


async def test_a_line_of_text_is_all_that_a_webhook_gets_as_before() -> None:
    async with api_with() as api:
        answer = await api.made.webhook(headers={"content-encoding": "gzip"})

    assert (answer.status, answer.body) == (415, b"Unsupported Media Type")
