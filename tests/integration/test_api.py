"""The API as programs meet it: beside a running assistant, and against a machine that tries to prove its description
wrong with odd values, missing parts, wrong types, no key, and calls in any order."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, TypeGuard

import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from entrypoints.http.v1.operations import ID_PATTERN
from tests.api_app import KEY, api_with, contact_of, settle_in
from tests.integration.openai_server import Rule
from tests.integration.stage import ANA, RECADO, Stage, stage, until

_CASES = 15
"""Random ones for each operation, beside those that cover its description."""


def sense(known: Mapping[str, Sequence[str]]) -> Callable[[Any, Any, Any], None]:
    """What a description cannot say: which ids there are, that a key is good for one thing, that a cursor comes from
    a page, and that a period ends after it began. What breaks the description is left as it is."""
    keys = count(1)

    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        for name, ids in known.items():
            given: object = (case.path_parameters or {}).get(name)
            if _fits(given, ID_PATTERN) and len(given) % 4:  # and now and then one that nobody has
                case.path_parameters[name] = ids[sum(given.encode()) % len(ids)]
        for name in [name for name in case.headers or {} if name.lower() == "idempotency-key"]:
            if _fits(case.headers[name], r"[!-~]{1,255}"):
                case.headers[name] = f"key-{next(keys)}"
        query = case.query or {}
        if _fits(query.get("cursor"), r"(?s).{0,512}"):
            del query["cursor"]
        if _fits(query.get("since"), r"[0-9]{4}-[0-9]{2}-[0-9]{2}"):
            query["until"] = query["since"]

    return before_call


def _fits(given: Any, pattern: str) -> TypeGuard[str]:
    return isinstance(given, str) and re.fullmatch(pattern, given) is not None


@asynccontextmanager
async def peopled() -> AsyncIterator[tuple[FastAPI, Mapping[str, Sequence[str]]]]:
    """The app with a few conversations, and the ids of what is in it."""
    async with api_with() as api:
        town = await settle_in(api.story)
        contacts = [await contact_of(api.store, ref) for ref in (town.ana, town.bia)]
        yield api.made.app, {"conversation": town.every, "contact": contacts}


@pytest.fixture
def described() -> Iterator[Any]:
    """The description of such an app, which knows where the app is."""
    config = {
        "seed": 1,
        "generation": {"max-examples": _CASES, "deterministic": True},
        "auth": {"openapi": {"apiKey": {"api_key": KEY}}},
    }
    with ExitStack() as stack:
        loop = stack.enter_context(asyncio.Runner())
        opened = peopled()
        app, known = loop.run(opened.__aenter__())
        stack.callback(lambda: loop.run(opened.__aexit__(None, None, None)))
        schemathesis.hook(sense(known))
        stack.callback(schemathesis.hooks.unregister_all)
        yield schemathesis.openapi.from_asgi("/v1/openapi.json", app, config=SchemathesisConfig.from_dict(config))


def test_nothing_proves_the_description_wrong(described: Any) -> None:
    answers: Counter[tuple[str, int]] = Counter()
    found: list[str] = []
    for event in from_schema(described).execute():
        if isinstance(event, events.ScenarioFinished):
            for interaction in event.recorder.interactions.values():
                assert interaction.response is not None
                answers[event.recorder.label, interaction.response.status_code] += 1
            for check in (check for checks in event.recorder.checks.values() for check in checks):
                if check.failure_info is not None:
                    found.append(f"{event.recorder.label}: {check.name}\n{check.failure_info.failure}\n")
                    found.append(check.failure_info.code_sample)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            found.append(str(event))

    assert not found, "\n".join(found)
    succeeded = {label for label, status in answers if 200 <= status < 300}
    assert {operation.ok().label for operation in described.get_all_operations()} <= succeeded, answers
    assert not [label for label, status in answers if status >= 500]


class Program:
    """Something with a key of its own that works with the running app."""

    def __init__(self, play: Stage, key: str) -> None:
        self._play = play
        self._headers = {"X-API-Key": key}

    async def get(self, path: str) -> tuple[int, Any]:
        async with self._play.http.get(f"{self._play.url}/v1{path}", headers=self._headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def post(self, path: str, body: Any = None, *, once: str | None = None) -> tuple[int, Any]:
        headers = self._headers | ({} if once is None else {"Idempotency-Key": once})
        async with self._play.http.post(f"{self._play.url}/v1{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)


async def recado_keys(play: Stage, *argv: str) -> str:
    """What the command prints, run beside the app."""
    process = await asyncio.create_subprocess_exec(
        str(RECADO), "keys", *argv, env=play.env, cwd=play.folder, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode().strip()


async def test_a_program_and_an_assistant_share_a_conversation(tmp_path: Path) -> None:
    async with stage(tmp_path, Rule(when="where", say="I will ask.")) as play:
        served = await play.start()
        key = await recado_keys(play, "create", "order system")
        shop = Program(play, key)
        await play.emulator.write(ANA, "where is my order?")
        await until(lambda: play.heard() == ["I will ask."])

        _, conversations = await shop.get("/conversations")
        (conversation,) = conversations["items"]
        path = f"/conversations/{conversation['id']}"
        sent = [await shop.post(f"{path}/messages", {"text": "It has left."}, once="4711") for _ in range(3)]
        assert {status for status, _ in sent} == {202}
        (number,) = {message["number"] for _, answer in sent for message in answer["messages"]}
        await until(lambda: play.heard() == ["I will ask.", "It has left."])

        await until(lambda: play.query("select count(*) from message where status = 'read'") == [(2,)])
        _, messages = await shop.get(f"{path}/messages?after={number - 1}")
        assert [(each["text"], each["author"], each["status"]) for each in messages["items"]] == [
            ("It has left.", "api", "read")
        ]
        status, replied = await shop.post(f"{path}/reply", {"text": "This is Olga.", "seen": number})
        assert (status, replied["handler"]) == (200, "human")
        await until(lambda: play.heard()[2:] == ["This is Olga."])
        _, turns = await shop.get("/turns")
        assert [(turn["state"], len(turn["model_calls"])) for turn in turns["items"]] == [("committed", 1)]

        await recado_keys(play, "revoke", key[3:11])
        status, refused = await shop.get("/lines")
        assert (status, refused["title"]) == (401, "Unauthorized")
        assert key not in served.log.read_text()
