"""Asking about the books: what was spent and received, what is left, and what is noted."""

import pytest

from core.skills.finance import skill
from core.skills.finance.entry import EXPENSE
from tests.skill_bench import SkillBench, said


async def noted() -> SkillBench:
    ana = SkillBench(skill=skill)
    for amount, what, on in (
        ("200", "mercado", "hoje"),
        ("30", "almoço com a Bia", "ontem"),
        ("23", "Uber", "hoje"),
        ("US$ 12", "Netflix", "ontem"),
        ("40", "lanches", "mês passado"),
    ):
        await ana.call("add_expense", amount=amount, what=what, on=on)
    await ana.call("add_revenue", amount="500", customer="Maria Silva", on="hoje")
    await ana.call("add_revenue", amount="80", what="bolo", on="ontem")
    return ana


@pytest.mark.parametrize(
    ("question", "total"),
    [
        ({}, f"{said('253')} e {said('12', 'USD')}"),
        ({"period": "ontem"}, f"{said('30')} e {said('12', 'USD')}"),
        ({"period": "hoje"}, said("223")),
        ({"what": "comida"}, said("230")),
        ({"category": "food"}, said("230")),
        ({"what": "alimentação", "period": "hoje"}, said("200")),
        ({"what": "mercado"}, said("200")),
        ({"what": "uber"}, said("23")),
        ({"what": "transporte"}, said("23")),
        ({"category": "lazer"}, said("12", "USD")),
        ({"what": "bia"}, said("30")),
        ({"what": "lanche", "period": "mês passado"}, said("40")),
        ({"category": "comida", "what": "mercado"}, said("200")),
    ],
)
async def test_spending_is_found_by_period_category_and_word(question: dict[str, str], total: str) -> None:
    ana = await noted()

    answer = await ana.call("query_spending", **question)

    assert answer.startswith(f"Você gastou {total} ")


async def test_spending_in_all_is_told_by_category_the_biggest_first() -> None:
    ana = await noted()

    answer = await ana.call("query_spending")

    by_category = f"mercado {said('200')}, comida {said('30')}, transporte {said('23')} e lazer {said('12', 'USD')}"
    assert answer.endswith(f" Por categoria: {by_category}.")


async def test_a_category_of_ones_own_is_found_by_its_name() -> None:
    ana = SkillBench(skill=skill)
    await ana.call("add_expense", amount="70", what="tinta", category="Sítio da vó")
    await ana.call("add_expense", amount="5", what="tinta")

    answer = await ana.call("query_spending", category="sitio da vo")

    assert answer == f"Você gastou {said('70')} com sitio da vo este mês."


async def test_nothing_found_is_said_kindly() -> None:
    ana = SkillBench(skill=skill)

    answers = [
        await ana.call("query_spending", what="avião"),
        await ana.call("query_revenue", customer="Zé"),
        await ana.call("balance", period="ontem"),
        await ana.call("who_owes"),
        await ana.call("list_entries", period="hoje"),
    ]

    assert answers == [
        "Não achei nenhum gasto com avião este mês.",
        "Não achei nenhuma entrada de Zé este mês.",
        "Não achei nem entradas nem gastos ontem.",
        "Ninguém te deve nada no momento.",
        "Não há nada anotado hoje.",
    ]


async def test_revenue_is_found_by_period_and_customer_and_holds_paid_invoices() -> None:
    ana = await noted()
    await ana.call("create_invoice", customer="Maria Souza", amount="100")
    await ana.call("settle_invoice", customer="Maria Souza", on="ontem")

    assert (await ana.call("query_revenue")).startswith(f"Você recebeu {said('680')} ")
    assert (await ana.call("query_revenue", period="ontem")).startswith(f"Você recebeu {said('180')} ")
    assert f"{said('500')} de Maria Silva" in await ana.call("query_revenue", customer="maria silva")
    assert f"{said('600')} de Maria Silva e Maria Souza" in await ana.call("query_revenue", customer="Maria")


async def test_the_balance_is_told_for_each_currency() -> None:
    ana = await noted()

    surplus, shortfall = (await ana.call("balance")).splitlines()

    assert surplus == f"Entraram {said('580')} e saíram {said('253')} este mês: sobram {said('327')}."
    assert shortfall == (
        f"Entraram {said('0', 'USD')} e saíram {said('12', 'USD')} este mês: faltam {said('12', 'USD')}."
    )


async def test_an_even_balance_is_neither_a_surplus_nor_a_shortfall() -> None:
    ana = SkillBench(skill=skill, language="en")
    await ana.call("add_expense", amount="10")
    await ana.call("add_revenue", amount="10")

    assert (await ana.call("balance")).endswith("that is even.")


async def test_entries_are_listed_the_newest_first_and_at_most_twenty() -> None:
    ana = SkillBench(skill=skill)
    for number in range(1, 26):
        await ana.call("add_expense", amount=str(number))
    await ana.call("add_expense", amount="99", on="ontem")

    lines = (await ana.call("list_entries")).splitlines()

    assert lines[0] == "Isto é o que está anotado este mês:"
    assert lines[1] == f"- gasto de {said('25')}, hoje"
    assert len(lines) == 22
    assert lines[-1] == "e mais 6"


async def test_what_is_struck_out_counts_nowhere() -> None:
    ana = SkillBench(skill=skill)
    await ana.call("add_expense", amount="10", what="uber")
    await ana.call("add_expense", amount="99", what="uber")

    await ana.call("undo_last")

    assert said("10") in await ana.call("query_spending")
    assert said("10") in await ana.call("balance")
    assert said("99") not in await ana.call("list_entries")
    assert said("15") in await ana.call("add_expense", amount="5", what="uber")


async def test_nobody_sees_the_books_of_somebody_else() -> None:
    ana = await noted()
    bia = SkillBench(skill=skill, contact="bia", shared=ana.records)

    assert (await bia.call("list_entries")).startswith("Não há nada anotado")
    assert await bia.call("undo_last") == "Não há nada anotado para desfazer."
    assert len(await ana.kept(EXPENSE)) == 5
