"""The list of messages: filters by address and date, newest first, page by page."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urlencode

from adapters.twilio.emulator.message import Message
from adapters.twilio.emulator.messages import Messages

_DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of the list. Times are seconds; a message that was not sent yet has none, and no date finds it."""

    given: Mapping[str, str]
    """The parameters as they were: the addresses of further pages repeat them."""
    to: str | None
    from_: str | None
    since: float | None
    until: float | None
    size: int
    page: int
    below: int | None
    """Only messages with a lower number: the page goes on after the last one shown, whatever came meanwhile."""

    @classmethod
    def of(cls, text: str) -> "Query":
        """`DateSent` is a day in GMT or an instant; `DateSent>` and `DateSent<` include it."""
        given = dict(parse_qsl(text, keep_blank_values=True))
        on, since, until = (_span(given.get(name, "")) for name in ("DateSent", "DateSent>", "DateSent<"))
        since, until = since or on, until or on
        return cls(
            given=given,
            to=given.get("To") or None,
            from_=given.get("From") or None,
            since=since[0] if since else None,
            until=until[1] if until else None,
            size=min(max(_whole(given.get("PageSize", ""), 50), 1), 1000),
            page=_whole(given.get("Page", ""), 0),
            below=_whole(given.get("PageToken", "")[2:], 0) or None,
        )

    def select(self, messages: Messages) -> Sequence[Message]:
        """The messages of this page, and one more if there is another page."""
        found = self._filtered(messages)
        return list(islice(found, 0 if self.below else self.page * self.size, None))[: self.size + 1]

    def _filtered(self, messages: Messages) -> Iterator[Message]:
        now = time.time()
        for message in messages.newest_first(self.to, self.from_):
            if message.hidden_until > now or (self.below and message.number >= self.below):
                continue
            if self.since is not None and (message.sent_at is None or message.sent_at < self.since):
                continue
            if self.until is not None and (message.sent_at is None or message.sent_at >= self.until):
                continue
            yield message


def page(query: Query, messages: Messages, account: str) -> dict[str, Any]:
    """The page as the REST API shows it."""
    found = query.select(messages)
    shown = found[: query.size]
    path = f"/2010-04-01/Accounts/{account}/Messages.json"
    filters = {name: value for name, value in query.given.items() if name not in ("Page", "PageSize", "PageToken")}

    def uri(number: int, **token: str) -> str:
        return f"{path}?{urlencode({**filters, 'PageSize': query.size, 'Page': number, **token})}"

    start = query.page * query.size
    return {
        "first_page_uri": uri(0),
        "previous_page_uri": uri(query.page - 1) if query.page else None,
        "next_page_uri": uri(query.page + 1, PageToken=f"PA{shown[-1].number}") if len(found) > len(shown) else None,
        "uri": uri(query.page),
        "page": query.page,
        "page_size": query.size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "messages": [message.resource(account) for message in shown],
    }


def instant(text: str) -> float | None:
    """An ISO 8601 time in seconds; without a zone it is GMT."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _span(text: str) -> tuple[float, float] | None:
    """From when to when a filter reaches: a whole day, or the second."""
    start = instant(text)
    if start is None:
        return None
    return start, start + (_DAY_S if len(text) == len("2026-01-31") else 1)


def _whole(text: str, usual: int) -> int:
    return int(text) if text.isdecimal() else usual
