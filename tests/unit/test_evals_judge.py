"""What is expected of a conversation, against what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.ai.records import Record
from core.conversation.lifecycle import Handler
from entrypoints.evals.judge import Failure, Heard, failures
from entrypoints.evals.script import Talk

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2026, 3, 12, 15, 0, tzinfo=SAO_PAULO)
EXPENSE = "finance.expense"


def talk(**more: Any) -> Talk:
    return Talk.model_validate({"name": "x", "language": "pt", "says": ["gastei 10"], **more})


def heard(
    *replies: str, records: Sequence[Record] = (), by: Handler = Handler.ASSISTANT, zone: ZoneInfo = SAO_PAULO
) -> Heard:
    return Heard(replies=(replies,), records=records, handled_by=by, opted_out=False, troubles=(), zone=zone, now=NOW)


def record(
    document: Mapping[str, Any] | None = None,
    *,
    kind: str = EXPENSE,
    at: datetime = NOW,
    voided: bool = False,
    number: int = 1,
) -> Record:
    return Record(
        key=f"key-{number}",
        kind=kind,
        at=at,
        document=document or {"amount": "10.00", "what": "no café"},
        number=number,
        recorded_at=NOW,
        voided_at=NOW if voided else None,
    )


def wanted(**more: Any) -> Mapping[str, Any]:
    return {"kind": EXPENSE, **more}


def told(found: Sequence[Failure]) -> list[str]:
    return [f"{failure.expected} <> {failure.got}" for failure in found]


def test_an_answer_is_enough_where_nothing_is_said() -> None:
    assert not failures(talk(), heard("ok"))


def test_silence_is_a_failure_where_nothing_is_said() -> None:
    [failure] = failures(talk(), heard())

    assert failure == Failure(said=("gastei 10",), expected="a reply", got="none")


@pytest.mark.parametrize("says", ["gastei 10", {"say": "gastei 10", "expect": {"replies": 0}}])
def test_silence_may_be_what_is_wanted(says: Any) -> None:
    silent = talk(says=[says], expect={"replies": 0})

    assert not failures(silent, heard())
    assert told(failures(silent, heard("ok")))[-1] == "0 replies <> 1 reply: ok"


def test_the_replies_to_a_saying_are_counted() -> None:
    once = talk(says=[{"say": ["gastei", "10"], "expect": {"replies": 1}}])

    assert not failures(once, heard("ok"))
    [failure] = failures(once, heard("ok", "ok?"))
    assert failure == Failure(said=("gastei", "10"), expected="1 reply", got="2 replies: ok\nok?")


def test_facts_are_looked_for_in_every_part_of_the_answer() -> None:
    both = talk(says=[{"say": "x", "expect": {"contains": ["10,00", ["café", "coffee"]], "lacks": ["20"]}}])

    assert not failures(both, heard("R$ 10", "no cafe"))
    assert told(failures(both, heard("R$ 20"))) == [
        "a reply with 10,00 <> R$ 20",
        "a reply with café or coffee <> R$ 20",
        "no reply with 20 <> R$ 20",
    ]


def test_a_pattern_is_looked_for_in_the_reply() -> None:
    asking = talk(says=[{"say": "x", "expect": {"matches": r"QUANTO.*\?"}}])

    assert not failures(asking, heard("Foi quanto mesmo?"))
    assert told(failures(asking, heard("Anotei."))) == [r"a reply that matches QUANTO.*\? <> Anotei."]


def test_what_is_expected_at_the_end_is_of_all_replies_together() -> None:
    two = talk(says=["a", "b"], expect={"replies": 2, "contains": ["10", "20"]})

    assert not failures(two, replace(heard(), replies=(("10",), ("20",))))
    assert told(failures(two, replace(heard(), replies=(("10",), ("30", "40"))))) == [
        "2 replies <> 3 replies: 10\n30\n40",
        "a reply with 20 <> 10\n30\n40",
    ]


def test_a_reply_in_another_language_is_a_failure() -> None:
    english = "How much did you spend today? I will write it down for you."

    assert told(failures(talk(), heard(english))) == [f"replies in pt <> replies in en: {english}"]
    assert not failures(talk(language="en"), heard(english))
    assert not failures(talk(language="en"), heard("Mary Jones R$ 350,00, Bob Smith R$ 99,90, Ann Lee R$ 10,00"))
    assert not failures(talk(), heard("Spent: 10 with you"))


def test_trouble_in_the_pipeline_is_a_failure_whatever_was_expected() -> None:
    assert told(failures(talk(), replace(heard("R$ 10"), troubles=("a turn that died: no key",)))) == [
        "an answer <> a turn that died: no key"
    ]


def test_who_handles_it_and_whether_it_is_opted_out_are_compared_where_they_are_said() -> None:
    handed = talk(handled_by="human", opted_out=True)

    assert told(failures(handed, heard("ok"))) == [
        "handled by the human <> handled by the assistant",
        "opted out <> not opted out",
    ]
    assert not failures(handed, replace(heard("ok", by=Handler.HUMAN), opted_out=True))


def test_records_are_not_looked_at_where_none_are_mentioned() -> None:
    assert not failures(talk(), heard("ok", records=[record()]))


def test_an_empty_list_wants_no_record_at_all() -> None:
    assert told(failures(talk(records=[]), heard("ok", records=[record()]))) == [
        "no further record <> finance.expense with amount 10.00, what no café at 2026-03-12T15:00"
    ]


def test_a_record_fits_by_some_of_what_it_holds() -> None:
    assert not failures(talk(records=[wanted(has={"amount": "10"})]), heard("ok", records=[record()]))
    assert not failures(
        talk(records=[wanted(has={"amount": "10,00", "what": ["bar", "café"]})]), heard("ok", records=[record()])
    )


def test_a_missing_and_an_extra_record_are_two_failures() -> None:
    found = failures(talk(records=[wanted(has={"amount": "20"})]), heard("ok", records=[record()]))

    assert told(found) == [
        "finance.expense with amount 20 <> finance.expense with amount 10.00, what no café at 2026-03-12T15:00",
        "no further record <> finance.expense with amount 10.00, what no café at 2026-03-12T15:00",
    ]


def test_a_record_of_another_kind_is_none_of_this_kind() -> None:
    found = failures(talk(records=[wanted()]), heard("ok", records=[record(kind="finance.revenue")]))

    assert told(found)[0] == "finance.expense <> no finance.expense"
    assert len(found) == 2


def test_one_record_is_not_two() -> None:
    assert len(failures(talk(records=[wanted(), wanted()]), heard("ok", records=[record()]))) == 1


def test_records_are_paired_so_that_as_many_fit_as_can() -> None:
    vague, exact = wanted(), wanted(has={"amount": "10"})
    records = [record(number=1), record({"amount": "20"}, number=2)]

    assert not failures(talk(records=[vague, exact]), heard("ok", records=records))
    assert not failures(talk(records=[exact, vague]), heard("ok", records=records))
    assert not failures(talk(records=[vague, exact]), heard("ok", records=records[::-1]))


def test_a_record_that_is_struck_out_need_not_be_mentioned_but_may_be() -> None:
    struck = [record(voided=True)]

    assert not failures(talk(records=[]), heard("ok", records=struck))
    assert not failures(talk(records=[wanted(voided=True)]), heard("ok", records=struck))
    assert told(failures(talk(records=[wanted()]), heard("ok", records=struck)))[0].startswith("finance.expense <> str")
    assert len(failures(talk(records=[wanted(voided=True)]), heard("ok", records=[record()]))) == 2


@pytest.mark.parametrize(
    ("at", "happened"),
    [
        ("today", NOW),
        ("today", NOW.replace(hour=0)),
        ("yesterday", NOW - timedelta(days=1)),
        ("tomorrow", NOW + timedelta(days=1)),
        ("2026-03-05", datetime(2026, 3, 6, 2, 59, tzinfo=UTC)),
        ("2026-03-13T09:00", datetime(2026, 3, 13, 12, 0, 59, tzinfo=UTC)),
        ("+2h", NOW + timedelta(hours=2, seconds=5)),
    ],
)
def test_a_time_is_the_same_on_the_persons_clock(at: str, happened: datetime) -> None:
    assert not failures(talk(records=[wanted(at=at)]), heard("ok", records=[record(at=happened)]))


@pytest.mark.parametrize(
    ("at", "happened"),
    [
        ("today", NOW.replace(hour=0) - timedelta(seconds=1)),
        ("yesterday", NOW),
        ("tomorrow", NOW),
        ("2026-03-05", datetime(2026, 3, 6, 3, 0, tzinfo=UTC)),
        ("2026-03-13T09:00", datetime(2026, 3, 13, 9, 0, tzinfo=UTC)),
        ("2026-03-13T09:00", datetime(2026, 3, 13, 12, 2, tzinfo=UTC)),
        ("+2h", NOW + timedelta(hours=1, minutes=58)),
    ],
)
def test_another_time_is_not(at: str, happened: datetime) -> None:
    [missing, _] = failures(talk(records=[wanted(at=at)]), heard("ok", records=[record(at=happened)]))

    assert missing.expected.startswith("finance.expense ")


def test_a_day_is_that_of_the_person_where_they_are() -> None:
    late = replace(heard("ok", zone=ZoneInfo("Asia/Tokyo")), records=[record(at=NOW.astimezone(UTC))])

    assert not failures(talk(records=[wanted(at="2026-03-13")]), late)
    assert not failures(talk(records=[wanted(at="today")]), late)
