"""A sum of money."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """`value` has exactly the decimals of `currency`, an ISO 4217 code. What people say is always above zero."""

    value: Decimal
    currency: str
