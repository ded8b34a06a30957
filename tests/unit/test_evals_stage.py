"""Conversations held on a whole application, with a model and a skill that are installed for the test."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings

from core.ai.ports import Call, Completion, Invalid, LanguageModel, Prompt, Returned, Stop
from core.ai.prices import Price
from core.ai.tool import Effect, Skill, Tool, ToolContext
from core.conversation.turn import Usage
from core.driver import Driver, Surroundings
from core.errors import Permanent, Rejected
from entrypoints.cli.evaluate import evaluate, part_of
from entrypoints.evals.loopback import Reply
from entrypoints.evals.pace import SkippingLoop
from entrypoints.evals.reading import read
from entrypoints.evals.stage import Result, _seconds, play
from entrypoints.evals.tally import Tally, tally
from tests.fakes import unanswered
from tests.http_app import logging_as_it_was


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    amount: str


async def keep(arguments: Sum, context: ToolContext) -> str:
    await context.ledger.put("till.sum", {"amount": arguments.amount})
    return f"kept {arguments.amount}"


skill = Skill(
    name="till",
    instructions="",
    tools=(Tool(name="keep", description="Keep a sum.", arguments=Sum, handler=keep, effect=Effect.KEYED),),
)


class Parrot(LanguageModel):
    """Says what it read; keeps the sums it reads, dies of `boom`, and thinks a minute about `hm`."""

    name = "parrot"

    def price(self, model: str) -> Price | None:
        return Price(input=Decimal(100), output=Decimal(0))

    async def complete(self, prompt: Prompt) -> Completion:
        used = Usage(input=10, output=2)
        if isinstance(prompt.parts[-1], Returned):
            return Completion(text=prompt.parts[-1].text, stop=Stop.END, usage=used, model=self.name)
        said = " | ".join(unanswered(prompt))
        if "boom" in said:
            raise Rejected("it went boom")
        if "hm" in said:
            await asyncio.sleep(60)
        if "far away" in said:
            await asyncio.to_thread(time.sleep, 0.1)
        if sums := re.findall(r"\d+", said):
            calls = tuple(
                Call(id=f"call-{n}", name="keep", text=json.dumps({"amount": each}), arguments=Sum(amount=each))
                for n, each in enumerate(sums)
            )
            return Completion(text="", calls=calls, stop=Stop.CALLS, usage=used, model=self.name)
        return Completion(text=f"I read: {said}", stop=Stop.END, usage=used, model=self.name)

    def read(self, tool: Tool, text: str) -> Any | Invalid:
        return Sum(**json.loads(text))


class NoSettings(BaseSettings):
    """There are none."""


@asynccontextmanager
async def _open(settings: NoSettings, surroundings: Surroundings) -> AsyncIterator[LanguageModel]:
    yield Parrot()


driver: Driver[LanguageModel] = Driver(summary="says what it read", settings=NoSettings, open=_open)

AGENT = """\
skills = ["till"]
time_zone = "America/Sao_Paulo"
[greeting]
en = "Hi"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory with an agent, where the model and the skill of this file count as installed."""
    installed = tmp_path / "parrot-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: parrot\nVersion: 1.0\n", encoding="utf-8")
    (installed / "entry_points.txt").write_text(
        f"[recado.model]\nparrot = {__name__}:driver\n[recado.skill]\ntill = {__name__}:skill\n", encoding="utf-8"
    )
    (tmp_path / "recado.toml").write_text(AGENT, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECADO_MODEL", "parrot")
    with logging_as_it_was():
        yield tmp_path


def file_of(folder: Path, conversations: str) -> Path:
    path = folder / "some.yaml"
    path.write_text(
        f"now: 2026-03-12T15:00-03:00\nkinds: [till.sum]\nconversations:\n{conversations}", encoding="utf-8"
    )
    return path


def played(path: Path, *, jobs: int = 8, **environ: str) -> Sequence[Result]:
    script = read(path)
    environ = {"RECADO_MODEL": "parrot", "RECADO_LOG_LEVEL": "error", **environ}
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(play(script, script.conversations, environ=environ, jobs=jobs))


def one(folder: Path, **more: Any) -> Result:
    [result] = played(file_of(folder, f"  - {json.dumps({'name': 'x', 'language': 'en', **more})}\n"))
    return result


def run(path: Path, **more: Any) -> int:
    asked: dict[str, Any] = {"model": None, "machine": False, "only": None, "jobs": 8, "at_least": 1.0}
    return evaluate([path], **asked | more)


def test_a_burst_is_read_as_one_and_answered_once(folder: Path) -> None:
    result = one(folder, says=[{"say": ["a", "b"], "pause": "1s", "expect": {"replies": 1, "contains": ["a | b"]}}])

    assert not result.failures


def test_a_pause_that_is_too_long_parts_a_burst(folder: Path) -> None:
    result = one(folder, says=[{"say": ["a", "b"], "pause": "2s", "expect": {"replies": 2}}])

    assert not result.failures


def test_a_minute_of_thinking_takes_no_time(folder: Path) -> None:
    began = time.monotonic()

    result = one(folder, says=["hm", "hm"], expect={"replies": 2})

    assert not result.failures
    assert time.monotonic() - began < 30


def test_who_is_waited_for_in_real_time_takes_it(folder: Path) -> None:
    path = file_of(folder, "  - {name: x, language: en, says: [far away, and far away again]}\n")
    began = time.monotonic()

    [result] = played(path, RECADO_QUIET_MS="100")

    assert not result.failures
    assert time.monotonic() - began >= 0.1 + 0.1 + 0.1
    assert all(0.1 <= second < 5 for second in result.seconds)


def test_what_was_said_before_is_remembered_and_not_judged(folder: Path) -> None:
    result = one(
        folder,
        setup=["keep 5"],
        says=["hello"],
        expect={"replies": 1, "lacks": ["5"]},
        records=[{"kind": "till.sum", "has": {"amount": "5"}, "at": "+0s"}],
    )

    assert not result.failures
    assert len(result.seconds) == 1


def test_the_records_are_those_of_the_store_on_the_day_of_the_file(folder: Path) -> None:
    right, wrong = (
        one(
            folder,
            says=["keep 5 and 7"],
            **{"from": "+5511987654321"},
            records=[
                {"kind": "till.sum", "has": {"amount": amount}, "at": "2026-03-12T15:00"} for amount in ("5", other)
            ],
        )
        for other in ("7", "8")
    )

    assert not right.failures
    assert [failure.got for failure in wrong.failures] == [
        "till.sum with amount 5 at 2026-03-12T15:00; till.sum with amount 7 at 2026-03-12T15:00",
        "till.sum with amount 7 at 2026-03-12T15:00",
    ]


def test_a_turn_that_died_is_told_with_its_reason(folder: Path) -> None:
    result = one(folder, says=["boom"])

    assert [failure.got for failure in result.failures] == ["a turn that died: it went boom"]


def test_people_of_one_file_know_nothing_of_each_other(folder: Path) -> None:
    conversations = "".join(
        f"  - {{name: n{n}, language: en, from: '+447700900123', says: [keep {n}], "
        f"records: [{{kind: till.sum, has: {{amount: {n}}}}}]}}\n"
        for n in range(1, 20)
    )

    assert all(result.passed for result in played(file_of(folder, conversations)))
    assert all(result.passed for result in played(file_of(folder, conversations), jobs=1))


def test_a_person_who_opts_out_is_not_answered(folder: Path) -> None:
    assert not one(folder, says=["STOP"], medium="sms", expect={"replies": 0}, opted_out=True).failures
    assert one(folder, says=["STOP"], medium="sms").failures


def test_what_it_took_is_counted(folder: Path) -> None:
    result = one(folder, says=["keep 5"])

    assert (result.usage.input, result.usage.output) == (20, 4)
    assert [spent.model for spent in result.spent] == ["parrot"]


def test_an_answer_takes_as_long_as_its_last_message_waits_without_the_quiet_period() -> None:
    replies = [Reply(text="", at=at) for at in (5.0, 5.5, 12.0)]

    assert _seconds([1.0, 2.0, 6.0, 8.0, 20.0], replies, timedelta(seconds=0.5)) == (2.5, 3.5)
    assert _seconds([8.0], replies, timedelta(seconds=5)) == (0.0,)


def test_so_many_answers_are_there_within_so_long() -> None:
    of_ten = Tally(
        passed=0, conversations=0, utterances=0, usage=Usage(), models=(), seconds=[float(n) for n in range(1, 11)]
    )

    assert [of_ten.within(part) for part in (0.01, 0.5, 0.95, 1)] == [1, 5, 10, 10]
    assert tally(()).within(0.5) is None


def test_the_agent_of_the_file_is_the_one_beside_it(folder: Path) -> None:
    (folder / "mine.toml").write_text('name = "x"\nskills = ["nothing"]\n', encoding="utf-8")
    path = file_of(folder, "  - {name: x, language: en, says: [hi]}\n")
    path.write_text(f"agent: mine.toml\n{path.read_text(encoding='utf-8')}", encoding="utf-8")

    with pytest.raises(Permanent, match=r"mine\.toml: there is no skill 'nothing'"):
        played(path)


TWO = """\
  - {name: pt good, language: pt, says: [oi]}
  - {name: en bad, language: en, says: [hi], expect: {replies: 3}}
