"""Customers: who they are, and which of them a name means."""

from dataclasses import dataclass

from core.ai.ledger import Ledger
from core.ai.records import Record
from core.ai.slots import Name
from core.ai.tool import ToolContext
from core.skills.deciding import Choice, decided
from core.skills.finance.describing import describe_customer
from core.skills.finance.entry import CUSTOMER
from core.skills.finance.words import words_in
from core.skills.listing import together
from core.skills.naming import name_given, same
from core.skills.tidy import tidy


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCustomer:
    """`name` of the customer, and a `note` about them, as the person wrote them."""

    name: Name
    note: str = ""


async def add_customer(arguments: AddCustomer, context: ToolContext) -> str:
    name, note = name_given(arguments.name), tidy(arguments.note)
    words = words_in(context.language)

    async def choose() -> Choice | str:
        known = next((each for each in await customers(context.ledger) if same(each, name)), None)
        if known is None:
            return Choice(document={"customer": name, "note": note})
        if not note:
            return words.customer_known.format(name=known)
        # A record beside the first, not in its place, so that undoing it leaves the customer as they were.
        return Choice(document={"customer": known, "note": note, "again": True})

    choice = await decided(context, CUSTOMER, choose)
    if isinstance(choice, str):
        return choice
    name, note = choice.document["customer"], choice.document["note"]
    if choice.document.get("again"):
        return words.customer_noted.format(name=name, note=note)
    return words.customer_added.format(thing=describe_customer(name, note, context.language))


async def customers(ledger: Ledger) -> dict[str, Record]:
    """By name, with the newest record of each."""
    found: dict[str, Record] = {}
    async for record in ledger.find((CUSTOMER,)):
        found[record.document["customer"]] = record
    return found


def ask_which(names: tuple[str, ...], language: str) -> str:
    """The question where a name fits several."""
    return words_in(language).which_customer.format(names=together(names, language))
