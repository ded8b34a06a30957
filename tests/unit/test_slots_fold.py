"""Folding text for comparing, and finding the way back to what was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ai.slots.fold import fold, folded


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Amanhã", "amanha"),
        ("  São   Paulo\n", "sao paulo"),
        ("ÇÃO ñ É", "cao n e"),
        ("cafe\u0301", "cafe"),
        ("Straße", "strasse"),
        ("R$\u00a052,90", "r$ 52,90"),
        ("５２", "52"),  # noqa: RUF001
        ("٥٢٫٩٠", "52,90"),  # noqa: RUF001
        ("ho\u200bje", "hoje"),
        ("10² ½ ①", "10² ½ ①"),
        ("−5", "-5"),  # noqa: RUF001
        ("\ud83d", ""),
    ],
)
def test_case_accents_width_and_space_are_folded(text: str, plain: str) -> None:
    assert fold(text) == plain


@given(st.text())
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("text", ["gastei 10 amanhã", "Straße amanhã", "cafe\u0301 amanhã", "👍🏽 amanha\u0303"])
def test_a_place_in_the_folded_text_leads_back_to_the_original(text: str) -> None:
    source = folded(text)
    start = source.text.index("amanha")

    found = source.found(start, start + len("amanha"))

    assert found.text == text[found.start : found.end]
    assert fold(found.text) == "amanha"


@given(st.text(min_size=1), st.data())
def test_every_place_is_one_in_the_original(text: str, data: st.DataObject) -> None:
    source = folded(text)
    if source.text:
        start = data.draw(st.integers(0, len(source.text) - 1))
        end = data.draw(st.integers(start + 1, len(source.text)))

        found = source.found(start, end)

        assert 0 <= found.start < found.end <= len(text)
        assert found.text == text[found.start : found.end]
