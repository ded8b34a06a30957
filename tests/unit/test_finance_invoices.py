"""Customers, what they are to pay, and what they paid of it."""

from decimal import Decimal

import pytest

from core.errors import Rejected
from core.skills.finance import skill
from core.skills.finance.entry import CUSTOMER, INVOICE, KINDS, PAYMENT
from tests.skill_bench import SkillBench, said


async def bench(*invoices: tuple[str, str]) -> SkillBench:
    """Somebody whose customers have these invoices."""
    ana = SkillBench(skill=skill)
    for customer, amount in invoices:
        await ana.call("create_invoice", customer=customer, amount=amount)
    return ana


async def payments(ana: SkillBench) -> list[tuple[str, Decimal]]:
    return [(each["customer"], Decimal(each["amount"])) for each in await ana.documents(PAYMENT)]


async def test_a_customer_is_kept_with_a_note() -> None:
    ana = await bench()

    answer = await ana.call("add_customer", name="João Silva", note="paga na sexta")

    assert answer == "Cadastrei o cliente João Silva (paga na sexta)."
    assert await ana.documents(CUSTOMER) == [{"customer": "João Silva", "note": "paga na sexta"}]


@pytest.mark.parametrize("name", ["João Silva", "joao silva", "JOÃO  SILVA", "o João da Silva"])
async def test_a_customer_who_is_known_is_not_kept_twice(name: str) -> None:
    ana = await bench()
    await ana.call("add_customer", name="João Silva")

    answer = await ana.call("add_customer", name=name)

    assert answer == "João Silva já está entre os seus clientes."
    assert len(await ana.kept(CUSTOMER)) == 1


async def test_a_note_about_a_customer_who_is_known_is_kept_and_can_be_undone() -> None:
    ana = await bench()
    await ana.call("add_customer", name="João Silva")
    answer = await ana.call("add_customer", name="joão silva", note="paga na sexta")
    assert answer == "João Silva já era cliente; acrescentei: paga na sexta."

    await ana.call("undo_last")

    assert await ana.documents(CUSTOMER) == [{"customer": "João Silva", "note": ""}]


async def test_another_customer_with_the_same_first_name_is_another_customer() -> None:
    ana = await bench()
    await ana.call("add_customer", name="Maria Silva")

    await ana.call("add_customer", name="Maria")

    assert [each["customer"] for each in await ana.documents(CUSTOMER)] == ["Maria Silva", "Maria"]


@pytest.mark.parametrize("name", ["", "  ", "\n", "?!"])
async def test_a_name_that_is_none_is_refused_and_nothing_is_kept(name: str) -> None:
    ana = await bench()

    with pytest.raises(Rejected):
        await ana.call("add_customer", name=name)
    with pytest.raises(Rejected):
        await ana.call("create_invoice", customer=name, amount="10")

    assert await ana.kept(*KINDS, voided=True) == []


async def test_an_invoice_of_somebody_unknown_makes_them_a_customer() -> None:
    ana = await bench()

    answer = await ana.call("create_invoice", customer="Padaria Sol", amount="300", what="pães", due="amanhã")

    assert answer == (
        f"Pronto: fatura de {said('300')} para Padaria Sol (pães), vence amanhã. Padaria Sol entrou nos seus clientes."
    )
    assert [each["customer"] for each in await ana.documents(CUSTOMER)] == ["Padaria Sol"]


async def test_an_invoice_whose_amount_cannot_be_read_adds_no_customer() -> None:
    ana = await bench()

    with pytest.raises(Rejected):
        await ana.call("create_invoice", customer="Padaria Sol", amount="muito")

    assert await ana.kept(*KINDS, voided=True) == []


@pytest.mark.parametrize("name", ["padaria sol", "Padaria do Sol", "a padaria", "SOL"])
async def test_an_invoice_is_for_the_one_customer_that_the_name_means(name: str) -> None:
    ana = await bench()
    await ana.call("add_customer", name="Padaria Sol")

    await ana.call("create_invoice", customer=name, amount="300")

    assert [each["customer"] for each in await ana.documents(INVOICE)] == ["Padaria Sol"]
    assert len(await ana.kept(CUSTOMER)) == 1


async def test_where_a_name_means_several_customers_it_is_asked_which() -> None:
    ana = await bench(("Maria Silva", "300"), ("Maria Souza", "200"))
    which = "Mais de um cliente tem esse nome: Maria Silva e Maria Souza. Qual deles?"

    assert await ana.call("create_invoice", customer="Maria", amount="50") == which
    assert await ana.call("settle_invoice", customer="maria") == which
    assert len(await ana.kept(INVOICE)) == 2
    assert await ana.kept(PAYMENT) == []


async def test_of_several_customers_of_a_name_the_one_who_owes_is_the_one_who_paid() -> None:
    ana = await bench(("Maria Souza", "200"))
    await ana.call("add_customer", name="Maria Silva")

    answer = await ana.call("settle_invoice", customer="Maria", on="ontem")

    assert answer == f"Anotado: pagamento de {said('200')} de Maria Souza, ontem. A fatura está quitada."


