"""What model calls cost: list prices, and exact sums in whole billionths of a dollar."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from core.conversation.turn import Usage

NANOS = 1_000_000_000
"""Billionths in a US dollar: the unit of every cost."""

_NANOS_PER_TOKEN = Decimal(NANOS) / 1_000_000
"""Of a price for a million tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """In US dollars for a million tokens. `cached`: of input that the provider had kept; None: no discount."""

    input: Decimal
    output: Decimal
    cached: Decimal | None = None

    def cost(self, usage: Usage) -> int:
        """What this usage costs, in billionths of a dollar, rounded up."""
        kept = self.input if self.cached is None else self.cached
        fresh = max(usage.input - usage.cached, 0)  # some servers count what was cached beside the input
        whole = fresh * self.input + usage.cached * kept + usage.output * self.output
        return int((whole * _NANOS_PER_TOKEN).to_integral_value(ROUND_CEILING))


FREE = Price(input=Decimal(0), output=Decimal(0))
