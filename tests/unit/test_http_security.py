"""Nobody gets past the webhook's dependency who has not proved to be the line's provider."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI

from core.errors import Untrusted
from entrypoints.http.errors import answer_errors
from entrypoints.http.security import Verified, verified_webhook
from tests.asgi import call
from tests.http_app import PROOF, PUBLIC_URL, app_with


async def test_what_is_proved_is_recorded_and_then_answered() -> None:
    async with app_with() as made:
        answer = await made.webhook()

        assert await made.pending() == 1
    assert (answer.status, answer.body) == (200, b"<Response/>")
    assert answer.headers["content-type"].startswith("text/xml")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/webhooks/test/main", {}),
        ("/webhooks/test/main", {"x-proof": "no"}),
        ("/webhooks/test/nobody", PROOF),
        ("/webhooks/nothing/main", PROOF),
        ("/webhooks/test/other", PROOF),
        ("/webhooks/gone/other", PROOF),
    ],
)
async def test_every_way_not_to_be_trusted_looks_the_same(path: str, headers: dict[str, str]) -> None:
    async with app_with() as made:
        answer = await made.webhook(path, headers=headers)

        assert await made.pending() == 0
    assert (answer.status, answer.body) == (403, b"Forbidden")
    assert set(answer.headers) == {
        "content-type",
        "content-length",
        "x-content-type-options",
        "referrer-policy",
        "cache-control",
    }


async def test_the_channel_sees_the_public_address_with_the_raw_path_and_query() -> None:
    async with app_with() as made:
        await made.webhook(
            headers={**PROOF, "Host": "evil.example", "X-Forwarded-Proto": "ftp"}, query=b"b=%7E1&a=+x&empty="
        )

    ((webhook, line),) = made.channel.seen
    assert webhook.url == f"{PUBLIC_URL}/webhooks/test/main?b=%7E1&a=+x&empty="
    assert (webhook.method, webhook.body, line.id) == ("POST", b"a=1", "main")
    assert webhook.headers["x-forwarded-proto"] == "ftp"


async def test_without_a_query_there_is_no_question_mark() -> None:
    async with app_with() as made:
        await made.webhook()

    assert made.channel.seen[0][0].url == f"{PUBLIC_URL}/webhooks/test/main"


async def test_the_body_arrives_as_it_was_sent() -> None:
    raw = b"Body=%00\xff\xfe&\xed\xa0\x80=+"

    async with app_with() as made:
        await made.webhook(body=raw)

    assert made.channel.seen[0][0].body == raw


async def test_the_log_joins_by_the_providers_id_and_holds_nothing_of_a_refused_body() -> None:
    async with app_with() as made:
        await made.webhook(headers={**PROOF, "x-id": "SM42"})
        await made.webhook(headers={}, body=b"Body=canary&From=%2B5511987654321")

    assert {event["correlation"] for event in made.events if "correlation" in event} == {"SM42"}
    assert "canary" not in made.log.getvalue()
    assert "5511987654321" not in made.log.getvalue()


async def test_the_same_webhook_again_is_answered_the_same_and_recorded_once() -> None:
    async with app_with() as made:
        answers = [await made.webhook() for _ in range(3)]

        assert await made.pending() == 1
    assert {(answer.status, answer.body) for answer in answers} == {(200, b"<Response/>")}


async def test_the_dependency_serves_any_route() -> None:
    async with app_with() as made:
        mine = FastAPI()
        mine.state.context = made.app.state.context
        answer_errors(mine)

        @mine.post("/mine/{channel}/{line}")
        async def route(webhook: Annotated[Verified, Depends(verified_webhook)]) -> str:
            return webhook.line.id

        trusted = await call(mine, "POST", "/mine/test/main", headers=PROOF)
        stranger = await call(mine, "POST", "/mine/test/main")

    assert (trusted.status, trusted.body) == (200, b'"main"')
    assert stranger.status == 403


async def test_why_somebody_was_refused_is_in_the_log_only() -> None:
    async with app_with(raising=Untrusted("the account is not the line's")) as made:
        answer = await made.webhook()

    assert b"account" not in answer.body
    assert made.events[-1]["why"] == "the account is not the line's"