async def test_a_name_in_full_means_that_customer_whatever_others_are_called() -> None:
    ana = await bench(("Maria Silva", "300"))
    await ana.call("add_customer", name="Maria")

    assert await ana.call("settle_invoice", customer="maria") == "Maria não tem fatura em aberto."


async def test_the_oldest_invoice_of_a_customer_is_paid_first() -> None:
    ana = await bench(("Maria", "300"), ("João", "50"), ("Maria", "200"))

    await ana.call("settle_invoice", customer="Maria")

    assert await payments(ana) == [("Maria", Decimal(300))]
    assert await ana.call("who_owes", customer="Maria") == f"Em aberto: {said('200')}.\n- Maria: {said('200')}"


async def test_an_amount_means_the_invoice_of_that_amount() -> None:
    ana = await bench(("Maria", "300"), ("João", "50"), ("Maria", "200"))

    await ana.call("settle_invoice", customer="Maria", amount="200")
    await ana.call("settle_invoice", amount="R$ 50,00")

    assert await payments(ana) == [("Maria", Decimal(200)), ("João", Decimal(50))]


async def test_without_a_name_the_only_open_invoice_is_meant() -> None:
    ana = await bench(("Maria", "300"))

    await ana.call("settle_invoice")

    assert await payments(ana) == [("Maria", Decimal(300))]


async def test_where_several_invoices_fit_it_is_asked_which() -> None:
    ana = await bench(("Maria", "300"), ("João", "300"), ("Bia", "20"))

    answer = await ana.call("settle_invoice", amount="300")

    assert answer == (
        f"Há mais de uma fatura possível:\n- Maria: {said('300')}\n- João: {said('300')}\nQual delas foi paga?"
    )
    assert await payments(ana) == []


async def test_less_than_the_rest_is_a_part_payment() -> None:
    ana = await bench(("Maria", "300"))

    answers = [
        await ana.call("settle_invoice", customer="Maria", amount="100"),
        await ana.call("who_owes"),
        await ana.call("settle_invoice", customer="Maria"),
        await ana.call("who_owes"),
    ]

    assert answers == [
        f"Anotado: pagamento de {said('100')} de Maria, hoje. Ainda faltam {said('200')} dessa fatura.",
        f"Em aberto: {said('200')}.\n- Maria: {said('200')} de {said('300')}",
        f"Anotado: pagamento de {said('200')} de Maria, hoje. A fatura está quitada.",
        "Ninguém te deve nada no momento.",
    ]


@pytest.mark.parametrize("amount", ["300,01", "1.000", "US$ 10"])
async def test_what_fits_no_open_invoice_is_asked_about(amount: str) -> None:
    ana = await bench(("Maria", "300"))

    answer = await ana.call("settle_invoice", customer="Maria", amount=amount)

    assert f"- Maria: {said('300')}" in answer
    assert answer.endswith("?")
    assert await payments(ana) == []


async def test_an_amount_without_a_currency_is_in_that_of_the_invoice() -> None:
    ana = await bench(("Maria", "US$ 300"))

    await ana.call("settle_invoice", customer="Maria", amount="100")

    assert [each["currency"] for each in await ana.documents(PAYMENT)] == ["USD"]
    assert await ana.call("who_owes") == (
        f"Em aberto: {said('200', 'USD')}.\n- Maria: {said('200', 'USD')} de {said('300', 'USD')}"
    )


async def test_only_a_customer_can_pay_and_only_what_is_open() -> None:
    ana = await bench()
    await ana.call("add_customer", name="Maria")

    assert await ana.call("settle_invoice", customer="Zé") == "Não achei nenhum cliente chamado Zé."
    assert await ana.call("settle_invoice", customer="Maria") == "Maria não tem fatura em aberto."
    assert await ana.call("settle_invoice") == "Não há nenhuma fatura em aberto."
    assert await payments(ana) == []


async def test_an_invoice_whose_payment_is_undone_is_open_again() -> None:
    ana = await bench(("Maria", "300"))
    await ana.call("settle_invoice", customer="Maria", amount="100")
    await ana.call("settle_invoice", customer="Maria")

    await ana.call("undo_last")

    assert await ana.call("who_owes") == f"Em aberto: {said('200')}.\n- Maria: {said('200')} de {said('300')}"


async def test_what_is_owed_is_told_with_its_days_and_in_each_currency() -> None:
    ana = await bench(("João", "50"), ("João", "US$ 20"))
    await ana.call("create_invoice", customer="Maria", amount="300", what="bolo", due="hoje")
    ana.later(days=1)
    await ana.call("create_invoice", customer="Bia", amount="5", due="hoje")

    answer = await ana.call("who_owes")

    assert answer.splitlines() == [
        f"Em aberto: {said('355')} e {said('20', 'USD')}.",
        f"- João: {said('50')}",
        f"- João: {said('20', 'USD')}",
        f"- Maria (bolo): {said('300')}, venceu ontem",
        f"- Bia: {said('5')}, vence hoje",
    ]


async def test_who_is_asked_about_and_owes_nothing_is_named() -> None:
    ana = await bench(("João", "50"))
    await ana.call("add_customer", name="Maria Silva")

    assert await ana.call("who_owes", customer="maria") == "Maria Silva não te deve nada no momento."
    assert await ana.call("who_owes", customer="Zé") == "Não achei nenhum cliente chamado Zé."
