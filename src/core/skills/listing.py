"""Several things in one sentence or one list, short enough for a phone."""

from collections.abc import Sequence

from core.skills.tongue import spoken

MOST_LINES = 20

_AND = {"pt": "e", "en": "and", "es": "y"}
_MORE = {"pt": "e mais {count}", "en": "and {count} more", "es": "y {count} más"}


def together(items: Sequence[str], language: str) -> str:
    """`a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {spoken(_AND, language)} {items[-1]}"


def lines(items: Sequence[str], language: str) -> str:
    """One below the other; beyond the most, only how many more there are."""
    shown = [f"- {item}" for item in items[:MOST_LINES]]
    if len(items) > MOST_LINES:
        shown.append(spoken(_MORE, language).format(count=len(items) - MOST_LINES))
    return "\n".join(shown)


def few(items: Sequence[str], most: int, language: str) -> str:
    """The first of them in a sentence, and how many more there are."""
    if len(items) <= most:
        return together(items, language)
    more = spoken(_MORE, language).format(count=len(items) - most)
    return f"{', '.join(items[:most])} {more}"
