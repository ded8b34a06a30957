"""The database's errors become ours by their codes, and say what to do without saying what was stored."""

import pytest

from adapters.supabase import faults
from adapters.supabase.calls import storable
from core.errors import Conflict, KeyReused, Permanent, RecadoError, Rejected, Unavailable

SAID = 'duplicate key value: Key (address)=(+5511987654321) "what somebody wrote"'

CODES: list[tuple[str, type[RecadoError]]] = [
    ("RC400", Rejected),
    ("RC409", Conflict),
    ("RC422", KeyReused),
    ("RC503", Unavailable),
    ("23505", Conflict),
    ("23514", Conflict),
    ("23503", Rejected),
    ("22P02", Rejected),
    ("22P05", Rejected),
    ("22021", Rejected),
    ("22003", Rejected),
    ("54000", Rejected),
    ("40001", Unavailable),
    ("40P01", Unavailable),
    ("55P03", Unavailable),
    ("57014", Unavailable),
    ("57P01", Unavailable),
    ("57P03", Unavailable),
    ("53100", Unavailable),
    ("53300", Unavailable),
    ("08006", Unavailable),
    ("25006", Unavailable),
    ("58030", Unavailable),
    ("XX000", Unavailable),
    ("XX001", Permanent),
    ("28P01", Permanent),
    ("28000", Permanent),
    ("3D000", Permanent),
    ("42501", Permanent),
    ("42883", Permanent),
    ("42P01", Permanent),
    ("P0001", Permanent),
    ("PGRST000", Unavailable),
    ("PGRST001", Unavailable),
    ("PGRST002", Unavailable),
    ("PGRST003", Unavailable),
    ("PGRST202", Unavailable),
    ("PGRST203", Permanent),
    ("PGRST106", Permanent),
    ("PGRST301", Permanent),
    ("PGRST303", Permanent),
    ("PGRSTX00", Unavailable),
    ("", Permanent),
]


@pytest.mark.parametrize(("code", "kind"), CODES)
def test_each_code_is_of_one_family(code: str, kind: type[RecadoError]) -> None:
    assert type(faults.of_code(code, says="its text")) is kind


@pytest.mark.parametrize("code", [code for code, _ in CODES if not code.startswith("RC")])
def test_a_text_of_the_database_is_never_passed_on_but_its_code_is(code: str) -> None:
    told = str(faults.of_code(code, says=SAID))

    assert not any(word in told for word in ("duplicate", "somebody wrote", "5511987654321"))
    assert f"({code}" in told


@pytest.mark.parametrize("code", ["RC400", "RC409", "RC422", "RC503"])
def test_what_our_own_functions_say_is_passed_on(code: str) -> None:
    assert str(faults.of_code(code, says="somebody else replied")) == "somebody else replied"


def test_what_is_contradicted_is_named() -> None:
    assert "message_provider_id" in str(faults.of_code("23505", constraint="message_provider_id"))


@pytest.mark.parametrize("code", ["42883", "42P01", "3F000", "PGRST202", "P0001"])
def test_a_wrong_schema_says_how_to_mend_it(code: str) -> None:
    assert "recado migrate" in str(faults.of_code(code))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Permanent),
        (403, Permanent),
        (404, Permanent),
        (301, Permanent),
        (200, Permanent),
        (413, Rejected),
        (408, Unavailable),
        (429, Unavailable),
        (500, Unavailable),
        (502, Unavailable),
        (504, Unavailable),
        (521, Unavailable),
    ],
)
def test_a_gateways_answer_is_judged_by_its_status(status: int, kind: type[RecadoError]) -> None:
    error = faults.of_status(status)

    assert type(error) is kind
    assert f"({status})" in str(error)


def test_what_postgresql_cannot_store_is_replaced_wherever_it_stands() -> None:
    args, text = storable({"a\0": ["b\0", {"c": "\\u0000 is what was typed \0"}], "n": None, "t": True, "i": 3})

    assert args == {"a\ufffd": ["b\ufffd", {"c": "\\u0000 is what was typed \ufffd"}], "n": None, "t": True, "i": 3}
    assert "\0" not in text


def test_what_was_typed_to_look_like_it_is_left_alone() -> None:
    given = {"text": "a backslash and u0000: \\u0000"}

    assert storable(given)[0] == given


@pytest.mark.parametrize("value", ["\ud800", float("nan"), float("inf")], ids=["half a letter", "nan", "infinity"])
def test_what_has_no_form_at_all_is_rejected(value: object) -> None:
    with pytest.raises(Rejected):
        storable({"value": value})
