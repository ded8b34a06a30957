"""Markdown to WhatsApp and SMS, and splitting: golden files in `tests/golden/wording`, tables and properties."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation.wording import split, to_sms, to_whatsapp
from core.conversation.wording.parting import LIMIT, PARTS
from tests.work import calls

GOLDEN = Path(__file__).parents[1] / "golden" / "wording"
CASES = sorted(GOLDEN.glob("*.md"))


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def solid(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_whatsapp_text_is_as_in_the_golden_file(case: Path) -> None:
    assert to_whatsapp(case.read_text()) + "\n" == case.with_suffix(".whatsapp.txt").read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_sms_text_is_as_in_the_golden_file(case: Path) -> None:
    assert to_sms(case.read_text()) + "\n" == case.with_suffix(".sms.txt").read_text()


def test_there_are_golden_files() -> None:
    assert len(CASES) >= 12


@pytest.mark.parametrize(
    ("markdown", "whatsapp", "sms"),
    [
        ("", "", ""),
        (" \n\n ", "", ""),
        ("**a**", "*a*", "a"),
        ("*a*", "_a_", "a"),
        ("_a_", "_a_", "a"),
        ("__a__", "*a*", "a"),
        ("***a***", "_*a*_", "a"),
        ("**a _b_ c**", "*a _b_ c*", "a b c"),
        ("**a **b** c**", "*a b c*", "a b c"),
        ("~~a~~", "~a~", "a"),
        ("`a_b*c*`", "```a_b*c*```", "a_b*c*"),
        ("**`a`**", "*```a```*", "a"),
        ("`` a`b ``", "```a`b```", "a`b"),
        ("# **Oi** você #", "*Oi você*", "Oi você"),
        ("**R$ 5,00**", "*R$ 5,00*", "R$ 5,00"),
        ("(**a**), “*b*”.", "(*a*), “_b_”.", '(a), "b".'),
        ("[a](https://b.co)", "a (https://b.co)", "a (https://b.co)"),
        ("[b.co](https://b.co/)", "https://b.co/", "https://b.co/"),
        ("[](https://b.co)", "https://b.co", "https://b.co"),
        ("[**a**](https://b.co)", "*a* (https://b.co)", "a (https://b.co)"),
        ("**[a](https://b.co)**", "*a (https://b.co)*", "a (https://b.co)"),
        ("[a](#parte)", "a", "a"),
        ("[a](b c)", "[a](b c)", "[a](b c)"),
        ("![](https://b.co/x_y_z.png)", "https://b.co/x_y_z.png", "https://b.co/x_y_z.png"),
        ("(https://b.co/a_(b)_c).", "(https://b.co/a_(b)_c).", "(https://b.co/a_(b)_c)."),
        ("*https://b.co/a* **https://b.co/b**c", "_https://b.co/a_ https://b.co/bc", "https://b.co/a https://b.co/bc"),
        ("_https://b.co/a_b_", "_https://b.co/a_b_", "https://b.co/a_b"),
        ("a\\\nb", "a\nb", "a\nb"),
        ("a  \nb", "a\nb", "a\nb"),
        ("a\n\n\n\nb", "a\n\nb", "a\n\nb"),
        ("a\r\nb\rc", "a\nb\nc", "a\nb\nc"),
        ("&#42;&quot;&copy;&nope;&amp", '*"©&nope;&amp', '*"©&nope;&amp'),
        ("<br>a<br><br><br>b", "a\n\nb", "a\n\nb"),
        ("<b>a </b>b <x>", "*a* b <x>", "a b <x>"),
        ("- \n-", "-\n-", "-\n-"),
        ("```\n\n```", "", ""),
        ("```a``` b", "```a``` b", "a b"),
        ("> ```\n> >>> f(**k)\n> ```", "```\n>>> f(**k)\n```", ">>> f(**k)"),
        ("1. a\n1. b\n   1. c\n   1. d\n1. e", "1. a\n2. b\n  1. c\n  2. d\n3. e", "1. a\n2. b\n  1. c\n  2. d\n3. e"),
        ("2. a\n\n3. b", "2. a\n\n3. b", "2. a\n\n3. b"),
        ("2019. Foi assim", "2019. Foi assim", "2019. Foi assim"),
        ("a\u00a0b\u200b c\u00ad", "a\u00a0b\u200b c\u00ad", "a b c"),
        ("这是**粗体**文字", "这是*粗体*文字", "这是粗体文字"),
        ("\ud83d**a**", "\ud83d*a*", "\ud83da"),
    ],
)
def test_markdown_is_said_with_the_mediums_means(markdown: str, whatsapp: str, sms: str) -> None:
    assert to_whatsapp(markdown) == whatsapp
    assert to_sms(markdown) == sms


@pytest.mark.parametrize(
    "text",
    [
        "2*3*4",
        "2 * 3 * 4",
        "2**3**4",
        "(2*3)*(4*5)*6",
        "a_snake_case_name e _outro_nome",
        "R$ 5,00* e R$ 6,00*",
        "https://a.b/c_d_e?f=*g*&h=_i_",
        "user_name_1@mail_box.example",
        "👩‍👩‍👧‍👦 👍🏽 🇧🇷 1️⃣ *️⃣ #️⃣",
        "~5 a ~10",
        "`",
        "**",
        "[ ] [x] [1] a[0]",
        "<nome do cliente>",
        "#assunto",
        "-5 graus",
        "+ R$ 5,00",
        "a | b",
        "Ação, coração, ñandú, 1º",
    ],
)
def test_what_only_looks_like_markdown_is_not_touched(text: str) -> None:
    assert to_whatsapp(text) == text
    assert to_sms(text) == text


PIECES = st.sampled_from(
    [*"*_~`[]()!<>|#-+.\\&\n \t:=", "**", "```", "~~", "https://a.b/c_d", "&amp;", "<br>", "<b>", "</b>", "\n\n", "1. "]
)
MARKDOWN = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=60).map("".join)
ANY = st.one_of(MARKDOWN, st.text(st.characters()))
PLAIN = st.text("abc çãñ,?!\n", max_size=200)


@given(ANY)
def test_any_text_can_be_said(text: str) -> None:
    for said in (to_whatsapp(text), to_sms(text)):
        assert "\n\n\n" not in said or "```" in text or "~~~" in text
        assert not said.endswith(" ") or "`" in text or "~~~" in text


@given(st.lists(st.sampled_from([*"*_#!\\+-> \nab", "**", "***", "1. ", "- ", "cde"]), max_size=60).map("".join))
def test_words_are_never_lost_between_marks(text: str) -> None:
    for said in (to_whatsapp(text), to_sms(text)):
        assert re.sub("[^a-e]", "", said) == re.sub("[^a-e]", "", text)


@given(PLAIN)
def test_plain_text_only_loses_needless_space(text: str) -> None:
    assert solid(to_whatsapp(text)) == solid(to_sms(text)) == solid(text)


@given(PLAIN)
def test_plain_text_said_twice_is_said_the_same(text: str) -> None:
    assert to_whatsapp(to_whatsapp(text)) == to_whatsapp(text)
    assert to_sms(to_sms(text)) == to_sms(text)


_READS_AS_MARKDOWN_AGAIN = ("aberto_pt", "codigo_en", "escapes_html")
"""Cases with literal marks and code."""


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.stem not in _READS_AS_MARKDOWN_AGAIN], ids=lambda case: case.stem
)
def test_sms_text_said_twice_is_said_the_same(case: Path) -> None:
    said = to_sms(case.read_text())

    assert to_sms(said) == said


@pytest.mark.parametrize("text", ["", " ", "\n\t \u00a0"])
def test_only_whitespace_is_no_chunk(text: str) -> None:
    assert split(text) == ()


def test_a_text_that_fits_is_one_chunk_without_the_space_around_it() -> None:
    assert split("  oi\n\n tudo bem? \n") == ("oi\n\n tudo bem?",)
    assert split("a" * LIMIT) == ("a" * LIMIT,)
    assert split("👍" * (LIMIT // 2)) == ("👍" * (LIMIT // 2),)


@pytest.mark.parametrize(
    ("text", "limit", "chunks"),
    [
        ("Um parágrafo.\n\nOutro. Mais um.", 22, ("Um parágrafo.", "Outro. Mais um.")),
        ("- um item longo\n- dois. E mais\n", 25, ("- um item longo", "- dois. E mais")),
        ("Uma frase. Outra frase inteira", 20, ("Uma frase.", "Outra frase inteira")),
        ("Muito bem. O Sr. Ana fala", 20, ("Muito bem.", "O Sr. Ana fala")),
        ("uma duas três quatro", 14, ("uma duas três", "quatro")),
        ("abcdefghij", 4, ("abcd", "efgh", "ij")),
        ("a https://exemplo.com/x", 22, ("a", "https://exemplo.com/x")),
        ("custa R$\u00a05,00", 10, ("custa", "R$\u00a05,00")),
        ("um dois tres quatro cinco seis", 9, ("um dois", "tres", "quatro…")),
        ("abcdefghij", 3, ("abc", "def", "gh…")),
        ("👍👍👍👍👍", 4, ("👍👍", "👍👍", "👍")),
    ],
)
def test_the_cut_is_at_the_best_place_that_fits(text: str, limit: int, chunks: tuple[str, ...]) -> None:
    assert split(text, limit) == chunks


@pytest.mark.parametrize("grapheme", ["👩‍👩‍👧‍👦", "👍🏽", "🇧🇷", "e\u0301", "1️⃣", "❤️", "각", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\ud83d\udc4d"])
@pytest.mark.parametrize("before", range(6))
def test_a_hard_cut_leaves_graphemes_whole(grapheme: str, before: int) -> None:
    chunks = split("x" * before + grapheme * 10, 16, 99)

    assert "".join(chunks) == "x" * before + grapheme * 10
    assert all(not chunk.lstrip("x").replace(grapheme, "") for chunk in chunks)


def test_room_is_used_when_the_parts_would_not_do_otherwise() -> None:
    text = "a" * 60 + "\n\n" + "b" * 30 + " " + "c" * 90

    assert split(text, 100, 2) == ("a" * 60 + "\n\n" + "b" * 30, "c" * 90)


def test_a_fence_that_fits_a_chunk_is_not_cut() -> None:
    fence = "```\n" + "código aqui\n" * 6 + "```"

    assert split("Oi, veja isto:\n" + fence, 85) == ("Oi, veja isto:", fence)


def test_a_fence_that_must_be_cut_is_closed_and_opened_again() -> None:
    lines = [f"    linha {n}" for n in range(20)]

    chunks = split("```\n" + "\n".join(lines) + "\n```", 100, 9)

    assert all(chunk.startswith("```\n") and chunk.endswith("\n```") for chunk in chunks)
    assert "\n".join(chunk[4:-4] for chunk in chunks) == "\n".join(lines)


def test_a_marked_phrase_that_fits_a_chunk_is_not_cut() -> None:
    phrase = "*uma frase em negrito que não convém cortar*"

    assert split("x" * 10 + " yy zz " * 4 + phrase, 70) == (("x" * 10 + " yy zz " * 4).strip(), phrase)


def test_a_marked_phrase_that_must_be_cut_is_closed_and_opened_again() -> None:
    chunks = split("_*" + "palavra " * 30 + "fim*_", 80, 9)

    assert all(chunk.startswith("_*p") for chunk in chunks[:-1])
    assert all(chunk.endswith("a*_") for chunk in chunks[:-1])
    assert chunks[-1].endswith("fim*_")
    assert all(units(chunk) <= 80 for chunk in chunks)


def test_a_text_cut_short_says_so_behind_its_closed_marks() -> None:
    assert split("*" + "palavra " * 30 + "fim*", 80, 1)[0].endswith("palavra*…")
    assert split("```\n" + "codigo\n" * 30 + "```", 80, 1)[0].endswith("codigo\n```…")


def test_an_ellipsis_of_plain_dots_keeps_a_message_plain() -> None:
    assert split("um dois tres quatro cinco seis", 12, 2, ellipsis="...") == ("um dois tres", "quatro...")
    assert split("👍" * 9, 6, 1, ellipsis="...") == ("👍...",)
    with pytest.raises(ValueError, match="at least"):
        split("oi", 2, ellipsis="...")


@pytest.mark.parametrize(("limit", "parts"), [(1, 3), (0, 3), (-5, 3), (10, 0)])
def test_impossible_sizes_are_refused(limit: int, parts: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        split("oi", limit, parts)


LIMITS = st.one_of(st.integers(2, 12), st.integers(60, 120))
GRAPHEMES = st.sampled_from(
    ["👩‍👩‍👧‍👦", "👍🏽", "🇧🇷", "e\u0301", "❤️", " ", "\n", "\n\n", ". ", "\u200d", " \u0301", "\ud83d"]
)
TEXT = st.one_of(st.lists(st.one_of(GRAPHEMES, PIECES, st.text(max_size=9)), max_size=80).map("".join), st.text())


@given(TEXT, LIMITS, st.integers(1, 5))
def test_limits_are_kept_and_no_chunk_is_empty(text: str, limit: int, parts: int) -> None:
    chunks = split(text, limit, parts)

    assert len(chunks) <= parts
    assert all(chunk.strip() and units(chunk) <= limit for chunk in chunks)
    assert bool(chunks) == bool(text.strip())


@given(TEXT, LIMITS)
def test_nothing_is_lost_but_whitespace(text: str, limit: int) -> None:
    if limit >= 64:
        text = re.sub(r"[*_~`]", "", text)

    assert solid("".join(split(text, limit, 10_000))) == solid(text)


@given(TEXT, LIMITS)
def test_marks_that_are_opened_again_are_all_that_is_added(text: str, limit: int) -> None:
    joined = "".join(split(text, limit, 10_000))

    assert re.sub(r"[*_~`\s]", "", joined) == re.sub(r"[*_~`\s]", "", text)


@given(TEXT, LIMITS, st.integers(1, 5))
def test_a_text_cut_short_is_a_beginning_with_an_ellipsis(text: str, limit: int, parts: int) -> None:
    text = re.sub(r"[*_~`…]", "", text)
    joined = solid("".join(split(text, limit, parts)))

    assert joined == solid(text) or (joined.endswith("…") and solid(text).startswith(joined[:-1]))


@given(TEXT, LIMITS)
def test_a_chunk_fits_in_one_chunk(text: str, limit: int) -> None:
    for chunk in split(text, limit, 10_000):
        assert split(chunk, limit) == (chunk.strip(),)


@given(st.lists(st.sampled_from(["a", "e\u0301", "x\u0302\u0303", "👍🏽", " ", "\n"]), max_size=80), st.integers(4, 20))
def test_no_chunk_begins_with_a_combining_character(graphemes: list[str], limit: int) -> None:
    assert not any(unicodedata.combining(chunk[0]) for chunk in split("".join(graphemes), limit, 99))


HOSTILE = [
    *("*", "_", "~", "`", "[", "](", "[a](b", "*a ", "a* ", "**a ", "*a_ ", "```a", "[[[]]](u)", "![", ">", "> ", "- "),
    *("#", " ", "\n", "\\", "&amp", "<", "<b>", "<b>*a ", "(", "https://)", "|", "a|", "|-", "1. ", "```\n", "~~~\n"),
    *("> a\n>> b\n", "_*~~", "**a**b", "a.", "\u0301", "\u200d", "🇧🇷", "👩‍👩‍👧 ", "a``b```c", "[a](<", "| a |\n|-|\n"),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_work_grows_in_proportion_to_a_hostile_text(piece: str) -> None:
    def work(length: int) -> int:
        text = (piece * length)[:length]
        return calls(lambda: (to_whatsapp(text), to_sms(text), split(text, 100, length)))

    assert work(2000) <= 2.2 * work(1000) + 500


@pytest.mark.parametrize("piece", ["*", "[", "`", "``a`b```c", "[](", "\u200d"])
def test_a_huge_hostile_text_is_said_and_split(piece: str) -> None:
    text = (piece * 60_000)[:60_000]

    for said in (to_whatsapp(text), to_sms(text)):
        chunks = split(said)
        assert len(chunks) <= PARTS
        assert all(units(chunk) <= LIMIT for chunk in chunks)
