"""OpenAI's list prices, standard tier, as read on 2026-11-28; an agent's file overrules them.

Source: developers.openai.com/api/docs/pricing, and the model pages there. Prompts above 272,000 tokens and cache writes
cost more than this says; the prompts of a chat stay far below.
"""

import re
from decimal import Decimal

from core.ai.prices import Price

VERSION = "2026-11-28"

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")

# Model, then US dollars for a million tokens: input, input from the cache, output.
_TABLE = """
gpt-6-astra   10    1      50
gpt-6-sol      2    0.2    10
gpt-6-luna     0.1  0.01    0.5
gpt-5.6-sol    4    0.4    20
gpt-5.6-terra  2    0.2    12
gpt-5.6-luna   0.2  0.02    1.2
gpt-5.5        5    0.5    30
gpt-5.4        2.5  0.25   15
gpt-5.4-mini   0.75 0.075   4.5
gpt-5.4-nano   0.2  0.02    1.25
gpt-5          1.25 0.125  10
gpt-5-mini     0.25 0.025   2
gpt-5-nano     0.05 0.005   0.4
gpt-4.1        2    0.5     8
gpt-4.1-mini   0.4  0.1     1.6
gpt-4.1-nano   0.1  0.025   0.4
gpt-4o         2.5  1.25   10
gpt-4o-mini    0.15 0.075   0.6
"""


def price_of(model: str) -> Price | None:
    """The price of a model, or of the model whose dated snapshot it is; None if it is not in the table."""
    for line in _TABLE.split("\n"):
        name, *numbers = line.split() or [""]
        if name in (model, _SNAPSHOT.sub("", model)) and numbers:
            fresh, cached, output = map(Decimal, numbers)
            return Price(input=fresh, cached=cached, output=output)
    return None
