"""What the books hold: expenses, revenue, invoices and their payments, as documents and as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.ai.records import Record
from core.ai.slots.money import Amount
from core.ai.slots.when import Period
from core.ai.tool import ToolContext
from core.skills.moments import clock, read_back, written

EXPENSE = "finance.expense"
REVENUE = "finance.revenue"
INVOICE = "finance.invoice"
PAYMENT = "finance.payment"
CUSTOMER = "finance.customer"

KINDS = (EXPENSE, REVENUE, INVOICE, PAYMENT, CUSTOMER)
"""What one may undo and correct."""
INCOME = (REVENUE, PAYMENT)
"""Money that came in. An invoice is only asked for; what is paid of it is a payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An expense, revenue, invoice or payment.

    `category` is one of `categories` or the person's own; `customer` who paid or owes. `due` is for invoices; `invoice`
    the key of the one that a payment is for, and `rest` what was open of it after the payment. `added` is the key of
    the customer that came with an invoice. `told_at` is when the person said it, on their clock.
    """

    key: str
    kind: str
    number: int
    amount: Amount
    on: Period
    told_at: datetime
    what: str = ""
    category: str = ""
    customer: str = ""
    due: Period | None = None
    invoice: str = ""
    rest: Decimal = Decimal()
    added: str = ""
    corrects: str = ""
    """The key of the record that this one stands in for."""


def entry_of(record: Record, context: ToolContext) -> Entry:
    """What a record other than a customer says."""
    document = record.document
    due = document.get("due")
    return Entry(
        key=record.key,
        kind=record.kind,
        number=record.number,
        amount=Amount(value=Decimal(document["amount"]), currency=document["currency"]),
        on=read_back(document["on"], context.zone),
        told_at=datetime.fromisoformat(document["told_at"]).astimezone(context.zone),
        what=document.get("what", ""),
        category=document.get("category", ""),
        customer=document.get("customer", ""),
        due=read_back(due, context.zone) if due else None,
        invoice=document.get("invoice", ""),
        rest=Decimal(document.get("rest", "0")),
        added=document.get("added", ""),
        corrects=document.get("corrects", ""),
    )


def document_of(context: ToolContext, amount: Amount, on: Period, **more: Any) -> Mapping[str, Any]:
    """The document of an entry that is made now; what is empty of `more` is left out."""
    return {
        "amount": f"{amount.value:f}",
        "currency": amount.currency,
        "on": written(on),
        "told_at": clock(context).isoformat(),
    } | {name: value for name, value in more.items() if value}
