"""When something happened or is due: from what people say, into a document, and back into words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.ai.slots import When, when
from core.ai.slots.when import Period, Precision
from core.ai.tool import ToolContext


def clock(context: ToolContext) -> datetime:
    """The person's own clock."""
    return context.now.astimezone(context.zone)


def moment(text: When, context: ToolContext) -> Period:
    """When a thing happened that people date by `text`: today, if they do not. Raises `Rejected`."""
    return when.read(text, clock(context)) if text.strip() else day_of(clock(context))


def span(text: When, context: ToolContext) -> Period:
    """The period that people ask about by `text`: this month, if they name none. Raises `Rejected`."""
    return when.read(text, clock(context)) if text.strip() else month_of(clock(context))


def day_of(at: datetime) -> Period:
    """The day that `at` is in, in its own zone."""
    return when.read("today", at)


def month_of(at: datetime) -> Period:
    """The month that `at` is in, in its own zone."""
    return when.read("this month", at)


def written(period: Period) -> Mapping[str, Any]:
    """The period for a document."""
    return {
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "precision": period.precision.value,
    }


def read_back(document: Mapping[str, Any], zone: ZoneInfo) -> Period:
    """What `written` wrote, on the clock of `zone`."""
    return Period(
        since=datetime.fromisoformat(document["since"]).astimezone(zone),
        until=datetime.fromisoformat(document["until"]).astimezone(zone),
        precision=Precision(document["precision"]),
    )
