"""An amount in the writing of a language, such that it is read back as the same amount."""

from core.ai.slots.currencies import SIGNS, decimals
from core.ai.slots.money.amount import Amount

_TO_COMMA = str.maketrans(",.", ".,")


def say(amount: Amount, language: str) -> str:
    """`R$ 1.234,56` in pt and es, `R$1,234.56` in en. The dollar of the United States is a bare `$` in en alone."""
    currency = amount.currency
    figures = f"{abs(amount.value):,.{decimals(currency)}f}"
    minus = "-" if amount.value < 0 else ""
    sign = SIGNS.get(currency)
    if language == "en":
        if currency == "USD":
            sign = "$"
        return f"{minus}{sign or currency + ' '}{figures}"
    return f"{minus}{sign or currency} {figures.translate(_TO_COMMA)}"
