"""Noting what was spent and what came in."""

from dataclasses import dataclass

from core.ai.slots import Money, Name, When, when
from core.ai.tool import ToolContext
from core.skills.finance.categories import OTHER, category_name, category_of
from core.skills.finance.customers import customers
from core.skills.finance.describing import describe_entry
from core.skills.finance.entry import EXPENSE, REVENUE, Entry, document_of, entry_of
from core.skills.finance.invoices import open_invoices, open_of
from core.skills.finance.sums import say_totals, stated, total
from core.skills.finance.words import words_in
from core.skills.moments import moment, month_of
from core.skills.naming import named, same
from core.skills.tidy import tidy


@dataclass(frozen=True, slots=True, kw_only=True)
class AddExpense:
    """`amount`, `what` it was for and the day it was paid `on`, as the person wrote them. Give a `category` only if the
    person names one."""

    amount: Money
    what: str = ""
    on: When = When("")
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRevenue:
    """`amount`, `what` it was for, the day it came in `on`, and the `customer` who paid, as the person wrote them."""

    amount: Money
    what: str = ""
    on: When = When("")
    customer: Name = Name("")


async def add_expense(arguments: AddExpense, context: ToolContext) -> str:
    what = tidy(arguments.what)
    on = moment(arguments.on, context)
    document = document_of(
        context,
        stated(arguments.amount, context.currency),
        on,
        what=what,
        category=category_of(arguments.category, what, context.language),
    )
    # Without a look before it, so nothing has to be chosen first: a repeat is answered with the first expense.
    expense = entry_of(await context.ledger.put(EXPENSE, document, at=on.since), context)
    thing = describe_entry(expense, context.language, expense.told_at)
    return f"{words_in(context.language).noted.format(thing=thing)} {await _spent_so_far(expense, context)}"


async def _spent_so_far(expense: Entry, context: ToolContext) -> str:
    """What the month of the expense comes to with it: in its category, if it has one, and in its currency."""
    month = month_of(expense.on.since)
    in_all = expense.category in ("", OTHER)
    amounts = []
    async for record in context.ledger.find((EXPENSE,), since=month.since, until=month.until):
        entry = entry_of(record, context)
        # What was noted later does not count, so that a repeat says the same.
        if (
            entry.number <= expense.number
            and entry.amount.currency == expense.amount.currency
            and (in_all or entry.category == expense.category)
        ):
            amounts.append(entry.amount)
    words = words_in(context.language)
    sentence = words.total_spent if in_all else words.total_of_category
    return sentence.format(
        category=category_name(expense.category, context.language),
        period=when.say(month, expense.told_at, context.language),
        total=say_totals(total(amounts), context.language),
    )


async def add_revenue(arguments: AddRevenue, context: ToolContext) -> str:
    on, customer = moment(arguments.on, context), named(arguments.customer)
    if customer:
        # A customer is written as they were first, not anew at each payment.
        known = await customers(context.ledger)
        customer = next((each for each in known if same(each, customer)), customer)
    document = document_of(
        context,
        stated(arguments.amount, context.currency),
        on,
        what=tidy(arguments.what),
        customer=customer,
    )
    revenue = entry_of(await context.ledger.put(REVENUE, document, at=on.since), context)
    words = words_in(context.language)
    noted = words.noted.format(thing=describe_entry(revenue, context.language, revenue.told_at))
    owed = open_of(revenue.customer, await open_invoices(context)) if revenue.customer else ()
    if not owed:
        return noted
    # Noted as asked, but it may have been meant as the payment of an invoice, and would then count twice.
    warning = words.revenue_or_payment.format(
        name=owed[0].entry.customer, amount=say_totals(total(each.rest for each in owed), context.language)
    )
    return f"{noted} {warning}"
