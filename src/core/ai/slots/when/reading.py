"""Finding times in an utterance, and reading the one that a text is."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from core.ai.slots.found import Found
from core.ai.slots.when.dates import YEARS, NoSuchDay
from core.ai.slots.when.period import Period, Seen
from core.ai.slots.when.phrases import Meaning, phrase_at
from core.ai.slots.when.tokens import Tokens
from core.errors import Rejected

_LONGEST = 200
_REMEMBERED = 64
"""Texts: who looks for amounts looks for times again, and what was found is read."""
_FILLERS = frozenset(
    word
    for words in (
        "em no na nos nas o a os as de do da dos das para pra pro ate por pelo pela durante",
        "la el los las en al del hasta",
        "on at in the for of by until during to from",
    )
    for word in words.split()
)


@lru_cache(maxsize=_REMEMBERED)
def find(text: str) -> Sequence[Found]:
    """Places of times, in order; each can be read. A preposition before one is left out where it says nothing more."""
    tokens = Tokens(text, alone=False)
    places: list[Found] = []
    at = 0
    while at < len(tokens):
        end = _end_of_phrase(tokens, at)
        place = None if end is None else tokens.found(at, end)
        if end is None or place is None or not _readable(place.text):
            at += 1
            continue
        places.append(place)
        at = end
    return tuple(places)


def read(text: str, now: datetime, *, ahead: bool = False) -> Period:
    """The time that `text` is, and nothing else, on the clock of `now`, which must be aware.

    What comes again is the latest that has begun, today included: "sexta" on a Friday is today. Looking `ahead` it is
    the next one: a weekday after today, a date or a day of the month from today on, an hour from now on. Weeks begin
    on Monday. "3/12" is the third of December, unless English words around it say otherwise: "on 3/12". An hour from 1
    to 5 is in the afternoon, unless told or written otherwise ("da manhã", "03:00"). Raises `Rejected`, with what to
    give instead.
    """
    seen = Seen(now=now, ahead=ahead)
    if len(text) > _LONGEST:
        raise Rejected("this is too long to be a time; give the day or period alone, like yesterday or 2026-03-12")
    exact = _as_programs_write(text.strip())
    if exact is not None:
        return seen.instant(exact if exact.tzinfo else exact.replace(tzinfo=now.tzinfo))
    try:
        meaning = _meaning(text)
    except NoSuchDay:
        raise Rejected("the calendar has no such day; give one that exists, like 2026-02-28") from None
    if meaning is None:
        raise Rejected(
            "this is no time that can be read; say it like yesterday, last week, 2026-03-12 or tomorrow at 9"
        )
    return meaning(seen)


def _end_of_phrase(tokens: Tokens, at: int) -> int | None:
    try:
        phrase = phrase_at(tokens, at)
    except NoSuchDay:
        return None
    return None if phrase is None else phrase[1]


def _readable(text: str) -> bool:
    try:
        return len(text) <= _LONGEST and _meaning(text) is not None
    except NoSuchDay:
        return False


@lru_cache(maxsize=_REMEMBERED)
def _meaning(text: str) -> Meaning | None:
    """What the whole text means, fillers before it and signs behind it aside."""
    tokens = Tokens(text, alone=True)
    impossible: NoSuchDay | None = None
    for at in range(len(tokens)):
        try:
            phrase = phrase_at(tokens, at)
        except NoSuchDay as error:
            phrase, impossible = None, error
        if phrase is not None and not any(tokens[each].text.isalnum() for each in range(phrase[1], len(tokens))):
            return phrase[0]
        if tokens[at].text.isalnum() and tokens[at].text not in _FILLERS:
            break
    if impossible is not None:
        raise impossible
    return None


def _as_programs_write(text: str) -> datetime | None:
    """A date with a time in ISO 8601."""
    if len(text) < len("2026-03-12T15:00") or not text[:4].isdecimal() or not text.isascii():
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None
