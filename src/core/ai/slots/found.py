"""A place in an utterance where a slot's words stand."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`text` as it stands in the utterance, from `start` to before `end`."""

    start: int
    end: int
    text: str
