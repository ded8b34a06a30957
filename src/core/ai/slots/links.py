"""Words that join others, and what that tells of the word behind a number."""

from core.ai.slots.currencies import currency_of

LINKS = frozenset(
    word
    for words in (
        "a ao aos as o os com da das de do dos e em na nas no nos num numa para pra pro por pela pelo que hoje ontem",
        "al con del el en la las los y un una hoy ayer",
        "and at for from in into of on the to with today yesterday each",
    )
    for word in words.split()
)
"""What stands behind a number without being counted by it."""

_SHORTEST_PLURAL = 4
_MEASURES = frozenset({"kg", "km", "g", "l", "ml", "cm", "mm", "percent", "mil", "k", "x"})


def something_counted(word: str) -> bool:
    """Whether folded `word`, behind a number, says what there are so many of: things, money, or a share."""
    if word in LINKS:
        return False
    plural = len(word) >= _SHORTEST_PLURAL and word.endswith("s")
    return plural or word == "%" or word in _MEASURES or currency_of(word, "") is not None
