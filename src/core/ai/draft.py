"""What passes between a draft and whoever runs its turn: answers, journal entries, and in the end the draft."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.ai.ports import Completion, Prompt
from core.conversation.facts import Fact
from core.conversation.turn import Entry, Exhausted, ModelCall, News


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A completion, and its entry in the books."""

    completion: Completion
    call: ModelCall


class CapReached(Exception):
    """The next model call would go over a cap; it was not made."""

    def __init__(self, exhausted: Exhausted) -> None:
        super().__init__(f"the cap of the {exhausted.whose} is reached")
        self.exhausted = exhausted


Think = Callable[[Prompt, str | None], Awaitable[Answered]]
"""Asks a model: the one of this name, if given, and no other. Whoever runs the turn may break it off for news.

Raises `CapReached` before a call that may not be made.
"""

Journal = Callable[[int, Entry], Awaitable[News]]
"""Stores a step; raises when the lease is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the assistant wants to say, in Markdown. It may be nothing, when a cap was reached and the person knows."""

    text: str
    facts: tuple[Fact, ...]
    silent: bool = False

    @property
    def asks(self) -> bool:
        return self.text.rstrip().endswith("?")
