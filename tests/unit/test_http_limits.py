"""What a request may cost before anything of it is parsed."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from entrypoints.http.limits import OTHER, WEBHOOK, Allowance, BodyLimits
from tests.asgi import Pieces, call
from tests.virtual_time import simulated

PATH = "/webhooks/twilio/main"
KIB = 1024


class Echo:
    """Answers with the body, read as a framework reads it; counts how often it was reached."""

    def __init__(self) -> None:
        self.reached = 0
        self.pieces = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached += 1
        body, more = b"", True
        while more:
            message: Message = await receive()
            self.pieces += 1
            body += message["body"]
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def echo() -> Echo:
    return Echo()


def test_the_limits_are_those_of_the_design() -> None:
    assert (WEBHOOK.size, WEBHOOK.seconds) == (64 * KIB, 5)
    assert (OTHER.size, OTHER.seconds) == (64 * KIB, 10)


async def test_a_body_in_pieces_arrives_whole(echo: Echo) -> None:
    answer = await call(BodyLimits(echo), "POST", PATH, pieces=(b"a=", b"", b"1", b"&b=2"))

    assert (answer.status, answer.body, echo.pieces) == (200, b"a=1&b=2", 1)


async def test_a_body_of_exactly_the_limit_passes(echo: Echo) -> None:
    body = b"x" * WEBHOOK.size

    answer = await call(BodyLimits(echo), "POST", PATH, headers={"content-length": str(len(body))}, pieces=(body,))

    assert answer.status == 200


@simulated
@pytest.mark.parametrize(
    ("headers", "pieces"),
    [
        ({"content-length": str(64 * KIB + 1)}, ()),
        ({"content-length": "9" * 40}, ()),
        ({}, (b"x" * 64 * KIB, b"x")),
        ({}, [b"x" * 1000] * 100),
        ({"content-length": "10"}, (b"x" * 65 * KIB,)),
    ],
)
async def test_a_body_beyond_the_limit_is_refused_and_the_connection_closed(
    headers: dict[str, str], pieces: Pieces, echo: Echo
) -> None:
    answer = await call(BodyLimits(echo), "POST", PATH, headers=headers, pieces=pieces)

    assert (answer.status, answer.headers["connection"], echo.reached) == (413, "close", 0)


@simulated
async def test_other_paths_have_a_limit_of_their_own(echo: Echo) -> None:
    limits = BodyLimits(echo, other=Allowance(size=65 * KIB, seconds=1))

    assert (await call(limits, "POST", "/v1/x", pieces=(b"x" * 65 * KIB,))).status == 200
    assert (await call(limits, "POST", "/v1/x", pieces=(b"x" * (65 * KIB + 1),))).status == 413


@pytest.mark.parametrize("length", ["-1", "a", "1e3", "+5", "", "\xb3"])
async def test_a_length_that_is_no_number_is_malformed(length: str, echo: Echo) -> None:
    answer = await call(BodyLimits(echo), "POST", PATH, headers={"content-length": length})

    assert (answer.status, echo.reached) == (400, 0)


@simulated
@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip", "GZIP", "unheard-of"])
async def test_a_compressed_body_is_refused_unread(coding: str, echo: Echo) -> None:
    answer = await call(BodyLimits(echo), "POST", PATH, headers={"content-encoding": coding}, pieces=())

    assert (answer.status, echo.reached) == (415, 0)


async def test_identity_is_no_compression(echo: Echo) -> None:
    assert (await call(BodyLimits(echo), "POST", PATH, headers={"content-encoding": "identity"})).status == 200


@simulated
@pytest.mark.parametrize("pieces", [(0.2, b"a"), (b"a", 0.2, b"b"), [*[b"a", 0.02] * 20, b"a"]])
async def test_a_body_that_dawdles_is_given_up_and_the_connection_closed(pieces: Pieces, echo: Echo) -> None:
    limits = BodyLimits(echo, webhook=Allowance(size=100, seconds=0.1))

    answer = await call(limits, "POST", PATH, pieces=pieces)

    assert (answer.status, answer.headers["connection"], echo.reached) == (408, "close", 0)


@simulated
async def test_the_deadline_is_for_the_body_and_not_for_the_answer() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.1)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    limits = BodyLimits(slow, webhook=Allowance(size=100, seconds=0.05))

    assert (await call(limits, "POST", PATH)).status == 200


async def test_a_body_that_breaks_off_reaches_nobody(echo: Echo) -> None:
    answer = await call(BodyLimits(echo), "POST", PATH, headers={"content-length": "10"}, pieces=(b"a=", None))

    assert (answer.status, echo.reached) == (0, 0)


async def test_after_the_body_the_app_sees_the_client_leave() -> None:
    seen: list[str] = []

    async def patient(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend([(await receive())["type"], (await receive())["type"]])

    async def receive() -> Message:
        return arriving.pop(0)

    async def send(message: Message) -> None:
        pass

    arriving: list[Message] = [
        {"type": "http.request", "body": b"a", "more_body": False},
        {"type": "http.disconnect"},
    ]
    await BodyLimits(patient)({"type": "http", "path": PATH, "headers": []}, receive, send)

    assert seen == ["http.request", "http.disconnect"]


async def test_what_is_no_request_passes_through() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def never() -> Message:
        raise AssertionError("nobody reads")

    async def nowhere(message: Message) -> None:
        raise AssertionError("nobody answers")

    await BodyLimits(app)({"type": "lifespan"}, never, nowhere)

    assert seen == ["lifespan"]
