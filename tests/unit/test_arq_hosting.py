"""The class that arq's own command is given: what it holds, and the app that starts and stops with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from arq.worker import get_kwargs
from pydantic import SecretStr

import entrypoints.worker
from adapters.arq import driver
from adapters.arq.settings import Settings
from core.conversation.message import ConversationId, ConversationRef
from core.conversation.ports import WakeQueue
from core.errors import Permanent
from core.identity.model import WorkspaceId

URL = "redis://127.0.0.1:1/0"


class Story:
    """An app that writes down what happens to it, and fails where it is told to."""

    def __init__(self, fails: str = "") -> None:
        self.told: list[str] = []
        self.hinted: list[ConversationRef] = []
        self._fails = fails

    def _tell(self, what: str) -> None:
        self.told.append(what)
        if what == self._fails:
            raise Permanent(f"{what}: this is the cure")

    @asynccontextmanager
    async def at_work(self, queue: WakeQueue) -> AsyncIterator[None]:
        self._tell("opens")
        if self._fails == "hangs":
            await asyncio.Event().wait()

        async def handle(conversation: ConversationRef) -> None:
            self.hinted.append(conversation)

        consuming = asyncio.create_task(queue.consume(handle))
        await asyncio.sleep(0)
        try:
            yield
        finally:
            consuming.cancel()
            await asyncio.wait([consuming])
            self._tell("closes")


def made(story: Story, turn_limit: int = 1000) -> dict[str, Any]:
    """What arq finds in the class."""
    assert driver.worker_settings is not None
    return get_kwargs(driver.worker_settings(Settings(redis_url=SecretStr(URL)), turn_limit, story.at_work))


async def hint(arguments: dict[str, Any], *ids: object) -> None:
    [function] = arguments["functions"]
    await function.coroutine(arguments["ctx"], *ids)


def test_arq_finds_what_the_queue_needs() -> None:
    found = made(Story())

    assert [function.name for function in found["functions"]] == ["wake"]
    assert (found["keep_result"], found["log_results"], found["allow_abort_jobs"]) == (0, False, False)
    assert (found["poll_delay"], found["job_timeout"], found["max_jobs"]) == (0.02, 10, 32)
    job: dict[str, Any] = {"f": "wake", "a": [["w", "c"]], "k": {}, "t": None, "et": 1}
    assert found["job_deserializer"](found["job_serializer"](job)) == job
    assert found["redis_pool"].job_serializer is found["job_serializer"]
    assert found["queue_read_limit"] == 1000
    assert (found["redis_settings"].host, found["redis_settings"].port) == ("127.0.0.1", 1)


def test_no_more_jobs_run_than_turns_may() -> None:
    assert made(Story(), turn_limit=3)["max_jobs"] == 3


async def test_hints_reach_the_app_between_its_start_and_its_stop() -> None:
    story = Story()
    found = made(story)

    await hint(found, ["main", "too early"])
    await found["on_startup"]({})
    await hint(found, ["main", "one"], ["other", "two"], "strange", ["main", 7], ["main", "x" * 1000])
    await found["on_shutdown"]({})
    await hint(found, ["main", "too late"])

    assert story.told == ["opens", "closes"]
    assert story.hinted == [
        ConversationRef(workspace=WorkspaceId("main"), id=ConversationId("one")),
        ConversationRef(workspace=WorkspaceId("other"), id=ConversationId("two")),
    ]


async def test_an_error_at_the_start_ends_the_command_with_its_text() -> None:
    found = made(Story("opens"))

    with pytest.raises(SystemExit) as ended:
        await found["on_startup"]({})
    await found["on_shutdown"]({})  # arq calls it all the same

    assert ended.value.code == "opens: this is the cure"


async def test_an_error_at_the_stop_ends_the_command_with_its_text() -> None:
    found = made(Story("closes"))
    await found["on_startup"]({})

    with pytest.raises(SystemExit) as ended:
        await found["on_shutdown"]({})

    assert ended.value.code == "closes: this is the cure"


async def test_a_stop_while_the_app_opens_does_not_wait_for_it() -> None:
    story = Story("hangs")
    found = made(story)
    starting = asyncio.create_task(found["on_startup"]({}))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    starting.cancel()
    await asyncio.wait([starting])
    await asyncio.wait_for(found["on_shutdown"]({}), 20)

    assert starting.cancelled()


def test_nothing_but_the_settings_is_made_up() -> None:
    with pytest.raises(AttributeError, match="WorkerSetting'"):
        entrypoints.worker.WorkerSetting  # noqa: B018


def test_a_queue_without_a_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECADO_QUEUE", "inline")

    with pytest.raises(SystemExit, match="RECADO_QUEUE=inline"):
        entrypoints.worker.WorkerSettings  # noqa: B018
