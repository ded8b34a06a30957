"""The API's description of itself is whole: a client can be made from it, and its examples are what it says."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI
from starlette.routing import Mount

from core.identity.model import Permission
from entrypoints.http.problems import MEDIA_TYPE
from tests.api_app import api_with

API_PAGE = Path(__file__).parents[2] / "docs" / "api.md"

OPERATIONS = {
    "list_conversations": ("get", "/conversations", Permission.READ),
    "get_conversation": ("get", "/conversations/{conversation}", Permission.READ),
    "list_messages": ("get", "/conversations/{conversation}/messages", Permission.READ),
    "send_message": ("post", "/conversations/{conversation}/messages", Permission.SEND),
    "list_facts": ("get", "/conversations/{conversation}/facts", Permission.READ),
    "list_turns": ("get", "/turns", Permission.READ),
    "list_turns_of_conversation": ("get", "/conversations/{conversation}/turns", Permission.READ),
    "take_over": ("post", "/conversations/{conversation}/take-over", Permission.OPERATE),
    "reply": ("post", "/conversations/{conversation}/reply", Permission.OPERATE),
    "hand_back": ("post", "/conversations/{conversation}/hand-back", Permission.OPERATE),
    "close": ("post", "/conversations/{conversation}/close", Permission.OPERATE),
    "list_contacts": ("get", "/contacts", Permission.READ),
    "get_contact": ("get", "/contacts/{contact}", Permission.READ),
    "get_spending": ("get", "/spending", Permission.READ),
    "list_lines": ("get", "/lines", Permission.READ),
}

every_operation = pytest.mark.parametrize("name", OPERATIONS)


@dataclass(frozen=True, slots=True)
class Description:
    """The document, and ways through it."""

    document: dict[str, Any]

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield method, path, operation

    def operation(self, name: str) -> dict[str, Any]:
        method, path, _ = OPERATIONS[name]
        found: dict[str, Any] = self.document["paths"][path][method]
        return found

    def validator(self, schema: dict[str, Any]) -> Any:
        """For values of a schema as it stands in the document, with its references."""
        return jsonschema_rs.Draft202012Validator(
            {**schema, "components": self.document["components"]}, validate_formats=True
        )


@pytest.fixture(scope="module")
def described() -> Description:
    async def read() -> Description:
        async with api_with() as api:
            return Description((await api.get("/openapi.json", key="")).json)

    return asyncio.run(read())


async def test_it_is_written_once_however_often_strangers_ask() -> None:
    async with api_with() as api:
        first = await api.get("/openapi.json", key="")
        (mounted,) = [route.app for route in api.made.app.routes if isinstance(route, Mount)]
        assert isinstance(mounted, FastAPI)
        mounted.openapi_schema = {"written": "again"}

        again = await api.get("/openapi.json", key="")

    assert again == first


def test_every_operation_is_there_and_named(described: Description) -> None:
    assert {
        operation["operationId"]: (method, path, Permission(operation["security"][0]["apiKey"][0]))
        for method, path, operation in described.operations()
    } == OPERATIONS


def test_it_says_what_it_is_where_it_is_and_how_one_gets_in(described: Description) -> None:
    document = described.document

    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] == "Recado"
    assert document["info"]["version"]
    assert document["info"]["description"]
    assert document["servers"] == [{"url": "/v1"}]
    scheme = document["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "X-API-Key")


@every_operation
def test_an_operation_is_explained_and_belongs_somewhere(name: str, described: Description) -> None:
    operation = described.operation(name)
    tags = {tag["name"] for tag in described.document["tags"] if tag["description"]}

    assert operation["summary"]
    assert re.fullmatch(r".+\.", operation["description"], re.DOTALL)
    assert set(operation["tags"]) <= tags


@every_operation
def test_an_operation_names_every_answer_it_may_give(name: str, described: Description) -> None:
    method, path, _ = OPERATIONS[name]
    operation = described.operation(name)
    takes = {(parameter["in"], parameter["name"]) for parameter in operation.get("parameters", ())}

    expected = {"202" if name == "send_message" else "200", "401", "403", "500", "503"}
    expected |= {"404"} if "{" in path or name == "get_spending" else set()
    expected |= {"422"} if takes else set()
    expected |= {"400"} if ("query", "cursor") in takes or "requestBody" in operation else set()
    expected |= {"408", "413", "415"} if "requestBody" in operation else set()
    expected |= {"409"} if method == "post" and name != "send_message" else set()
    assert set(operation["responses"]) == expected


@every_operation
def test_every_answer_has_examples_that_are_what_it_says(name: str, described: Description) -> None:
    for status, response in described.operation(name)["responses"].items():
        (media_type,) = response["content"]
        content = response["content"][media_type]
        examples = (
            [content["example"]]
            if "example" in content
            else [example["value"] for example in content["examples"].values()]
        )

        assert response["description"]
        assert media_type == (MEDIA_TYPE if status >= "400" else "application/json")
        assert examples
        validator = described.validator(content["schema"])
        for example in examples:
            validator.validate(example)
            assert media_type != MEDIA_TYPE or example["status"] == int(status)


@every_operation
def test_the_example_of_an_answer_leaves_nothing_out(name: str, described: Description) -> None:
    """A field that has no example is one that nobody sees in the description."""
    responses = described.operation(name)["responses"]
    ((_, response),) = [(status, each) for status, each in responses.items() if status < "300"]
    content = response["content"]["application/json"]
    schema = described.document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]

    assert set(content["example"]) == set(schema["properties"])
    assert set(schema["required"]) == set(schema["properties"])


@every_operation
def test_what_it_takes_is_explained(name: str, described: Description) -> None:
    operation = described.operation(name)

    assert [given["name"] for given in operation.get("parameters", ()) if not given.get("description")] == []
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        fields = described.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]
        assert [field for field, about in fields.items() if "description" not in about] == []


def test_examples_of_parameters_are_what_they_say(described: Description) -> None:
    for _, _, operation in described.operations():
        for given in operation.get("parameters", ()):
            validator = described.validator(given["schema"])
            for example in given["schema"].get("examples", ()):
                validator.validate(example)


def test_every_field_of_a_shape_says_more_than_its_name_or_has_a_type_that_does(described: Description) -> None:
    schemas = described.document["components"]["schemas"]

    def explained(about: dict[str, Any]) -> bool:
        return "description" in about or "format" in about or _refers(about) or about.get("items", {}).get("$ref")

    bare = {
        f"{shape}.{field}"
        for shape, schema in schemas.items()
        for field, about in schema.get("properties", {}).items()
        if not explained(about)
    }
    assert bare <= {f"{shape}.{field}" for shape in schemas for field in _PLAIN}


_PLAIN = ("id", "text", "name", "label", "address", "url", "forwarded", "failed", "calls")
"""Names that say it all."""


def _refers(about: dict[str, Any]) -> bool:
    return "$ref" in about or any("$ref" in each or "format" in each for each in about.get("anyOf", ()))


def test_a_401_and_a_503_say_which_headers_they_bring(described: Description) -> None:
    for _, _, operation in described.operations():
        assert "WWW-Authenticate" in operation["responses"]["401"]["headers"]
        assert "Retry-After" in operation["responses"]["503"]["headers"]


async def test_there_is_no_page_that_loads_scripts_from_elsewhere() -> None:
    async with api_with() as api:
        for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
            assert (await api.get(path)).status == 404


def test_every_kind_of_problem_is_on_the_page(described: Description) -> None:
    types = {
        example["value"]["type"]
        for _, _, operation in described.operations()
        for status, response in operation["responses"].items()
        if status >= "400"
        for example in response["content"][MEDIA_TYPE]["examples"].values()
    } - {"about:blank"}

    page = API_PAGE.read_text(encoding="utf-8")
    assert len(types) == 4
    assert [kind for kind in types if f"`{kind}`" not in page] == []


def test_every_operation_is_on_the_page() -> None:
    page = API_PAGE.read_text(encoding="utf-8")

    assert [
        f"{method} {path}" for method, path, _ in OPERATIONS.values() if f"`{method.upper()} {path}`" not in page
    ] == []
