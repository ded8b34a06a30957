"""What a doctor says of each part of a set-up, from what is found there. Real processes: tests/integration."""

import asyncio
import fcntl
import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from adapters.memory import driver as memory
from adapters.twilio.channel import opened
from adapters.twilio.settings import Settings as TwilioSettings
from core.ai.ports import Completion, LanguageModel, Prompt, Stop
from core.ai.tool import Tool
from core.conversation.inspection import Finding, Severity
from core.conversation.turn import Usage
from core.driver import Surroundings
from core.errors import Permanent, Rejected, Unavailable
from core.identity.credentials import Credentials
from entrypoints.doctor import keeping, mind
from entrypoints.doctor.choosing import choose
from entrypoints.doctor.findings import collected, doubt, fine, of_error, problem
from entrypoints.doctor.lines import lacking, line_checked, rehearsal_judged
from entrypoints.doctor.reaching import Answer, judged
from entrypoints.doctor.setup import Setup, found_setup
from entrypoints.doctor.variables import survey, understood
from entrypoints.settings import Settings, read, variables
from tests.build import line
from tests.virtual_time import simulated

PUBLIC = "https://desk.example.com"
AROUND = Surroundings(data=Path(), public_url=PUBLIC, turn_limit=1, works=False)
OURS = Answer(status=200, body=json.dumps({"ready": True, "process": "ok", "store": "ok", "queue": "ok"}).encode())
SILENT = Answer(why="nobody listens there")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def setup_of(**environ: str) -> Setup:
    return Setup(settings=read(Settings, environ), environ=environ, dev=False)


def said(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.severity.value, finding.what) for finding in findings]


# Findings.


def test_each_line_of_an_error_is_a_problem_with_its_cure() -> None:
    findings = list(of_error(Permanent("A is wrong. Do this. And that.\nB is wrong")))

    assert [(one.severity, one.what, one.cure) for one in findings] == [
        (Severity.PROBLEM, "A is wrong.", "Do this. And that."),
        (Severity.PROBLEM, "B is wrong", ""),
    ]


@simulated
async def test_a_check_that_fails_or_hangs_says_what_it_had_found_and_how_it_ended() -> None:
    async def check(error: Exception | None) -> AsyncIterator[Finding]:
        yield fine("a")
        if error is not None:
            raise error
        await asyncio.sleep(3600)

    ended = [
        await collected(check(error), within=3, about="Trying it")
        for error in (Unavailable("no. Wait."), KeyError("x"), None)
    ]

    assert [findings[0] for findings in ended] == [fine("a")] * 3
    assert [findings[1].what for findings in ended] == [
        "no.",
        "Trying it failed: KeyError.",
        "Trying it took longer than 3 s.",
    ]


# Settings.


def test_each_wrong_setting_is_a_finding_of_its_own_and_the_others_hold() -> None:
    Path(".env").write_text("\nRECADO_PORT=http\nexport RECADO_QUIET_MS = x\n")

    settings, findings = understood(Settings, {"RECADO_PORT": "http", "RECADO_QUIET_MS": "x", "RECADO_STORE": "memory"})

    assert settings is not None
    assert (settings.port, settings.quiet_ms, settings.store) == (8000, 1200, "memory")
    assert [finding.what.partition(":")[0] for finding in findings] == ["RECADO_PORT=http", "RECADO_QUIET_MS=x"]
    assert [finding.cure.rpartition("It is set")[2] for finding in findings] == [
        " in .env, line 2.",
        " in .env, line 3.",
    ]


def test_mistakes_that_only_show_together_are_found_too() -> None:
    settings, findings = understood(Settings, {"RECADO_QUIET_MS": "9000", "RECADO_MAX_WAIT_MS": "10"})

    assert len(findings) == 1
    assert "must not be less than RECADO_QUIET_MS" in findings[0].what
    assert settings is None


