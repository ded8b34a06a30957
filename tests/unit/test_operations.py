"""What an operator is told is so: metrics are explained, alarms lead somewhere, commands, settings and paths exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import FastAPI
from fastapi.routing import APIRoute
from prometheus_client.parser import text_string_to_metric_families
from starlette.routing import Mount

from entrypoints.cli.commands import app, keys, lines
from entrypoints.http.v1 import mount
from tests.http_app import app_with
from tests.unit.test_deployment import settings
from tests.unit.test_docs import headings, text_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operations.md"
ALARMS = ROOT / "docs" / "alarms.yaml"
PAGES = [PAGE, ROOT / "docs" / "scaling.md"]

_CODE = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"`([^`\n]+)`")
_METRIC = re.compile(r"\b(?:recado|process)_[a-z_]+\b")
_SUFFIX = re.compile(r"_(?:bucket|count|sum)$")


async def exposed() -> set[str]:
    """Every metric that a process shows, whatever happened in it."""
    async with app_with() as made:
        page = await made.app.state.context.page.text()
    return {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(page.decode())
    }


def rules() -> Iterator[Any]:
    for group in yaml.safe_load(text_of(ALARMS))["groups"]:
        yield from group["rules"]


async def test_every_metric_that_is_exposed_is_explained_and_no_other() -> None:
    table = text_of(PAGE).partition("### What each number means")[2].partition("\n## ")[0]
    explained = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in _METRIC.findall(row)}

    assert explained == await exposed()


async def test_every_alarm_is_about_metrics_that_are_exposed() -> None:
    known = await exposed()
    named = {_SUFFIX.sub("", name) for rule in rules() for name in _METRIC.findall(rule["expr"])}

    assert named - known == set()
    assert len(named) > 12


def test_every_alarm_says_where_it_is_told_what_to_do() -> None:
    places = {rule["alert"]: rule["annotations"]["see"] for rule in rules()}

    assert {name: place for name, place in places.items() if place not in headings(PAGE)} == {}
    assert {rule["labels"]["severity"] for rule in rules()} == {"page", "ticket"}


def typed() -> Iterator[str]:
    """Every `recado …` that a page tells somebody to type."""
    for page in PAGES:
        text = text_of(page)
        inline = _WORD.findall(_CODE.sub("", text))
        shown = [line for language, block in _CODE.findall(text) if language == "sh" for line in block.splitlines()]
        for line in [*inline, *shown]:
            yield from re.findall(r"(?:^|[\s/])(recado [a-z][^;|#]*)", line)


def known_commands() -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = {
        (command.name or command.callback.__name__,) for command in app.registered_commands if command.callback
    }
    for group, of in (("keys", keys), ("lines", lines)):
        found |= {(group, command.name or "") for command in of.registered_commands}
        found.add((group,))
    return found


def test_every_command_exists() -> None:
    commands = known_commands()
    unknown = []
    for line in typed():
        words = [word for word in shlex.split(line)[1:] if re.fullmatch(r"[a-z\-]+", word) and not word.startswith("-")]
        if tuple(words[:1]) not in commands or (words[0] in ("keys", "lines") and tuple(words[:2]) not in commands):
            unknown.append(line)

    assert unknown == []
    assert len(list(typed())) > 20


def test_every_setting_exists() -> None:
    ours = {"RECADO_APP_PASSWORD", "RECADO_WORKERS", "RECADO_PUBLISHED_PORT", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}
    assert ours <= set(re.findall(r"\w+", text_of(ROOT / "compose.yaml")))

    named = {
        name
        for page in [*PAGES, ALARMS]
        for name in re.findall(r"\b(?:RECADO|TWILIO|OPENAI|SUPABASE|ARQ)_[A-Z0-9_]+\b|\b[A-Z]+_URL\b", text_of(page))
    }

    assert named - settings() - ours == set()


def test_every_path_of_the_api_exists() -> None:
    outer = FastAPI()
    mount(outer)
    [api] = [route for route in outer.routes if isinstance(route, Mount)]
    templates = [re.sub(r"\{\w+\}", "[^/]+", route.path) for route in api.routes if isinstance(route, APIRoute)]

    for page in PAGES:
        for path in re.findall(r"/v1(/[\w{}$/\-]+)", text_of(page)):
            assert any(re.fullmatch(template, path) for template in templates), path


@pytest.mark.parametrize("language", ["sh", "ini", "nginx", "yaml", "sql"])
def test_what_is_shown_is_in_a_language_that_somebody_checks(language: str) -> None:
    assert any(each == language for page in PAGES for each, _ in _CODE.findall(text_of(page)))


def test_shown_configuration_is_well_formed() -> None:
    for page in PAGES:
        for language, block in _CODE.findall(text_of(page)):
            if language == "yaml":
                yaml.safe_load(block)
            if language == "nginx":
                assert block.count("{") == block.count("}")
            if language == "sh":
                shlex.split(block, comments=True)