"""


def test_the_table_tells_what_passed_and_what_failed_and_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(file_of(folder, TWO))

    said = capsys.readouterr().out
    assert code == 1
    assert re.search(r"some\.yaml +1/2 50\.0% +2 +20 +4 +0\.0020 ", said)
    assert re.search(r"^  pt +1/1 100\.0%", said, re.MULTILINE)
    assert re.search(r"^  en +0/1 0\.0%", said, re.MULTILINE)
    assert "✗ en bad" in said
    assert "  expected 3 replies\n  got      1 reply: " in said
    assert "Model: parrot" in said


@pytest.mark.parametrize(("at_least", "code"), [("50%", 0), ("50.1%", 1), ("0", 0), ("100", 1)])
def test_enough_is_enough(folder: Path, at_least: str, code: int) -> None:
    assert run(file_of(folder, TWO), at_least=part_of(at_least)) == code


@pytest.mark.parametrize("text", ["", "many", "101%", "-5%", "95 %%", "nan"])
def test_a_percentage_is_one(text: str) -> None:
    with pytest.raises(ValueError, match="must be a percentage, such as 95%"):
        part_of(text)


@pytest.mark.parametrize(("only", "names"), [("pt *", 1), ("BAD", 1), ("o", 1), ("* *", 2)])
def test_some_are_chosen_by_name(folder: Path, only: str, names: int, capsys: pytest.CaptureFixture[str]) -> None:
    run(file_of(folder, TWO), only=only, machine=True)

    assert json.loads(capsys.readouterr().out)["conversations"] == names


def test_a_name_that_nobody_has_is_refused(folder: Path) -> None:
    with pytest.raises(Rejected, match="--only es: no conversation is called so"):
        run(file_of(folder, TWO), only="es")


def test_a_program_is_told_the_same_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(file_of(folder, TWO), machine=True, at_least=0.5)

    told = json.loads(capsys.readouterr().out)
    [of_file] = told["files"]
    assert code == 0
    assert (told["passed"], told["conversations"], told["at_least"]) == (1, 2, 0.5)
    assert (of_file["languages"]["pt"]["passed"], of_file["languages"]["en"]["passed"]) == (1, 0)
    assert (of_file["input_tokens"], of_file["output_tokens"], of_file["models"]) == (20, 4, ["parrot"])
    assert of_file["seconds_p50"] <= of_file["seconds_p95"]
    [failure] = of_file["failures"]
    assert (failure["conversation"], failure["said"], failure["expected"]) == ("en bad", [], "3 replies")


@pytest.mark.parametrize("own", ["", 'model = "parrot"\nfallback = ["parrot"]\n'])
def test_another_model_can_be_asked_than_the_agents(folder: Path, own: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "recado.toml").write_text(own + AGENT, encoding="utf-8")
    run(file_of(folder, TWO), model="offline", machine=True)

    assert json.loads(capsys.readouterr().out)["models"] == ["offline"]


def test_a_model_that_nobody_installed_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECADO_MODEL", "gpt")

    with pytest.raises(Permanent, match="there is no model 'gpt'"):
        run(file_of(folder, TWO))
