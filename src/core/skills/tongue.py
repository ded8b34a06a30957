"""Which of the texts that exist in several languages a person is told."""

from collections.abc import Mapping
from typing import TypeVar

_T = TypeVar("_T")


def spoken(texts: Mapping[str, _T], language: str) -> _T:
    """What `texts` hold in `language` (pt, en, es), else in English."""
    return texts[language] if language in texts else texts["en"]
