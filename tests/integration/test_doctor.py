"""`recado doctor` beside real apps: one that does not run, `dev`, `serve`, and what only looks like them."""

import asyncio
import json
import re
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from adapters.twilio.emulator.app import Emulator
from adapters.twilio.emulator.server import serving as emulating
from entrypoints.cli.dev_state import DevState
from tests.integration.openai_server import Fault, Rule
from tests.integration.openai_server import serving as modelling
from tests.integration.test_cli_dev import WITHIN, Place, end, free_port

ACCOUNT, TOKEN = "AC" + "1" * 32, "s3cret-canary-of-the-account"
SENDERS = "whatsapp:+14155550100,+14155550101"
TWILIO = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": SENDERS}


@dataclass(frozen=True)
class Report:
    """What a doctor said."""

    code: int | None
    said: dict[str, Any]

    def of(self, title: str) -> list[tuple[str, str]]:
        """Severity and words of a section's findings."""
        return [(finding["severity"], finding["what"]) for finding in self._section(title)]

    def cure(self, title: str, what: str) -> str:
        return next(finding["cure"] for finding in self._section(title) if what in finding["what"])

    def grave(self) -> list[str]:
        """The problems, whatever they are about."""
        findings = [finding for section in self.said["sections"] for finding in section["findings"]]
        return [finding["what"] for finding in findings if finding["severity"] == "problem"]

    def _section(self, title: str) -> Sequence[dict[str, str]]:
        for section in self.said["sections"]:
            if section["title"].startswith(title):
                findings: Sequence[dict[str, str]] = section["findings"]
                return findings
        raise AssertionError(f"no section {title!r} among {[section['title'] for section in self.said['sections']]}")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def examined(place: Place, **more: str) -> Report:
    code, out, err = await place.run("doctor", "--json", **more)
    assert err == ""
    assert TOKEN not in out
    return Report(code, json.loads(out))


def rows_in(place: Place) -> dict[str, int]:
    """How many rows each table of the store has."""
    with closing(sqlite3.connect(f"file:{place.folder}/.recado/recado.db?mode=ro", uri=True)) as store:
        tables = [name for (name,) in store.execute("select name from sqlite_master where type = 'table'")]
        return {name: store.execute(f'select count(*) from "{name}"').fetchone()[0] for name in tables}


@asynccontextmanager
async def serving(place: Place, **more: str) -> AsyncIterator[str]:
    """`recado serve`; gives its address."""
    process = await place.start("serve", **more)
    assert process.stderr is not None
    try:
        async with asyncio.timeout(WITHIN):
            while b'"serving"' not in (line := await process.stderr.readline()):
                assert line, "it ended"
        yield f"http://127.0.0.1:{place.port}"
    finally:
        if process.returncode is None:
            await end(process)


@asynccontextmanager
async def other_app(status: int, body: str = "ok") -> AsyncIterator[str]:
    """An app that answers everything alike."""

    async with listening(lambda _: web.Response(status=status, text=body)) as (url, _):
        yield url


@asynccontextmanager
async def listening(answer: Callable[[web.Request], web.Response]) -> AsyncIterator[tuple[str, list[web.Request]]]:
    """An app that answers so, and every request that it gets."""
    heard: list[web.Request] = []

    async def heed(request: web.Request) -> web.StreamResponse:
        heard.append(request)
        return answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", heed)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", heard
    finally:
        await runner.cleanup()


async def test_with_nothing_running_it_says_how_to_start_and_leaves_nothing_behind(place: Place) -> None:
    report = await examined(place)

    assert (report.code, report.said["ok"], report.grave()) == (0, True, [])
    assert report.cure("Address", "does not run") == "Start it: recado dev"
    assert report.of("Store")[0][1].startswith(".recado is not there yet")
    assert list(place.folder.iterdir()) == []


async def test_a_running_dev_is_found_and_well(place: Place) -> None:
    async with place.dev():
        await place.run("chat", said="gastei 10,11 no café\n")
        report = await examined(place)
        before = rows_in(place)
        code, out, err = await place.run("doctor")
        assert rows_in(place) == before
    after = await examined(place)

    assert (report.code, report.said["warnings"], report.grave()) == (0, 0, [])
    assert report.of("Address") == [("ok", f"The app answers at http://127.0.0.1:{place.port}.")]
    assert any(
        what.startswith("The queue is worked by process") and "recado dev" in what for _, what in report.of("Store")
    )
    for line, sender in (("main", "whatsapp:+14155550100"), ("sms", "+14155550101")):
        assert report.of(f"Line {line}") == [
            ("ok", "A genuine webhook is taken, and a forged one refused."),
            ("ok", f"What people write to {sender} is posted here."),
        ]
    assert (code, err) == (0, "")
    assert out.endswith("\nAll is well.\n")
    assert re.search(r"^Line main: \+14155550100 on WhatsApp\n  ✓ A genuine", out, re.MULTILINE)
    assert "\033" not in out
    assert after.code == 0
    assert "does not run" in after.of("Line main")[0][1]
    assert after.cure("Line main", "does not run") == "Start it: recado dev"


