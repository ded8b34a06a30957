"""Settings come from the environment, and a mistake in one is said in a line, with the cure."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from core.errors import Permanent
from core.limits import Limits
from entrypoints.process import turns_of_this_machine
from entrypoints.settings import Settings, environment, limits_of, read, secrets, variables


class Vendor(BaseSettings):
    """A driver's settings, as a driver writes them."""

    vendor_token: tuple[SecretStr, ...] = Field(description="On the first page of https://vendor.example.")
    vendor_port: int = Field(1, ge=1, description="The port.")
    other: str = Field("", validation_alias="VENDOR_ELSEWHERE", description="A name of its own.")


def complaint(kind: type[BaseSettings], **environ: str) -> str:
    with pytest.raises(Permanent) as raised:
        read(kind, environ)
    return str(raised.value)


def test_nothing_has_to_be_set() -> None:
    settings = read(Settings, {})

    assert (settings.store, settings.queue, settings.model, settings.channels) == (
        "sqlite",
        "inline",
        "offline",
        ("twilio",),
    )
    assert settings.public_url == "http://127.0.0.1:8000"


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in variables(Settings).items() if not field.description] == []


def test_the_names_are_those_that_scripts_rely_on() -> None:
    names = "STORE QUEUE MODEL CHANNELS AGENT API_KEY PUBLIC_URL LOG_LEVEL DATA HOST PORT METRICS_PORT "
    names += "SECRET_KEYS QUIET_MS MAX_WAIT_MS SWEEP_S LEASE_S TURNS"

    assert set(variables(Settings)) == {f"RECADO_{name}" for name in names.split()}


def test_only_what_is_given_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECADO_PORT", "9999")

    assert read(Settings, {}).port == 8000


def test_the_environment_wins_over_the_file_and_an_empty_value_counts_as_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("RECADO_PORT=9001\nRECADO_HOST=0.0.0.0\nRECADO_STORE=\n")
    monkeypatch.setenv("RECADO_PORT", "9002")

    settings = read(Settings, environment())

    assert (settings.port, settings.host, settings.store) == (9002, "0.0.0.0", "sqlite")


def test_channels_are_a_list_with_commas() -> None:
    assert read(Settings, {"RECADO_CHANNELS": "twilio, mine ,"}).channels == ("twilio", "mine")


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"RECADO_PORT": "9000"}, "http://127.0.0.1:9000"),
        ({"RECADO_HOST": "0.0.0.0"}, "http://127.0.0.1:8000"),
        ({"RECADO_PUBLIC_URL": "https://recado.example.com/"}, "https://recado.example.com"),
        ({"RECADO_PUBLIC_URL": "https://example.com/recado"}, "https://example.com/recado"),
    ],
)
def test_the_public_url_is_worked_out_when_left_out(environ: dict[str, str], url: str) -> None:
    assert read(Settings, environ).public_url == url


@pytest.mark.parametrize(
    ("name", "value", "cure"),
    [
        ("RECADO_PORT", "99999", "less than or equal to 65535"),
        ("RECADO_QUIET_MS", "soon", "valid integer"),
        ("RECADO_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("RECADO_PUBLIC_URL", "recado.example.com", "https://recado.example.com"),
        ("RECADO_PUBLIC_URL", "https://x.example/#rc=3", "https://recado.example.com"),
        ("RECADO_SWEEP_S", "0", "greater than 0"),
        ("RECADO_MAX_WAIT_MS", "100", "must not be less than RECADO_QUIET_MS"),
    ],
)
def test_a_mistake_names_the_variable_its_value_and_the_cure(name: str, value: str, cure: str) -> None:
    said = complaint(Settings, **{name: value})

    assert said.startswith(f"{name}={value}: ")
    assert cure in said
    assert "Left out, it is " in said
    assert "\n" not in said


def test_each_mistake_has_a_line() -> None:
    said = complaint(Settings, RECADO_PORT="x", RECADO_SWEEP_S="y")

    assert [line.partition("=")[0] for line in said.splitlines()] == ["RECADO_PORT", "RECADO_SWEEP_S"]


def test_a_missing_setting_names_itself_and_where_to_get_it() -> None:
    said = complaint(Vendor)

    assert said.startswith("VENDOR_TOKEN is not set. On the first page of https://vendor.example.")


def test_a_secret_is_not_repeated() -> None:
    class Odd(BaseSettings):
        odd_token: SecretStr = Field(min_length=50)

    said = complaint(Odd, ODD_TOKEN="canary-canary")

    assert "canary" not in said
    assert said.startswith("ODD_TOKEN: ")


def test_the_password_in_an_address_is_not_repeated() -> None:
    class Database(BaseSettings):
        database_url: str = Field(pattern="^postgres:")

    said = complaint(Database, DATABASE_URL="mysql://user:canary@db.example/x")

    assert "canary" not in said
    assert "db.example" in said


def test_a_field_with_a_name_of_its_own_is_read_by_it() -> None:
    settings = read(Vendor, {"VENDOR_TOKEN": '["one"]', "VENDOR_ELSEWHERE": "there"})

    assert settings.other == "there"
    assert set(variables(Vendor)) == {"VENDOR_TOKEN", "VENDOR_PORT", "VENDOR_ELSEWHERE"}


def test_secrets_are_found_one_by_one() -> None:
    class Mixed(BaseSettings):
        plain: str = "seen"
        api_key: str = "by-name"
        hidden: SecretStr = SecretStr("old,new")
        many: tuple[SecretStr, ...] = (SecretStr("first"), SecretStr("second"))

    assert secrets(Mixed()) == {"by-name", "old,new", "old", "new", "first", "second"}


def test_the_limits_follow_the_settings() -> None:
    settings = read(
        Settings,
        {"RECADO_QUIET_MS": "50", "RECADO_MAX_WAIT_MS": "400", "RECADO_SWEEP_S": "0.5", "RECADO_LEASE_S": "3"},
    )

    limits = limits_of(settings, turns=7)

    assert (limits.burst.quiet, limits.burst.ceiling) == (timedelta(milliseconds=50), timedelta(milliseconds=400))
    assert (limits.lease, limits.renew_every, limits.sweep_every) == (
        timedelta(seconds=3),
        timedelta(seconds=1),
        timedelta(seconds=0.5),
    )
    assert limits.turns == 7


def test_without_settings_the_limits_are_those_of_core() -> None:
    assert limits_of(read(Settings, {})) == Limits()


@pytest.mark.parametrize(("told", "turns"), [({}, 2000), ({"RECADO_TURNS": "3"}, 3)])
def test_a_process_runs_no_more_turns_than_it_is_told(told: dict[str, str], turns: int) -> None:
    assert 1 <= turns_of_this_machine(read(Settings, told).turns) <= turns


@pytest.mark.parametrize("turns", ["0", "2001", "many"])
def test_a_number_of_turns_that_no_process_runs_is_refused(turns: str) -> None:
    with pytest.raises(Permanent, match=f"RECADO_TURNS={turns}"):
        read(Settings, {"RECADO_TURNS": turns})
