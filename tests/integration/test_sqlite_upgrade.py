"""A file that an older version wrote is brought up to date where it lies, loses nothing, and goes on."""

import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from adapters.sqlite.schema import migrations, open_to_write
from adapters.sqlite.store import SqliteStore
from core.ai.records import Scope
from core.conversation.lifecycle import Conversation
from core.conversation.message import Status
from core.conversation.turn import Asked, ModelCall, Reserved, Results, Spent, TurnState, Usage
from core.errors import Permanent
from core.identity.model import KeyId, Permission
from tests.build import LINE, NOON, TODAY, accepted, asks, model_call, phone, reply, results, seconds
from tests.contracts.story import Clock, Harness, Story, texts

OLD = Path(__file__).with_name("sqlite_0001.sql")
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Of schema 1, as a process left it that was killed."""
    file = tmp_path / "recado.db"
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(OLD.read_text())
    return file


@pytest.fixture
async def story(file: Path) -> AsyncIterator[Story]:
    """Told on from a minute later."""
    clock = Clock()
    clock.advance(seconds(60))
    async with SqliteStore(file.parent, works=True, clock=clock) as store:
        yield Story(Harness(clock=clock, stores=[store]))


async def with_whom(story: Story, number: int) -> Conversation:
    """The conversation with one of those who wrote to the old version."""
    everybody, _ = await story.store.conversations(LINE.workspace)
    for conversation in everybody:
        contact = await story.store.contact(LINE.workspace, conversation.contact)
        if contact is not None and contact.address == phone(number):
            return conversation
    raise LookupError(number)


def tables(file: Path) -> dict[str, int]:
    """Their names, and how many rows they have."""
    with closing(sqlite3.connect(file)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


def applied(file: Path) -> list[int]:
    with closing(sqlite3.connect(file)) as db:
        return [number for (number,) in db.execute("SELECT number FROM migration ORDER BY number")]


# What was there


async def test_a_turn_from_before_the_books_keeps_its_usage_and_has_no_calls(story: Story) -> None:
    (turn,) = await story.store.turns((await with_whom(story, 1)).ref)

    assert (turn.usage, turn.model) == (Usage(input=220, output=30, cached=50), "offline")
    assert turn.calls == ()


async def test_a_journal_from_before_the_books_is_read_with_its_usage(story: Story) -> None:
    (turn,) = await story.store.turns((await with_whom(story, 1)).ref)

    asked, answered = (step.entry for step in turn.journal)
    call = ModelCall(id="step 0", model="offline", day=TODAY, usage=Usage(input=100, output=10, cached=50))
    assert asked == asks(call=call)
    assert answered == results()


async def test_nothing_from_before_the_books_was_spent(story: Story) -> None:
    assert await story.store.spending(LINE.workspace, since=date.min, until=date.max) == []


async def test_lists_have_what_was_there(story: Story) -> None:
    ana, bia, carl = [(await with_whom(story, number)).ref for number in (1, 2, 3)]

    every, _ = await story.store.turns_of(LINE.workspace)
    dead, _ = await story.store.turns_of(LINE.workspace, state=TurnState.DEAD)
    people, _ = await story.store.contacts(LINE.workspace)

    assert [turn.ref.conversation for turn in every] == [carl, bia, ana]
    assert [(turn.ref.conversation, turn.why) for turn in dead] == [(carl, "the model is gone")]
    assert [person.address for person in people] == [phone(number) for number in (1, 2, 3, 4)]


# What goes on


async def test_a_turn_that_ran_goes_on_from_its_journal_into_the_books(story: Story) -> None:
    (claim,) = [claim for claim in await story.claims_due() if claim.contact.address == phone(2)]
    asked, answered = (step.entry for step in claim.journal)
    assert isinstance(asked, Asked)
    assert isinstance(answered, Results)
    assert (claim.attempts, asked.call.usage, claim.steps) == (1, Usage(input=200, output=15), 1)
    call = model_call("2.1", input=30, output=5, cost=7)

    assert await story.reserves(claim, call) == Reserved()
    await story.commits(claim, "noted", calls=[call])

    (turn,) = await story.store.turns(claim.turn.conversation)
    assert (turn.usage, turn.calls) == (Usage(input=230, output=20, cost=7), (call,))
    assert await story.store.spending(LINE.workspace, since=TODAY, until=TODAY) == [
        Spent(day=TODAY, model=call.model, calls=1, usage=call.usage)
    ]


async def test_who_waited_is_answered(story: Story) -> None:
    (claim,) = [claim for claim in await story.claims_due() if claim.contact.address == phone(4)]
    send = (await story.commits(claim, "yes")).send

    assert texts(claim.messages) == ["are you there?"]
    assert send is not None
    await story.settles(send, accepted("out-2"))
    assert await story.status(send) is Status.ACCEPTED


async def test_a_move_from_before_fingerprints_is_answered_as_it_was(story: Story) -> None:
    """Whoever asked twice, before and after, did not ask for something else."""
    ana = (await with_whom(story, 1)).ref
    before = await story.snapshot(ana)

    answer = await story.moves(ana, replace(reply("this is Olga", key="reply-1"), fingerprint="of what was asked"))

    assert [before.messages[-1].id] == list(answer.messages)
    assert await story.snapshot(ana) == before


async def test_people_from_before_can_be_remembered(story: Story) -> None:
    ana = await with_whom(story, 1)
    scope = Scope(workspace=LINE.workspace, contact=ana.contact)

    record = await story.store.put(scope, "key", "finance.expense", NOON, {"amount": "10"})

    assert await story.store.last(scope, ["finance.expense"]) == record


async def test_workspaces_from_before_can_have_keys(story: Story) -> None:
    key = await story.store.put_key(
        LINE.workspace,
        KeyId("shop"),
        digest=b"digest",
        name="the shop",
        permissions=frozenset({Permission.READ}),
        expires_in=None,
    )

    assert await story.store.key_of(b"digest") == key


# How it comes about


def test_an_upgrade_adds_and_takes_nothing_away(file: Path) -> None:
    before = tables(file)

    open_to_write(file).close()

    after = tables(file)
    assert {name: after[name] for name in before} == before | {"migration": 3}
    assert {name: rows for name, rows in after.items() if name not in before} == dict.fromkeys(
        ["api_key", "cap_told", "line_secret", "model_call", "record", "spent"], 0
    )


def test_an_upgraded_file_has_the_schema_of_a_new_one(file: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.db"
    open_to_write(new).close()
    open_to_write(file).close()

    schemas = []
    for each in (file, new):
        with closing(sqlite3.connect(each)) as db:
            schemas.append(db.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall())

    assert schemas[0] == schemas[1]


def test_migrations_can_be_repeated(file: Path) -> None:
    open_to_write(file).close()
    before = tables(file)
    with closing(sqlite3.connect(file)) as db:
        db.execute("DELETE FROM migration")
        db.commit()

    open_to_write(file).close()

    assert applied(file) == sorted(number for (number, _), _ in migrations())
    assert tables(file) == before


def test_processes_that_start_at_once_migrate_once(file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from adapters.sqlite.schema import open_to_write;"
        f"print('ready', flush=True); sys.stdin.read(); open_to_write(Path({str(file)!r})).close()"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    started = [
        subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()

    for process in started:
        assert process.stdin is not None
        process.stdin.close()
    complaints = [process.stderr.read() for process in started if process.stderr is not None]
    codes = [process.wait(20) for process in started]
    for process in started:
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()

    assert (codes, complaints) == ([0] * 4, [b""] * 4)
    assert applied(file) == sorted(number for (number, _), _ in migrations())


def test_a_migration_that_fails_leaves_the_file_as_it_was(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE record_time (it TEXT)")  # in the way of an index
    before = tables(file)

    with pytest.raises(Permanent, match="record_time"):
        open_to_write(file)

    assert tables(file) == before
    assert applied(file) == [1]
    with closing(sqlite3.connect(file)) as db:
        columns = [column for _, column, *_ in db.execute("PRAGMA table_info(turn)")]
    assert "cost" not in columns