def test_what_is_missing_says_where_to_get_it() -> None:
    class Needy(BaseSettings):
        needy_token: SecretStr = Field(description="From the first page of https://example.com.")

    settings, findings = understood(Needy, {})

    assert settings is None
    assert said(findings) == [("problem", "NEEDY_TOKEN is not set.")]
    assert findings[0].cure == "From the first page of https://example.com. Put it in the environment or in .env."


class Chosen(BaseSettings):
    """Of a driver that is chosen."""

    vendor_auth_token: str = "x"
    vendor_url: str = "x"


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"RECADO_QUITE_MS": "1"}, "Did you mean RECADO_QUIET_MS?"),
        ({"RECADO_QUITE_MS": "1", "RECADO_QUIET_MS": "1"}, "Did you mean RECADO_QUIET_MS?"),
        ({"RECADO_COLOUR": "red"}, "`recado drivers` lists what there is."),
        ({"RECDO_PORT": "1"}, "Did you mean RECADO_PORT?"),
        ({"VENDOR_AUTH_TOKN": "1"}, "Did you mean VENDOR_AUTH_TOKEN?"),
    ],
)
def test_a_name_that_nobody_reads_is_worth_a_look(environ: dict[str, str], told: str) -> None:
    count, *findings = survey(environ, Settings, Chosen)

    assert count.severity is Severity.OK
    assert said(findings) == [("warning", f"{next(iter(environ))} is set, and nothing reads it.")]
    assert findings[0].cure == f"{told} It is set in the environment."


@pytest.mark.parametrize(
    "environ",
    [
        {"PATH": "/bin", "HOME": "/root", "PORT": "80", "VENDOR_ORGANISATION": "x"},
        {"VENDOR_AUTH_TOKEN": "1", "VENDOR_AUTH_TOKENS": "2"},
        {"TWILIO_REGION": "us1", "OPENAI_ORG_ID": "x"},
        {"RECADO_PUBLIC_URL": PUBLIC, "TWILIO_AUTH_TOKEN": "x"},
    ],
)
def test_what_others_read_is_left_alone(environ: dict[str, str]) -> None:
    assert len(list(survey(environ, Settings, Chosen))) == 1


def test_secrets_that_others_can_read_are_worth_a_look() -> None:
    Path(".env").write_text("VENDOR_AUTH_TOKEN=x\n")
    Path(".env").chmod(0o644)
    readable = list(survey({"VENDOR_AUTH_TOKEN": "x"}, Chosen))
    harmless = list(survey({"VENDOR_URL": "x"}, Chosen))
    Path(".env").chmod(0o600)
    closed = list(survey({"VENDOR_AUTH_TOKEN": "x"}, Chosen))

    assert readable[-1].cure == "Run: chmod 600 .env"
    assert (len(readable), len(harmless), len(closed)) == (2, 1, 1)


async def test_a_channel_that_nobody_set_up_is_no_problem_until_the_app_is_public() -> None:
    async with opened(TwilioSettings(), AROUND) as channel:
        (alone,) = lacking("twilio", channel, [], setup_of())
        public = list(lacking("twilio", channel, [], setup_of(RECADO_PUBLIC_URL=PUBLIC)))

    assert alone == doubt("The channel 'twilio' has no account, and no line.", alone.cure)
    assert "recado dev" in alone.cure
    assert said(public) == [
        ("problem", "TWILIO_ACCOUNT_SID is not set."),
        ("problem", "TWILIO_AUTH_TOKEN is not set."),
        ("problem", "TWILIO_FROM is not set."),
    ]


def test_half_an_account_is_a_mistake() -> None:
    none, half = choose(setup_of(), None), choose(setup_of(TWILIO_AUTH_TOKEN="x"), None)

    assert [chosen.name for chosen in none.of("store")] == ["sqlite"]
    assert (none.flawless, [chosen.name for chosen in none.of("channel")]) == (True, ["twilio"])
    assert [finding.what for finding in half.findings] == ["TWILIO_ACCOUNT_SID is not set.", "TWILIO_FROM is not set."]
    assert list(half.of("channel")) == []
    assert half.flawless is False


