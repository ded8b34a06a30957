"""The agent's file: what it may say, and how its mistakes are told."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.ai.agent import Agent
from core.ai.prices import Price
from core.conversation.burst import Burst
from core.conversation.turn import Cap, Caps
from core.errors import Permanent
from core.limits import Limits
from entrypoints.agent_file import SHIPPED, AgentFile, read_agent
from entrypoints.cli.init import init
from entrypoints.toml_lines import line_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recado.toml"


def agent_of(path: Path, text: str) -> AgentFile:
    path.write_text(text, encoding="utf-8")
    return read_agent(path)


def refused(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Permanent) as refusal:
        read_agent(path)
    return [line.removeprefix(str(path)) for line in str(refusal.value).splitlines()]


def test_the_agent_that_comes_with_recado_speaks_three_languages() -> None:
    agent = read_agent(SHIPPED).agent

    for texts in (agent.greeting, agent.apology, agent.cap_reached):
        assert set(texts) == {"pt", "en", "es"}
    assert (agent.language, agent.currency, agent.zone) == ("pt", "BRL", ZoneInfo("America/Sao_Paulo"))
    assert agent.skills is None
    assert not agent.caps


def test_what_the_shipped_file_shows_behind_a_hash_is_what_holds_without_it(path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    behind = text[text.index("# [burst]") : text.index("# What may be spent")]
    shown = "\n".join(line.removeprefix("# ") for line in behind.splitlines())

    assert "reply_parts" in shown
    assert agent_of(path, shown).limits(Limits()) == Limits()


def test_an_empty_file_is_an_agent_of_defaults(path: Path) -> None:
    file = agent_of(path, "")

    assert file.agent == Agent()
    assert (file.burst, file.prices, file.limits(Limits())) == (None, {}, Limits())


def test_everything_can_be_said(path: Path) -> None:
    file = agent_of(
        path,
        """
        name = "Bia"
        instructions = "Help."
        language = "es"
        currency = "EUR"
        time_zone = "Europe/Madrid"
        skills = ["finance"]
        model = "openai:gpt-6-luna"
        fallback = ["offline"]
        greeting = "¡Hola!"
        [apology]
        es = "Lo siento."
        en = "Sorry."
        [burst]
        quiet_ms = 100
        max_wait_ms = 200
        [limits]
        model_calls = 3
        turn_seconds = 30
        [caps.contact]
        usd_per_day = 0.5
        [caps.workspace]
        tokens_per_day = 1_000_000
        [prices."openai:gpt-6-luna"]
        input = 1
        output = 2.5
        """,
    )

    agent = file.agent
    assert (agent.name, agent.instructions, agent.language, agent.currency) == ("Bia", "Help.", "es", "EUR")
    assert (agent.skills, agent.model, agent.fallback) == (("finance",), "openai:gpt-6-luna", ("offline",))
    assert agent.greeting == {"es": "¡Hola!"}
    assert agent.apology == {"es": "Lo siento.", "en": "Sorry."}
    assert agent.caps == Caps(contact=Cap(cost=500_000_000), workspace=Cap(tokens=1_000_000))
    assert file.prices == {"openai:gpt-6-luna": Price(input=Decimal(1), output=Decimal("2.5"))}
    limits = file.limits(Limits())
    assert limits.burst == Burst(quiet=timedelta(seconds=0.1), ceiling=timedelta(seconds=0.2))
    assert (limits.model_calls, limits.turn_budget, limits.tool_calls) == (3, timedelta(seconds=30), 8)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('name = "x"\nnome = "y"', ":2: nome is not known. Known here: name, instructions,"),
        ("[burst]\nquiet = 1", ":2: burst.quiet is not known in burst. Known here: quiet_ms, max_wait_ms."),
        ('\n\ntime_zone = "Mars"', ":3: time_zone: is no time zone: take a name from the IANA list"),
        ('currency = "reais"', ":1: currency: string should match"),
        ('language = "fr"', ":1: language: input should be 'pt', 'en' or 'es'. Use pt, en or es."),
        ("[limits]\n\nmodel_calls = 0", ":3: limits.model_calls: input should be greater than or equal to 1"),
        ("burst = 3", ":1: burst: must be a table, such as [burst]."),
        ("caps.contact.usd_per_day = -1", ":1: caps.contact.usd_per_day: input should be greater than 0"),
        ("[caps.contact]\nusd_per_day = nan", ":2: caps.contact.usd_per_day: input should be a finite number"),
        ('[prices."openai:x"]\ninput = 1', ":1: prices.openai:x.output: is missing"),
        ("[burst]\nquiet_ms = 9000", ":1: burst: max_wait_ms must not be less than quiet_ms"),
        ('[greeting]\npt = "Oi"\nfr = "Salut"', ":3: greeting.fr: input should be 'pt', 'en' or 'es'"),
        ("name = Bia", ":1: this is not TOML: Invalid value."),
        ("[burst]\n[burst]", ":2: this is not TOML: Cannot declare ('burst',) twice."),
        ('skills = "finance"', ":1: skills: input should be a valid tuple. List names, such as"),
        ('name = "x"\nburst.quiet_ms = 9000\n', ":2: burst: max_wait_ms must not be less than quiet_ms"),
        ('apology = " "', ":1: apology: string should match pattern"),
        ('name = "a\u2028b"\ncurrency = "x"', ":2: currency: string should match"),
        ('greeting = { pt = "Oi", fr = "Salut" }', ":1: greeting.fr: input should be 'pt', 'en' or 'es'"),
    ],
)
def test_a_mistake_names_file_line_and_cure(path: Path, text: str, line: str) -> None:
    assert refused(path, text)[0].startswith(line)


def test_every_mistake_is_told_at_once(path: Path) -> None:
    assert len(refused(path, 'name = ""\ncurrency = "x"\nlanguage = "y"')) == 3


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path, path: Path) -> None:
    with pytest.raises(Permanent, match=r"gone.toml: the agent's file cannot be read .* Write one: recado init"):
        read_agent(tmp_path / "gone.toml")
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(Permanent, match="not UTF-8"):
        read_agent(path)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (["name"], (1, 1)),
        (["table"], (6, 1)),
        (["table", "key"], (7, 2)),
        (["table", "dotted", "key"], (8, 3)),
        (["table", "a b", "key"], (10, 3)),
        (["table", "missing"], (6, 1)),
        (["missing"], (1, 0)),
    ],
)
def test_a_key_is_found_where_it_stands(keys: list[str], found: tuple[int, int]) -> None:
    text = """
