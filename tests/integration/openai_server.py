"""A local server that speaks the Chat Completions API: scripted, deterministic, with every fault a real one shows.

As a fixture: `async with serving(*rules) as server: … server.url … server.requests`. As a process, for benchmarks and
for tests that kill things:

    python -m tests.integration.openai_server --port 9000 --delay 5 --script rules.json --log requests.jsonl

A script is a JSON list of rules, each with the fields of `Rule`. The first rule that fits answers:

    [{"when": "gastei (?P<amount>[0-9]+)", "calls": [{"name": "add_expense", "arguments": {"amount": "{amount}"}}]},
     {"when": "busy", "fault": "rate_limited", "retry_after": "7", "times": 2},
     {"say": "You said: {said}"}]

`GET /log` tells the requests so far, `PUT /script` replaces the rules, `GET /v1/models` lists one model.
"""

import argparse
import asyncio
import json
import logging
import os
import re
import resource
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from zlib import crc32

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

MODEL = "scripted"
_JSON: tuple[bytes, bytes] = (b"content-type", b"application/json")


class Fault(StrEnum):
    """What may go wrong between us and a model."""

    RATE_LIMITED = "rate_limited"
    INSUFFICIENT_QUOTA = "insufficient_quota"
    BAD_KEY = "bad_key"
    FORBIDDEN = "forbidden"
    NO_MODEL = "no_model"
    TOO_LONG = "too_long"
    FILTERED = "filtered"
    ERROR = "error"
    OVERLOADED = "overloaded"
    HANG = "hang"
    """Takes the request and never answers."""
    DROP = "drop"
    """Takes the request and closes the connection."""
    TRUNCATED = "truncated"
    """Closes the connection in the middle of the answer."""
    GARBAGE = "garbage"
    HTML = "html"
    EMPTY = "empty"
    """A message without words."""
    NO_CHOICES = "no_choices"
    REFUSAL = "refusal"
    CONTENT_FILTER = "content_filter"
    LENGTH = "length"
    """Stops in the middle of its words."""


