"""From a tool's arguments dataclass to the JSON schema a model is given, and from what it wrote back to an instance."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from core.ai.ports import Invalid
from core.ai.tool import Tool

_MOST_MISTAKES = 5

# What the API's strict mode understands, and what may be left out because validation sees to it all the same.
_SHAPES = {"type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const", "$ref", "$defs"}
_BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems"}
_UNDERSTOOD = _SHAPES | _BOUNDS | {"description", "pattern", "format"}
_OMITTED = {"title", "default", "examples", "deprecated", "uniqueItems", "minLength", "maxLength"}
_FORMATS = {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}


class _Beyond(Exception):
    """The schema says something that strict mode does not understand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What is derived once per arguments type."""

    adapter: TypeAdapter[Any]
    schema: Mapping[str, Any]
    """Closed: no property beyond those named."""
    strict: Mapping[str, Any] | None
    """The same for strict mode, where a property with a default is required and may be null; none if it cannot be."""
    defaulted: frozenset[str]
    """Properties for which null can only mean: take the default."""

    def read(self, text: str) -> Any | Invalid:
        """An instance, or in words for the model why there is none."""
        text = text.strip() or "{}"
        try:
            return self.adapter.validate_json(self._without_nulls(text), extra="forbid")
        except ValidationError as error:
            return Invalid(why=_explained(error))

    def _without_nulls(self, text: str) -> str | bytes:
        if not self.defaulted or "null" not in text:
            return text
        try:
            value = from_json(text)
        except ValueError:
            return text
        if not isinstance(value, dict):
            return text
        return to_json({k: v for k, v in value.items() if v is not None or k not in self.defaulted})


class Schemas(dict[type[Any], Arguments]):
    """What is known of each arguments type; derived when first asked for."""

    def __missing__(self, kind: type[Any]) -> Arguments:
        known = self[kind] = _derived(kind)
        return known

    def described(self, tool: Tool, *, strict: bool) -> dict[str, Any]:
        """The tool as the API is told of it."""
        arguments = self[tool.arguments]
        function: dict[str, Any] = {"name": tool.name, "description": tool.description}
        if strict and arguments.strict is not None:
            function |= {"parameters": arguments.strict, "strict": True}
        else:
            function["parameters"] = arguments.schema
        return {"type": "function", "function": function}


def _derived(kind: type[Any]) -> Arguments:
    adapter = TypeAdapter[Any](kind)
    raw = adapter.json_schema()
    properties, required = raw.get("properties", {}), raw.get("required", [])
    try:
        strict = _strict(raw, top=True)
    except _Beyond:
        strict = None
    return Arguments(
        adapter=adapter,
        schema=_closed(raw),
        strict=strict,
        defaulted=frozenset(p for p in properties if p not in required and not _nullable(properties[p])),
    )


def _nullable(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "null" or any(_nullable(each) for each in schema.get("anyOf", ()))


def _named(node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A mapping of a schema whose keys are names, not words of JSON schema."""
    found: Mapping[str, Any] = node.get(key, {})
    return found


def _closed(node: Any) -> Any:
    """The schema without titles, its objects closed unless they say otherwise."""
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items() if key not in ("title", "properties", "$defs")}
    for key in ("properties", "$defs"):
        if key in node:
            closed[key] = {name: _closed(schema) for name, schema in node[key].items()}
    if "properties" in node:
        closed.setdefault("additionalProperties", False)
    return closed


def _strict(node: Mapping[str, Any], *, top: bool = False) -> dict[str, Any]:
    beyond = node.keys() - _UNDERSTOOD - _OMITTED
    if beyond or node.get("format", "date") not in _FORMATS or "(?" in node.get("pattern", ""):
        raise _Beyond
    strict: dict[str, Any] = {key: value for key, value in node.items() if key in _UNDERSTOOD}
    if "items" in strict:
        strict["items"] = _strict(node["items"])
    if "anyOf" in strict:
        strict["anyOf"] = [_strict(each) for each in node["anyOf"]]
    if "$defs" in strict:
        strict["$defs"] = {name: _strict(schema) for name, schema in _named(node, "$defs").items()}
    if "$ref" in strict:
        # Nothing may stand beside a reference.
        strict = {"$ref": strict["$ref"]}
    if node.get("type") == "object":
        strict |= _strict_object(node, top=top)
    return strict


def _strict_object(node: Mapping[str, Any], *, top: bool) -> dict[str, Any]:
    properties, required = _named(node, "properties"), node.get("required", [])
    # Null for a default is taken back in `Arguments.read`, which looks at the top only.
    if node.get("additionalProperties", False) is not False or (not top and len(required) < len(properties)):
        raise _Beyond
    return {
        "properties": {
            name: _strict(schema) if name in required or _nullable(schema) else _or_null(_strict(schema))
            for name, schema in properties.items()
        },
        "required": list(properties),
        "additionalProperties": False,
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    description = {"description": schema.pop("description")} if "description" in schema else {}
    return {"anyOf": [schema, {"type": "null"}], **description}


def _explained(error: ValidationError) -> str:
    """What is wrong and where. Never the value itself: it is on its way to a journal."""
    mistakes = error.errors(include_url=False, include_context=False, include_input=False)
    told = [f"{'.'.join(map(str, each['loc'])) or 'arguments'}: {each['msg']}" for each in mistakes[:_MOST_MISTAKES]]
    if len(mistakes) > _MOST_MISTAKES:
        told.append(f"and {len(mistakes) - _MOST_MISTAKES} more")
    return "; ".join(told)
