"""API keys: how they are made, what is kept of them, and the commands that people use."""

import asyncio
import re
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.sqlite.store import SqliteStore
from core.errors import Permanent, Rejected
from core.identity.model import ApiKey, KeyId, Permission, WorkspaceId
from entrypoints.cli import main
from entrypoints.keys import digest_of, is_given, lifetime_of, make, name_of, permissions_of
from entrypoints.settings import Settings, read, secrets
from tests.build import LINE

FORM = re.compile(r"rk_([a-z0-9]{8})_([A-Za-z0-9]{40})")
MAIN = WorkspaceId("main")
READ, SEND, OPERATE = Permission.READ, Permission.SEND, Permission.OPERATE


# What a key is


def test_a_key_has_a_form_that_is_found_when_it_leaks() -> None:
    made = make()

    found = FORM.fullmatch(made.text)
    assert found is not None
    assert found[1] == made.id


def test_no_two_keys_are_alike() -> None:
    keys = [make() for _ in range(1000)]

    assert len({key.text[12:] for key in keys}) == 1000
    assert len(set("".join(key.text[12:] for key in keys))) == 62


def test_what_is_kept_is_a_digest_and_what_is_shown_in_a_trace_is_not_the_key() -> None:
    made = make()

    assert made.digest == digest_of(made.text)
    assert len(made.digest) == 32
    assert made.text not in repr(made)
    assert made.text[12:] not in repr(made)


def test_the_key_of_the_settings_is_known_by_its_digest() -> None:
    assert is_given(digest_of("a key that is given"), "a key that is given")
    assert not is_given(digest_of("a key that is give"), "a key that is given")


@pytest.mark.parametrize("configured", [None, ""])
def test_no_key_in_the_settings_is_no_key_that_fits(configured: str | None) -> None:
    for key in ("", "None", "null"):
        assert not is_given(digest_of(key), configured)


@pytest.mark.parametrize(
    "key", ["short", "fifteen-letters", "with a space in it", "with-ação-in-itself", "a" * 20 + "\n"]
)
def test_a_key_in_the_settings_that_is_none_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(Permanent) as raised:
        read(Settings, {"RECADO_API_KEY": key})

    assert str(raised.value).startswith("RECADO_API_KEY: ")
    assert "openssl rand -hex 32" in str(raised.value)
    assert key not in str(raised.value)


def test_a_key_in_the_settings_is_a_secret() -> None:
    settings = read(Settings, {"RECADO_API_KEY": "sixteen-letters-"})

    assert secrets(settings) == {"sixteen-letters-"}
    assert "sixteen" not in repr(settings)


# How people write


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("read", {READ}),
        ("read,send", {READ, SEND}),
        (" Operate , read,", {OPERATE, READ}),
        ("read,read", {READ}),
    ],
)
def test_permissions_are_read(text: str, meant: set[Permission]) -> None:
    assert permissions_of(text) == meant


@pytest.mark.parametrize("text", ["", ",", "all", "read write", "read,write"])
def test_permissions_that_are_none_are_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(Rejected, match="read, send, operate"):
        permissions_of(text)


@pytest.mark.parametrize(
    ("text", "meant"), [("12h", timedelta(hours=12)), ("90d", timedelta(days=90)), (" 52W ", timedelta(weeks=52))]
)
def test_a_lifetime_is_read(text: str, meant: timedelta) -> None:
    assert lifetime_of(text) == meant


@pytest.mark.parametrize("text", ["", "90", "0d", "-1d", "1.5d", "90 days", "999999d", "1d1h"])
def test_a_lifetime_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Rejected, match="such as 12h, 90d or 52w"):
        lifetime_of(text)


def test_the_longest_lifetime_ends_before_the_calendar_does() -> None:
    assert datetime.now(UTC) + lifetime_of("99999w") > datetime.now(UTC)


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "x" * 61, "\x1b[31mred"])
def test_a_name_is_one_that_a_list_can_show(text: str) -> None:
    assert name_of(" order system ") == "order system"
    with pytest.raises(Rejected, match="1 to 60 characters"):
        name_of(text)


# The commands


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a `recado dev` has run before."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECADO_DATA", str(tmp_path))
    asking(tmp_path, _make_line)
    return tmp_path


async def _make_line(store: SqliteStore) -> None:
    await store.put_line(LINE)


def asking(folder: Path, question: Any) -> Any:
    """Ask the store in this folder, beside the commands."""

    async def ask() -> Any:
        async with SqliteStore(folder, works=False) as store:
            answer: Coroutine[Any, Any, Any] = question(store)
            return await answer

    return asyncio.run(ask())


