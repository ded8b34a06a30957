"""From the writing of an amount to its value, and why some writings have none."""

import re
from decimal import Decimal

from core.ai.slots.currencies import currency_of, decimals
from core.ai.slots.fold import folded
from core.ai.slots.money.amount import Amount
from core.ai.slots.money.writing import Writing, writing_at
from core.errors import Rejected

_LONGEST = 200
_MOST_DIGITS = 15
_BEFORE = re.compile(
    r"[^\w$€£¥₡₦₩₪₫₱₲₴₹₺₽+-]*(?:(?:uns|umas|unos|unas|about|around|approx|roughly|cerca de|mais ou menos|mas o menos"
    r"|por volta de|aproximadamente|total|total de|total of|de|por|of|for|foi|foram|was|fue|fueron|es|e|is)[ :]+)*\+?"
)
_AFTER = re.compile(r"[^\w$€£%]*")
_BELOW_ZERO = re.compile(r"(?:[a-z]{0,3}[$€£¥] ?)?- ?[0-9$€£a-z]|menos [0-9$a-z]|minus [0-9$a-z]")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([., '])[0-9]{3})(?:\1[0-9]{3})*")


def read(text: str, currency: str) -> Amount:
    """The amount that `text` is, and nothing else; in `currency` unless it names another.

    Three digits behind a single separator are thousands, in every language, except in currencies with three decimals.
    Raises `Rejected`, with what to give instead.
    """
    source = folded(text[: _LONGEST + 1].strip())
    if len(source.text) > _LONGEST:
        raise Rejected("this is too long to be an amount; give the amount alone, like 52.90 or R$ 52,90")
    before = _BEFORE.match(source.text)
    start = before.end() if before is not None else 0
    if _BELOW_ZERO.match(source.text, start):
        raise Rejected("the amount is below zero; give it without the minus")
    writing = writing_at(source, start)
    if writing is None or _AFTER.fullmatch(source.text, writing.end) is None:
        raise Rejected("this is no amount that can be read; give the amount alone, like 52.90 or R$ 52,90")
    return amount_of(writing, currency)


def amount_of(writing: Writing, default: str) -> Amount:
    """Raises `Rejected` where there is none."""
    currency = _currency(writing.marks, default)
    value = _value(writing.written, currency) * writing.times + writing.more + Decimal(writing.cents).scaleb(-2)
    if value == 0:
        raise Rejected("the amount is zero; give one above zero")
    if value.adjusted() >= _MOST_DIGITS:
        raise Rejected("the amount has more than 15 digits; give a smaller one")
    exact = value.quantize(Decimal(1).scaleb(-decimals(currency)))
    if exact != value:
        raise Rejected(f"{currency} has {decimals(currency)} decimals and the amount has more; round it")
    return Amount(value=exact, currency=currency)


def _currency(marks: tuple[str, ...], default: str) -> str:
    for mark in marks:
        currency = currency_of(mark, default)
        if currency is not None and all(currency_of(other, currency) == currency for other in marks):
            return currency
    if marks:
        raise Rejected("the amount names two currencies; give it in one")
    return default


def _value(written: str, currency: str) -> Decimal:
    """The number that digits with separators are. Raises `Rejected` if the separators make no sense."""
    if len(written) > 4 * _MOST_DIGITS:
        raise Rejected("the amount has more than 15 digits; give a smaller one")
    head, point, tail = _parted(written)
    three = point and len(tail) == 3 and decimals(currency) == 3
    if _GROUPED.fullmatch(written) and not (three and written.count(point) == 1):
        head, tail = written, ""
    if not head.isdigit() and not _GROUPED.fullmatch(head):
        raise Rejected("the separators of the amount make no sense; write it like 1234.56 or 1.234,56")
    whole = "".join(filter(str.isdigit, head))
    return Decimal(f"{whole}.{tail}" if tail else whole)


def _parted(written: str) -> tuple[str, str, str]:
    """Around its last point or comma, as if that were the decimal one."""
    last = max(written.rfind("."), written.rfind(","))
    return (written, "", "") if last < 0 else (written[:last], written[last], written[last + 1 :])
