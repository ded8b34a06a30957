"""Questions about the books: what was spent, what came in, what is left, who owes, what is noted."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.ai.slots import Name, When, money, when
from core.ai.slots.money import Amount
from core.ai.slots.when import Period
from core.ai.tool import ToolContext
from core.skills.finance.categories import OTHER, asked_for, category_name
from core.skills.finance.customers import customers
from core.skills.finance.describing import describe
from core.skills.finance.entry import EXPENSE, INCOME, KINDS, Entry, entry_of
from core.skills.finance.invoices import describe_open, open_invoices
from core.skills.finance.sums import say_totals, total
from core.skills.finance.words import words_in
from core.skills.listing import few, lines, together
from core.skills.moments import clock, span
from core.skills.naming import meant, named
from core.skills.phrases import phrase, speaks_of
from core.skills.tidy import tidy

_MOST_CATEGORIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySpending:
    """`period`, this month if left out; only a `category`, or only `what` it was for; all as the person wrote them."""

    period: When = When("")
    category: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRevenue:
    """`period`, this month if left out; only from a `customer`; both as the person wrote them."""

    period: When = When("")
    customer: Name = Name("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """`period` as the person wrote it, this month if left out."""

    period: When = When("")


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoOwes:
    """Only a `customer`, as the person wrote the name; everybody if left out."""

    customer: Name = Name("")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntries:
    """`period` as the person wrote it, this month if left out."""

    period: When = When("")


async def query_spending(arguments: QuerySpending, context: ToolContext) -> str:
    period, words, language = span(arguments.period, context), words_in(context.language), context.language
    # A person does not say whether a word is a category: each is tried as both.
    sought = [each for each in (tidy(arguments.category), tidy(arguments.what)) if each]
    found = [each for each in await _entries((EXPENSE,), period, context) if all(_about(each, it) for it in sought)]
    piece = words.spent_on.format(sought=together(sought, language)) if sought else ""
    said = when.say(period, clock(context), language)
    if not found:
        return words.spent_nothing.format(sought=piece, period=said)
    spent = say_totals(total(each.amount for each in found), language)
    answer = words.spent.format(total=spent, sought=piece, period=said)
    parts = _by_category(found, language)
    return (
        answer
        if len(parts) < 2
        else f"{answer} {words.by_category.format(lines=few(parts, _MOST_CATEGORIES, language))}"
    )


def _about(entry: Entry, sought: str) -> bool:
    return (
        entry.category in asked_for(sought) or speaks_of(entry.what, sought) or phrase(sought) == phrase(entry.category)
    )


def _by_category(entries: Sequence[Entry], language: str) -> Sequence[str]:
    """What each category comes to, the biggest first within each currency."""
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in entries:
        sums[entry.amount.currency, entry.category or OTHER] += entry.amount.value
    ordered = sorted(sums.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    return [
        f"{category_name(category, language)} {money.say(Amount(value=value, currency=currency), language)}"
        for (currency, category), value in ordered
    ]


async def query_revenue(arguments: QueryRevenue, context: ToolContext) -> str:
    period, words, language = span(arguments.period, context), words_in(context.language), context.language
    customer = named(arguments.customer)
    found = await _entries(INCOME, period, context)
    if customer:
        names = meant(customer, dict.fromkeys(each.customer for each in found if each.customer))
        found = [each for each in found if each.customer in names]
        # The names as they are in the books show when several people answer to one.
        customer = together(names, language) or customer
    piece = words.from_customer.format(name=customer) if customer else ""
    said = when.say(period, clock(context), language)
    if not found:
        return words.received_nothing.format(customer=piece, period=said)
    received = say_totals(total(each.amount for each in found), language)
    return words.received.format(total=received, customer=piece, period=said)


async def balance(arguments: Balance, context: ToolContext) -> str:
    period, words, language = span(arguments.period, context), words_in(context.language), context.language
    found = await _entries((EXPENSE, *INCOME), period, context)
    said = when.say(period, clock(context), language)
    if not found:
        return words.moved_nothing.format(period=said)
    income = total(each.amount for each in found if each.kind in INCOME)
    spent = total(each.amount for each in found if each.kind == EXPENSE)
    sentences = []
    for currency in dict.fromkeys(each.amount.currency for each in found):
        came, went = income.get(currency, Decimal()), spent.get(currency, Decimal())
        sentence = words.surplus if came > went else words.shortfall if came < went else words.even
        sums = {"income": came, "spent": went, "rest": abs(came - went)}
        told = {name: money.say(Amount(value=sums[name], currency=currency), language) for name in sums}
        sentences.append(sentence.format(period=said, **told))
    return "\n".join(sentences)


async def who_owes(arguments: WhoOwes, context: ToolContext) -> str:
    words, language = words_in(context.language), context.language
    invoices = await open_invoices(context)
    customer = named(arguments.customer)
    if customer:
        known = await customers(context.ledger)
        names = meant(customer, known)
        if not names:
            return words.no_such_customer.format(name=customer)
        invoices = [each for each in invoices if each.entry.customer in names]
        if not invoices:
            return words.owes_nothing.format(names=together(names, language))
    if not invoices:
        return words.nobody_owes
    owed = say_totals(total(each.rest for each in invoices), language)
    listed = lines([describe_open(each, context) for each in invoices], language)
    return words.owed.format(total=owed, lines=listed)


async def list_entries(arguments: ListEntries, context: ToolContext) -> str:
    period, words, language = span(arguments.period, context), words_in(context.language), context.language
    found = [record async for record in context.ledger.find(KINDS, since=period.since, until=period.until)]
    said = when.say(period, clock(context), language)
    if not found:
        return words.listed_nothing.format(period=said)
    # The newest first: the oldest are the ones that are left out of a long list.
    found.sort(key=lambda record: (record.at.astimezone(context.zone).date(), record.number), reverse=True)
    listed = lines([describe(record, context, clock(context)) for record in found], language)
    return words.listed.format(period=said, lines=listed)


async def _entries(kinds: Sequence[str], period: Period, context: ToolContext) -> list[Entry]:
    found = context.ledger.find(kinds, since=period.since, until=period.until)
    return [entry_of(record, context) async for record in found]
