"""Which status a family of errors has, and that an answer tells a stranger nothing."""

from datetime import timedelta

import pytest

from core.errors import Conflict, Permanent, RecadoError, Rejected, Unavailable, UnsupportedMedia, Untrusted
from entrypoints.http.errors import STATUS, status_of
from tests.asgi import call
from tests.http_app import app_with


class Narrower(Rejected):
    """An error of a driver, narrower than its family."""


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Rejected("x"), 400),
        (Narrower("x"), 400),
        (UnsupportedMedia("x"), 415),
        (Untrusted("x"), 403),
        (Conflict("x"), 409),
        (Unavailable("x"), 503),
        (Permanent("x"), 500),
        (RecadoError("x"), 500),
    ],
)
def test_the_family_decides_the_status(error: RecadoError, status: int) -> None:
    assert status_of(error) == status


def test_every_family_has_a_status() -> None:
    assert set(RecadoError.__subclasses__()) <= set(STATUS)


@pytest.mark.parametrize("family", list(STATUS))
async def test_an_answer_is_short_plain_and_says_no_reason(family: type[RecadoError]) -> None:
    async with app_with(raising=family("canary")) as made:
        answer = await made.webhook()

    assert answer.status == STATUS[family]
    assert answer.headers["content-type"].startswith("text/plain")
    assert b"canary" not in answer.body
    assert len(answer.body) < 40


async def test_unavailable_says_when_to_come_back() -> None:
    async with app_with(raising=Unavailable("busy", after=timedelta(seconds=6.2))) as made:
        told = await made.webhook()
    async with app_with(raising=Unavailable("busy")) as made:
        untold = await made.webhook()

    assert (told.headers["retry-after"], untold.headers["retry-after"]) == ("7", "2")


async def test_a_503_is_counted_and_logged_with_its_reason() -> None:
    async with app_with(raising=Unavailable("the disk is full")) as made:
        await made.webhook()
        await made.webhook()

        ready = await made.get("/readyz")

    assert b'"unavailable":2' in ready.body
    assert [event for event in made.events if event["level"] == "error"][-1] | {"timestamp": None} == {
        "timestamp": None,
        "level": "error",
        "event": "request refused",
        "status": 503,
        "why": "the disk is full",
        "so_far": 2,
    }


async def test_a_bug_is_answered_with_three_words_and_logged_without_what_it_quotes() -> None:
    async with app_with(raising=ValueError("canary")) as made:
        answer = await made.webhook()

    (event,) = [event for event in made.events if event["level"] == "error"]
    assert (answer.status, answer.body) == (500, b"Internal Server Error")
    assert event["event"] == "request crashed"
    assert "in receive" in event["exception"]
    assert "canary" not in str(made.events)


async def test_every_answer_carries_the_security_headers() -> None:
    async with app_with() as made:
        answers = [
            await made.webhook(),
            await made.get("/healthz"),
            await made.get("/nowhere"),
            await call(made.app, "GET", "/webhooks/test/main"),
            await made.webhook(headers={"content-encoding": "gzip"}),
        ]

    assert [answer.status for answer in answers] == [200, 200, 404, 405, 415]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
async def test_there_is_no_documentation_of_webhooks(path: str) -> None:
    async with app_with() as made:
        assert (await made.get(path)).status == 404


async def test_nothing_that_is_missing_is_described() -> None:
    async with app_with() as made:
        assert (await made.get("/nowhere")).body == b"Not Found"
