"""The table of Twilio's error codes."""

import pytest

from adapters.twilio.codes import CODES, Reaction, explain, reaction


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (20003, Reaction.CONFIG),
        (21408, Reaction.CONFIG),
        (63007, Reaction.CONFIG),
        (63112, Reaction.CONFIG),
        (20429, Reaction.THROTTLE),
        (21611, Reaction.THROTTLE),
        (63018, Reaction.THROTTLE),
        (63038, Reaction.DAILY_CAP),
        (30003, Reaction.TRANSIENT),
        (63012, Reaction.TRANSIENT),
        (30410, Reaction.AMBIGUOUS),
        (21211, Reaction.ADDRESS),
        (30006, Reaction.ADDRESS),
        (63024, Reaction.ADDRESS),
        (21610, Reaction.OPTED_OUT),
        (30004, Reaction.OPTED_OUT),
        (63014, Reaction.OPTED_OUT),
        (21617, Reaction.CONTENT),
        (30007, Reaction.CONTENT),
        (63041, Reaction.CONTENT),
        (63032, Reaction.NOT_NOW),
        (63049, Reaction.NOT_NOW),
        (63016, Reaction.WINDOW),
        (30036, Reaction.EXPIRED),
        (63015, Reaction.GUARD),
        (30010, Reaction.GUARD),
        (11200, Reaction.UNKNOWN),
        (99999, Reaction.UNKNOWN),
        (0, Reaction.UNKNOWN),
        (None, Reaction.UNKNOWN),
    ],
)
def test_a_code_has_its_reaction(code: int | None, expected: Reaction) -> None:
    assert reaction(code) is expected


def test_no_code_is_in_two_classes_and_no_class_is_empty() -> None:
    listed = [code for codes in CODES.values() for code in codes]

    assert len(listed) == len(set(listed))
    assert set(CODES) == set(Reaction) - {Reaction.UNKNOWN}
    assert all(CODES.values())


@pytest.mark.parametrize("code", [None, 0, 99999, *(code for codes in CODES.values() for code in codes)])
def test_every_code_is_explained_in_one_line(code: int | None) -> None:
    text = explain(code)

    assert text.endswith(".")
    assert "\n" not in text
    assert len(text) <= 120


def test_the_common_codes_name_their_cure() -> None:
    assert "START" in explain(21610)
    assert "template" in explain(63016)
    assert "TWILIO_AUTH_TOKEN" in explain(20003)
    assert "join" in explain(63015)
