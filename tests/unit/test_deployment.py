"""The image and the composition say what the code does. No Docker is needed: they are read as what they are, text."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.limits import Limits
from docs.generate import settings_of_drivers
from entrypoints.cli.commands import app
from entrypoints.settings import Settings, variables
from entrypoints.worker import GRACE

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
OURS = ("serve", "worker", "migrate")


def instructions() -> Iterator[tuple[str, str]]:
    """Each instruction of the Dockerfile and what it is given, in order."""
    whole = re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    for line in filter(None, map(str.strip, whole.splitlines())):
        word, _, given = line.partition(" ")
        yield word, " ".join(given.split())


def last(word: str) -> str:
    return [given for name, given in instructions() if name == word][-1]


def environment() -> Mapping[str, str]:
    """What the final image sets."""
    return dict(pair.split("=", 1) for pair in last("ENV").split())


def settings() -> set[str]:
    """Every setting there is, of the app and of its drivers."""
    return set(variables(Settings)).union(*(variables(driver.settings) for _, _, driver in settings_of_drivers()))


def commands() -> set[str]:
    return {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}


def composed() -> Any:
    """The composition with every variable filled in with its default, or with its name."""
    filled = re.sub(r"(?<!\$)\$\{(\w+)(?::-(\w+))?[^}]*\}", lambda found: found[2] or found[1], COMPOSE)
    return yaml.safe_load(filled)


def service(name: str) -> Any:
    return composed()["services"][name]


def test_what_is_copied_into_the_image_is_there_and_is_let_through() -> None:
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    let_through = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    sources = [
        source
        for word, given in instructions()
        if word == "COPY" and "--from" not in given
        for source in given.split()[:-1]
    ]

    assert ignore[1] == "*", "nothing goes in that is not named"
    assert set(sources) == let_through
    assert [source for source in sources if not (ROOT / source).exists()] == []


@pytest.mark.parametrize("secret", [".env", "recado.env", ".recado/recado.db", ".git/config", "src/core/x.pyc"])
def test_no_secret_data_or_history_gets_into_the_image(secret: str) -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    patterns = [line for line in lines if line and not line.startswith("#")]

    kept = True
    for pattern in patterns:
        bare = pattern.removeprefix("!").removeprefix("**/")
        if fnmatch(secret, bare) or fnmatch(secret, f"{bare}/*") or fnmatch(Path(secret).name, bare):
            kept = pattern.startswith("!")

    assert not kept


def test_the_image_runs_as_nobody_in_particular() -> None:
    user, _, group = last("USER").partition(":")

    assert int(user) >= 10_000
    assert user == group
    assert f"--uid {user}" in DOCKERFILE


def test_the_image_runs_our_commands_and_gets_signals_itself() -> None:
    assert json.loads(last("ENTRYPOINT")) == ["recado"]
    assert set(json.loads(last("CMD"))) <= commands()
    assert last("STOPSIGNAL") == "SIGTERM"


def test_the_image_is_pinned_by_hashes_and_has_no_address_of_a_registry() -> None:
    installs = [given for word, given in instructions() if word == "RUN" and "pip install" in given]

    assert ["--require-hashes" in given or "--no-deps --no-build-isolation" in given for given in installs] == [
        True
    ] * 2
    assert "://" not in DOCKERFILE.replace("http://127.0.0.1", "")
    assert "index" not in DOCKERFILE


def test_the_image_leaves_behind_what_only_the_build_needs() -> None:
    needed_by = {
        name: set(re.findall(r"^    (?:# via|#  ) (\S+)", comments, re.MULTILINE))
        for name, comments in re.findall(
            r"^(\S+?)==.*\n((?:    .*\n)+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    of_build = {"hatchling"} | {name for name, who in needed_by.items() if who == {"hatchling"}}

    [removed] = [
        given.partition("--yes ")[2] for word, given in instructions() if word == "RUN" and "hatchling" in given
    ]

    assert set(removed.split()) - {"setuptools", "pip"} == of_build


def test_the_image_is_healthy_when_its_process_says_so() -> None:
    command = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    [script] = [word for word in command if "urlopen" in word]

    ast.parse(script)
    assert "/healthz" in script
    assert "RECADO_METRICS_PORT" in environment()
    assert set(last("EXPOSE").split()) == {"8000", environment()["RECADO_METRICS_PORT"]}


def test_the_image_sets_nothing_that_nobody_reads() -> None:
    named = {name for name in environment() if name.startswith("RECADO_")}

    assert named <= settings()
    assert environment()["RECADO_DATA"] == last("VOLUME")


@pytest.mark.parametrize("name", OURS)
def test_every_service_of_ours_runs_a_command_of_the_one_image_with_settings_that_exist(name: str) -> None:
    ours = service(name)

    assert ours["command"] in commands()
    assert (ours["build"], ours["image"]) == (".", "recado")
    assert set(ours["environment"]) <= settings()
    assert ours["environment"]["RECADO_METRICS_PORT"] == environment()["RECADO_METRICS_PORT"]


@pytest.mark.parametrize("name", OURS)
def test_no_service_of_ours_can_write_to_its_image_or_gain_rights(name: str) -> None:
    ours, user = service(name), last("USER").partition(":")[0]

    assert ours["read_only"] is True
    assert f"/data:uid={user},gid={user},mode=0700" in ours["tmpfs"]
    assert ours["cap_drop"] == ["ALL"]
    assert ours["security_opt"] == ["no-new-privileges:true"]


def test_nothing_but_the_app_is_reached_from_the_host_and_that_only_from_the_host_itself() -> None:
    services = composed()["services"]

    published = {name: each["ports"] for name, each in services.items() if "ports" in each}

    assert published == {"serve": ["127.0.0.1:8000:8000"]}
    assert services["postgres"]["networks"] == services["redis"]["networks"] == ["inside"]
    assert composed()["networks"]["inside"] == {"internal": True}


def test_a_stop_gives_turns_and_sends_the_time_that_they_may_take() -> None:
    for name in ("serve", "worker"):
        seconds = int(service(name)["stop_grace_period"].removesuffix("s"))
        assert timedelta(seconds=seconds) > GRACE + Limits().send_within


def test_nothing_starts_before_the_schema_is_there_and_redis_may_be_down() -> None:
    for name in ("serve", "worker"):
        assert service(name)["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "redis": {"condition": "service_started"},
        }
    assert service("migrate")["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert {name for name, each in composed()["services"].items() if "healthcheck" not in each} == {"serve", "worker"}


def test_the_app_may_call_functions_and_only_the_migration_may_change_the_schema() -> None:
    who = {name: service(name)["environment"]["DATABASE_URL"].split("//")[1].partition(":")[0] for name in OURS}

    assert who == {"serve": "recado_app", "worker": "recado_app", "migrate": "postgres"}
    assert "in role service_role" in composed()["configs"]["roles"]["content"]
    assert service("serve")["env_file"] == "recado.env", "the password of the database's owner is not among it"


def test_there_is_no_password_in_the_composition() -> None:
    secrets = re.findall(r"\$\{(\w*PASSWORD)\b", COMPOSE)

    assert set(secrets) == {"POSTGRES_PASSWORD", "RECADO_APP_PASSWORD", "REDIS_PASSWORD"}
    assert re.findall(r"(?i)password\S* ?[:=] ?'?[a-z0-9]{4,}", COMPOSE.replace("${", "$")) == []
