"""Words that are compared as people mean them, and whether some text speaks of something."""

import re

from core.ai.slots.fold import fold

Phrase = tuple[str, ...]


def phrase(text: str) -> Phrase:
    """The words of `text` for comparing: accents, case, punctuation and the plural's s do not count."""
    return tuple(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in re.findall(r"\w+", fold(text)))


def speaks_of(text: str, sought: str) -> bool:
    """Whether the words of `sought` stand together in `text`."""
    words, wanted = phrase(text), phrase(sought)
    return bool(wanted) and any(words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1))
