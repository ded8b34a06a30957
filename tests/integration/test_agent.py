"""The agent's file at work: real processes take it, take it again at SIGHUP, and refuse a wrong one in words."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.integration.openai_server import Rule
from tests.integration.stage import ANA, Stage, stage, until


def told(play: Stage) -> str:
    """What the model was told last."""
    return str(play.model.requests[-1].body["messages"][0]["content"])


async def asked(play: Stage, text: str, times: int) -> None:
    play.emulator.send(ANA, text)
    await until(lambda: len(play.heard()) == times)


async def logged(log: Path, words: str) -> None:
    await until(lambda: words in text_of(log))


def text_of(log: Path) -> str:
    return log.read_text()


async def test_a_running_app_takes_its_agent_again_at_sighup(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    await asyncio.to_thread(file.write_text, 'name = "Bia"')
    async with stage(tmp_path, Rule(say="Hi!")) as play:
        app = await play.start(env={"RECADO_AGENT": str(file)})
        await asked(play, "hello", 1)
        assert told(play).startswith("You are Bia")

        await asyncio.to_thread(file.write_text, 'name = "Rui"')
        app.process.send_signal(signal.SIGHUP)
        await logged(app.log, "agent's file read")
        await asked(play, "hello again", 2)
        assert told(play).startswith("You are Rui")

        await asyncio.to_thread(file.write_text, 'name = "Eva"\nlanguage = "fr"')
        app.process.send_signal(signal.SIGHUP)
        await logged(app.log, "agent's file refused")
        await asked(play, "and again", 3)
        assert told(play).startswith("You are Rui")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "x"\ncurency = "BRL"', "mine.toml:2: curency is not known. Known here: name, instructions"),
        ('skills = ["fortune"]', "mine.toml: there is no skill 'fortune'. Choose among the installed ones: finance"),
        (None, "mine.toml: the agent's file cannot be read (No such file or directory). Write one: recado init"),
    ],
)
async def test_a_wrong_file_stops_the_start_with_a_line(tmp_path: Path, text: str | None, words: str) -> None:
    file = tmp_path / "mine.toml"
    if text is not None:
        await asyncio.to_thread(file.write_text, text)
    async with stage(tmp_path) as play:
        app = await play.start(env={"RECADO_AGENT": str(file)}, wait=False)

        assert await asyncio.wait_for(app.process.wait(), 20) == 2
        [line] = text_of(app.log).splitlines()
        assert words in line