def keys(folder: Path) -> list[ApiKey]:
    return list(asking(folder, lambda store: store.keys(MAIN)))


def recado(*argv: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(("keys", *argv))
    return ended.value.code if isinstance(ended.value.code, int) else 0


def test_a_key_is_shown_once_and_is_good(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recado("create", "order system") == 0

    said = capsys.readouterr()
    key = said.out.strip()
    assert FORM.fullmatch(key)
    assert said.err == (
        "This is the only time the key of 'order system' is shown: keep it now."
        " It may read and send and operate, until it is revoked.\n"
    )
    kept = asking(folder, lambda store: store.key_of(digest_of(key)))
    assert (kept.name, kept.permissions, kept.expires_at) == ("order system", frozenset(Permission), None)
    assert [file for file in folder.iterdir() if key[12:].encode() in file.read_bytes()] == []


def test_a_key_may_be_allowed_less_and_end_by_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recado("create", "bot", "--permissions", "send,read", "--expires", "90d") == 0

    (kept,) = keys(folder)
    assert kept.permissions == {READ, SEND}
    assert kept.expires_at is not None
    assert kept.expires_at - kept.created_at == timedelta(days=90)
    assert f"It may read and send, until {kept.expires_at:%Y-%m-%d}." in capsys.readouterr().err


def test_keys_are_listed_with_how_they_stand(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recado("list") == 0
    assert capsys.readouterr().out == "The workspace 'main' has no keys.\n"
    recado("create", "order system", "--permissions", "read")
    recado("create", "bot", "--expires", "1d")
    shown = capsys.readouterr().out.split()

    assert recado("list") == 0

    said = capsys.readouterr().out
    head, *rows = said.splitlines()
    assert head.split() == ["id", "name", "permissions", "made", "expires", "state"]
    assert sorted(row.split()[0] for row in rows) == sorted(key[3:11] for key in shown)
    assert [key for key in shown if key[12:] in said] == []
    order, bot = sorted(rows, key=lambda row: "bot" in row)
    assert re.search(r"order system +read +\d{4}-\d\d-\d\d +never +good$", order)
    assert re.search(r"bot +read,send,operate +\d{4}-\d\d-\d\d +\d{4}-\d\d-\d\d +good$", bot)


def test_an_expired_key_is_listed_as_such(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def expire(store: SqliteStore) -> None:
        await store.put_key(
            MAIN,
            KeyId("abcdefgh"),
            digest=digest_of("x"),
            name="old",
            permissions=frozenset({READ}),
            expires_in=timedelta(microseconds=1),
        )

    asking(folder, expire)
    assert recado("list") == 0

    assert capsys.readouterr().out.splitlines()[1].endswith("expired")


def test_a_revoked_key_is_good_for_nothing_and_stays_on_the_list(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recado("create", "order system")
    key = capsys.readouterr().out.strip()

    assert recado("revoke", key[3:11]) == 0

    assert capsys.readouterr().out == f"The key {key[3:11]} of 'order system' is revoked.\n"
    assert asking(folder, lambda store: store.key_of(digest_of(key))) is None
    assert recado("list") == 0
    assert re.search(r"order system .* revoked \d{4}-\d\d-\d\d$", capsys.readouterr().out.splitlines()[1])
    assert recado("revoke", key[3:11]) == 0


def test_the_commands_work_beside_a_process_that_works(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def beside() -> None:
        async with SqliteStore(folder, works=True) as working:
            code = await asyncio.to_thread(recado, "create", "order system")
            key = capsys.readouterr().out.strip()
            assert code == 0
            assert await working.key_of(digest_of(key)) is not None

            await asyncio.to_thread(recado, "revoke", key[3:11])
            assert await working.key_of(digest_of(key)) is None

    asyncio.run(beside())


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("create", ""), "The name of a key has 1 to 60 characters"),
        (("create", "bot", "--permissions", "all"), "--permissions all: name some of read, send, operate"),
        (("create", "bot", "--expires", "soon"), "--expires soon: write a number and a unit"),
        (("create", "bot", "--workspace", "theirs"), "There is no workspace 'theirs' in the store 'sqlite'"),
        (("revoke", "nobody"), "The workspace 'main' has no key of this id."),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_made(
    argv: tuple[str, ...], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recado(*argv) == 2

    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert told.err.startswith(f"recado: {said}")
    assert keys(folder) == []


def test_a_store_that_forgets_takes_no_keys_and_says_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECADO_STORE", "memory")

    assert recado("create", "bot") == 2

    assert "set RECADO_API_KEY" in capsys.readouterr().err
