"""The wiring: chosen drivers are opened, every use case can be built, and a mistake is said with its cure."""

import asyncio
import importlib
import signal
import sys
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from dependency_injector.providers import Provider
from pydantic import SecretStr

from adapters.sqlite.store import SqliteStore
from core.desk import Desk
from core.errors import Permanent
from core.identity.credentials import NO_CREDENTIALS, Credentials
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId
from core.orchestrator import Orchestrator
from core.worker import Worker
from entrypoints.container import Container, lines_of, running
from entrypoints.drivers import PORTS, find, installed, load
from entrypoints.http import create_app
from entrypoints.seal import seal_of
from entrypoints.settings import Settings, read
from tests.asgi import call, lifespan
from tests.fakes import RecordingLog
from tests.http_app import DoorChannel, app_with, logging_as_it_was

TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "canary-token",
    "TWILIO_FROM": "whatsapp:+14155550100,+14155550101,+14155550102",
}

SECRET_KEY = b64encode(bytes(range(32))).decode()
OWN = Line(
    workspace=WorkspaceId("shop"),
    id=LineId("main"),
    channel="twilio",
    address=Address(medium=Medium.SMS, kind=AddressKind.PHONE, value="+14155550109"),
    account="AC" + "9" * 32,
    credentials=Credentials({"auth_token": "canary-token"}),
)

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    with logging_as_it_was():
        yield


def environ(data: Path, **more: str) -> dict[str, str]:
    return {"RECADO_STORE": "memory", "RECADO_DATA": str(data), **TWILIO, **more}


@contextmanager
def on_path(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))


async def test_every_provider_resolves_at_once_and_not_to_a_future() -> None:
    async with app_with() as made:
        resolved = {name: provider() for name, provider in made.container.providers.items()}

    assert {name: type(resolved[name]) for name in ("orchestrator", "worker", "desk")} == {
        "orchestrator": Orchestrator,
        "worker": Worker,
        "desk": Desk,
    }
    assert not [name for name, port in resolved.items() if hasattr(port, "__await__")]


async def test_use_cases_are_built_once() -> None:
    async with app_with() as made:
        assert made.container.worker() is made.container.worker()
        assert made.container.orchestrator() is made.container.orchestrator()


def test_every_port_is_declared_and_nothing_else_is_left_open() -> None:
    names = set(Container.providers)

    assert names == {
        *("settings", "store", "queue", "channels", "briefing", "brief", "limits", "log", "metrics"),
        *("assistant", "orchestrator", "worker", "desk"),
    }
    assert all(isinstance(provider, Provider) for provider in Container.providers.values())


async def test_running_opens_what_the_settings_choose_and_makes_a_line_of_each_sender(tmp_path: Path) -> None:
    given = environ(tmp_path / "data")

    async with running(read(Settings, given), works=False, environ=given) as container:
        lines = await container.store().lines()

        assert [(line.id, line.address.value, line.medium) for line in lines] == [
            ("main", "+14155550100", "whatsapp"),
            ("main-2", "+14155550101", "sms"),
            ("main-3", "+14155550102", "sms"),
        ]
        assert {line.account for line in lines} == {TWILIO["TWILIO_ACCOUNT_SID"]}
        assert 1 <= container.limits().turns <= 2000
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


class HangsUp(DoorChannel):
    """SIGHUP comes while it is opened."""

    @property
    def senders(self) -> Sequence[Address]:
        signal.raise_signal(signal.SIGHUP)
        return ()

    @senders.setter
    def senders(self, given: Sequence[Address]) -> None:
        """It has none."""


async def test_a_hangup_while_it_opens_ends_nothing_and_is_followed_when_it_is_open(tmp_path: Path) -> None:
    given = environ(tmp_path / "data")
    log = RecordingLog()

    async with running(
        read(Settings, given), works=False, environ=given, log=log, channels={"test": HangsUp()}
    ) as container:
        first = container.assistant().brief
        await asyncio.sleep(0.05)

        assert "agent's file read" in log.events()
        assert container.assistant().brief is not first


async def test_the_app_starts_in_a_thread_where_no_signal_comes(tmp_path: Path) -> None:
    given = environ(tmp_path / "data")

    async def starts() -> int:
        async with running(read(Settings, given), works=False, environ=given) as container:
            return len(await container.store().lines())

    assert await asyncio.to_thread(asyncio.run, starts()) == 3


