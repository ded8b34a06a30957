"""Invoices: what customers were asked to pay, and what is still open of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.ai.slots import Money, Name, When, money, when
from core.ai.slots.money import Amount
from core.ai.tool import ToolContext
from core.skills.deciding import Choice, decided
from core.skills.finance.customers import ask_which, customers
from core.skills.finance.describing import aside, describe_entry, due
from core.skills.finance.entry import CUSTOMER, INVOICE, PAYMENT, Entry, document_of, entry_of
from core.skills.finance.sums import stated
from core.skills.finance.words import words_in
from core.skills.moments import clock, day_of, written
from core.skills.naming import meant, name_given
from core.skills.tidy import tidy


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateInvoice:
    """`customer` who is to pay, the `amount`, `what` it is for and the day it is `due`, as the person wrote them."""

    customer: Name
    amount: Money
    what: str = ""
    due: When = When("")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvoice:
    """An invoice of which `rest` is not paid yet."""

    entry: Entry
    rest: Amount


async def create_invoice(arguments: CreateInvoice, context: ToolContext) -> str:
    customer = name_given(arguments.customer)
    ledger, language = context.ledger, context.language

    async def choose() -> Choice | str:
        amount = stated(arguments.amount, context.currency)
        to_pay_by = when.read(arguments.due, clock(context), ahead=True) if arguments.due.strip() else None
        known = await customers(ledger)
        names = meant(customer, known)
        if len(names) > 1:
            return ask_which(names, language)
        if names:
            record = known[names[0]]
        else:
            record = await ledger.put(CUSTOMER, {"customer": customer, "note": ""}, part="customer")
        # Interrupted after that, the customer is known at the repeat, and still came with this invoice.
        came_along = record.key == f"{context.key}/customer"
        return Choice(
            document=document_of(
                context,
                amount,
                day_of(clock(context)),
                what=tidy(arguments.what),
                customer=record.document["customer"],
                due=written(to_pay_by) if to_pay_by else None,
                added=record.key if came_along else "",
            )
        )

    choice = await decided(context, INVOICE, choose)
    if isinstance(choice, str):
        return choice
    invoice = entry_of(choice, context)
    words = words_in(language)
    made = words.invoice_made.format(thing=describe_entry(invoice, language, invoice.told_at))
    return f"{made} {words.customer_came_along.format(name=invoice.customer)}" if invoice.added else made


async def open_invoices(context: ToolContext) -> Sequence[OpenInvoice]:
    """All that are not paid in full, the oldest first."""
    invoices: list[Entry] = []
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    async for record in context.ledger.find((INVOICE, PAYMENT)):
        entry = entry_of(record, context)
        if entry.kind == INVOICE:
            invoices.append(entry)
        else:
            paid[entry.invoice] += entry.amount.value
    return [
        OpenInvoice(entry=each, rest=Amount(value=rest, currency=each.amount.currency))
        for each in invoices
        if (rest := each.amount.value - paid[each.key]) > 0
    ]


def open_of(name: str, invoices: Sequence[OpenInvoice]) -> Sequence[OpenInvoice]:
    """Those of the customers that `name` may mean."""
    names = meant(name, dict.fromkeys(each.entry.customer for each in invoices))
    return [each for each in invoices if each.entry.customer in names]


def describe_open(invoice: OpenInvoice, context: ToolContext) -> str:
    """Who owes how much of it until when: one line of a list."""
    entry, rest, language = invoice.entry, invoice.rest, context.language
    out_of = words_in(language).out_of.format(amount=money.say(entry.amount, language)) if rest != entry.amount else ""
    what, until = aside(entry.what, language), due(entry, language, clock(context))
    return f"{entry.customer}{what}: {money.say(rest, language)}{out_of}{until}"