async def test_a_line_without_an_account_is_a_problem_and_one_whose_credentials_are_lost_too(tmp_path: Path) -> None:
    setup = setup_of(RECADO_DATA=str(tmp_path))
    lost = replace(line("lost", channel="twilio"), credentials=Credentials.lost("They cannot be opened. Do this."))
    shared = line("shared", channel="twilio")

    async with opened(TwilioSettings(), AROUND) as channel:
        lacks = list(lacking("twilio", channel, [lost, shared], setup))
        about_shared = [found async for found in line_checked(shared, {"twilio": channel}, setup, None)]
        about_lost = [found async for found in line_checked(lost, {"twilio": channel}, setup, None)]

    assert said(lacks)[0] == ("problem", "Line shared has no credentials of its own, and no account is set.")
    assert [finding.severity for finding in about_shared] == [Severity.WARNING]
    assert about_lost == [problem("They cannot be opened.", "Do this.")]


def test_a_driver_that_is_not_there_lists_those_that_are() -> None:
    choices = choose(setup_of(RECADO_STORE="mongo", RECADO_CHANNELS="pigeon"), None)

    assert [finding.what for finding in choices.findings] == [
        "RECADO_STORE: there is no store 'mongo'.",
        "RECADO_CHANNELS: there is no channel 'pigeon'.",
    ]
    assert "memory, postgres, sqlite, supabase" in choices.findings[0].cure


async def test_a_broken_dev_file_does_not_end_it(tmp_path: Path) -> None:
    (tmp_path / ".recado").mkdir()
    (tmp_path / ".recado" / "dev.json").write_text("{")

    setup, findings = await found_setup({"RECADO_PORT": "http"})

    assert (setup.dev, setup.settings.port) == (False, 8000)
    assert [finding.what.partition(" ")[0] for finding in findings] == ["RECADO_PORT=http:", ".recado/dev.json"]


# What is kept here.


def test_a_folder_that_is_not_there_yet_is_made_at_the_first_start(tmp_path: Path) -> None:
    (finding,) = keeping.folder(tmp_path / "a" / "b")

    assert finding.severity is Severity.OK
    assert "the first start makes it" in finding.what
    assert not (tmp_path / "a").exists()


