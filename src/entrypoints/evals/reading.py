"""From a file to a script. What is wrong with it is said with the file, the line and the cure."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from core.errors import Rejected
from entrypoints.evals.script import KEYS, Script, checked, keys_of

Place = tuple[str | int, ...]
"""The keys and positions that lead to a part of the file."""

_PLAINLY = {
    "missing": "is missing",
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
    "string_type": "must be text",
    "model_type": "must hold keys and values",
    "model_attributes_type": "must hold keys and values",
    "mapping_type": "must hold keys and values",
    "dict_type": "must hold keys and values",
    "string_pattern_mismatch": "must be a phone number in full, such as +5511987654321",
}
"""Pydantic's words where they are not everybody's."""


def read(path: Path) -> Script:
    """The conversations in this file. Raises `Rejected`, one line for each mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Rejected(f"{path}: the file cannot be read: {error.strerror}. Name a file of conversations.") from None
    except UnicodeDecodeError:
        raise Rejected(f"{path}: the file is not text in UTF-8. Save it as such.") from None
    lines: dict[Place, int] = {}
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            raise Rejected(f"{path}:1: the file is empty. It wants {_known('')}.")
        given = _plain(root, (), lines, path)
    except yaml.YAMLError as error:
        raise Rejected(_not_yaml(path, error)) from None
    except RecursionError:
        raise Rejected(f"{path}: something in the file lies within itself, or much too deep. Write it out.") from None
    try:
        script = checked(given)
    except ValidationError as error:
        told = [_explained(path, lines, mistake) for mistake in _first_hand(error)]
        raise Rejected("\n".join(dict.fromkeys(told))) from None
    if script.agent is None:
        return script
    return script.model_copy(update={"agent": path.parent / script.agent})


def _plain(node: yaml.Node, place: Place, lines: dict[Place, int], path: Path) -> Any:
    """The node as lists, dictionaries and texts, as they are written: `no` is a word, and 52.90 keeps its zero."""
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*place, number), lines, path) for number, item in enumerate(node.value)]
    known: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise Rejected(f"{path}:{line}: a key must be a word.")
        if key.value in known:
            raise Rejected(f"{path}:{line}: {key.value} is there twice. Keep one of them.")
        lines[*place, key.value] = line
        known[key.value] = _plain(value, (*place, key.value), lines, path)
    return known


def _first_hand(error: ValidationError) -> Sequence[Mapping[str, Any]]:
    """The mistakes, without those that follow from others: a list is not too short for what is wrong in it."""
    mistakes = error.errors(include_url=False)
    places = {mistake["loc"][:depth] for mistake in mistakes for depth in range(len(mistake["loc"]))}
    return [each for each in mistakes if each["type"] != "too_short" or each["loc"] not in places]


def _explained(path: Path, lines: Mapping[Place, int], mistake: Mapping[str, Any]) -> str:
    place: Place = tuple(mistake["loc"])
    part = next((step for step in reversed(place[:-1]) if isinstance(step, str) and step in KEYS), "")
    where = f"{path}:{_line(place, lines)}: {_named(place)}"
    if mistake["type"] == "extra_forbidden":
        return f"{where} is no key of this part. It may have {_known(part)}."
    if mistake["type"] == "missing":
        return f"{where} is missing. This part wants {_known(part)}."
    message = mistake["msg"].removeprefix("Value error, ")
    return f"{where} {_PLAINLY.get(mistake['type'], message[:1].lower() + message[1:])}."


def _line(place: Place, lines: Mapping[Place, int]) -> int:
    """Of the deepest part on the way that is in the file."""
    return next(lines[place[:depth]] for depth in range(len(place), -1, -1) if place[:depth] in lines)


def _named(place: Place) -> str:
    """`conversations[3].says[0].expect`, counted from 1 as people do."""
    named = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in place)
    return named.removeprefix(".") or "the file"


def _known(part: str) -> str:
    return ", ".join(keys_of(part))


def _not_yaml(path: Path, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = 1 if mark is None else mark.line + 1
    what = getattr(error, "problem", None) or "a character that YAML does not have"
    return f"{path}:{line}: this is not YAML: {what}. A text with a comma, a colon, # or ? in it wants quotes."
