"""`recado lines`: how lines are written down, and the commands, which take secrets by every way but their arguments."""

import asyncio
import io
import re
from base64 import b64encode
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.sqlite.store import SqliteStore
from adapters.twilio.settings import LineCredentials
from core.errors import Rejected
from core.identity.credentials import Credentials
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId
from entrypoints.cli import main
from entrypoints.cli.lines import Source, Wanted, put
from entrypoints.lines import address_of, credentials_of, id_of
from entrypoints.seal import key_of, seal_of
from entrypoints.settings import Settings, read

CANARY = "canary-of-a-token"
ONE, TWO = (b64encode(bytes(range(first, first + 32))).decode() for first in (0, 100))
ACCOUNT = "AC" + "1" * 32
SHOP = Line(
    workspace=WorkspaceId("shop"),
    id=LineId("shop"),
    channel="twilio",
    address=Address(medium=Medium.WHATSAPP, kind=AddressKind.PHONE, value="+14155550100"),
    account=ACCOUNT,
)
OWN = replace(SHOP, credentials=Credentials({"auth_token": CANARY}))
AS_SHOP = ("put", "shop", "--workspace", "shop", "--address", "whatsapp:+14155550100", "--account", ACCOUNT)


# How they are written


@pytest.mark.parametrize(
    ("text", "medium", "kind", "value"),
    [
        ("whatsapp:+14155550100", Medium.WHATSAPP, AddressKind.PHONE, "+14155550100"),
        ("+14155550100", Medium.SMS, AddressKind.PHONE, "+14155550100"),
        ("sms:+14155550100", Medium.SMS, AddressKind.PHONE, "+14155550100"),
        ("72244", Medium.SMS, AddressKind.OTHER, "72244"),
        ("Recado", Medium.SMS, AddressKind.OTHER, "Recado"),
    ],
)
def test_an_address_is_read_as_people_write_it(text: str, medium: Medium, kind: AddressKind, value: str) -> None:
    assert address_of(text) == Address(medium=medium, kind=kind, value=value)


@pytest.mark.parametrize("text", ["", "whatsapp:Recado", "whatsapp:", "messenger:1", "+0155", "14155550100x%", "a\nb"])
def test_what_is_no_sender_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Rejected, match=r"whatsapp:\+14155550100"):
        address_of(text)


@pytest.mark.parametrize("text", ["", "a/b", "a b", "ä", "..", "-a", "x" * 64, "a\n"])
def test_an_id_is_one_that_an_address_can_hold(text: str) -> None:
    assert id_of("shop-2.sms_x", what="The id") == "shop-2.sms_x"
    with pytest.raises(Rejected, match="up to 63 letters"):
        id_of(text, what="The id")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"api_key": "SK1", "api_secret": CANARY}, "auth_token: is missing. The account's auth token"),
        ({"auth_token": CANARY, "tokens": CANARY}, "takes auth_token, api_key, api_secret"),
        ({"auth_token": CANARY, "api_secret": CANARY}, "api_key and api_secret are given together or not at all."),
        ({"auth_token": CANARY, "api_key": CANARY, "api_secret": "x"}, "api_key: String should match"),
    ],
)
def test_credentials_that_the_channel_does_not_take_are_refused_without_repeating_them(
    values: dict[str, str], says: str
) -> None:
    with pytest.raises(Rejected) as error:
        credentials_of(LineCredentials, values, channel="twilio")

    assert says in str(error.value)
    assert CANARY not in str(error.value)


def test_a_channel_may_take_none() -> None:
    with pytest.raises(Rejected, match="'pigeon' have no credentials"):
        credentials_of(None, {"a": "b"}, channel="pigeon")


# The setting


def test_keys_are_a_list_that_is_not_shown() -> None:
    settings = read(Settings, {"RECADO_SECRET_KEYS": f"{TWO}, {ONE}"})

    assert [key_of(key.get_secret_value()) for key in settings.secret_keys] == [key_of(TWO), key_of(ONE)]
    assert ONE not in repr(settings)
    assert read(Settings, {}).secret_keys == ()


# The commands


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECADO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RECADO_SECRET_KEYS", ONE)
    monkeypatch.setenv("SHOP_TOKEN", CANARY)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def kept(folder: Path, *keys: str) -> list[Line]:
    """The lines, as whoever has these keys sees them."""
    seal = seal_of(read(Settings, {"RECADO_SECRET_KEYS": ",".join(keys or (ONE,))}).secret_keys)

    async def ask() -> Sequence[Line]:
        async with SqliteStore(folder, works=False, seal=seal) as store:
            return await store.lines()

    return list(asyncio.run(ask()))


