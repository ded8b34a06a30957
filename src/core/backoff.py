"""How long to wait before trying again: 5 s, 15 s, 45 s, …, with jitter, at most 15 minutes."""

from datetime import timedelta
from random import Random

from core.limits import Limits


def backoff(attempt: int, limits: Limits, random: Random, *, asked: timedelta | None = None) -> timedelta:
    """The wait after the failure number `attempt` (from 1). `asked` is the other side's wish; the longer one wins.

    Jitter adds up to a fifth, so that what failed together is not tried again together.
    """
    base: timedelta = limits.backoff * 3 ** min(attempt - 1, 12)
    wait = min(max(base, asked or timedelta(0)), limits.backoff_cap)
    return wait * (1 + random.random() / 5)
