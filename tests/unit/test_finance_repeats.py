"""A tool of finance may be killed at any place and run again: the same end state, and the same answer."""

from contextlib import suppress
from datetime import timedelta

import pytest

from core.ai.records import Record
from core.ai.tool import Effect
from core.errors import Unavailable
from core.skills.finance import skill
from core.skills.finance.entry import KINDS
from tests.skill_bench import CrashingRecords, SkillBench

Call = tuple[str, dict[str, str]]

BOOKS: tuple[Call, ...] = (
    ("add_customer", {"name": "Maria Silva"}),
    ("add_expense", {"amount": "52,90", "what": "mercado"}),
    ("create_invoice", {"customer": "Padaria Sol", "amount": "300", "due": "amanhã"}),
    ("create_invoice", {"customer": "Maria", "amount": "200"}),
    ("add_revenue", {"amount": "80", "what": "bolo"}),
)
PAID: Call = ("settle_invoice", {"customer": "Padaria Sol", "amount": "100"})
CORRECTED: Call = ("correct_last", {"amount": "90"})

CASES: dict[str, tuple[tuple[Call, ...], Call]] = {
    "an expense": (BOOKS, ("add_expense", {"amount": "23", "what": "uber", "on": "ontem"})),
    "revenue of a debtor": (BOOKS, ("add_revenue", {"amount": "200", "customer": "Maria"})),
    "a new customer": (BOOKS, ("add_customer", {"name": "João", "note": "paga na sexta"})),
    "a customer who is known": (BOOKS, ("add_customer", {"name": "maria silva", "note": "paga na sexta"})),
    "an invoice of a known customer": (BOOKS, ("create_invoice", {"customer": "Maria", "amount": "50"})),
    "an invoice of a new customer": (BOOKS, ("create_invoice", {"customer": "João", "amount": "50", "due": "amanhã"})),
    "a payment": (BOOKS, ("settle_invoice", {"customer": "Maria"})),
    "a part payment": (BOOKS, PAID),
    "the rest after a part payment": ((*BOOKS, PAID), ("settle_invoice", {"customer": "Padaria Sol"})),
    "a corrected amount": (BOOKS, CORRECTED),
    "a corrected day": (BOOKS, ("correct_last", {"on": "ontem"})),
    "a corrected payment": ((*BOOKS, PAID), ("correct_last", {"amount": "150"})),
    "a corrected invoice": (BOOKS[:4], ("correct_last", {"amount": "250", "on": "amanhã"})),
    "a corrected customer": (BOOKS[:1], ("correct_last", {"what": "Maria Souza"})),
    "a correction of a correction": ((*BOOKS, CORRECTED), ("correct_last", {"amount": "95"})),
    "an undone entry": (BOOKS, ("undo_last", {})),
    "the only entry undone": (BOOKS[:1], ("undo_last", {})),
    "an undone correction": ((*BOOKS, CORRECTED), ("undo_last", {})),
    "an undone invoice of a new customer": (BOOKS[:3], ("undo_last", {})),
    "an undone payment": ((*BOOKS, PAID), ("undo_last", {})),
    "an entry undone after an undone one": ((*BOOKS, ("undo_last", {})), ("undo_last", {})),
}


async def bench_with(calls: tuple[Call, ...]) -> SkillBench:
    bench = SkillBench(skill=skill)
    for name, arguments in calls:
        await bench.call(name, **arguments)
        bench.later(minutes=1)
    return bench


async def end_state(bench: SkillBench) -> list[Record]:
    """All that counts and all that is struck out, whenever that was."""
    found = await bench.kept(*KINDS, "finance.undo", "finance.correction", voided=True)
    return [
        Record(
            key=each.key,
            kind=each.kind,
            at=each.at,
            document=each.document,
            number=each.number,
            recorded_at=bench.now,
            voided_at=bench.now if each.voided_at else None,
        )
        for each in found
    ]


def test_every_tool_with_an_effect_is_among_the_cases() -> None:
    tried = {call[0] for _, call in CASES.values()}

    assert tried == {tool.name for tool in skill.tools if tool.effect is Effect.KEYED}


@pytest.mark.parametrize("case", CASES)
async def test_a_repeat_changes_nothing_and_answers_the_same(case: str) -> None:
    before, (name, arguments) = CASES[case]
    bench = await bench_with(before)
    first = await bench.call_as("again", name, arguments)
    state = await end_state(bench)

    second = await bench.call_as("again", name, arguments)

    assert second == first
    assert await end_state(bench) == state


@pytest.mark.parametrize("case", CASES)
async def test_killed_at_any_call_and_run_again_it_ends_as_if_it_had_not_been(case: str) -> None:
    before, (name, arguments) = CASES[case]
    smooth = await bench_with(before)
    answer = await smooth.call_as("again", name, arguments)
    counting = CrashingRecords((await bench_with(before)).records, at=-1)
    await SkillBench(skill=skill).call_as("again", name, arguments, counting)
    assert counting.calls > 0

    for at in range(counting.calls):
        bench = await bench_with(before)
        with pytest.raises(Unavailable):
            await bench.call_as("again", name, arguments, CrashingRecords(bench.records, at=at))

        repeated = await bench.call_as("again", name, arguments)

        assert repeated == answer
        assert await end_state(bench) == await end_state(smooth)


@pytest.mark.parametrize("case", CASES)
async def test_killed_twice_it_still_ends_the_same(case: str) -> None:
    before, (name, arguments) = CASES[case]
    smooth = await bench_with(before)
    answer = await smooth.call_as("again", name, arguments)

    for first in range(6):
        for second in range(6):
            bench = await bench_with(before)
            for at in (first, second):
                with suppress(Unavailable):
                    await bench.call_as("again", name, arguments, CrashingRecords(bench.records, at=at))
            assert await bench.call_as("again", name, arguments) == answer
            assert await end_state(bench) == await end_state(smooth)


@pytest.mark.parametrize("case", CASES)
async def test_run_again_after_midnight_the_answer_is_the_one_of_the_first_run(case: str) -> None:
    before, (name, arguments) = CASES[case]
    bench = await bench_with(before)
    answer = await bench.call_as("again", name, arguments)

    bench.now += timedelta(days=1)

    assert await bench.call_as("again", name, arguments) == answer


async def test_an_expense_noted_elsewhere_in_between_does_not_change_the_answer() -> None:
    bench = await bench_with(BOOKS)
    first = await bench.call_as("again", "add_expense", {"amount": "10", "what": "mercado"})
    await bench.call("add_expense", amount="99", what="mercado")

    assert await bench.call_as("again", "add_expense", {"amount": "10", "what": "mercado"}) == first


async def test_an_undo_repeated_after_a_newer_entry_strikes_out_nothing_more() -> None:
    bench = await bench_with(BOOKS)
    first = await bench.call_as("again", "undo_last", {})
    await bench.call("add_expense", amount="99", what="uber")
    state = await end_state(bench)

    assert await bench.call_as("again", "undo_last", {}) == first
    assert await end_state(bench) == state