def test_lines_can_be_named() -> None:
    named = lines_of({"test": DoorChannel()}, ("main", "sms"))
    half = lines_of({"test": DoorChannel()}, ("only",))

    assert [line.id for line in named] == ["main", "sms"]
    assert [line.id for line in half] == ["only", "main-2"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"RECADO_STORE": "mongo"}, "RECADO_STORE: there is no store 'mongo'. Choose one that is installed: "),
        ({"RECADO_CHANNELS": "twilio,fax"}, "RECADO_CHANNELS: there is no channel 'fax'."),
        ({"TWILIO_FROM": ""}, "TWILIO_FROM is not set."),
        ({"TWILIO_ACCOUNT_SID": "mine"}, "TWILIO_ACCOUNT_SID=mine: "),
    ],
)
async def test_a_mistake_is_said_before_anything_is_opened(tmp_path: Path, given: dict[str, str], said: str) -> None:
    whole = {name: value for name, value in {**environ(tmp_path / "data"), **given}.items() if value}

    with pytest.raises(Permanent) as raised:
        async with running(read(Settings, whole), works=False, environ=whole):
            pass

    assert str(raised.value).startswith(said)
    assert "canary" not in str(raised.value)
    assert not (tmp_path / "data").exists()


async def test_lines_with_credentials_of_their_own_need_no_account_in_the_settings(tmp_path: Path) -> None:
    given = {"RECADO_DATA": str(tmp_path), "RECADO_SECRET_KEYS": SECRET_KEY}
    await put_lines(tmp_path, OWN)

    async with running(read(Settings, given), works=False, environ=given, log=RecordingLog()) as container:
        assert list(await container.store().lines()) == [OWN]

    await put_lines(tmp_path, OWN, replace(OWN, id=LineId("plain"), credentials=NO_CREDENTIALS))
    with pytest.raises(Permanent, match=r"^Line plain has no credentials of its own(.|\n)*TWILIO_FROM is not set"):
        async with running(read(Settings, given), works=False, environ=given):
            pass


async def test_a_line_whose_credentials_are_lost_fails_alone_and_is_named(tmp_path: Path) -> None:
    given = {"RECADO_DATA": str(tmp_path), **TWILIO}
    await put_lines(tmp_path, OWN)
    log = RecordingLog()

    async with running(read(Settings, given), works=False, environ=given, log=log) as container:
        app = create_app(container=container)
        path = "/webhooks/twilio/main"
        answer = await call(app, "POST", path, headers={**FORM, "x-twilio-signature": "x"})

    assert "line refuses its webhooks" in log.events()
    assert answer.status == 500


async def put_lines(folder: Path, *lines: Line) -> None:
    seal = seal_of([SecretStr(SECRET_KEY)])
    async with SqliteStore(folder, works=False, seal=seal) as store:
        for line in lines:
            await store.put_line(line)


async def test_the_factory_opens_and_closes_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environ(tmp_path / "data").items():
        monkeypatch.setenv(name, value)
    app = create_app()

    async with lifespan(app):
        assert (await call(app, "GET", "/readyz")).status == 200
        assert (await call(app, "POST", "/webhooks/twilio/main", headers=FORM)).status == 403


async def test_a_driver_that_needs_a_missing_package_names_it(tmp_path: Path) -> None:
    site = tmp_path / "needy-1.dist-info"
    site.mkdir()
    (tmp_path / "needy.py").write_text("import unheard_of.thing\n")
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: needy\nVersion: 1\n")
    (site / "entry_points.txt").write_text("[recado.store]\nneedy = needy:driver\n")

    with on_path(tmp_path), pytest.raises(Permanent, match="'needy' needs the package 'unheard_of'"):
        find("store", "needy")


async def test_a_driver_that_is_gone_is_told_from_one_that_lacks_a_package(tmp_path: Path) -> None:
    site = tmp_path / "stale-1.dist-info"
    site.mkdir()
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: stale\nVersion: 1\n")
    (site / "entry_points.txt").write_text("[recado.store]\nstale = stale.store:driver\n")

    with on_path(tmp_path), pytest.raises(Permanent, match="lacks its module stale"):
        find("store", "stale")


@pytest.mark.parametrize("port", PORTS)
def test_every_installed_driver_can_be_imported(port: str) -> None:
    for point in installed(port).values():
        assert load(port, point).driver.summary
