"""Days, moments and periods as people say them: where they stand in an utterance, what they are, how one says them."""

from core.ai.slots.when.period import Period, Precision
from core.ai.slots.when.reading import find, read
from core.ai.slots.when.saying import say

__all__ = ("Period", "Precision", "find", "read", "say")
