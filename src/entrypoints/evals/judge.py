"""What was expected of a conversation, against what came of it. Pure: it is given everything it compares."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.ai.language import language_in
from core.ai.records import Record
from core.conversation.lifecycle import Handler
from entrypoints.evals.facts import has, is_like
from entrypoints.evals.script import DayWord, Expected, Remembered, Talk

_NEAR = timedelta(minutes=2)
"""A time that was said is meant to the minute, and saying it takes a moment."""

_MONEY = re.compile(r"\S*[$€£]\S*")
"""An amount's sign tells where the money is from, not who speaks."""
_WORD = re.compile(r"[^\W\d_]+")
_ENOUGH_TO_TELL = 6
"""Words: fewer are anyone's guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of a conversation."""

    replies: tuple[tuple[str, ...], ...]
    """After each of the talk's sayings."""
    records: Sequence[Record]
    handled_by: Handler
    opted_out: bool
    troubles: tuple[str, ...]
    """What went wrong in the pipeline itself: turns that died, answers that never came."""
    zone: ZoneInfo
    """Where the person's days begin and end."""
    now: datetime
    """When it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One expectation that was not met. `said` is empty where it is of the whole conversation."""

    said: tuple[str, ...] = ()
    expected: str
    got: str


def failures(talk: Talk, heard: Heard) -> Sequence[Failure]:
    """Everything that is not as it was expected; empty for a pass."""
    found = [Failure(expected="an answer", got=trouble) for trouble in heard.troubles]
    for saying, replies in zip(talk.says, heard.replies, strict=True):
        # Nobody is left without an answer, unless the script says so.
        if not replies and saying.expect.replies is None and talk.expect.replies != 0:
            found.append(Failure(said=saying.say, expected="a reply", got="none"))
        found += _of_replies(saying.expect, replies, saying.say)
    everything = tuple(text for replies in heard.replies for text in replies)
    found += _of_replies(talk.expect, everything, ())
    found += _of_language(talk, everything)
    if talk.records is not None:
        found += _of_records(talk.records, heard)
    if talk.handled_by is not None and talk.handled_by is not heard.handled_by:
        found.append(Failure(expected=f"handled by the {talk.handled_by}", got=f"handled by the {heard.handled_by}"))
    if talk.opted_out is not None and talk.opted_out is not heard.opted_out:
        found.append(Failure(expected=_out(talk.opted_out), got=_out(heard.opted_out)))
    return found


def _of_replies(expected: Expected, replies: Sequence[str], said: tuple[str, ...]) -> Iterator[Failure]:
    text = "\n".join(replies)
    got = text or "nothing"
    if expected.replies is not None and len(replies) != expected.replies:
        yield Failure(said=said, expected=_counted(expected.replies), got=f"{_counted(len(replies))}: {got}")
    for wanted in expected.contains:
        if not has(text, wanted):
            yield Failure(said=said, expected=f"a reply with {' or '.join(wanted)}", got=got)
    for unwanted in expected.lacks:
        if has(text, unwanted):
            yield Failure(said=said, expected=f"no reply with {' or '.join(unwanted)}", got=got)
    if expected.matches is not None and not expected.matches.search(text):
        yield Failure(said=said, expected=f"a reply that matches {expected.matches.pattern}", got=got)


def _of_language(talk: Talk, replies: Sequence[str]) -> Iterator[Failure]:
    texts = [_MONEY.sub(" ", text) for text in replies]
    if len(_WORD.findall(" ".join(texts))) < _ENOUGH_TO_TELL:
        return
    spoken = language_in(texts)
    if spoken is not None and spoken != talk.language:
        yield Failure(expected=f"replies in {talk.language}", got=f"replies in {spoken}: {replies[-1]}")


def _of_records(expected: Sequence[Remembered], heard: Heard) -> Iterator[Failure]:
    """Each expected record is one that is there, and each that is there is one that was expected."""
    records = heard.records
    pairs = _paired(
        [[place for place, record in enumerate(records) if _fits(each, record, heard)] for each in expected]
    )
    for number, wanted in enumerate(expected):
        if number not in pairs:
            alike = [_shown(record, heard.zone) for record in records if record.kind == wanted.kind]
            yield Failure(expected=_wished(wanted), got="; ".join(alike) or f"no {wanted.kind}")
    taken = set(pairs.values())
    for place, record in enumerate(records):
        if place not in taken and record.voided_at is None:
            yield Failure(expected="no further record", got=_shown(record, heard.zone))


def _paired(choices: Sequence[Sequence[int]]) -> dict[int, int]:
    """As many pairs as there can be, of each number with one of its choices and no choice taken twice."""
    taken: dict[int, int] = {}

    def find(number: int, tried: set[int]) -> bool:
        for choice in choices[number]:
            if choice not in tried:
                tried.add(choice)
                if choice not in taken or find(taken[choice], tried):
                    taken[choice] = number
                    return True
        return False

    for number in range(len(choices)):
        find(number, set())
    return {number: choice for choice, number in taken.items()}


def _fits(wanted: Remembered, record: Record, heard: Heard) -> bool:
    return (
        wanted.kind == record.kind
        and wanted.voided is (record.voided_at is not None)
        and all(is_like(record.document.get(key), value) for key, value in wanted.has.items())
        and (wanted.at is None or _is_at(wanted.at, record, heard))
    )


def _is_at(wanted: DayWord | timedelta | date | datetime, record: Record, heard: Heard) -> bool:
    at = record.at.astimezone(heard.zone)
    match wanted:
        case DayWord():
            return at.date() == _day(wanted, heard)
        case timedelta():
            return abs(record.at - record.recorded_at - wanted) < _NEAR
        case datetime():
            return abs(at.replace(tzinfo=None) - wanted) < _NEAR
        case _:
            return at.date() == wanted


def _day(word: DayWord, heard: Heard) -> date:
    distance = {DayWord.YESTERDAY: -1, DayWord.TODAY: 0, DayWord.TOMORROW: 1}[word]
    return heard.now.astimezone(heard.zone).date() + timedelta(days=distance)


# In words


def _counted(replies: int) -> str:
    return f"{replies} {'reply' if replies == 1 else 'replies'}"


def _out(is_out: bool) -> str:
    return "opted out" if is_out else "not opted out"


def _wished(wanted: Remembered) -> str:
    fields = ", ".join(f"{key} {' or '.join(value)}" for key, value in wanted.has.items())
    when = "" if wanted.at is None else f" {_when(wanted.at)}"
    return f"{'struck out ' if wanted.voided else ''}{wanted.kind}{f' with {fields}' if fields else ''}{when}"


def _when(at: DayWord | timedelta | date | datetime) -> str:
    match at:
        case DayWord():
            return str(at)
        case timedelta():
            return f"{at} after it was said"
        case datetime():
            return f"at {at:%Y-%m-%dT%H:%M}"
        case _:
            return f"on {at}"


def _shown(record: Record, zone: ZoneInfo) -> str:
    told = {key: value for key, value in record.document.items() if value not in (None, "", [])}
    fields = ", ".join(f"{key} {_value(value)}" for key, value in told.items() if not isinstance(value, Mapping))
    struck = "struck out " if record.voided_at is not None else ""
    return f"{struck}{record.kind} with {fields} at {record.at.astimezone(zone):%Y-%m-%dT%H:%M}"


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