async def test_another_token_than_the_apps_is_found_and_not_told(place: Place) -> None:
    async with serving(place, **TWILIO):
        report = await examined(
            place, **{**TWILIO, "TWILIO_AUTH_TOKEN": "another-canary"}, TWILIO_API_URL="http://127.0.0.1:9"
        )

    assert report.code == 1
    assert ("problem", "The running app refuses a genuine webhook (403).") in report.of("Line main")
    cure = report.cure("Line main", "refuses a genuine webhook")
    assert "RECADO_PUBLIC_URL" in cure
    assert "token" in cure
    assert "another-canary" not in json.dumps(report.said)
    assert any("Twilio was not reached" in what for _, what in report.of("Line main"))


async def test_another_address_than_the_providers_is_found(place: Place) -> None:
    async with serving(place, **TWILIO) as url:
        report = await examined(place, **TWILIO, RECADO_PUBLIC_URL=url.replace("127.0.0.1", "localhost"))

    assert ("problem", "The running app refuses a genuine webhook (403).") in report.of("Line main")


async def test_an_app_that_takes_everything_is_not_trusted(place: Place) -> None:
    async with other_app(200) as url:
        report = await examined(place, **TWILIO, RECADO_PUBLIC_URL=url)

    assert report.code == 1
    assert report.of("Address") == [("problem", f"What answers at {url} is not Recado (/healthz says 200).")]
    assert any(what.startswith("A forged webhook is taken (200)") for _, what in report.of("Line main"))


async def test_an_app_behind_a_proxy_that_leads_elsewhere_is_told_apart(place: Place) -> None:
    async with serving(place, **TWILIO) as url, other_app(404) as proxy:
        report = await examined(place, **TWILIO, RECADO_PUBLIC_URL=proxy)

    assert report.cure("Address", "is not Recado").startswith(f"It does answer at {url}.")


async def test_what_answers_at_the_address_gets_no_credentials_and_cannot_command_the_terminal(place: Place) -> None:
    (place.folder / ".netrc").write_text("default login me password netrc-canary\n")
    (place.folder / ".netrc").chmod(0o600)
    state = {"ready": False, "process": "\033]0;owned\a\x9b2J", "store": "ok", "queue": "ok"}

    async with listening(lambda _: web.json_response(state)) as (url, heard):
        _, out, _ = await place.run(
            "doctor", **TWILIO, RECADO_PUBLIC_URL=url, TWILIO_API_URL="http://127.0.0.1:9", HOME=str(place.folder)
        )

    assert "process is �]0;owned��2J." in out
    assert {request.method for request in heard} == {"GET", "POST"}
    assert [request.path for request in heard if "Authorization" in request.headers] == []


async def test_a_proxy_is_not_asked_for_this_machine(place: Place) -> None:
    async with listening(lambda _: web.Response()) as (proxy, heard), serving(place, **TWILIO) as url:
        report = await examined(place, **TWILIO, TWILIO_API_URL="http://127.0.0.1:9", http_proxy=proxy, no_proxy="")
        elsewhere = await examined(place, **TWILIO, http_proxy=proxy, no_proxy="", RECADO_PUBLIC_URL="http://desk.test")

    assert report.of("Address") == [("ok", f"The app answers at {url}.")]
    assert {request.host for request in heard} == {"desk.test"}
    assert elsewhere.code == 1


async def test_whoever_took_the_port_of_a_killed_dev_gets_no_credentials(place: Place) -> None:
    ended = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await ended.wait()
    data = place.folder / ".recado"
    async with listening(lambda _: web.json_response({"emulator": "twilio", "numbers": []})) as (url, heard):
        replace(DevState.of(data).at(url), process=ended.pid).keep(data)
        report = await examined(
            place, **TWILIO, RECADO_PUBLIC_URL="http://127.0.0.1:9", TWILIO_API_URL="http://[::1]:9"
        )

    assert report.of("Line main")
    assert heard == []


async def test_at_the_provider_a_webhook_elsewhere_is_found_with_the_exact_cure(place: Place) -> None:
    emulator = Emulator(ACCOUNT, TOKEN, SENDERS.split(","))
    async with emulating(emulator) as twilio, serving(place, **TWILIO, TWILIO_API_URL=twilio) as url:
        emulator.number("whatsapp:+14155550100").webhook = "https://old.example.com/in?key=secret"
        emulator.number("+14155550101").webhook = f"{url}/webhooks/twilio/main-2"
        elsewhere = await examined(place, **TWILIO, TWILIO_API_URL=twilio)
        emulator.number("whatsapp:+14155550100").webhook = f"{url}/webhooks/twilio/main"
        mended = await examined(place, **TWILIO, TWILIO_API_URL=twilio)
        emulator.numbers.remove("+14155550101")
        gone = await examined(place, **TWILIO, TWILIO_API_URL=twilio)
        wrong = await examined(place, **{**TWILIO, "TWILIO_AUTH_TOKEN": "guess"}, TWILIO_API_URL=twilio)

    assert elsewhere.code == 1
    severity, what = elsewhere.of("Line main:")[1]
    assert severity == "problem"
    assert what.startswith("What people write to whatsapp:+14155550100 is posted to https://old.example.com/in, which")
    assert f"enter {url}/webhooks/twilio/main#" in elsewhere.cure("Line main:", "old.example.com")
    assert elsewhere.of("Line main-2")[1] == ("ok", "What people write to +14155550101 is posted here.")
    assert (mended.code, mended.grave()) == (0, [])
    assert gone.grave() == ["+14155550101 is not among the numbers of this Twilio account."]
    assert "Twilio refuses the credentials." in wrong.grave()


