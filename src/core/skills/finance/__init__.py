"""The skill of keeping somebody's books: expenses, revenue, customers, invoices, and questions about them."""

from functools import partial

from core.ai.tool import Effect, Skill
from core.skills.finance.corrections import CorrectLast, UndoLast, correct_last, undo_last
from core.skills.finance.customers import AddCustomer, add_customer
from core.skills.finance.entries import AddExpense, AddRevenue, add_expense, add_revenue
from core.skills.finance.examples import MARKED
from core.skills.finance.invoices import CreateInvoice, create_invoice
from core.skills.finance.queries import (
    Balance,
    ListEntries,
    QueryRevenue,
    QuerySpending,
    WhoOwes,
    balance,
    list_entries,
    query_revenue,
    query_spending,
    who_owes,
)
from core.skills.finance.settling import SettleInvoice, settle_invoice
from core.skills.tools import tool_of

_INSTRUCTIONS = """\
You keep the person's books with the tools. Pass amounts, days, periods and names exactly as the person wrote them: the
tools read "52,90", "3k", "ontem" and "since the 5th" themselves. Never work out or invent an amount, day or customer.
Make one call for each entry, also when one message holds several. "No, 45" or "that was yesterday" after an entry is
correct_last; "undo" is undo_last. Money from a customer who has an open invoice is settle_invoice, other money is
add_revenue; somebody who owes is create_invoice. Sums come from the query tools, never from your own adding up.
When it is not clear what to note, ask first. Hand on what a tool answers; where it asks something, ask the person."""

_ABILITIES = {
    "pt": "anotar gastos e entradas, cuidar de clientes e faturas, e dizer quanto você gastou, quanto recebeu e quem "
    "te deve",
    "en": "note expenses and income, look after customers and invoices, and say what you spent, what you received and "
    "who owes you",
    "es": "anotar gastos e ingresos, llevar clientes y facturas, y decir cuánto gastaste, cuánto recibiste y quién te "
    "debe",
}


_tool = partial(tool_of, marked=MARKED)

skill = Skill(
    name="finance",
    instructions=_INSTRUCTIONS,
    tools=(
        _tool(add_expense, AddExpense, Effect.KEYED, "Note money the person spent."),
        _tool(add_revenue, AddRevenue, Effect.KEYED, "Note money the person received, other than for an invoice."),
        _tool(add_customer, AddCustomer, Effect.KEYED, "Note a customer of the person, without any amount."),
        _tool(create_invoice, CreateInvoice, Effect.KEYED, "Note what a customer is to pay, and until when."),
        _tool(settle_invoice, SettleInvoice, Effect.KEYED, "Note that a customer paid an invoice, or a part of it."),
        _tool(query_spending, QuerySpending, Effect.NONE, "Say how much the person spent."),
        _tool(query_revenue, QueryRevenue, Effect.NONE, "Say how much the person received."),
        _tool(balance, Balance, Effect.NONE, "Say what came in, what went out, and what is left."),
        _tool(who_owes, WhoOwes, Effect.NONE, "Say which customers have open invoices, how much and until when."),
        _tool(list_entries, ListEntries, Effect.NONE, "List what is noted, the newest first."),
        _tool(correct_last, CorrectLast, Effect.KEYED, "Change the newest entry, whatever it is."),
        _tool(undo_last, UndoLast, Effect.KEYED, "Strike out the newest entry, whatever it is."),
    ),
    abilities=_ABILITIES,
)
