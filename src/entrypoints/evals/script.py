"""What an eval's file may say: conversations, and what must come of each of them."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from core.conversation.lifecycle import Handler
from core.identity.medium import Medium

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|m|h|d)")


class DayWord(StrEnum):
    """A day, counted from the one on which the file plays."""

    YESTERDAY = "yesterday"
    TODAY = "today"
    TOMORROW = "tomorrow"


def _one_or_many(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _length(value: object) -> timedelta:
    match = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be a length of time, such as 700ms, 2s, 20m, 3h or 1d")
    try:
        return float(match[1]) * _UNITS[match[2]]
    except OverflowError:
        raise ValueError("is longer than there is time") from None


def _moment(value: object) -> DayWord | timedelta | date | datetime:
    text = str(value)
    try:
        if text in set(DayWord):
            return DayWord(text)
        if text.startswith("+"):
            return _length(text[1:])
        if len(text) == len("2026-03-12"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise ValueError(
            "must be yesterday, today, tomorrow, a day such as 2026-03-11, a time on the person's clock such as "
            "2026-03-13T09:00, or a while after it was said such as +2h"
        )
    return moment


def _expression(value: object) -> object:
    try:
        return re.compile(str(value), re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None


Wanted = Annotated[tuple[str, ...], BeforeValidator(_one_or_many), Field(min_length=1)]
"""A fact: a word, a name, an amount; of several, any one will do."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Expected(_Part):
    """What is expected of replies. Without `replies` at least one is."""

    replies: int | None = Field(None, ge=0)
    contains: Annotated[tuple[Wanted, ...], BeforeValidator(_one_or_many)] = ()
    lacks: Annotated[tuple[Wanted, ...], BeforeValidator(_one_or_many)] = ()
    matches: Annotated[re.Pattern[str], PlainValidator(_expression)] | None = None


class Saying(_Part):
    """One or several messages, written one after the other; then the person waits for the answer."""

    say: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_one_or_many), Field(min_length=1)]
    pause: Annotated[timedelta, BeforeValidator(_length)] = timedelta(0)
    """Between the messages."""
    expect: Expected = Expected()


class Remembered(_Part):
    """A record that must be there at the end: its kind, some of what is in it, and when it happened or is due."""

    kind: str = Field(min_length=1)
    has: Mapping[str, Wanted] = Field(default_factory=dict)
    at: Annotated[DayWord | timedelta | date | datetime, PlainValidator(_moment)] | None = None
    voided: bool = False


def _saying(value: object) -> object:
    return value if isinstance(value, Mapping | Saying) else {"say": value}


Said = Annotated[Saying, BeforeValidator(_saying)]


class Talk(_Part):
    """A conversation with one person, who nobody else is."""

    name: str = Field(min_length=1)
    language: Literal["pt", "en", "es"]
    sender: str | None = Field(None, alias="from", pattern=r"^\+[1-9]\d{6,14}$")
    medium: Medium = Medium.WHATSAPP
    profile: str | None = None
    """What the person calls themselves; never to be trusted."""
    setup: tuple[Said, ...] = ()
    """Said before, and not judged."""
    says: tuple[Said, ...] = Field(min_length=1)
    expect: Expected = Expected()
    """Of all replies to what is in `says`, together."""
    records: tuple[Remembered, ...] | None = None
    """All that there must be, of the kinds that the file names anywhere; None: it does not matter."""
    handled_by: Handler | None = None
    opted_out: bool | None = None

    @property
    def utterances(self) -> int:
        return sum(len(saying.say) for saying in self.says)


class Script(_Part):
    """A file of conversations. They play on the day of `now`, each beginning soon after it."""

    now: AwareDatetime
    agent: Path | None = None
    """The assistant as a file; None: the one that is configured."""
    kinds: tuple[str, ...] = ()
    """Kinds of records that are looked at beside those that the conversations name."""
    conversations: tuple[Talk, ...] = Field(min_length=1)

    @property
    def all_kinds(self) -> frozenset[str]:
        """The kinds of records that are looked at."""
        return frozenset(self.kinds) | {record.kind for talk in self.conversations for record in talk.records or ()}

    @model_validator(mode="after")
    def _looks_at_something(self) -> Self:
        if not self.all_kinds and any(talk.records is not None for talk in self.conversations):
            raise ValueError(
                "names no kind of record to look for: list those that must not be there, "
                "such as kinds: [finance.expense]"
            )
        return self

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [talk.name for talk in self.conversations]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"has two conversations of one name: {', '.join(sorted(twice))}")
        return self


KEYS: Mapping[str, type[BaseModel]] = {
    "": Script,
    "conversations": Talk,
    "says": Saying,
    "setup": Saying,
    "expect": Expected,
    "records": Remembered,
}
"""What each part of a file is, by the key it stands under."""


def keys_of(part: str) -> list[str]:
    """The keys that this part of a file may have."""
    return [str(field.alias or name) for name, field in KEYS[part].model_fields.items()]


def checked(given: Any) -> Script:
    """The file's content. Raises pydantic's `ValidationError`."""
    return Script.model_validate(given)
