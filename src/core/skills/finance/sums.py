"""Reading amounts and adding them up: within one currency only, several stand side by side."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from core.ai.slots import money
from core.ai.slots.money import Amount
from core.errors import Rejected
from core.skills.listing import together

_BOUND = Decimal(10) ** 12

Totals = Mapping[str, Decimal]
"""By currency, the one used first first."""


def stated(text: str, currency: str) -> Amount:
    """The amount that is stated, in `currency` unless it names another. Raises `Rejected`, also for 10^12 and more."""
    amount = money.read(text, currency)
    if not 0 < amount.value < _BOUND:
        raise Rejected("the amount is beyond what books are kept for; ask the person what they mean")
    return amount


def total(amounts: Iterable[Amount]) -> Totals:
    """The sum in each currency."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for amount in amounts:
        sums[amount.currency] += amount.value
    return sums


def say_totals(totals: Totals, language: str) -> str:
    """`R$ 120,00 e US$ 12,00`."""
    said = [money.say(Amount(value=value, currency=currency), language) for currency, value in totals.items()]
    return together(said, language)