async def test_every_mistake_in_the_settings_is_found_at_once_and_the_rest_is_looked_at(place: Place) -> None:
    (place.folder / ".env").write_text(
        f"RECADO_SWEEP_S=soon\nRECADO_SWEEPS=1\nRECADO_STORE=mongo\nTWILIO_AUTH_TOKEN={TOKEN}\nTWILIO_ACOUNT_SID=x\n"
    )
    (place.folder / "recado.toml").write_text("name = 1\n[cap]\n")

    report = await examined(place)

    assert report.code == 1
    settings = [what for _, what in report.of("Settings")]
    assert any(what.startswith("RECADO_SWEEP_S=soon: ") for what in settings)
    assert "RECADO_STORE: there is no store 'mongo'." in settings
    assert "RECADO_SWEEPS is set, and nothing reads it." in settings
    assert "TWILIO_ACCOUNT_SID is not set." in settings
    assert report.cure("Settings", "TWILIO_ACOUNT_SID").startswith("Did you mean TWILIO_ACCOUNT_SID?")
    assert [what.partition(" ")[0] for _, what in report.of("Assistant")] == ["recado.toml:1:", "recado.toml:2:"]
    assert report.of("Store")[1] == ("warning", "It could not be looked at: see the settings above.")
    assert report.of("Queue")[0][0] == "ok"
    assert report.cure("Settings", "RECADO_SWEEP_S").endswith("It is set in .env, line 1.")
    assert report.cure("Settings", "others on this machine") == "Run: chmod 600 .env"


async def test_data_of_another_set_up_is_found(place: Place) -> None:
    async with place.dev():
        pass

    report = await examined(place, **TWILIO, TWILIO_API_URL="http://127.0.0.1:9")

    assert report.code == 1
    assert "RECADO_DATA" in report.cure("Line main", "It belongs to another account")


async def test_a_store_that_cannot_be_read_is_found_and_the_rest_is_looked_at(place: Place) -> None:
    (place.folder / ".recado").mkdir(mode=0o700)
    (place.folder / ".recado" / "recado.db").write_bytes(b"this is no database" * 1000)

    report = await examined(place, **TWILIO, TWILIO_API_URL="http://127.0.0.1:9")

    assert report.code == 1
    assert any("recado.db cannot be used" in what for _, what in report.of("Store"))
    assert report.of("Line main: +14155550100")


@pytest.mark.parametrize(
    ("rule", "what", "cure"),
    [
        (Rule(say="pong"), "answers", ""),
        (Rule(fault=Fault.BAD_KEY), "refuses our key", "OPENAI_API_KEY"),
        (Rule(fault=Fault.NO_MODEL), "model_not_found", "OPENAI_MODEL"),
        (Rule(fault=Fault.OVERLOADED), "in trouble", "OPENAI_BASE_URL"),
        (Rule(fault=Fault.INSUFFICIENT_QUOTA), "credit", "Add credit"),
        (None, "could not be reached", "OPENAI_BASE_URL"),
    ],
    ids=["well", "wrong key", "no such model", "overloaded", "no credit", "no network"],
)
async def test_a_model_is_asked(place: Place, rule: Rule | None, what: str, cure: str) -> None:
    openai = {"RECADO_MODEL": "openai", "OPENAI_API_KEY": "sk-canary-of-the-model", "OPENAI_MODEL": "scripted"}
    async with modelling(*([rule] if rule else [])) as server:
        url = server.url if rule else f"http://127.0.0.1:{free_port()}/v1"
        report = await examined(place, **openai, OPENAI_BASE_URL=url)

    (finding,) = report.of("Model")
    assert what in finding[1]
    assert (finding[0], report.code) == (("ok", 0) if rule and rule.say else ("problem", 1))
    assert cure in report.cure("Model", what)
    assert "sk-canary-of-the-model" not in json.dumps(report.said)


async def test_a_missing_key_says_where_to_get_it(place: Place) -> None:
    report = await examined(place, RECADO_MODEL="openai")

    assert report.code == 1
    assert "https://platform.openai.com/api-keys" in report.cure("Settings", "OPENAI_API_KEY is not set")
