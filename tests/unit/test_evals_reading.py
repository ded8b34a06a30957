"""Files of conversations: what they may say, and how their mistakes are told."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.conversation.lifecycle import Handler
from core.errors import Rejected
from core.identity.medium import Medium
from entrypoints.evals.reading import read
from entrypoints.evals.script import KEYS, DayWord, Script, keys_of

PAGE = (Path(__file__).parents[2] / "docs" / "evals.md").read_text(encoding="utf-8")

SHORTEST = """\
now: 2026-03-12T15:00-03:00
conversations:
  - name: a greeting
    language: pt
    says: [oi]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.yaml"


def script_of(path: Path, text: str) -> Script:
    path.write_text(text, encoding="utf-8")
    return read(path)


def refused(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Rejected) as refusal:
        read(path)
    return [line.removeprefix(str(path)) for line in str(refusal.value).splitlines()]


def test_a_short_file_says_enough(path: Path) -> None:
    script = script_of(path, SHORTEST)

    [talk] = script.conversations
    assert script.now == datetime(2026, 3, 12, 18, 0, tzinfo=UTC)
    assert script.agent is None
    assert (talk.name, talk.language, talk.medium, talk.sender) == ("a greeting", "pt", Medium.WHATSAPP, None)
    assert talk.says[0].say == ("oi",)
    assert talk.records is None


def test_a_turn_is_a_text_or_a_burst_or_either_with_what_is_expected(path: Path) -> None:
    script = script_of(
        path,
        SHORTEST.replace(
            "says: [oi]",
            """says:
      - oi
      - [gastei, "27,80"]
      - {say: foi ontem}
      - {say: [oi, bom dia], pause: 700ms,
         expect: {replies: 1, contains: [52.90, [a, b]], lacks: x, matches: '\\?'}}""",
        ),
    )

    plain, burst, alone, whole = script.conversations[0].says
    assert (plain.say, burst.say, alone.say) == (("oi",), ("gastei", "27,80"), ("foi ontem",))
    assert (whole.say, whole.pause) == (("oi", "bom dia"), timedelta(seconds=0.7))
    assert (whole.expect.replies, whole.expect.contains, whole.expect.lacks) == (
        1,
        (("52.90",), ("a", "b")),
        (("x",),),
    )
    assert whole.expect.matches is not None
    assert whole.expect.matches.pattern == r"\?"


def test_every_word_is_taken_as_it_is_written(path: Path) -> None:
    script = script_of(path, SHORTEST.replace("[oi]", "[no, yes, 12:30, 1_000, 007, null, ~, 2026-03-12]"))

    said = [text for saying in script.conversations[0].says for text in saying.say]
    assert said == ["no", "yes", "12:30", "1_000", "007", "null", "~", "2026-03-12"]


