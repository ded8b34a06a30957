"""The pages say what the code does: links lead somewhere, what is named is there, and no setting is left out."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from core.limits import Limits
from docs.generate import PAGE, configuration, settings_of_drivers, shown
from entrypoints.settings import Settings, variables

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TOUR = ROOT / "docs" / "tour.md"

_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_MERMAID = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SETTING = re.compile(r"^# ([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def links(page: Path) -> Iterator[tuple[str, str]]:
    """The words and targets of a page's links into this repository."""
    for words, target in _LINK.findall(_CODE.sub("", text_of(page))):
        if not target.startswith(("https://", "http://", "mailto:")):
            yield words, unquote(target)


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", _CODE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def defined(source: Path) -> set[str]:
    """Every function, class and top-level name of a module; none of one that is not there."""
    tree = ast.parse(text_of(source) if source.exists() else "")
    names = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


@every_page
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    broken = []
    for words, target in links(page):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in headings(file)):
            broken.append(f"[{words}]({target})")

    assert broken == []


@every_page
def test_every_named_function_and_class_is_in_the_file_it_links_to(page: Path) -> None:
    missing = [
        f"{words} in {target}"
        for words, target in links(page)
        if target.endswith(".py") and words.startswith("`") and words.strip("`") not in defined(page.parent / target)
    ]

    assert missing == []


def test_the_tour_follows_the_message_in_order() -> None:
    order = [
        "src/entrypoints/http/webhooks.py",
        "src/core/orchestrator.py",
        "src/core/worker.py",
        "src/core/turn_run.py",
        "src/core/ai/assistant.py",
        "src/adapters/twilio/sending.py",
        "src/core/settlement.py",
    ]

    targets = [target.removeprefix("../") for words, target in links(TOUR) if words.startswith("`")]

    first_seen = [targets.index(step) for step in order]
    assert first_seen == sorted(first_seen)


@every_page
def test_every_fence_is_closed(page: Path) -> None:
    fences = re.findall(r"^ *```.*$", text_of(page), re.MULTILINE)

    opened = [fence.strip() for fence in fences[::2]]
    closed = [fence.strip() for fence in fences[1::2]]
    assert len(opened) == len(closed)
    assert set(closed) <= {"```"}
    assert "```" not in opened, "a block says which language it is in"


@every_page
def test_every_diagram_is_whole(page: Path) -> None:
    for diagram in _MERMAID.findall(text_of(page)):
        lines = [line.strip() for line in diagram.splitlines() if line.strip()]
        words = [line.split()[0] for line in lines]
        assert words[0] in ("sequenceDiagram", "stateDiagram-v2", "flowchart")
        assert sum(word in ("subgraph", "loop", "opt", "alt", "par") for word in words) == words.count("end")
        for opening, closing in ("()", "[]", "{}"):
            whole = re.sub(r"--?\)", "", diagram)  # an arrow that waits for no answer
            assert whole.count(opening) == whole.count(closing)
        if words[0] == "sequenceDiagram":
            known = {line.split()[1] for line in lines if line.startswith("participant ")}
            senders = [
                re.split(r"--?>>|--?\)", line.partition(":")[0]) for line in lines if re.search(r"--?(>>|\))", line)
            ]
            assert {party.strip() for pair in senders for party in pair} <= known


def test_the_table_of_settings_is_the_generated_one() -> None:
    assert text_of(PAGE) == configuration(), "run `make docs`"


def test_every_setting_says_what_it_means() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .* \| (.*) \|$", text_of(PAGE), re.MULTILINE)

    assert [name for name, meaning in rows if not meaning.removeprefix("*Secret.*").strip()] == []


def test_the_example_of_an_environment_has_every_setting_once_and_sets_none() -> None:
    example = text_of(ROOT / ".env.example")
    drivers = [variables(driver.settings) for _, _, driver in settings_of_drivers()]
    names = set(variables(Settings)).union(*drivers)

    listed = [name for name, _ in _SETTING.findall(example)]

    assert sorted(listed) == sorted(names)
    assert [line for line in example.splitlines() if line and not line.startswith("#")] == []


def test_the_example_of_an_environment_shows_the_defaults() -> None:
    examples = dict(_SETTING.findall(text_of(ROOT / ".env.example")))
    fields = dict(variables(Settings))
    for port, _, driver in settings_of_drivers():
        if port != "emulator":  # it plays the account that the channel is told of
            fields |= variables(driver.settings)

    defaults = {name: shown(field) for name, field in fields.items() if not field.is_required() and shown(field)}

    assert {name: examples[name] for name in defaults} == defaults


@pytest.mark.parametrize("name", ["README.md", "README.pt-BR.md"])
def test_a_newcomer_finds_the_two_commands_the_bound_and_the_address(name: str) -> None:
    readme = text_of(ROOT / name)

    assert re.search(r"^\$ make run$", readme, re.MULTILINE)
    assert re.search(r"^\$ \.venv/bin/recado chat$", readme, re.MULTILINE)
    assert re.search(r"^\$ make test$", readme, re.MULTILINE)
    assert "T = 180 s" in readme
    assert "/webhooks/twilio/main#ct=2000&rt=5000&rc=3&rp=ct,rt,5xx" in readme


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(folder.glob("[0-9]*.md"))

    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    assert {target for _, target in links(folder / "README.md")} == {page.name for page in pages}
    for number, page in enumerate(pages, start=1):
        assert text_of(page).startswith(f"# {number}. ")
        assert re.findall(r"^## (.*)$", text_of(page), re.MULTILINE) == [
            "Context",
            "Decision",
            "Consequences",
            "Rejected",
        ]


def test_the_figures_that_the_pages_quote_are_those_of_the_code() -> None:
    limits = Limits()

    assert limits.uncertain_bound == timedelta(seconds=180)
    assert (limits.burst.quiet, limits.burst.ceiling) == (timedelta(seconds=1.2), timedelta(seconds=8))
    assert (limits.lease, limits.renew_every) == (timedelta(seconds=30), timedelta(seconds=10))
    assert (limits.look_after, limits.sweep_every) == (timedelta(seconds=15), timedelta(seconds=5))
    assert (limits.attempts, limits.supersedes, limits.resends) == (5, 2, 1)
