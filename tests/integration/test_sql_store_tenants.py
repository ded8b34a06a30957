"""Who asks in the name of another workspace sees nothing and changes nothing; credentials are nowhere in the clear."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from asyncpg import Connection

from adapters.supabase.calls import Calls
from adapters.supabase.connections import connected
from adapters.supabase.direct import direct_calls
from core.ai.records import Scope
from core.identity.credentials import Credentials
from core.identity.model import KeyId, Permission
from tests.build import FOREIGN_LINE, LINE, NOON, asks, model_call, results
from tests.contracts.directory import digest
from tests.contracts.stopped_database import StoppedDatabase, stopped
from tests.contracts.story import Clock, Harness, Story
from tests.fakes import Locks
from tests.integration.database import TABLES, asked, column, questions

pytestmark = pytest.mark.servers

CANARY = "canary-of-a-token"
OF_THE_INSTALLATION = frozenset({"counts", "key_of", "line", "lines", "version"})
"""Reading operations that speak for no workspace."""


class Overheard(Calls):
    """Calls, and all that was said in them, either way."""

    def __init__(self, calls: Calls, said: list[Any]) -> None:
        self.seal = calls.seal
        self._calls = calls
        self._said = said

    async def __call__(
        self, operation: str, workspace: str | None, args: Mapping[str, Any], *, urgent: bool = False
    ) -> Any:
        answer = await self._calls(operation, workspace, args, urgent=urgent)
        self._said.append([operation, args, answer])
        return answer


@pytest.fixture(scope="module")
def said() -> list[Any]:
    """All that was said in calls."""
    return []


@pytest.fixture(scope="module")
def stopped_database(database: str, said: list[Any]) -> Iterator[StoppedDatabase]:
    @asynccontextmanager
    async def overheard() -> AsyncIterator[Calls]:
        async with direct_calls(database, turn_limit=5) as calls:
            yield Overheard(calls, said)

    with stopped(database, overheard) as there:
        yield there


@pytest.fixture
async def db(database: str) -> AsyncIterator["Connection[Any]"]:
    """As the superuser."""
    async with connected(database) as connection:
        yield connection


@pytest.fixture
async def s(stopped_database: StoppedDatabase, said: list[Any]) -> AsyncIterator[Story]:
    """Two workspaces; the line of one signs in with a token of its own."""
    said.clear()
    clock, seal = Clock(), Locks()
    async with stopped_database.stores(clock, seal) as stores:
        story = Story(Harness(clock=clock, stores=stores, seal=seal))
        await story.begins()
        await story.store.put_line(replace(LINE, credentials=Credentials({"auth_token": CANARY})))
        yield story


async def happen(s: Story) -> Mapping[str, str]:
    """Something for every reading operation to find; gives the ids by which it is asked for."""
    claim = await s.turn()
    await s.journals(claim, 0, asks(call=model_call("1.1", input=10)))
    await s.journals(claim, 0, results())
    await s.commits(claim, "one", "two")
    await s.turn("more")
    conversation = claim.turn.conversation
    contact = (await s.sees(conversation)).contact
    await s.store.put(Scope(workspace=LINE.workspace, contact=contact), "key", "finance.expense", NOON, {"amount": "1"})
    await s.store.put_key(
        LINE.workspace, KeyId("shop"), digest=digest(), name="shop", permissions=frozenset(Permission), expires_in=None
    )
    return {"conversation": conversation.id, "contact": contact}


async def test_every_reading_operation_is_asked_here(db: "Connection[Any]") -> None:
    reading = await column(
        db,
        "select substring(proname from 'recado_(.*)_v[0-9]+') from pg_proc"
        " where pronamespace = 'public'::regnamespace and proname like 'recado%' and provolatile <> 'v'",
    )

    ids = {"conversation": "", "contact": ""}
    assert set(reading) == set(questions(ids)) | OF_THE_INSTALLATION


async def test_another_workspace_is_shown_nothing_by_any_reading_operation(s: Story, db: "Connection[Any]") -> None:
    ids = await happen(s)

    for operation, args in questions(ids).items():
        assert await asked(db, operation, LINE.workspace, args), operation
        assert not await asked(db, operation, FOREIGN_LINE.workspace, args), operation
        assert not await asked(db, operation, None, args), operation


async def test_another_workspace_changes_nothing_by_our_ids(s: Story, db: "Connection[Any]") -> None:
    ids = await happen(s)
    (line,) = [each for each in await asked(db, "lines", None, {}) if each["id"] == LINE.id]
    before = {each: await asked(db, each, LINE.workspace, args) for each, args in questions(ids).items()}
    theirs = {
        "revoke_key": {"key": "shop"},
        "void": {"contact": ids["contact"], "key": "key"},
        "reseal": {"line": LINE.id, "was": line["sealed"], "sealed": "mine"},
    }
    for operation, args in theirs.items():
        assert not await asked(db, operation, FOREIGN_LINE.workspace, args)

    assert before == {each: await asked(db, each, LINE.workspace, args) for each, args in questions(ids).items()}
    assert line in await asked(db, "lines", None, {})


async def test_a_line_is_put_into_the_workspace_that_is_named_first(s: Story, db: "Connection[Any]") -> None:
    line = {"workspace": LINE.workspace, "id": "another", "channel": "twilio", "account": LINE.account, "sealed": None}
    address = {"medium": "sms", "kind": "phone", "address": "+15550009"}

    await asked(db, "put_line", FOREIGN_LINE.workspace, line | address)

    assert (await asked(db, "line", None, {"line": "another"}))["workspace"] == FOREIGN_LINE.workspace


async def test_credentials_are_nowhere_in_the_clear(s: Story, said: list[Any], db: "Connection[Any]") -> None:
    ids = await happen(s)
    await s.store.reseal(LINE.id)
    line = (await s.store.lines())[0]

    kept = {table: await column(db, f"select to_jsonb(it)::text from {table} it") for table in await column(db, TABLES)}
    shown = [await asked(db, operation, LINE.workspace, args) for operation, args in questions(ids).items()]

    (sealed,) = await column(db, "select sealed from recado.line_secret")
    assert [table for table, rows in kept.items() if sealed in "".join(rows)] == ["recado.line_secret"]
    assert sealed not in json.dumps(shown)
    assert sealed in json.dumps(said)
    assert {operation for operation, _, _ in said} >= {"put_line", "line", "reseal", "claim", "commit", "lines"}
    assert CANARY not in json.dumps([kept, shown, said])
    assert line.credentials.reveal("auth_token") == CANARY
