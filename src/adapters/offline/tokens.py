"""What somebody wrote, cut into words, amounts and times."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from adapters.offline.words import SHORT_FORMS, TAKING_BACK, TAKING_BACK_IF_SET_OFF
from core.ai.slots import money, when
from core.ai.slots.fold import fold

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class Sort(StrEnum):
    """What a token is."""

    WORD = "word"
    NUMBER = "number"
    """Digits that are neither an amount nor a time."""
    MONEY = "money"
    WHEN = "when"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word, a number, or the whole of an amount or time, at its place in the text. Words alone have a `word`."""

    start: int
    end: int
    sort: Sort
    word: str = ""


_REMEMBERED = 256
"""Texts: a burst is read again at every step of its turn, and by the next."""

TAKEN_BACK = "<taken back>"
"""The one word for all the ways to say that the last thing said was wrong."""

_SET_OFF = re.compile(r"\s*(?:[,.;:!…\n-]|$)")


@lru_cache(maxsize=_REMEMBERED)
def tokens_of(text: str, language: str) -> tuple[Token, ...]:
    """The tokens in order. Where an amount and a time lie over each other, the longer one is meant."""
    tokens: list[Token] = []
    at = 0
    for span in _spans(text):
        tokens += words_in(text, at, span.start, language)
        tokens.append(span)
        at = span.end
    tokens += words_in(text, at, len(text), language)
    return tuple(_taken_back_as_one(text, tokens, language))


def _taken_back_as_one(text: str, tokens: Sequence[Token], language: str) -> Iterator[Token]:
    """The tokens, with all words in a row that take something back as one."""
    at = 0
    while at < len(tokens):
        end = at
        while length := _taking_back(text, tokens, end, language, is_going_on=end > at):
            end += length
        if end > at:
            yield Token(start=tokens[at].start, end=tokens[end - 1].end, sort=Sort.WORD, word=TAKEN_BACK)
            at = end
        else:
            yield tokens[at]
            at += 1


def _taking_back(text: str, tokens: Sequence[Token], at: int, language: str, *, is_going_on: bool) -> int:
    """How many tokens from here on take something back. `is_going_on`: those before do."""
    words = tuple(token.word for token in tokens[at : at + 3])
    lengths = [len(each) for each in TAKING_BACK.get(language, ()) if words[: len(each)] == each]
    lengths += [
        len(each)
        for each in TAKING_BACK_IF_SET_OFF.get(language, ())
        if words[: len(each)] == each and (is_going_on or _SET_OFF.match(text, tokens[at + len(each) - 1].end))
    ]
    return max(lengths, default=0)


def _spans(text: str) -> list[Token]:
    """Amounts and times that do not overlap, by place."""
    found = [Token(start=each.start, end=each.end, sort=Sort.WHEN) for each in when.find(text)]
    found += [Token(start=each.start, end=each.end, sort=Sort.MONEY) for each in money.find(text)]
    found.sort(key=lambda span: span.start - span.end)
    chosen: list[Token] = []
    for span in found:
        if all(span.end <= other.start or other.end <= span.start for other in chosen):
            chosen.append(span)
    return sorted(chosen, key=lambda span: span.start)


def words_in(text: str, start: int, end: int, language: str) -> Iterator[Token]:
    """The words and numbers between these places, whatever they are together."""
    short_forms = SHORT_FORMS.get(language, {})
    for match in _WORD.finditer(text, start, end):
        word = fold(match[0]).replace("’", "'")
        is_number = word.isdecimal()
        yield Token(
            start=match.start(),
            end=match.end(),
            sort=Sort.NUMBER if is_number else Sort.WORD,
            word="" if is_number else short_forms.get(word, word),
        )
