"""Payments of invoices: which invoice is meant, and what is left of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.ai.slots import Money, Name, When, money
from core.ai.slots.money import Amount
from core.ai.tool import ToolContext
from core.skills.deciding import Choice, decided
from core.skills.finance.customers import ask_which, customers
from core.skills.finance.describing import describe_entry
from core.skills.finance.entry import PAYMENT, document_of, entry_of
from core.skills.finance.invoices import OpenInvoice, describe_open, open_invoices
from core.skills.finance.sums import stated
from core.skills.finance.words import words_in
from core.skills.listing import lines
from core.skills.moments import moment
from core.skills.naming import meant, named


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleInvoice:
    """`customer` who paid, the `amount` if one is named, and the day they paid `on`, as the person wrote them."""

    customer: Name = Name("")
    amount: Money = Money("")
    on: When = When("")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payment:
    """What may be meant: this much of this invoice."""

    invoice: OpenInvoice
    amount: Amount


async def settle_invoice(arguments: SettleInvoice, context: ToolContext) -> str:
    customer = named(arguments.customer)

    async def choose() -> Choice | str:
        on = moment(arguments.on, context)
        invoices = await _open_invoices_of(customer, context)
        if isinstance(invoices, str):
            return invoices
        payment = _meant_payment(invoices, arguments.amount.strip(), context)
        if isinstance(payment, str):
            return payment
        entry, rest = payment.invoice.entry, payment.invoice.rest.value - payment.amount.value
        document = document_of(
            context, payment.amount, on, customer=entry.customer, invoice=entry.key, rest=f"{rest:f}" if rest else ""
        )
        return Choice(document=document, at=on.since)

    choice = await decided(context, PAYMENT, choose)
    if isinstance(choice, str):
        return choice
    made = entry_of(choice, context)
    words, language = words_in(context.language), context.language
    sentence = words.paid_in_part if made.rest else words.paid_off
    rest = money.say(Amount(value=made.rest, currency=made.amount.currency), language) if made.rest else ""
    return sentence.format(thing=describe_entry(made, language, made.told_at), rest=rest)


async def _open_invoices_of(customer: str, context: ToolContext) -> Sequence[OpenInvoice] | str:
    """What is open, of the customer if one is named; or what to say if that is nothing, or several customers."""
    words = words_in(context.language)
    invoices = await open_invoices(context)
    if not customer:
        return invoices or words.nothing_open
    names = meant(customer, await customers(context.ledger))
    if not names:
        return words.no_such_customer.format(name=customer)
    owing = tuple(name for name in names if any(each.entry.customer == name for each in invoices))
    if len(owing) > 1:
        return ask_which(owing, context.language)
    if not owing:
        return words.nothing_open_of.format(name=names[0]) if len(names) == 1 else ask_which(names, context.language)
    return [each for each in invoices if each.entry.customer == owing[0]]


def _meant_payment(invoices: Sequence[OpenInvoice], said: str, context: ToolContext) -> _Payment | str:
    """The oldest invoice that fits, if they are all of one customer; or the question to ask.

    Without an amount all of it is paid. An amount that is the rest of an invoice pays that one; a smaller one a part.
    """
    words = words_in(context.language)
    possible = _possible(invoices, said)
    if not possible:
        # No invoice fits, so there is none whose currency the amount could be in.
        amount = money.say(stated(said, invoices[0].rest.currency), context.language)
        listed = lines([describe_open(each, context) for each in invoices], context.language)
        return words.does_not_fit.format(amount=amount, lines=listed)
    if len({each.invoice.entry.customer for each in possible}) > 1:
        listed = lines([describe_open(each.invoice, context) for each in possible], context.language)
        return words.which_invoice.format(lines=listed)
    return possible[0]


def _possible(invoices: Sequence[OpenInvoice], said: str) -> Sequence[_Payment]:
    if not said:
        return [_Payment(invoice=each, amount=each.rest) for each in invoices]
    # An amount without a currency is in that of the invoice.
    read = [_Payment(invoice=each, amount=stated(said, each.rest.currency)) for each in invoices]
    fitting = [each for each in read if each.amount.currency == each.invoice.rest.currency]
    exact = [each for each in fitting if each.amount.value == each.invoice.rest.value]
    return exact or [each for each in fitting if each.amount.value < each.invoice.rest.value]
