"""What is in the books, as a noun phrase: the same in every answer that names it."""

from datetime import datetime

from core.ai.records import Record
from core.ai.slots import money, when
from core.ai.slots.fold import fold
from core.ai.tool import ToolContext
from core.skills.finance.categories import OTHER, category_name
from core.skills.finance.entry import CUSTOMER, EXPENSE, INVOICE, PAYMENT, REVENUE, Entry, entry_of
from core.skills.finance.words import words_in


def describe(record: Record, context: ToolContext, now: datetime) -> str:
    """Any record of the books, with its days as one says them at `now`."""
    if record.kind == CUSTOMER:
        return describe_customer(record.document["customer"], record.document.get("note", ""), context.language)
    return describe_entry(entry_of(record, context), context.language, now)


def describe_customer(name: str, note: str, language: str) -> str:
    return words_in(language).customer.format(name=name, note=aside(note, language))


def describe_entry(entry: Entry, language: str, now: datetime) -> str:
    words = words_in(language)
    things = {
        EXPENSE: words.expense,
        REVENUE: words.revenue,
        INVOICE: words.invoice,
        PAYMENT: words.payment,
    }
    whose = words.for_customer if entry.kind == INVOICE else words.from_customer
    category = category_name(entry.category, language) if entry.category not in ("", OTHER) else ""
    return things[entry.kind].format(
        amount=money.say(entry.amount, language),
        category=words.in_category.format(category=category) if category else "",
        what="" if fold(entry.what) == fold(category) else aside(entry.what, language),
        customer=whose.format(name=entry.customer) if entry.customer else "",
        due=due(entry, language, now),
        day=when.say(entry.on, now, language),
    )


def due(entry: Entry, language: str, now: datetime) -> str:
    """Until when it is to be paid, or was."""
    if entry.due is None:
        return ""
    words = words_in(language)
    piece = words.due if now < entry.due.until else words.overdue
    return piece.format(day=when.say(entry.due, now, language))


def aside(text: str, language: str) -> str:
    """Something said in brackets; nothing, if it is empty."""
    return words_in(language).aside.format(text=text) if text else ""
