"""Putting right, or striking out, what was noted last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.ai.records import Record
from core.ai.slots import Money, When, money, when
from core.ai.slots.money import Amount
from core.ai.tool import ToolContext
from core.skills.deciding import Choice, decided
from core.skills.finance.categories import category_of
from core.skills.finance.describing import describe
from core.skills.finance.entry import CUSTOMER, EXPENSE, INVOICE, KINDS, PAYMENT, Entry, entry_of
from core.skills.finance.sums import stated
from core.skills.finance.words import words_in
from core.skills.moments import clock, written
from core.skills.naming import named
from core.skills.striking import strike_out_newest
from core.skills.tidy import tidy

_CORRECTION = "finance.correction"
_UNDO = "finance.undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectLast:
    """Only what is to change, as the person wrote it: `amount`, `what` it was for (the name, of a customer), `on` which
    day it was (until when it is due, of an invoice), `category`."""

    amount: Money = Money("")
    what: str = ""
    on: When = When("")
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoLast:
    """It is always the newest entry, so there is nothing to say."""


async def undo_last(arguments: UndoLast, context: ToolContext) -> str:
    words = words_in(context.language)
    struck = await strike_out_newest(context, KINDS, _UNDO)
    if struck is None:
        return words.nothing_to_undo
    sentence = words.undone_correction if struck.record.document.get("corrects") else words.undone
    answer = sentence.format(thing=describe(struck.record, context, struck.at.astimezone(context.zone)))
    if struck.companion is None:
        return answer
    return f"{answer} {words.customer_left.format(name=struck.companion.document['customer'])}"


async def correct_last(arguments: CorrectLast, context: ToolContext) -> str:
    words, ledger = words_in(context.language), context.ledger

    async def choose() -> Choice | str:
        newest = await ledger.last(*KINDS)
        if newest is None:
            return words.nothing_to_correct
        changes = _changes(newest, arguments, context)
        if isinstance(changes, str):
            return changes
        document = {**newest.document, **changes, "corrects": newest.key, "told_at": clock(context).isoformat()}
        return Choice(document={"of": newest.key, "document": document})

    choice = await decided(context, _CORRECTION, choose)
    before = None if isinstance(choice, str) else await ledger.get(choice.document["of"])
    if isinstance(choice, str) or before is None:
        return choice if isinstance(choice, str) else words.nothing_to_correct
    document = choice.document["document"]
    at = datetime.fromisoformat(document["on"]["since"]) if before.kind not in (CUSTOMER, INVOICE) else before.at
    # First the new one: interrupted between the two, nothing is missing from the books.
    after = await ledger.put(before.kind, document, at=at, part="new")
    await ledger.void(before)
    told_at = choice.at.astimezone(context.zone)
    return words.corrected.format(thing=describe(after, context, told_at), before=describe(before, context, told_at))


def _changes(record: Record, arguments: CorrectLast, context: ToolContext) -> Mapping[str, Any] | str:
    """What becomes of the document; or the question, where that cannot be told."""
    if record.kind == CUSTOMER:
        name = named(arguments.what)
        changes: dict[str, Any] = {"customer": name} if name else {}
    else:
        entry = entry_of(record, context)
        changed = _changed_amount(entry, arguments.amount.strip(), context)
        if isinstance(changed, str):
            return changed
        changes = {**changed, **_changed_words(entry, arguments, context), **_changed_day(entry, arguments, context)}
    thing = describe(record, context, clock(context))
    return changes or words_in(context.language).correct_what.format(thing=thing)


def _changed_amount(entry: Entry, said: str, context: ToolContext) -> Mapping[str, Any] | str:
    if not said:
        return {}
    # An amount without a currency is in the one that stands there.
    amount = stated(said, entry.amount.currency)
    changed = {"amount": f"{amount.value:f}", "currency": amount.currency}
    if entry.kind != PAYMENT:
        return changed
    open_before = entry.rest + entry.amount.value
    if amount.currency != entry.amount.currency or amount.value > open_before:
        rest = Amount(value=open_before, currency=entry.amount.currency)
        return words_in(context.language).exceeds_rest.format(
            rest=money.say(rest, context.language), amount=money.say(amount, context.language)
        )
    return changed | {"rest": f"{open_before - amount.value:f}"}


def _changed_words(entry: Entry, arguments: CorrectLast, context: ToolContext) -> Mapping[str, Any]:
    what = tidy(arguments.what)
    changed = {"what": what} if what and entry.kind != PAYMENT else {}
    # A category that came from the words goes with them; one that the person gave stays.
    follows = bool(what) and entry.category == category_of("", entry.what, context.language)
    if entry.kind == EXPENSE and (follows or arguments.category.strip()):
        changed["category"] = category_of(arguments.category, what or entry.what, context.language)
    return changed


def _changed_day(entry: Entry, arguments: CorrectLast, context: ToolContext) -> Mapping[str, Any]:
    said = arguments.on.strip()
    if not said:
        return {}
    if entry.kind == INVOICE:
        return {"due": written(when.read(said, clock(context), ahead=True))}
    return {"on": written(when.read(said, clock(context)))}
