"""What the skill says, one module per language; a sentence that is missing in one of them is a type error."""

from collections.abc import Mapping

from core.skills.relationships.words import en, es, pt
from core.skills.relationships.words.sentences import Words
from core.skills.tongue import spoken

_WORDS: Mapping[str, Words] = {"pt": pt.WORDS, "en": en.WORDS, "es": es.WORDS}


def words_in(language: str) -> Words:
    """The sentences in `language` (pt, en, es), else in English."""
    return spoken(_WORDS, language)
