"""`recado eval` as a program of its own: what it tells by its exit code, and that it waits for who is far away."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.openai_server import Rule, serving

RECADO = Path(sys.executable).parent / "recado"

SPENT = """\
now: 2026-03-12T15:00-03:00
conversations:
  - name: an expense
    language: en
    says:
      - [hi, spent 12 on coffee]
    expect: {replies: 1, contains: [12]}
    records:
      - {kind: finance.expense, has: {amount: 12, what: coffee}, at: today}
  - name: a joke
    language: en
    says: [tell me a joke]
    expect: {contains: [a chicken]}
    records: []
"""


async def held(folder: Path, *arguments: str, **env: str) -> tuple[int | None, str, str]:
    """`recado eval` in this folder, where nothing is configured: exit code, output, errors."""
    process = await asyncio.create_subprocess_exec(
        RECADO,
        "eval",
        *arguments,
        env={"PATH": os.environ["PATH"], **env},
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, errors = await process.communicate()
    return process.returncode, out.decode(), errors.decode()


async def test_a_model_on_the_network_is_waited_for_and_paid(tmp_path: Path) -> None:
    (tmp_path / "spent.yaml").write_text(SPENT, encoding="utf-8")
    call: dict[str, Any] = {"name": "add_expense", "arguments": {"amount": "12", "what": "coffee"}}

    async with serving(Rule(when="spent", calls=(call,)), Rule(say="I know none.", delay=0.3)) as server:
        code, out, errors = await held(
            tmp_path,
            *("spent.yaml", "--json", "--at-least", "50%"),
            RECADO_MODEL="openai",
            OPENAI_BASE_URL=server.url,
            OPENAI_API_KEY="key",
            OPENAI_MODEL="scripted",
            RECADO_QUIET_MS="200",
        )

    assert code == 0, out + errors
    told = json.loads(out)
    assert told["models"] == ["openai:scripted"]
    assert told["input_tokens"] > 0
    assert told["seconds_p95"] >= 0.3
    assert {failure["conversation"] for failure in told["files"][0]["failures"]} == {"a joke"}


async def test_too_few_is_told_by_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "spent.yaml").write_text(SPENT, encoding="utf-8")

    assert [(await held(tmp_path, "spent.yaml", *more))[0] for more in ((), ("--at-least", "50%"))] == [1, 0]


@pytest.mark.parametrize("text", ["# broken\nnow: [", "now: 2026-03-12T15:00-03:00\nconversations: []\n"])
async def test_a_file_with_a_mistake_is_told_apart_by_the_exit_code(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")

    code, out, errors = await held(tmp_path, "bad.yaml")

    assert (code, out) == (2, "")
    assert errors.startswith("recado: bad.yaml:2: ")


async def test_a_percentage_that_is_none_is_a_mistake_too(tmp_path: Path) -> None:
    (tmp_path / "spent.yaml").write_text(SPENT, encoding="utf-8")

    code, _, errors = await held(tmp_path, "spent.yaml", "--at-least", "most")

    assert code == 2
    assert "must be a percentage, such as 95%" in errors


async def test_nothing_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "spent.yaml").write_text(SPENT, encoding="utf-8")

    await held(tmp_path, "spent.yaml")

    assert os.listdir(tmp_path) == ["spent.yaml"]  # noqa: PTH208 - a test may block
