"""What of a pattern was found in a segment, and where."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.offline.chaining import Pair
from adapters.offline.fields import EXACT
from adapters.offline.repertoire import Pattern
from adapters.offline.segment import Segment


@dataclass(slots=True)
class Alignment:
    """What was found of `pattern` in `segment`, and where."""

    pattern: Pattern
    segment: Segment
    chain: Sequence[Pair]
    holes: dict[int, list[int]] = field(default_factory=dict)
    """By element, the tokens in it."""
    fields: dict[str, list[int]] = field(default_factory=dict)
    """Tokens for arguments that this pattern has no hole for, but its subject has."""
    moved: set[int] = field(default_factory=set)
    """Holes that were filled from another place."""
    cut_off: set[int] = field(default_factory=set)
    """Tokens where a name begins that ends only because more had to go into the next hole."""
    left: list[int] = field(default_factory=list)
    """Tokens that nothing explains."""
    words: frozenset[int] = frozenset()
    """The elements that are words and were found."""

    def is_led_to(self, index: int) -> bool:
        """Whether a word of the pattern stands beside this hole, so that what is in it is there for a reason."""
        return index not in self.moved and (index - 1 in self.words or index + 1 in self.words)

    def lacks_word(self, index: int) -> bool:
        """Whether this element is a word that was not found."""
        is_word = 0 <= index < len(self.pattern.kinds) and self.pattern.kinds[index] is None
        return is_word and index not in self.words

    def is_sure(self, index: int) -> bool:
        """Whether what is in this hole is seen as such, or led to."""
        return self.pattern.kinds[index] in EXACT or self.is_led_to(index)
