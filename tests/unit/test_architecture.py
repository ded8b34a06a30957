"""Rules about the shape of the tree that a linter cannot state, or must not be trusted alone to keep."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"
ROUTES = SRC / "entrypoints" / "http" / "webhooks.py"


def modules(root: str) -> list[Path]:
    return sorted((SRC / root).rglob("*.py"))


def name_of(module: Path) -> str:
    parts = module.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_roots(source: str) -> Iterator[str]:
    """The top-level packages that a module imports, wherever in the module it does. Relative imports stay inside."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def strangers(root: str, *, allowed: frozenset[str] | None = None, refused: frozenset[str] = frozenset()) -> list[str]:
    """`module imports package`, for each import of a root that is refused, or not among the allowed."""
    return [
        f"{name_of(module)} imports {package}"
        for module in modules(root)
        for package in imported_roots(module.read_text(encoding="utf-8"))
        if package in refused or (allowed is not None and package not in allowed)
    ]


def test_core_imports_the_standard_library_and_itself() -> None:
    assert strangers("core", allowed=sys.stdlib_module_names | {"core"}) == []


def test_entry_points_never_import_a_driver() -> None:
    assert strangers("entrypoints", refused=frozenset({"adapters"})) == []


def test_drivers_never_import_an_entry_point() -> None:
    assert strangers("adapters", refused=frozenset({"entrypoints"})) == []


def test_an_import_hidden_in_a_function_is_seen() -> None:
    source = "def driver():\n    import openai.types\n    from twilio.rest import Client\n    from . import sibling\n"

    assert list(imported_roots(source)) == ["openai", "twilio"]


def test_core_runs_on_a_bare_interpreter() -> None:
    names = [name_of(module) for module in modules("core")]
    program = (
        f"import importlib, sys; sys.path.insert(0, {str(SRC)!r}); [importlib.import_module(n) for n in {names!r}]"
    )

    bare = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)

    assert (bare.returncode, bare.stderr) == (0, "")


@pytest.mark.skipif(not ROUTES.parent.exists(), reason="there is no HTTP entry point yet")
def test_the_webhook_routes_stay_short() -> None:
    assert len(ROUTES.read_text(encoding="utf-8").splitlines()) < 100