def recado(*argv: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(("lines", *argv))
    return ended.value.code if isinstance(ended.value.code, int) else 0


def running(command: Coroutine[Any, Any, int]) -> int:
    return asyncio.run(command)


def test_a_line_is_made_with_credentials_of_a_variable(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recado(*AS_SHOP, "--from-env", "auth_token=SHOP_TOKEN") == 0

    said = capsys.readouterr()
    assert said.out == (
        "The line shop of workspace shop is kept, with its own credentials (auth_token).\n"
        "Its webhook: http://127.0.0.1:8000/webhooks/twilio/shop\n"
    )
    assert kept(folder) == [OWN]
    assert [file for file in folder.rglob("*") if CANARY.encode() in file.read_bytes()] == []


def test_credentials_may_come_by_stdin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = f" auth_token = {CANARY}\n\napi_key=SK1\napi_secret=a=b==\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(given))

    assert recado(*AS_SHOP, "--stdin") == 0

    (line,) = kept(folder)
    assert line.credentials == Credentials({"auth_token": CANARY, "api_key": "SK1", "api_secret": "a=b=="})


def test_a_person_is_asked_for_them_one_by_one(folder: Path) -> None:
    asked: list[str] = []
    answers = iter([f" {CANARY} ", "", "", "", "new", "SK1", "x"])

    def ask(question: str) -> str:
        asked.append(question)
        return next(answers)

    described = Wanted(workspace="shop", address="whatsapp:+14155550100", account=ACCOUNT)
    assert running(put("shop", described, Source(ask=ask))) == 0
    first = kept(folder)
    assert running(put("shop", Wanted(), Source(ask=ask))) == 0
    second = kept(folder)
    assert running(put("shop", Wanted(), Source(ask=ask))) == 0

    assert [question.partition(" ")[0] for question in asked] == [
        *("auth_token", "api_key", "api_secret"),
        "auth_token",
        *("auth_token", "api_key", "api_secret"),
    ]
    assert (first, second) == ([OWN], [OWN])
    assert kept(folder)[0].credentials == Credentials({"auth_token": "new", "api_key": "SK1", "api_secret": "x"})


def test_what_is_not_given_stays_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recado(*AS_SHOP, "--from-env", "auth_token=SHOP_TOKEN")

    assert recado("put", "shop", "--address", "+14155550101") == 0

    moved = Address(medium=Medium.SMS, kind=AddressKind.PHONE, value="+14155550101")
    assert kept(folder) == [replace(OWN, address=moved)]
    assert CANARY not in "".join(capsys.readouterr())


def test_a_line_may_use_the_channels_settings_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recado(*AS_SHOP, "--from-env", "auth_token=SHOP_TOKEN")

    assert recado("put", "shop", "--shared") == 0

    assert "with the credentials in the settings of twilio" in capsys.readouterr().out
    assert kept(folder) == [SHOP]


def test_lines_are_listed_with_whether_they_have_their_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recado("list") == 0
    assert capsys.readouterr().out == "The store 'sqlite' has no lines.\n"
    recado(*AS_SHOP, "--from-env", "auth_token=SHOP_TOKEN")
    recado("put", "main", "--address", "+14155550101", "--account", ACCOUNT)
    capsys.readouterr()

    assert recado("list") == 0
    own = capsys.readouterr()
    monkeypatch.setenv("RECADO_SECRET_KEYS", TWO)
    assert recado("list") == 0
    lost = capsys.readouterr()

    head, main_, shop = own.out.splitlines()
    assert head.split() == ["id", "workspace", "channel", "address", "account", "credentials"]
    assert main_.split() == ["main", "main", "twilio", "sms:+14155550101", ACCOUNT, "of", "the", "settings"]
    assert shop.split() == ["shop", "shop", "twilio", "whatsapp:+14155550100", ACCOUNT, "own"]
    assert lost.out.splitlines()[2].endswith(" lost")
    assert "line shop cannot be opened" in lost.err
    assert CANARY not in own.out + own.err + lost.out + lost.err


def test_credentials_are_sealed_anew_with_the_first_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recado(*AS_SHOP, "--from-env", "auth_token=SHOP_TOKEN")
    recado("put", "main", "--address", "+14155550101", "--account", ACCOUNT)
    monkeypatch.setenv("RECADO_SECRET_KEYS", f"{TWO},{ONE}")
    capsys.readouterr()

    assert recado("rotate") == 0
    assert recado("rotate") == 0

    assert capsys.readouterr().out == "The credentials of 1 line are sealed with the first key.\n" * 2
    assert kept(folder, TWO)[1] == OWN
    assert kept(folder, ONE)[1].credentials.fault is not None


def test_a_line_whose_key_is_lost_does_not_keep_the_others_from_being_sealed_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recado(*AS_SHOP, "--from-env", "auth_token=SHOP_TOKEN")
    monkeypatch.setenv("RECADO_SECRET_KEYS", TWO)
    put_other = ("--address", "+14155550101", "--account", ACCOUNT, "--from-env", "auth_token=SHOP_TOKEN")
    recado("put", "zoo", *put_other)
    capsys.readouterr()

    assert recado("rotate") == 2

    said = capsys.readouterr()
    assert "1 line are" not in said.err
    assert said.out == "The credentials of 1 line are sealed with the first key.\n"
    assert said.err.startswith("recado: Line shop: they were sealed with the key ")
    assert said.err.endswith("recado: Keep every key until these are put again.\n")


def test_a_new_key_is_alone_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert recado("new-key") == 0

    said = capsys.readouterr()
    assert len(key_of(said.out)) == 32
    assert said.err == ""


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("put", "a/b"), "The id 'a/b': up to 63 letters"),
        (("put", "new"), "There is no line new: to make one, give --address"),
        (("put", "new", "--address", "x:1", "--account", "AC1"), "--address x:1: write it as"),
        ((*AS_SHOP, "--channel", "pigeon"), "RECADO_CHANNELS: there is no channel 'pigeon'"),
        (("put", "main", "--workspace", "other"), "The line main is of workspace main, and stays there"),
        (("put", "main", "--account", "AC2"), "The credentials it has are of another account"),
        (("put", "main", "--from-env", "auth_token=NOT_SET"), "--from-env: write a name and a variable that is set"),
        (("put", "main", "--from-env", "SHOP_TOKEN"), "--from-env: write a name and a variable that is set"),
        (("put", "main", "--from-env", "token=SHOP_TOKEN"), "auth_token: is missing."),
    ],
)
def test_a_mistake_is_said_with_its_cure_and_changes_nothing(
    argv: tuple[str, ...], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = ("put", "main", "--address", "+14155550100", "--account", ACCOUNT, "--from-env", "auth_token=SHOP_TOKEN")
    recado(*made)
    before = kept(folder)
    capsys.readouterr()

    assert recado(*argv) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"recado: {said}")
    assert CANARY not in told.err
    assert kept(folder) == before


