"""The question for what a request lacks. It is known again by its words: the model remembers nothing else."""

import re
from collections import Counter

from adapters.offline.fields import Field, Kind
from adapters.offline.request import Request
from adapters.offline.sayings import SAYINGS, listed
from core.ai.slots.fold import fold

_WORD = re.compile(r"\w+")


def question(request: Request, language: str) -> str:
    """What to ask about the first thing that is missing; empty if nothing is."""
    return _question(request, request.missing[0], language) if request.missing else ""


def may_be_ours(text: str) -> bool:
    """Whether this can be a question of ours at all."""
    words = _words(text)
    return tuple(words) in _OURS or any(words[: len(start)] == list(start) for start in _STARTS)


def is_question_about(request: Request, text: str) -> bool:
    """Whether `text` is what we asked about this request, in any language."""
    return bool(text) and any(_words(question(request, language)) == _words(text) for language in SAYINGS)


def _words(text: str) -> list[str]:
    """Channels may change signs, such as the ones that Spanish questions begin with."""
    return _WORD.findall(fold(text))


_OURS = frozenset(
    tuple(_words(asks)) for each in SAYINGS.values() for asks in (*each.asks.values(), *each.asks_who.values())
)
_STARTS = tuple(tuple(_words(each.asks_which.partition("{")[0])) for each in SAYINGS.values())


def _question(request: Request, field: Field, language: str) -> str:
    sayings = SAYINGS[language]
    if field.choices:
        return sayings.asks_which.format(choices=listed([str(each) for each in field.choices], sayings.between))
    if field.kind is Kind.NAME:
        leads = _leads(request, field, language)
        asks = {asks: sum(leads[word] for word in words.split()) for words, asks in sayings.asks_who.items()}
        most = max(asks, key=asks.__getitem__)
        return most if asks[most] else sayings.asks[field.kind]
    return sayings.asks[field.kind]


def _leads(request: Request, field: Field, language: str) -> Counter[str]:
    """The words that lead to this argument: in the example that was meant, else in all of them."""
    pattern = request.pattern
    own = [word for index in pattern.holes if pattern.field(index) == field.name for word in pattern.frame.lead(index)]
    if own and pattern.language == language:
        return Counter(own)
    return pattern.about.leads.get((field.name, language), Counter())
