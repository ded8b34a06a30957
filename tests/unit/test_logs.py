"""The log says what happened, and never what was said, by whom, or with which key."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from core.errors import Rejected
from core.log import Log
from entrypoints.logs import correlate, open_log
from tests.http_app import logging_as_it_was

SECRET = "canary-secret-4711"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    with logging_as_it_was(), structlog.contextvars.bound_contextvars():
        structlog.contextvars.clear_contextvars()
        yield io.StringIO()


@pytest.fixture
def log(stream: io.StringIO) -> Log:
    return open_log("info", secrets=[SECRET], stream=stream)


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_a_line_of_json_outside_a_terminal(log: Log, stream: io.StringIO) -> None:
    log.info("reply sent", message="m1", took_ms=12)

    (event,) = events(stream)
    assert list(event) == ["timestamp", "level", "event", "message", "took_ms"]
    assert (event["level"], event["event"], event["took_ms"]) == ("info", "reply sent", 12)


def test_a_terminal_gets_text() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()

    open_log("info", stream=terminal).info("reply sent", message="m1")

    assert "reply sent" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")


def test_below_the_level_nothing_is_said(stream: io.StringIO) -> None:
    log = open_log("warning", stream=stream)

    log.info("quiet")
    log.warning("loud")

    assert [event["event"] for event in events(stream)] == ["loud"]


def test_the_correlation_is_on_every_event_of_the_task(log: Log, stream: io.StringIO) -> None:
    correlate("SM1")

    log.info("one")
    log.info("two", correlation="SM2")

    assert [event["correlation"] for event in events(stream)] == ["SM1", "SM2"]


@pytest.mark.parametrize(
    "canary",
    [
        "+5511987654321",
        "5511987654321",
        "%2B5511987654321",
        "+55 11 98765-4321",
        "+1 (415) 555-0100",
        "whatsapp:+5511987654321",
        "whatsapp%3A%2B5511987654321",
        "whatsapp:BR.CanaryId42",
        "AC" + "0123456789abcdef" * 2,
        "SK" + "0123456789ABCDEF" * 2,
        "sk-proj-canary_0123456789",
        "rk_4f9k2m7q_" + "Canary0123" * 4,
        SECRET,
    ],
)
def test_a_canary_is_hidden_wherever_it_stands(canary: str, log: Log, stream: io.StringIO) -> None:
    sentence = f"about {canary}."
    log.info(sentence, plain=canary, inside=f"x={canary}&y=1", deep={"a": [canary, {canary: (canary,)}]})
    logging.getLogger("twilio.http_client").warning("POST %s", canary)
    logging.getLogger("aiohttp.access").error(sentence)

    for form in (canary, canary.removeprefix("whatsapp:"), canary.removeprefix("+")):
        assert form not in stream.getvalue()
    assert len(events(stream)) == 3


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", "bearer"])
def test_credentials_of_a_request_are_hidden(scheme: str, log: Log, stream: io.StringIO) -> None:
    log.warning("refused", header=f"Authorization: {scheme} Q2FuYXJ5OmNhbmFyeQ==")

    assert "Q2FuYXJ5" not in stream.getvalue()
    assert scheme in stream.getvalue()


def test_the_password_in_an_address_is_hidden(log: Log, stream: io.StringIO) -> None:
    log.info("connected", to="postgres://user:canary@db.example:5432/recado")

    assert "canary" not in stream.getvalue()
    assert "db.example:5432/recado" in stream.getvalue()


def test_ids_times_and_counts_stay_readable(log: Log, stream: io.StringIO) -> None:
    fields = {
        "conversation": "0f8fad5b-d9cb-469f-a165-123456789012",
        "message": "SM0123456789abcdef0123456789abcdef",
        "at": "2026-11-28T15:10:06+00:00",
        "address": "http://127.0.0.1:8000",
        "pending": 12345678901,
        "share": 0.25,
        "works": True,
    }

    log.info("sweep", **fields)

    (event,) = events(stream)
    assert {key: event[key] for key in fields} == fields


def test_an_exception_shows_where_but_neither_locals_nor_what_it_quotes(log: Log, stream: io.StringIO) -> None:
    def parse(canary: str) -> int:
        return int(canary)

    try:
        parse("canary text of a person")
    except ValueError as error:
        log.error("turn crashed", exc_info=error)

    (event,) = events(stream)
    assert "in parse" in event["exception"]
    assert event["exception"].endswith("builtins.ValueError")
    assert "canary" not in stream.getvalue()


def test_our_own_errors_keep_their_words_and_causes_are_told(log: Log, stream: io.StringIO) -> None:
    try:
        try:
            raise KeyError("canary")
        except KeyError as error:
            raise Rejected("the body is not a form") from error
    except Rejected as error:
        log.error("refused", exc_info=error)

    told = events(stream)[0]["exception"]
    assert "builtins.KeyError\nwhich led to\n" in told
    assert told.endswith("core.errors.Rejected: the body is not a form")
    assert "canary" not in told


def test_an_error_that_names_itself_as_its_cause_is_told_once(log: Log, stream: io.StringIO) -> None:
    error = Rejected("it")
    error.__cause__ = error

    log.error("request crashed", exc_info=error)

    (event,) = events(stream)
    assert event["exception"] == "core.errors.Rejected: it"


def test_an_exception_that_a_library_logs_is_told_the_same_way(log: Log, stream: io.StringIO) -> None:
    try:
        raise ValueError("canary")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")

    (event,) = events(stream)
    assert (event["event"], event["logger"]) == ("Exception in ASGI application", "uvicorn.error")
    assert event["exception"].endswith("builtins.ValueError")
    assert "canary" not in stream.getvalue()


def test_what_asyncio_quotes_below_its_first_line_is_left_out(log: Log, stream: io.StringIO) -> None:
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task ValueError('canary')>")

    assert "never retrieved" in stream.getvalue()
    assert "canary" not in stream.getvalue()


@pytest.mark.parametrize("level", ["debug", "info"])
def test_other_peoples_libraries_speak_from_warning_on(level: str, stream: io.StringIO) -> None:
    open_log(level, stream=stream)

    logging.getLogger("twilio.http_client").info("Request Body: canary")
    logging.getLogger("openai").debug("canary")
    logging.getLogger("arq.worker").warning("slow")

    assert [event["event"] for event in events(stream)] == ["slow"]
