"""Putting right and striking out what was noted last."""

from datetime import datetime
from decimal import Decimal

import pytest

from core.errors import Rejected
from core.skills.finance import skill
from core.skills.finance.entry import CUSTOMER, EXPENSE, INVOICE, KINDS, PAYMENT, REVENUE
from tests.skill_bench import SAO_PAULO, SkillBench, said


@pytest.fixture
def ana() -> SkillBench:
    return SkillBench(skill=skill)


async def test_an_amount_is_corrected_and_what_was_there_before_is_struck_out(ana: SkillBench) -> None:
    await ana.call("add_expense", amount="54", what="mercado", on="ontem")

    answer = await ana.call("correct_last", amount="45")

    assert answer == (
        f"Corrigido: gasto de {said('45')} em mercado, ontem. Antes era: gasto de {said('54')} em mercado, ontem."
    )
    [document] = await ana.documents(EXPENSE)
    assert Decimal(document["amount"]) == 45
    assert len(await ana.kept(EXPENSE, voided=True)) == 2
    assert (await ana.call("query_spending")).startswith(f"Você gastou {said('45')} ")


async def test_a_day_is_corrected_and_with_it_the_period_that_the_entry_is_in(ana: SkillBench) -> None:
    await ana.call("add_expense", amount="54", what="mercado")

    answer = await ana.call("correct_last", on="ontem")

    assert answer.startswith(f"Corrigido: gasto de {said('54')} em mercado, ontem.")
    [record] = await ana.kept(EXPENSE)
    assert record.at == datetime(2026, 3, 10, tzinfo=SAO_PAULO)
    assert said("54") in await ana.call("query_spending", period="ontem")


async def test_a_corrected_word_moves_the_expense_to_its_category(ana: SkillBench) -> None:
    await ana.call("add_expense", amount="54", what="mercado")

    await ana.call("correct_last", what="farmácia")
    [document] = await ana.documents(EXPENSE)
    assert (document["what"], document["category"]) == ("farmácia", "health")

    await ana.call("correct_last", category="lazer")
    [document] = await ana.documents(EXPENSE)
    assert (document["what"], document["category"]) == ("farmácia", "leisure")


async def test_a_category_that_was_given_stays_when_the_word_is_corrected(ana: SkillBench) -> None:
    await ana.call("add_expense", amount="54", what="mercado", category="lazer")

    await ana.call("correct_last", what="farmácia")

    [document] = await ana.documents(EXPENSE)
    assert (document["what"], document["category"]) == ("farmácia", "leisure")


async def test_an_amount_without_a_currency_stays_in_the_one_it_was_in(ana: SkillBench) -> None:
    await ana.call("add_revenue", amount="US$ 54")

    await ana.call("correct_last", amount="45")

    [document] = await ana.documents(REVENUE)
    assert (Decimal(document["amount"]), document["currency"]) == (Decimal(45), "USD")


async def test_an_invoice_is_corrected_in_amount_and_due_day(ana: SkillBench) -> None:
    await ana.call("create_invoice", customer="Maria", amount="300", due="hoje")

    answer = await ana.call("correct_last", amount="250", on="amanhã")

    assert answer.startswith(f"Corrigido: fatura de {said('250')} para Maria, vence amanhã.")
    assert await ana.call("who_owes") == f"Em aberto: {said('250')}.\n- Maria: {said('250')}, vence amanhã"


async def test_a_customer_is_corrected_in_name(ana: SkillBench) -> None:
    await ana.call("add_customer", name="Maria Silva")

    answer = await ana.call("correct_last", what="Maria Souza")

    assert answer == "Corrigido: cliente Maria Souza. Antes era: cliente Maria Silva."
    assert [each["customer"] for each in await ana.documents(CUSTOMER)] == ["Maria Souza"]


async def test_a_payment_is_corrected_within_what_was_open(ana: SkillBench) -> None:
    await ana.call("create_invoice", customer="Maria", amount="300")
    await ana.call("settle_invoice", customer="Maria", amount="100")

    refused = await ana.call("correct_last", amount="300,01")
    assert refused == f"Dessa fatura faltavam {said('300')}; {said('300.01')} não cabe nisso. Qual é o valor certo?"
    assert [Decimal(each["amount"]) for each in await ana.documents(PAYMENT)] == [Decimal(100)]

    await ana.call("correct_last", amount="300")
    assert await ana.call("who_owes") == "Ninguém te deve nada no momento."

    await ana.call("correct_last", amount="120")
    assert said("180") in await ana.call("who_owes")


async def test_without_a_change_it_is_asked_what_to_change(ana: SkillBench) -> None:
    assert await ana.call("correct_last", amount="45") == "Ainda não há nada anotado para corrigir."
    await ana.call("add_customer", name="Maria")

    answers = [await ana.call("correct_last"), await ana.call("correct_last", amount="45", category="lazer")]

    assert answers == ["O último registro é: cliente Maria. O que devo mudar nele?"] * 2
    assert len(await ana.kept(*KINDS, voided=True)) == 1


async def test_a_correction_that_cannot_be_read_leaves_everything_as_it_is(ana: SkillBench) -> None:
    await ana.call("add_expense", amount="54", what="mercado")

    with pytest.raises(Rejected):
        await ana.call("correct_last", amount="0", what="farmácia")

    [document] = await ana.documents(EXPENSE)
    assert (document["amount"], document["what"]) == ("54.00", "mercado")


async def test_undoing_strikes_out_the_newest_and_then_the_one_before(ana: SkillBench) -> None:
    await ana.call("add_expense", amount="10", what="uber")
    await ana.call("add_revenue", amount="500", customer="Maria")

    answers = [await ana.call("undo_last") for _ in range(3)]

    assert answers == [
        f"Apaguei: entrada de {said('500')} de Maria, hoje.",
        f"Apaguei: gasto de {said('10')} em transporte (uber), hoje.",
        "Não há nada anotado para desfazer.",
    ]
    assert await ana.kept(*KINDS) == []
    assert len(await ana.kept(*KINDS, voided=True)) == 2


async def test_undoing_a_correction_does_not_bring_back_what_was_wrong(ana: SkillBench) -> None:
    await ana.call("add_expense", amount="54", what="mercado")
    await ana.call("correct_last", amount="45")

    answer = await ana.call("undo_last")

    assert answer == (
        f"Apaguei: gasto de {said('45')} em mercado, hoje. O que havia antes da correção também não conta."
    )
    assert await ana.kept(*KINDS) == []


async def test_a_customer_who_came_with_an_invoice_goes_with_it(ana: SkillBench) -> None:
    await ana.call("add_customer", name="João")
    await ana.call("create_invoice", customer="João", amount="50")
    await ana.call("create_invoice", customer="Maria", amount="300")
    await ana.call("correct_last", amount="250")

    first, second = await ana.call("undo_last"), await ana.call("undo_last")

    assert first.endswith("Maria também saiu dos seus clientes.")
    assert second == f"Apaguei: fatura de {said('50')} para João."
    assert [each["customer"] for each in await ana.documents(CUSTOMER)] == ["João"]
    assert await ana.kept(INVOICE) == []


async def test_days_are_told_as_they_are_when_the_correction_is_made(ana: SkillBench) -> None:
    await ana.call("add_expense", amount="54")
    ana.later(days=1)

    assert (await ana.call("correct_last", amount="45")).startswith(f"Corrigido: gasto de {said('45')}, ontem.")
    assert (await ana.call("undo_last")).startswith(f"Apaguei: gasto de {said('45')}, ontem.")
