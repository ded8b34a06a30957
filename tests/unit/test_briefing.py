"""From the agent's file to the assistant's brief, at the start and again while the app runs."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.ai.assistant import Assistant
from core.ai.brief import Brief
from core.driver import Driver, Surroundings
from core.errors import Permanent
from core.limits import Limits
from entrypoints.agent_file import SHIPPED
from entrypoints.briefing import Briefing, agent_path
from entrypoints.drivers import Chosen
from entrypoints.rereading import on_hangup, when_saved
from entrypoints.settings import Settings, limits_of, read
from tests.fakes import RecordingLog
from tests.simulation import World, passes
from tests.virtual_time import simulated

OPENAI = {"OPENAI_API_KEY": "sk-test", "OPENAI_MODEL": "gpt-6-luna"}


def save(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def settings_for(path: Path, text: str | None = None, **environ: str) -> Settings:
    if text is not None:
        save(path, text)
    return read(Settings, {"RECADO_AGENT": str(path), **environ})


class SlowlyOpened(Briefing):
    """Its drivers take a moment to open, and are noted in `names`."""

    def __init__(self, settings: Settings, names: list[str]) -> None:
        super().__init__(settings, OPENAI)
        self.names = names

    @property
    def drivers(self) -> Sequence[Chosen]:
        return [replace(chosen, driver=self._slowly(chosen)) for chosen in super().drivers]

    def _slowly(self, chosen: Chosen) -> Driver[Any]:
        @asynccontextmanager
        async def slowly(settings: Any, surroundings: Surroundings) -> AsyncIterator[Any]:
            self.names.append(chosen.name)
            await asyncio.sleep(0.01)
            async with chosen.driver.open(settings, surroundings) as port:
                yield port

        return replace(chosen.driver, open=slowly)


@asynccontextmanager
async def opened(settings: Settings, names: list[str] | None = None) -> AsyncIterator[Briefing]:
    """With `names` its drivers are opened slowly, and noted there."""
    found = Briefing(settings, OPENAI) if names is None else SlowlyOpened(settings, names)
    around = Surroundings(data=Path(), public_url="https://recado.example", turn_limit=1, works=False)
    async with AsyncExitStack() as stack:
        await found.open(stack, around)
        yield found


async def brief_of(settings: Settings) -> Brief:
    async with opened(settings) as found:
        return found.brief(limits_of(settings), RecordingLog())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recado.toml"


async def test_without_a_word_about_it_every_installed_skill_is_used(path: Path) -> None:
    brief = await brief_of(settings_for(path, ""))

    assert {"finance", "relationships"} <= {skill.name for skill in brief.skills}


async def test_skills_are_those_that_are_named(path: Path) -> None:
    assert [skill.name for skill in (await brief_of(settings_for(path, 'skills = ["finance"]'))).skills] == ["finance"]
    assert (await brief_of(settings_for(path, "skills = []"))).skills == ()


async def test_a_skill_that_is_not_installed_is_told_with_those_that_are(path: Path) -> None:
    with pytest.raises(Permanent, match=r"there is no skill 'fortune'. Choose among the installed ones: .*finance"):
        await brief_of(settings_for(path, 'skills = ["fortune"]'))


@pytest.mark.parametrize(
    ("text", "model", "names"),
    [
        ("", "offline", ["offline"]),
        ("", "openai", ["openai:gpt-6-luna"]),
        ('model = "gpt-5.6-luna"', "openai", ["openai:gpt-5.6-luna"]),
        ('model = "openai:gpt-6-sol"', "offline", ["openai:gpt-6-sol"]),
        ('fallback = ["gpt-6-sol"]', "openai:gpt-6-luna", ["openai:gpt-6-luna", "openai:gpt-6-sol"]),
        ('model = "openai"\nfallback = ["openai:gpt-6-sol", "offline"]', "offline", None),
    ],
)
async def test_the_chain_is_named_in_full(path: Path, text: str, model: str, names: list[str] | None) -> None:
    brief = await brief_of(settings_for(path, text, RECADO_MODEL=model))

    assert list(brief.models.names) == (names or ["openai:gpt-6-luna", "openai:gpt-6-sol", "offline"])


async def test_an_amount_of_money_cannot_cap_what_has_no_price(path: Path) -> None:
    text = 'model = "openai:my-own"\n[caps.contact]\nusd_per_day = 1\n'
    with pytest.raises(Permanent, match="nobody knows what openai:my-own costs"):
        await brief_of(settings_for(path, text))

    priced = text + '[prices."openai:my-own"]\ninput = 1\noutput = 1\n'
    assert (await brief_of(settings_for(path, priced))).models.first.price is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("caps.contact.tokens_per_day = 500", "caps.contact.tokens_per_day is below what one answer may take"),
        (
            'model = "openai:gpt-6-luna"\ncaps.workspace.usd_per_day = 0.000001',
            "caps.workspace.usd_per_day is below what one answer may take (0.00",
        ),
        ('[prices."gpt-6-luna"]\ninput = 1\noutput = 1', "names no model driver. Write it with one of the installed"),
    ],
)
async def test_what_would_silence_everybody_or_be_ignored_is_refused(path: Path, text: str, words: str) -> None:
    with pytest.raises(Permanent, match=re.escape(words)):
        await brief_of(settings_for(path, text))


async def test_the_environment_goes_before_the_files_burst(path: Path) -> None:
    text = "[burst]\nquiet_ms = 100\nmax_wait_ms = 300"

    assert (await brief_of(settings_for(path, text))).limits.burst.quiet.total_seconds() == 0.1
    for environ, quiet, ceiling in (
        ({"RECADO_QUIET_MS": "50"}, 0.05, 0.3),
        ({"RECADO_QUIET_MS": "500"}, 0.5, 0.5),
        ({"RECADO_MAX_WAIT_MS": "2000"}, 0.1, 2),
        ({"RECADO_QUIET_MS": "50", "RECADO_MAX_WAIT_MS": "60"}, 0.05, 0.06),
    ):
        burst = (await brief_of(settings_for(path, text, **environ))).limits.burst
        assert (burst.quiet.total_seconds(), burst.ceiling.total_seconds()) == (quiet, ceiling)


def test_the_file_is_ours_unless_one_is_there_or_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert agent_path(read(Settings, {})) == SHIPPED

    Path("recado.toml").write_text("", encoding="utf-8")
    assert agent_path(read(Settings, {})) == Path("recado.toml")
    assert agent_path(read(Settings, {"RECADO_AGENT": "other.toml"})) == Path("other.toml")


# Again


async def test_a_changed_file_is_a_new_brief(path: Path) -> None:
    async with opened(settings_for(path, 'name = "Bia"')) as found:
        assistant = Assistant(brief=found.brief(Limits(turns=7), RecordingLog()), records=World().store)
        save(path, 'name = "Ana"\n[limits]\nmodel_calls = 2')

        assert await found.again(assistant, RecordingLog())

        assert assistant.brief.agent.name == "Ana"
        assert (assistant.brief.limits.model_calls, assistant.brief.limits.turns) == (2, 7)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name = ", "this is not TOML"),
        ('model = "openai:unpriced"\ncaps.contact.usd_per_day = 1', "nobody knows what"),
        ('skills = ["fortune"]', "there is no skill"),
    ],
)
async def test_what_is_wrong_is_logged_and_the_old_brief_stays(path: Path, text: str, why: str) -> None:
    log = RecordingLog()
    async with opened(settings_for(path, 'name = "Bia"')) as found:
        before = found.brief(Limits(), log)
        assistant = Assistant(brief=before, records=World().store)
        save(path, text)

        assert not await found.again(assistant, log)

        assert assistant.brief is before
        [(level, event, fields)] = log.lines
        assert (level, event) == ("error", "agent's file refused")
        assert why in fields["why"]
        save(path, 'name = "Ana"')
        assert await found.again(assistant, log)


async def test_a_file_may_name_what_was_not_open_before(path: Path) -> None:
    async with opened(settings_for(path, "skills = []")) as found:
        assistant = Assistant(brief=found.brief(Limits(), RecordingLog()), records=World().store)
        save(path, 'model = "openai:gpt-6-sol"\nskills = ["relationships"]')

        assert await found.again(assistant, RecordingLog())

        assert list(assistant.brief.models.names) == ["openai:gpt-6-sol"]
        assert [skill.name for skill in assistant.brief.skills] == ["relationships"]


async def test_nothing_is_opened_twice_however_often_the_file_is_read(path: Path) -> None:
    opened_here: list[str] = []
    async with opened(settings_for(path, ""), opened_here) as found:
        assistant = Assistant(brief=found.brief(Limits(), RecordingLog()), records=World().store)
        save(path, 'model = "openai"')

        await asyncio.gather(*(found.again(assistant, RecordingLog()) for _ in range(3)))

        assert len(opened_here) == len(set(opened_here))
        assert {"offline", "openai", "finance"} <= set(opened_here)


async def test_a_file_that_changes_while_it_is_read_is_read_to_its_end_first(path: Path) -> None:
    async with opened(settings_for(path, "skills = []"), []) as found:
        assistant = Assistant(brief=found.brief(Limits(), RecordingLog()), records=World().store)
        save(path, 'skills = []\nmodel = "openai"')
        first = asyncio.create_task(found.again(assistant, RecordingLog()))
        await asyncio.sleep(0)
        save(path, 'skills = ["finance"]\nmodel = "openai"')

        assert await found.again(assistant, RecordingLog())
        assert await first

        assert [skill.name for skill in assistant.brief.skills] == ["finance"]


async def test_a_model_that_the_file_no_longer_names_still_ends_its_tool_loops(path: Path) -> None:
    async with opened(settings_for(path, 'model = "openai"')) as found:
        assistant = Assistant(brief=found.brief(Limits(), RecordingLog()), records=World().store)
        save(path, 'model = "offline"')
        await found.again(assistant, RecordingLog())

        models = assistant.brief.models

        assert (models.first.name, models.named("openai:gpt-6-luna").model) == ("offline", "gpt-6-luna")


async def test_a_skill_that_breaks_when_it_is_imported_is_logged_and_the_old_brief_stays(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = RecordingLog()
    async with opened(settings_for(path, "skills = []")) as found:
        before = found.brief(Limits(), log)
        assistant = Assistant(brief=before, records=World().store)
        package = tmp_path / "broken_skill-1.dist-info"
        package.mkdir()
        save(package / "entry_points.txt", "[recado.skill]\nbroken = broken_skill:skill\n")
        save(tmp_path / "broken_skill.py", "skill = 1 / 0\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        save(path, 'skills = ["broken"]')

        assert not await found.again(assistant, log)

        assert assistant.brief is before
        assert [(level, event, fields["why"]) for level, event, fields in log.lines] == [
            ("error", "agent's file refused", "ZeroDivisionError")
        ]


async def test_a_hangup_reads_and_what_is_being_read_ends_with_the_block() -> None:
    ended: list[str] = []

    async def reading() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    async with on_hangup(reading):
        os.kill(os.getpid(), signal.SIGHUP)
        await passes(0.01)
        assert ended == []

    assert ended == ["cancelled"]


@simulated
async def test_a_saved_file_is_noticed(path: Path) -> None:
    save(path, "1")
    read_at: list[str] = []

    async def note() -> None:
        read_at.append(text_of(path))

    async with when_saved(lambda: path, note):
        await passes(0)
        save(path, "22")
        await passes(0.6)
        os.utime(path, (1, 1))
        await passes(0.6)

    assert read_at == ["22", "22"]


async def test_a_turn_that_has_begun_ends_on_the_brief_it_began_with() -> None:
    world = World()
    first = world.assistant.brief

    world.assistant.brief = replace(first, limits=Limits(turns=3))

    assert world.orchestrator.limits.turns == 3
    assert first.limits.turns != 3
