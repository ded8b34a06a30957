"""Which of the names that are known somebody means: accents and case aside, said in full or by some of its words."""

import re
from collections.abc import Iterable

from core.ai.slots.fold import fold
from core.errors import Rejected
from core.skills.tidy import LONGEST_NAME, tidy

# Articles and links come and go in speech: "a Maria", "Padaria do Sol", "the bakery".
_LINKS = frozenset({
    "a", "o", "as", "os", "la", "el", "los", "las", "the", "de", "da", "do", "dos", "das", "del", "of", "e", "y", "and",
})  # fmt: skip


def named(text: str) -> str:
    """A name as it is kept: on one line, as it was written."""
    return tidy(text, LONGEST_NAME)


def name_given(text: str) -> str:
    """The same of a name that must be there. Raises `Rejected`."""
    name = named(text)
    if not _words(name):
        raise Rejected("the name is empty: ask the person whom they mean, and give the name as they write it")
    return name


def meant(said: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known names that `said` may stand for. Said in full it is that one, whatever else contains it."""
    words = _words(said)
    if not words:
        return ()
    names = tuple(known)
    full = tuple(name for name in names if _words(name) == words)
    return full[:1] or tuple(name for name in names if set(words) <= set(_words(name)))


def same(one: str, other: str) -> bool:
    """Whether these are one name, written differently."""
    return _words(one) == _words(other)


def _words(name: str) -> tuple[str, ...]:
    words = tuple(re.findall(r"\w+", fold(name)))
    return tuple(word for word in words if word not in _LINKS) or words
