"""Amounts of money: where they stand in an utterance, what they are, and how one writes them."""

from core.ai.slots.money.amount import Amount
from core.ai.slots.money.finding import find
from core.ai.slots.money.reading import read
from core.ai.slots.money.saying import say

__all__ = ("Amount", "find", "read", "say")
