"""What money is spent on: the category that words speak of, what it is called, and what a question about it covers."""

from collections.abc import Iterator, Mapping

from core.skills.finance.category_words import ALSO_CALLED, NAMES, WORDS
from core.skills.phrases import Phrase, phrase
from core.skills.tidy import tidy
from core.skills.tongue import spoken

OTHER = "other"

_LONGEST_OWN = 40
_LONGEST_PHRASE = 4

# Who asks about food in general means what was eaten out and what was cooked.
_COVERS = {"food": frozenset({"food", "groceries"})}


def _phrases(listed: str) -> Iterator[Phrase]:
    yield from (phrase(each) for each in listed.split(","))


_CALLED: Mapping[Phrase, str] = {
    called: category
    for names in (*NAMES.values(), ALSO_CALLED)
    for category, listed in names.items()
    for called in (*_phrases(listed), (category,))
}
_SPEAKS_OF: Mapping[str, Mapping[Phrase, str]] = {
    language: {word: category for category, listed in words.items() for word in _phrases(listed)}
    for language, words in WORDS.items()
}


def category_of(given: str, what: str, language: str) -> str:
    """The category that a person gives, else the one that `what` speaks of; their own word if it is none of ours.

    `language` only decides where a word means different things: gas is for cars in one and for cooking in another.
    """
    if not given.strip():
        return _spoken_of(what, language) or OTHER
    return _CALLED.get(phrase(given)) or _spoken_of(given, language) or tidy(given, _LONGEST_OWN)


def category_name(category: str, language: str) -> str:
    """What people call it; a person's own category is called what they called it."""
    return spoken(NAMES, language).get(category, category)


def asked_for(text: str) -> frozenset[str]:
    """The categories that a question names: none where it only names a thing."""
    category = _CALLED.get(phrase(text))
    return frozenset() if category is None else _COVERS.get(category, frozenset({category}))


def _spoken_of(text: str, language: str) -> str | None:
    words = phrase(text)
    others = [each for each in _SPEAKS_OF if each != language]
    tables = [_SPEAKS_OF[each] for each in (language, *others) if each in _SPEAKS_OF]
    for table in (*tables, _CALLED):
        # The longest phrase is the most exact: a gas bill is no petrol.
        for length in range(min(_LONGEST_PHRASE, len(words)), 0, -1):
            for at in range(len(words) - length + 1):
                if category := table.get(words[at : at + length]):
                    return category
    return None