def test_two_sources_at_once_are_a_mistake(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recado(*AS_SHOP, "--stdin", "--shared") == 2

    assert "choose one of --from-env, --stdin and --shared" in capsys.readouterr().err
    assert kept(folder) == []


def test_without_a_key_no_credentials_are_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("RECADO_SECRET_KEYS")

    assert recado(*AS_SHOP, "--from-env", "auth_token=SHOP_TOKEN") == 2
    assert "openssl rand -base64 32" in capsys.readouterr().err
    assert kept(folder) == []
    assert recado("rotate") == 2
    assert "recado lines new-key" in capsys.readouterr().err


def test_a_key_that_is_none_stops_every_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECADO_SECRET_KEYS", f"{ONE},canary")

    assert recado("list") == 2

    said = capsys.readouterr().err
    assert re.match(r"recado: RECADO_SECRET_KEYS: key 2 .*`openssl rand -base64 32`", said)
    assert ONE not in said
    assert "canary" not in said


def test_a_store_that_forgets_takes_no_lines(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECADO_STORE", "memory")

    assert recado(*AS_SHOP) == 2

    assert "'memory' forgets when it is closed" in capsys.readouterr().err


def test_the_commands_work_beside_a_process_that_works(folder: Path) -> None:
    async def beside() -> None:
        seal = seal_of(read(Settings, {"RECADO_SECRET_KEYS": ONE}).secret_keys)
        async with SqliteStore(folder, works=True, seal=seal) as working:
            assert await asyncio.to_thread(recado, *AS_SHOP, "--from-env", "auth_token=SHOP_TOKEN") == 0
            assert await working.line(SHOP.id) == OWN

    asyncio.run(beside())