def test_all_that_a_conversation_may_have(path: Path) -> None:
    script = script_of(
        path,
        """\
now: 2026-03-12T15:00-03:00
agent: agents/mine.toml
kinds: [finance.revenue]
conversations:
  - name: everything
    language: en
    from: "+447700900123"
    medium: sms
    profile: Bob
    setup: [hello, [a, b]]
    says: [bye]
    expect: {replies: 2}
    handled_by: human
    opted_out: true
    records:
      - kind: finance.expense
        has: {amount: 52.90, what: [market, shop]}
        at: yesterday
      - {kind: finance.expense, at: 2026-03-11, voided: true}
      - {kind: relationships.reminder, at: 2026-03-13T09:00}
      - {kind: relationships.reminder, at: +90m}
""",
    )

    [talk] = script.conversations
    assert script.agent == path.parent / "agents" / "mine.toml"
    assert (talk.sender, talk.medium, talk.profile) == ("+447700900123", Medium.SMS, "Bob")
    assert [saying.say for saying in talk.setup] == [("hello",), ("a", "b")]
    assert (talk.handled_by, talk.opted_out, talk.expect.replies) == (Handler.HUMAN, True, 2)
    assert talk.records is not None
    assert talk.records[0].has == {"amount": ("52.90",), "what": ("market", "shop")}
    assert [record.at for record in talk.records] == [
        DayWord.YESTERDAY,
        date(2026, 3, 11),
        datetime(2026, 3, 13, 9),  # noqa: DTZ001 - on the person's clock, wherever that is
        timedelta(minutes=90),
    ]
    assert [record.voided for record in talk.records] == [False, True, False, False]
    assert script.all_kinds == {"finance.expense", "finance.revenue", "relationships.reminder"}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("[oi]", "[oi]\n    say: [oi]", ":6: conversations[1].say is no key of this part. It may have name, "),
        ("    says: [oi]\n", "", ":3: conversations[1].says is missing. This part wants name, language, "),
        ("[oi]", "[]", ":5: conversations[1].says must not be empty."),
        ("[oi]", "oi", ":5: conversations[1].says must be a list."),
        ("[oi]", "[{say: oi, expect: {reply: 1}}]", ":5: conversations[1].says[1].expect.reply is no key of this "),
        ("[oi]", "[{say: oi, expect: {replies: one}}]", ":5: conversations[1].says[1].expect.replies input should be"),
        ("[oi]", "[{say: oi, expect: {matches: '('}}]", ":5: conversations[1].says[1].expect.matches is no regular"),
        ("[oi]", "[{say: oi, pause: soon}]", ":5: conversations[1].says[1].pause must be a length of time, such as"),
        ("[oi]", "[{say: oi, pause: 9999999999d}]", ":5: conversations[1].says[1].pause is longer than there is time"),
        ("[oi]", '[""]', ":5: conversations[1].says[1].say[1] must not be empty."),
        ("pt", "xx", ":4: conversations[1].language input should be 'pt', 'en' or 'es'."),
        ("pt", "pt\n    from: 11987654321", ":5: conversations[1].from must be a phone number in full, such as +55"),
        ("pt", "pt\n    medium: fax", ":5: conversations[1].medium input should be 'sms' or 'whatsapp'."),
        ("-03:00", "", ":1: now input should have timezone info."),
        ("now: 2026-03-12T15:00-03:00\n", "", ":1: now is missing. This part wants now, agent, kinds, conversations."),
        ("[oi]", "[oi]\n    records: [{kind: a, at: soon}]", ":6: conversations[1].records[1].at must be yesterday, "),
        ("[oi]", "[oi]\n    records: [{kind: a, at: 2026-03-13T09:00Z}]", ":6: conversations[1].records[1].at must be"),
        ("[oi]", "[oi]\n    records: [{kind: a, hass: {b: c}}]", ":6: conversations[1].records[1].hass is no key"),
        ("[oi]", "[oi]\n    records: []", ":1: the file names no kind of record to look for: list"),
        ("[oi]", "[oi]\n    name: again", ":6: name is there twice. Keep one of them."),
        ("[oi]", "[oi]\n    [a]: again", ":6: a key must be a word."),
        ("[oi]", "[oi", ":6: this is not YAML: "),
        ("[oi]", "[\x07]", ":1: this is not YAML: a character that YAML does not have."),
        ("[oi]", "[oi]\n  - {name: a greeting, language: pt, says: [oi]}", ":1: the file has two conversations of"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_cure(path: Path, before: str, after: str, told: str) -> None:
    mistakes = refused(path, SHORTEST.replace(before, after, 1))

    assert len(mistakes) == 1
    assert mistakes[0].startswith(told)


def test_every_mistake_has_a_line_of_its_own(path: Path) -> None:
    mistakes = refused(path, SHORTEST.replace("pt", "xx").replace("[oi]", "[]"))

    assert [mistake.partition(" ")[0] for mistake in mistakes] == [":4:", ":5:"]


def test_an_empty_file_is_refused(path: Path) -> None:
    assert refused(path, "# nothing\n") == [":1: the file is empty. It wants now, agent, kinds, conversations."]


def test_a_list_is_no_file_of_conversations(path: Path) -> None:
    assert refused(path, "- oi\n") == [":1: the file must hold keys and values."]


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(Rejected, match=r"some\.yaml: the file cannot be read: No such file or directory\."):
        read(path)


def test_a_file_in_another_encoding_is_refused(path: Path) -> None:
    path.write_bytes("now: é".encode("latin-1"))

    with pytest.raises(Rejected, match=r"some\.yaml: the file is not text in UTF-8\."):
        read(path)


def test_the_page_shows_a_file_that_can_be_read(path: Path) -> None:
    [example] = re.findall(r"^```yaml \S+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

    assert script_of(path, example).conversations[0].utterances == 3


def test_the_page_explains_every_key() -> None:
    known = {key for part in KEYS for key in keys_of(part)}

    assert {key for key in known if f"| `{key}` |" not in PAGE} == set()


@pytest.mark.parametrize("text", ["now: &loop [*loop]", "[" * 1000], ids=["within itself", "too deep"])
def test_what_has_no_end_is_refused(text: str, path: Path) -> None:
    (line,) = refused(path, text)

    assert line.startswith(": something in the file lies within itself, or much too deep.")


def test_a_tag_makes_nothing(path: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"

    refused(path, f"{SHORTEST}agent: !!python/object/apply:os.mkdir ['{made}']\n")

    assert not made.exists()
