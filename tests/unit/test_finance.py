"""Noting what is spent and received, and asking about it."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from core.errors import Rejected
from core.skills.finance import skill
from core.skills.finance.entry import EXPENSE, KINDS, REVENUE
from tests.skill_bench import SAO_PAULO, SkillBench, faults_in_examples, said


async def test_an_expense_is_kept_and_told_with_its_category_and_what_the_month_comes_to() -> None:
    ana = SkillBench(skill=skill)
    await ana.call("add_expense", amount="100", what="água")

    answer = await ana.call("add_expense", amount="52,90", what="luz", on="ontem")

    [_, document] = await ana.documents(EXPENSE)
    assert Decimal(document["amount"]) == Decimal("52.90")
    assert (document["currency"], document["what"], document["category"]) == ("BRL", "luz", "utilities")
    [_, record] = await ana.kept(EXPENSE)
    assert record.at == datetime(2026, 3, 10, tzinfo=SAO_PAULO)
    for fact in (said("52.90"), "em contas (luz)", "ontem", f"este mês: {said('152.90')}"):
        assert fact in answer


async def test_an_expense_without_a_word_is_told_with_what_was_spent_in_all() -> None:
    ana = SkillBench(skill=skill)
    await ana.call("add_expense", amount="10", what="uber")

    answer = await ana.call("add_expense", amount="50")

    assert answer == f"Anotado: gasto de {said('50')}, hoje. Total de gastos este mês: {said('60')}."


async def test_what_the_month_comes_to_is_told_in_the_currency_of_the_expense_alone() -> None:
    ana = SkillBench(skill=skill)
    await ana.call("add_expense", amount="40", what="uber")
    await ana.call("add_expense", amount="US$ 5", what="taxi")

    answer = await ana.call("add_expense", amount="US$ 12", what="uber")

    assert answer.endswith(f"Total em transporte este mês: {said('17', 'USD')}.")


async def test_a_thing_that_is_called_like_its_category_is_not_named_twice() -> None:
    answer = await SkillBench(skill=skill).call("add_expense", amount="50", what="Mercado")

    assert answer.startswith(f"Anotado: gasto de {said('50')} em mercado, hoje.")


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("pt", "Anotado: gasto de {} em transporte (uber), ontem. Total em transporte este mês: {}."),
        ("en", "Noted: expense of {} for transport (uber), yesterday. Total for transport this month: {}."),
        ("es", "Anotado: gasto de {} en transporte (uber), ayer. Total en transporte este mes: {}."),
        ("de", "Noted: expense of {} for transport (uber), yesterday. Total for transport this month: {}."),
    ],
)
async def test_the_answer_is_in_the_language_of_the_person(language: str, answer: str) -> None:
    ana = SkillBench(skill=skill, language=language)

    told = await ana.call("add_expense", amount="23", what="uber", on="yesterday")

    amount = said("23", language=language)
    assert told == answer.format(amount, amount)


@pytest.mark.parametrize(
    ("written", "value", "currency"),
    [
        ("52,90", "52.90", "BRL"),
        ("1.234", "1234", "BRL"),
        ("1.234,56", "1234.56", "BRL"),
        ("3k", "3000", "BRL"),
        ("R$ 5 mil", "5000", "BRL"),
        ("US$ 12", "12", "USD"),
        ("€ 9,50", "9.50", "EUR"),
    ],
)
async def test_money_is_read_as_people_write_it(written: str, value: str, currency: str) -> None:
    ana = SkillBench(skill=skill)

    await ana.call("add_expense", amount=written)

    [document] = await ana.documents(EXPENSE)
    assert (Decimal(document["amount"]), document["currency"]) == (Decimal(value), currency)
    assert "E" not in document["amount"]


@pytest.mark.parametrize("written", ["0", "-5", "-R$ 5", "1000000000000", "9e15", "1e-9", "muito", "", "NaN"])
@pytest.mark.parametrize("tool", ["add_expense", "add_revenue"])
async def test_an_amount_that_is_none_is_refused_and_nothing_is_kept(tool: str, written: str) -> None:
    ana = SkillBench(skill=skill)

    with pytest.raises(Rejected):
        await ana.call(tool, amount=written, what="uber")

    assert await ana.kept(*KINDS, voided=True) == []


async def test_a_day_that_cannot_be_read_is_refused_and_nothing_is_kept() -> None:
    ana = SkillBench(skill=skill)

    with pytest.raises(Rejected):
        await ana.call("add_expense", amount="10", on="quando der")

    assert await ana.kept(*KINDS, voided=True) == []


async def test_what_is_kept_is_one_line_of_bounded_length() -> None:
    ana = SkillBench(skill=skill)

    await ana.call("add_revenue", amount="10", what="a\n\u202eb\x00" + "c" * 500, customer="d" * 500, on="hoje")

    [document] = await ana.documents(REVENUE)
    assert document["what"] == "a b " + "c" * 196
    assert document["customer"] == "d" * 80


async def test_what_people_write_is_never_taken_for_a_place_to_fill_in() -> None:
    answer = await SkillBench(skill=skill).call("add_expense", amount="10", what="{amount} {0} {total.__class__} %s")

    assert "{amount} {0} {total.__class__} %s" in answer


async def test_revenue_is_told_with_who_paid_and_what_for() -> None:
    ana = SkillBench(skill=skill)

    answer = await ana.call("add_revenue", amount="500", what="bolo", customer="Maria", on="ontem")

    assert answer == f"Anotado: entrada de {said('500')} de Maria (bolo), ontem."


async def test_revenue_from_a_debtor_tells_of_the_open_invoice_so_that_nothing_counts_twice() -> None:
    ana = SkillBench(skill=skill)
    await ana.call("create_invoice", customer="Maria Silva", amount="500")

    answer = await ana.call("add_revenue", amount="500", customer="maria")

    assert "Maria Silva tem fatura em aberto" in answer
    assert said("500") in answer


async def test_a_customer_is_written_as_they_were_first() -> None:
    ana = SkillBench(skill=skill)
    await ana.call("add_customer", name="João Silva")

    await ana.call("add_revenue", amount="500", customer="joao silva")

    assert [each["customer"] for each in await ana.documents(REVENUE)] == ["João Silva"]


async def test_the_last_hour_of_a_month_counts_in_that_month_of_the_persons_zone() -> None:
    ana = SkillBench(skill=skill, now=datetime(2026, 3, 31, 23, 30, tzinfo=SAO_PAULO))  # already April in UTC
    await ana.call("add_expense", amount="10", what="uber")
    assert ana.now.astimezone(UTC).month == 4

    this_month = await ana.call("query_spending")
    ana.later(hours=1)
    next_month = await ana.call("query_spending")
    last_month = await ana.call("query_spending", period="mês passado")

    assert said("10") in this_month
    assert next_month.startswith("Não achei nenhum gasto")
    assert said("10") in last_month


async def test_yesterday_on_the_first_belongs_to_the_month_before_and_so_does_the_total() -> None:
    ana = SkillBench(skill=skill, now=datetime(2026, 3, 1, 0, 10, tzinfo=SAO_PAULO))

    answer = await ana.call("add_expense", amount="10", what="uber", on="ontem")

    [record] = await ana.kept(EXPENSE)
    assert record.at == datetime(2026, 2, 28, tzinfo=SAO_PAULO)
    assert "este mês" not in answer
    assert said("10") in await ana.call("query_spending", period="mês passado")


async def test_the_same_moment_is_another_day_in_another_zone() -> None:
    tokyo = SkillBench(skill=skill, now=datetime(2026, 3, 31, 23, 30, tzinfo=SAO_PAULO), zone=ZoneInfo("Asia/Tokyo"))

    await tokyo.call("add_expense", amount="10")

    [record] = await tokyo.kept(EXPENSE)
    assert record.at == datetime(2026, 4, 1, tzinfo=ZoneInfo("Asia/Tokyo"))


def test_the_examples_are_what_a_matcher_can_learn_from() -> None:
    assert faults_in_examples(skill) == []


def test_the_skill_says_what_it_does_in_every_language() -> None:
    assert set(skill.abilities) == {"pt", "en", "es"}


async def test_a_day_without_a_midnight_is_a_day_all_the_same() -> None:
    # Cairo's clocks went from 00:00 to 01:00 on that day.
    cairo = ZoneInfo("Africa/Cairo")
    ana = SkillBench(skill=skill, now=datetime(2026, 4, 24, 9, 0, tzinfo=cairo), zone=cairo)

    answer = await ana.call("add_expense", amount="10", what="uber")

    [record] = await ana.kept(EXPENSE)
    assert record.at == datetime(2026, 4, 24, 1, 0, tzinfo=cairo)
    assert "hoje" in answer