name = "x"
long = '''
name = no
[table]
'''
[table] # here
key = 1
dotted.key = 2
[table."a b"]
key = 3
""".lstrip()

    assert line_of(text, keys) == found


@pytest.mark.parametrize(
    "begins",
    [
        "a = [\n'''\nx = 1\n''']",
        "a = { b = '''\nx = 1\n''' }",
        'a = """\nnot yet \\""" [x]\nx = 3\n"""',
        "a = [\n['b'],\n['x']\n]",
        "# x = 1\na = 1 # '''",
        "a = 'b\u2028x = 1'",
        "['a]b']\nx = 1\n[[c]]\nx = 1\n[c.d]\nx = 2",
    ],
)
def test_what_looks_like_a_key_or_is_one_elsewhere_is_passed_over(begins: str) -> None:
    assert line_of(f"{begins}\n[x]", ["x"]) == (begins.count("\n") + 2, 1)


def test_init_writes_the_file_once(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(path, force=False)
    assert read_agent(path).agent == read_agent(SHIPPED).agent
    assert f"RECADO_AGENT={path}" in capsys.readouterr().out

    path.write_text("name = 'mine'", encoding="utf-8")
    with pytest.raises(Permanent, match="is there already"):
        init(path, force=False)
    assert path.read_text(encoding="utf-8") == "name = 'mine'"

    init(path, force=True)
    assert path.read_text(encoding="utf-8") == SHIPPED.read_text(encoding="utf-8")


def test_init_says_where_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="Name a file in a folder of yours"):
        init(tmp_path / "none" / "recado.toml", force=False)
