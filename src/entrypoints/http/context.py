"""What a request may reach: the container, the log, and what this process has answered so far."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection

from core.log import Log
from entrypoints.container import Container
from entrypoints.metrics.page import Page


@dataclass(slots=True, kw_only=True)
class Context:
    """One per app, in `app.state.context`."""

    container: Container
    log: Log
    public_url: str
    refusals: Counter[int] = field(default_factory=Counter)
    """Answers by status, those that refuse only."""
    patience: float = 2
    """Seconds that a check of readiness may take."""
    check_every: float = 1
    """Seconds for which the answer of a check is good."""
    checked: tuple[float, str, str] | None = None
    """When store and queue were checked last, and how each was."""
    checking: asyncio.Lock = field(default_factory=asyncio.Lock)
    fault: str | None = None
    """Why this process can no longer do its work, once it cannot."""
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        self.page = Page(self.container)


def context_of(request: HTTPConnection) -> Context:
    """The context of the app that this request reached."""
    return cast("Context", request.app.state.context)
