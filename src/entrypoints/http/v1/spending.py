"""Spending: what went to language models, by day and model."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Self

from fastapi import FastAPI, Query, Request
from pydantic import BeforeValidator, Field

from core.conversation.message import ConversationId, ConversationRef
from core.conversation.turn import Spent
from core.conversation.turn import Usage as Consumed
from core.identity.model import Permission
from entrypoints.http.context import context_of
from entrypoints.http.problems import INVALID, NOT_FOUND, Refusal
from entrypoints.http.v1.contacts import named_contact
from entrypoints.http.v1.operations import ID_PATTERN, Calling, Operations, Store
from entrypoints.http.v1.shapes import USAGE_EXAMPLE, Shape, Usage

_MOST = 366
"""Days that one answer covers."""
_DEFAULT = timedelta(days=30)
_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written(value: str) -> str:
    """Raises `ValueError` for what is a date to pydantic and not to the schema: a number of seconds."""
    if not _WRITTEN.fullmatch(value):
        raise ValueError("Write a day as 2026-03-02")
    return value


Day = Annotated[date, BeforeValidator(_written)]


class SpentOnModel(Shape):
    """What went to one model on one day."""

    day: date
    model: str = Field(description="Driver and model.")
    calls: int = Field(description="How often it was called.")
    usage: Usage

    @classmethod
    def of(cls, spent: Spent) -> Self:
        return cls(day=spent.day, model=spent.model, calls=spent.calls, usage=Usage.of(spent.usage))


class Total(Shape):
    """All of it together."""

    calls: int
    usage: Usage


class Spending(Shape):
    """What was spent in a period. Days are those of the agent's time zone."""

    since: date = Field(description="The first day.")
    until: date = Field(description="The last day.")
    items: list[SpentOnModel] = Field(description="By day and model; days without calls are left out.")
    total: Total


_EXAMPLE = {
    "since": "2026-03-01",
    "until": "2026-03-02",
    "items": [{"day": "2026-03-02", "model": "openai:gpt-6-luna", "calls": 1, "usage": USAGE_EXAMPLE}],
    "total": {"calls": 1, "usage": USAGE_EXAMPLE},
}


def mount(api: FastAPI) -> None:
    Operations(api, "spending").add(
        "GET",
        "/spending",
        get_spending,
        needs=Permission.READ,
        example=_EXAMPLE,
        refusals=(NOT_FOUND, INVALID),
    )


async def get_spending(
    request: Request,
    calling: Calling,
    store: Store,
    since: Annotated[
        Day | None, Query(description="The first day; left out, 30 days before the last.", examples=["2026-03-01"])
    ] = None,
    until: Annotated[Day | None, Query(description="The last day; left out, today.", examples=["2026-03-02"])] = None,
    contact: Annotated[str | None, Query(pattern=ID_PATTERN, description="Only for this contact.")] = None,
    conversation: Annotated[str | None, Query(pattern=ID_PATTERN, description="Only in this conversation.")] = None,
) -> Spending:
    """What went to language models, by day and model, and in all; for a year at most."""
    since, until = _period(since, until, _today(request))
    who = None if contact is None else (await named_contact(store, calling, contact)).id
    where = None
    if conversation is not None:
        where = ConversationRef(workspace=calling.workspace, id=ConversationId(conversation))
        if await store.conversation(where) is None:
            raise Refusal(NOT_FOUND, "There is no such conversation.")
    spent = await store.spending(calling.workspace, since=since, until=until, contact=who, conversation=where)
    return Spending(since=since, until=until, items=[SpentOnModel.of(each) for each in spent], total=_total(spent))


def _today(request: Request) -> date:
    return datetime.now(context_of(request).container.assistant().brief.agent.zone).date()


def _period(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    """First and last day. Raises `Refusal` for a period that is none, or too long."""
    last = until or max(today, since or today)
    first = since or max(last, date.min + _DEFAULT) - _DEFAULT
    if not 0 <= (last - first).days < _MOST:
        fault = {"where": "query", "field": "since", "detail": f"The period must be 1 to {_MOST} days long"}
        raise Refusal(INVALID, errors=[fault])
    return first, last


def _total(spent: Sequence[Spent]) -> Total:
    usage = sum((each.usage for each in spent), Consumed())
    return Total(calls=sum(each.calls for each in spent), usage=Usage.of(usage))