_ERRORS: Mapping[Fault, tuple[int, str | None, str]] = {
    Fault.RATE_LIMITED: (429, "rate_limit_exceeded", "requests"),
    Fault.INSUFFICIENT_QUOTA: (429, "insufficient_quota", "insufficient_quota"),
    Fault.BAD_KEY: (401, "invalid_api_key", "invalid_request_error"),
    Fault.FORBIDDEN: (403, None, "invalid_request_error"),
    Fault.NO_MODEL: (404, "model_not_found", "invalid_request_error"),
    Fault.TOO_LONG: (400, "context_length_exceeded", "invalid_request_error"),
    Fault.FILTERED: (400, "content_filter", "invalid_request_error"),
    Fault.ERROR: (500, None, "server_error"),
    Fault.OVERLOADED: (503, None, "server_error"),
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How to answer, and when. Without any answer of its own it says what the default rule says."""

    when: str = ""
    """A pattern looked for in the last message of the user; its named groups fill `{…}` in words and arguments."""
    times: int | None = None
    """How often this rule may answer; none for always."""
    delay: float | None = None
    """In seconds; none for the server's own."""
    say: str | None = None
    calls: Sequence[Mapping[str, Any]] = ()
    """`{"name": …, "arguments": …}`; made unless results are already there, or `tool_choice` is none."""
    forever: bool = False
    """Makes the calls whatever the request holds."""
    fault: str | None = None
    retry_after: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    message: Mapping[str, Any] | None = None
    """Laid over the message of the answer."""
    finish_reason: str | None = None
    status: int = 200
    body: Any = None
    """A whole answer, instead of ours."""
    without: Sequence[str] = ()
    """Keys left out of the answer."""


DEFAULT = Rule()


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it was logged."""

    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def messages(self) -> list[Mapping[str, Any]]:
        messages: list[Mapping[str, Any]] = self.body["messages"]
        return messages


class Server:
    """The ASGI application: one function, no task of its own per request."""

    def __init__(self, *rules: Rule, delay: float = 0.0, log: Path | None = None, keep: bool = True) -> None:
        self.rules: tuple[Rule, ...] = rules
        self.delay = delay
        self.url = ""
        self.requests: list[Request] = []
        self.count = 0
        self.open = 0
        self.most_open = 0
        self._keep = keep
        self._log = log
        self._used: dict[int, int] = {}
        if log is not None and log.exists():
            # A killed server that is started again goes on counting.
            self.count = sum(1 for _ in log.open("rb"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        if path.endswith("/chat/completions"):
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            try:
                await self._complete(scope, receive, send)
            finally:
                self.open -= 1
        elif path == "/log":
            told = {"count": self.count, "open": self.open, "most_open": self.most_open}
            messages = [request.body["messages"] for request in self.requests]
            await _answer(send, 200, json.dumps(told | {"messages": messages}).encode())
        elif path == "/script" and scope["method"] == "PUT":
            self.rules, self._used = tuple(rules_of(await _body(receive))), {}
            await _answer(send, 200, b"{}")
        elif path.endswith("/models"):
            model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "recado"}
            await _answer(send, 200, json.dumps({"object": "list", "data": [model]}).encode())
        else:
            await _answer(send, 404, b"{}")

    async def _complete(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = await _body(receive)
        body = json.loads(raw)
        self._note(scope, raw, body)
        said, results = _last(body["messages"])
        rule, groups = self._rule(said)
        delay = self.delay if rule.delay is None else rule.delay
        if delay:
            await asyncio.sleep(delay)
        if rule.fault is not None:
            await _fail(Fault(rule.fault), rule, receive, send, raw)
        elif rule.body is not None:
            await _answer(send, rule.status, json.dumps(rule.body).encode(), _extra(rule))
        else:
            answer = _completion(raw, body, rule, said, results, groups)
            await _answer(send, rule.status, json.dumps(answer).encode(), _extra(rule))

    def _note(self, scope: Scope, raw: bytes, body: Mapping[str, Any]) -> None:
        self.count += 1
        if self._keep:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            self.requests.append(Request(headers=headers, body=body))
        if self._log is not None:
            # Written before anything is answered, and opened anew: it may be taken away between two tests.
            with self._log.open("ab", buffering=0) as log:
                log.write(b" ".join(raw.splitlines()) + b"\n")

    def _rule(self, said: str) -> tuple[Rule, Mapping[str, str]]:
        for index, rule in enumerate(self.rules):
            used = self._used.get(index, 0)
            if rule.times is not None and used >= rule.times:
                continue
            found = re.search(rule.when, said)
            if found is not None:
                self._used[index] = used + 1
                return rule, {k: v or "" for k, v in found.groupdict().items()}
        return DEFAULT, {}


def rules_of(script: str | bytes) -> Iterator[Rule]:
    """The rules of a JSON script."""
    for rule in json.loads(script):
        yield Rule(**rule)


def _text(content: Any) -> str:
    if isinstance(content, list):
        return " ".join(part["text"] for part in content if part.get("type") == "text")
    return content or ""


def _last(messages: Sequence[Mapping[str, Any]]) -> tuple[str, list[str]]:
    """What the user said last, and the results of calls made since."""
    results: list[str] = []
    for message in reversed(messages):
        if message["role"] == "user":
            return _text(message["content"]), results[::-1]
        if message["role"] == "tool":
            results.append(_text(message["content"]))
    return "", results[::-1]


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    """The value with `{name}` replaced in every text of it; anything else in braces stays as it is."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), value)
    if isinstance(value, Mapping):
        return {key: _filled(each, words) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [_filled(each, words) for each in value]
    return value


def _completion(
    raw: bytes, body: Mapping[str, Any], rule: Rule, said: str, results: list[str], groups: Mapping[str, str]
) -> dict[str, Any]:
    words = {"said": said, "result": "; ".join(results), **groups}
    number = crc32(raw)
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
    finish = "stop"
    if rule.calls and (rule.forever or (not results and body.get("tool_choice") != "none")):
        finish = "tool_calls"
        message["tool_calls"] = [
            {
                "id": f"call_{number:08x}{index}",
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(_filled(call.get("arguments", {}), words))},
            }
            for index, call in enumerate(rule.calls)
        ]
    else:
        say = rule.say if rule.say is not None else ("Done: {result}" if results else "You said: {said}")
        message["content"] = _filled(say, words)
    message |= rule.message or {}
    prompt_tokens, completion_tokens = max(1, len(raw) // 4), max(1, len(json.dumps(message)) // 4)
    answer = {
        "id": f"chatcmpl-{number:08x}",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model", MODEL),
        "choices": [{"index": 0, "message": message, "finish_reason": rule.finish_reason or finish}],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
            "prompt_tokens_details": {"cached_tokens": prompt_tokens // 2},
        },
    }
    return {key: value for key, value in answer.items() if key not in rule.without}


async def _fail(fault: Fault, rule: Rule, receive: Receive, send: Send, raw: bytes) -> None:
    if fault in _ERRORS:
        status, code, kind = _ERRORS[fault]
        # A real server quotes what it was sent, so this one does too: none of it may end up in a log of ours.
        error = {"message": f"Refused: {raw.decode()}", "type": kind, "param": None, "code": code}
        await _answer(send, status, json.dumps({"error": error}).encode(), _extra(rule))
        return
    if fault is Fault.HANG:
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    if fault is Fault.DROP:
        _transport(send).abort()
        return
    if fault is Fault.TRUNCATED:
        start = [_JSON, (b"content-length", b"400")]
        await send({"type": "http.response.start", "status": 200, "headers": start})
        await send({"type": "http.response.body", "body": b'{"id": "chatcmpl-', "more_body": True})
        _transport(send).close()
        return
    await _answer(send, 200, _odd(fault), _extra(rule))


def _odd(fault: Fault) -> bytes:
    """An answer with status 200 that is not what one hopes for."""
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
    finish = "stop"
    match fault:
        case Fault.GARBAGE:
            return b'{"choices": [{"message": {"content": "hal'
        case Fault.HTML:
            return b"<html><body>Bad gateway</body></html>"
        case Fault.NO_CHOICES:
            return json.dumps({"id": "chatcmpl-0", "model": MODEL, "choices": []}).encode()
        case Fault.REFUSAL:
            message["refusal"] = "I'm sorry, I can't help with that."
        case Fault.CONTENT_FILTER:
            message["content"], finish = "Well, the", "content_filter"
        case Fault.LENGTH:
            message["content"], finish = "It is a long", "length"
        case _:
            message["content"] = "  "
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json.dumps({"id": "chatcmpl-0", "model": MODEL, "choices": [choice]}).encode()


def _extra(rule: Rule) -> Headers:
    headers = dict(rule.headers)
    if rule.retry_after is not None:
        headers["retry-after"] = rule.retry_after
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _transport(send: Send) -> asyncio.Transport:
    """The connection under uvicorn's `send`; ASGI itself cannot break one off."""
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    return transport


async def _body(receive: Receive) -> bytes:
    event = await receive()
    body: bytes = event.get("body", b"")
    while event.get("more_body"):
        event = await receive()
        body += event.get("body", b"")
    return body


async def _answer(send: Send, status: int, body: bytes, extra: Headers | None = None) -> None:
    headers = [_JSON, (b"content-length", str(len(body)).encode()), (b"x-request-id", b"req_0"), *(extra or ())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(*rules: Rule, delay: float = 0.0, log: Path | None = None) -> AsyncIterator[Server]:
    """A server on a free port of this machine, on the running loop, until the block ends.

    The protocol of uvicorn without its server, which takes a fifth of a second to stop.
    """
    server = Server(*rules, delay=delay, log=log)
    config = uvicorn.Config(server, log_config=None, access_log=False, timeout_keep_alive=75)
    config.load()
    state = ServerState()

    def protocol() -> asyncio.Protocol:
        return HttpToolsProtocol(config=config, server_state=state, app_state={})

    listening = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, backlog=4096)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listening.close()
        for connection in list(state.connections):
            connection.shutdown()
        tasks = list(state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listening.wait_closed()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until interrupted; the first line of output is the base URL."""
    parser = argparse.ArgumentParser(description="A local server that speaks the Chat Completions API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 for a free one")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--script", type=Path, help="a JSON file of rules")
    parser.add_argument("--log", type=Path, help="a file that gets one line per request")
    parser.add_argument("--keep", action="store_true", help="keep requests in memory too, for GET /log")
    options = parser.parse_args(arguments)

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    logging.basicConfig(level=logging.WARNING)
    rules = rules_of(options.script.read_text(encoding="utf-8")) if options.script else ()
    server = Server(*rules, delay=options.delay, log=options.log, keep=options.keep)
    with socket.create_server((options.host, options.port), backlog=4096) as listening:
        server.url = f"http://{options.host}:{listening.getsockname()[1]}/v1"
        sys.stdout.write(server.url + os.linesep)
        sys.stdout.flush()
        config = uvicorn.Config(
            server,
            lifespan="off",
            log_config=None,
            access_log=False,
            backlog=4096,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        uvicorn.Server(config).run([listening])


if __name__ == "__main__":
    main()
