"""When several texts are one thought: the quiet period after the last, and the ceiling after the first."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A conversation is due `quiet` after its last unanswered message, at the latest `ceiling` after the first."""

    quiet: timedelta = timedelta(seconds=1.2)
    ceiling: timedelta = timedelta(seconds=8)