def test_a_folder_that_others_can_look_into_is_worth_a_look(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert [finding.severity.value for finding in keeping.folder(tmp_path)] == ["ok", "warning"]

    tmp_path.chmod(0o700)
    assert [finding.severity.value for finding in keeping.folder(tmp_path)] == ["ok"]


def test_a_file_in_the_place_of_the_folder_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    (finding,) = keeping.folder(tmp_path / "file")

    assert finding.severity is Severity.PROBLEM
    assert "RECADO_DATA" in finding.cure


def test_the_lock_says_who_works_the_queue_and_is_left_alone(tmp_path: Path) -> None:
    assert list(keeping.lock(tmp_path)) == []

    (tmp_path / "worker.lock").write_text(f"{os.getpid()}\n")
    with (tmp_path / "worker.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        (working,) = keeping.lock(tmp_path)
    (stale,) = keeping.lock(tmp_path)

    assert working.what.startswith(f"The queue is worked by process {os.getpid()}: ")
    assert (stale.severity, stale.what) == (Severity.OK, "No process works the queue here now.")


async def test_a_store_that_opens_is_tried(tmp_path: Path) -> None:
    surroundings = Surroundings(data=tmp_path, public_url=PUBLIC, turn_limit=1, works=False)
    async with memory.open(memory.settings(), surroundings) as store:
        findings = [finding async for finding in keeping.store(store, "memory", memory.summary)]

    assert [finding.severity for finding in findings] == [Severity.OK, Severity.OK]
    assert "The store 'memory' opens, with the newest schema." in findings[0].what


# Models.


class Moody(LanguageModel):
    """Answers with an error, or after a while."""

    name = "m1"

    def __init__(self, error: Exception | None = None, after: float = 0) -> None:
        self._error = error
        self._after = after
        self.asked: list[Prompt] = []

    async def complete(self, prompt: Prompt) -> Completion:
        self.asked.append(prompt)
        await asyncio.sleep(self._after)
        if self._error is not None:
            raise self._error
        return Completion(text="pong", stop=Stop.END, usage=Usage(), model=self.name)

    def read(self, tool: Tool, text: str) -> object:
        raise NotImplementedError

    def price(self, model: str) -> None:
        return None


class Vendor(BaseSettings):
    """Of a model's driver."""

    vendor_api_key: SecretStr = Field(SecretStr("x"), description="The key.")
    vendor_base_url: str = Field("x", description="The address.")
    vendor_model: str = Field("x", description="The model.")


async def asked(model: Moody, name: str = "vendor") -> Finding:
    return await mind._asked(name, {"vendor": model}, {"vendor": variables(Vendor)})


@simulated
async def test_a_model_that_answers_is_asked_for_little() -> None:
    model = Moody(after=0.5)

    assert await asked(model) == fine("The model vendor:m1 answers (500 ms).")
    assert await asked(model, "vendor:m2") == fine("The model vendor:m2 answers (500 ms).")
    assert [(prompt.model, prompt.max_output, prompt.may_call) for prompt in model.asked] == [
        ("", 16, False),
        ("m2", 16, False),
    ]


@simulated
@pytest.mark.parametrize(
    ("model", "what", "cures"),
    [
        (
            Moody(Permanent("it refuses our key (401, x)")),
            "does not answer: it refuses our key (401, x).",
            ["KEY", "URL"],
        ),
        (Moody(Permanent("no such model (404, x)")), "does not answer: no such model (404, x).", ["MODEL", "URL"]),
        (Moody(Permanent("no credit left (429)")), "does not answer: no credit left (429).", []),
        (Moody(Unavailable("it was not reached")), "cannot be asked now: it was not reached.", ["URL"]),
        (Moody(after=60), "did not answer within 8 s.", ["URL"]),
    ],
)
async def test_a_model_that_does_not_answer_says_what_to_check(model: Moody, what: str, cures: list[str]) -> None:
    finding = await asked(model)

    assert (finding.severity, finding.what) == (Severity.PROBLEM, f"The model vendor:m1 {what}")
    assert [
        word
        for word in ("KEY", "MODEL", "URL")
        if f"VENDOR_{word}" in finding.cure.replace("API_", "").replace("BASE_", "")
    ] == cures


@simulated
async def test_a_model_that_refuses_just_this_prompt_is_well() -> None:
    assert (await asked(Moody(Rejected("not this")))).severity is Severity.OK


def test_a_mistake_in_the_agents_file_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "recado.toml").write_text('name = "Rita"\ncurrency = "reais"\n')

    wanted, (finding,) = mind.agent(setup_of())

    assert wanted is None
    assert finding.severity is Severity.PROBLEM
    assert finding.what.startswith("recado.toml:2: currency: ")
    assert "ISO 4217" in finding.cure


def test_an_agent_that_is_well_is_named() -> None:
    wanted, (finding,) = mind.agent(setup_of())

    assert wanted is not None
    assert finding.what.startswith("Recado, as ")


# The address.


def address(outside: Answer, inside: Answer = SILENT, **environ: str) -> list[Finding]:
    return list(judged(setup_of(**environ), outside, inside))


@pytest.mark.parametrize(
    ("outside", "inside", "severity", "what", "cure"),
    [
        (OURS, OURS, "ok", f"The app answers at {PUBLIC}.", ""),
        (
            SILENT,
            SILENT,
            "warning",
            "The app does not run: neither http://127.0.0.1:8000 nor",
            "Start it: recado serve",
        ),
        (Answer(status=502), SILENT, "warning", "The app does not run", "Start it: recado serve"),
        (
            Answer(status=502),
            OURS,
            "problem",
            "is not Recado (/healthz says 502)",
            "It does answer at http://127.0.0.1",
        ),
        (Answer(why="its name does not resolve"), OURS, "problem", "its name does not resolve", "RECADO_PUBLIC_URL"),
        (Answer(why="its name does not resolve"), SILENT, "problem", "its name does not resolve", "RECADO_PUBLIC_URL"),
        (Answer(why="its certificate is not accepted"), OURS, "problem", "its certificate", "RECADO_PUBLIC_URL"),
        (Answer(status=200, body=b"ok"), SILENT, "problem", "is not Recado", "Let the proxy"),
        (Answer(status=200, body=b'{"ready": 1}'), SILENT, "problem", "is not Recado", "Let the proxy"),
        (Answer(status=404), OURS, "problem", "is not Recado", "It does answer at http://127.0.0.1:8000. Let"),
        (
            Answer(status=301, location="https://www.desk.example.com/healthz"),
            OURS,
            "problem",
            "redirects (301)",
            "leads to, https://www.desk.example.com, or",
        ),
        (Answer(status=302, location="/login"), OURS, "problem", "redirects (302)", "leads to, or serve"),
    ],
)
def test_what_answers_at_the_public_address(
    outside: Answer, inside: Answer, severity: str, what: str, cure: str
) -> None:
    (finding,) = address(outside, inside, RECADO_PUBLIC_URL=PUBLIC)

    assert finding.severity.value == severity
    assert what in finding.what
    assert cure in finding.cure


def test_an_app_of_this_machine_only_is_started_for_development() -> None:
    (finding,) = address(SILENT)

    assert finding.what == "The app does not run: nobody answers at http://127.0.0.1:8000 (nobody listens there)."
    assert finding.cure == "Start it: recado dev"


def test_an_app_that_is_not_ready_says_which_part() -> None:
    state = {"ready": False, "process": "ok", "store": "unavailable", "queue": "timeout"}

    findings = address(Answer(status=503, body=json.dumps(state).encode()))

    assert [finding.what for finding in findings[1:]] == [
        "The running app is not ready: store is unavailable.",
        "The running app is not ready: queue is timeout.",
    ]


# The rehearsal.


@pytest.mark.parametrize(
    ("genuine", "forged", "severity", "what"),
    [
        (200, 403, "ok", "A genuine webhook is taken, and a forged one refused."),
        (200, 200, "problem", "A forged webhook is taken (200)"),
        (403, 204, "problem", "A forged webhook is taken (204)"),
        (403, 403, "problem", "refuses a genuine webhook (403)"),
        (404, 404, "problem", "does not know https://desk.example.com/webhooks/twilio/main (404)"),
        (405, 405, "problem", "does not know"),
        (400, 403, "warning", "does not understand a rehearsal"),
        (503, 403, "problem", "answered with 503, a forged one with 403"),
        (200, 500, "problem", "answered with 200, a forged one with 500"),
        (0, 0, "problem", "did not answer a genuine webhook: it was silent"),
    ],
)
def test_what_a_rehearsal_comes_to(genuine: int, forged: int, severity: str, what: str) -> None:
    answers = [Answer(status=status, why="it was silent") for status in (genuine, forged)]

    finding = rehearsal_judged(answers[0], answers[1], f"{PUBLIC}/webhooks/twilio/main", PUBLIC)

    assert finding.severity.value == severity
    assert what in finding.what
    assert bool(finding.cure) is (severity != "ok")


def test_a_genuine_webhook_that_is_refused_names_both_causes() -> None:
    refused = Answer(status=403)

    cure = rehearsal_judged(refused, refused, f"{PUBLIC}/webhooks/twilio/main", PUBLIC).cure

    assert "RECADO_PUBLIC_URL" in cure
    assert "token" in cure
