"""The fault laboratory's drivers: the real ones, in a wrapping that kills the process at a named step, once.

They are found like any third party's drivers, through entry points, so that the real commands run with nothing in the
product knowing about it. `LAB_KILL` names the step, `LAB_MARK` a file that is made just before the kill: while that
exists, nothing is killed. While the file `LAB_DOWN` exists the store does not record. The queue `lost` loses all hints.
"""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings

from core.ai.tool import Effect, Skill, Tool, ToolContext
from core.conversation.events import Arrival
from core.conversation.message import ConversationRef
from core.conversation.outbox import Accepted, Send
from core.conversation.ports import WakeQueue
from core.conversation.turn import Asked, Claim, Committed
from core.driver import Driver, Surroundings
from core.errors import Unavailable

Step = Callable[[tuple[Any, ...], Any], str | None]
"""The name of the step that this call and its answer were, if they were one."""


def strike(step: str | None) -> None:
    """End this process as `kill -9` does, if this is the step and it has not happened yet."""
    mark = Path(os.environ["LAB_MARK"])
    if step is not None and step == os.environ.get("LAB_KILL") and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


class Fused:
    """An object whose named methods may end the process once they have answered."""

    def __init__(self, inner: Any, steps: Mapping[str, Step]) -> None:
        self._inner = inner
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        step = self._steps.get(name)
        if step is None:
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            if name == "record" and os.path.exists(os.environ.get("LAB_DOWN", "")):  # noqa: ASYNC240, PTH110 - a test
                raise Unavailable("the store is down, says the laboratory")
            answer = await method(*args, **kwargs)
            strike(step(args, answer))
            return answer

        return call


def _recorded(args: tuple[Any, ...], answer: Any) -> str | None:
    return "recorded" if any(isinstance(event, Arrival) for event in args[0]) else None


def _claimed(args: tuple[Any, ...], answer: Any) -> str | None:
    claims = [answer] if isinstance(answer, Claim) else answer if isinstance(answer, (list, tuple)) else []
    return "claimed" if claims else None


STORE: Mapping[str, Step] = {
    "record": _recorded,
    "claim": _claimed,
    "claim_due": _claimed,
    "journal": lambda args, _: "journaled the call" if isinstance(args[3], Asked) else "journaled the result",
    "put": lambda args, _: f"wrote {args[2]}",
    "void": lambda *_: "struck out",
    "commit": lambda _, answer: "committed" if isinstance(answer, Committed) else None,
    "settle": lambda _, answer: "sending the next part" if isinstance(answer.send, Send) else "sent",
}
MODEL: Mapping[str, Step] = {
    "complete": lambda _, answer: "model asked for a tool" if answer.calls else "model answered",
}
CHANNEL: Mapping[str, Step] = {
    "send": lambda _, answer: "accepted but not settled" if isinstance(answer, Accepted) else None,
}


def _fused(group: str, name: str, steps: Mapping[str, Step]) -> Driver[Any]:
    [entry] = entry_points(group=group, name=name)
    real: Driver[Any] = entry.load()

    @asynccontextmanager
    async def opened(settings: Any, surroundings: Surroundings) -> AsyncIterator[Any]:
        async with real.open(settings, surroundings) as driver:
            yield Fused(driver, steps)

    def open_fused(settings: Any, surroundings: Surroundings) -> AbstractAsyncContextManager[Any]:
        return opened(settings, surroundings)

    return Driver(summary=f"{name}, with a fuse", settings=real.settings, open=open_fused)


store = _fused("recado.store", "sqlite", STORE)
model = _fused("recado.model", "openai", MODEL)
channel = _fused("recado.channel", "twilio", CHANNEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    what: str
    amount: int


async def note_expense(arguments: Expense, context: ToolContext) -> str:
    """Keep one expense per key in a file of its own: the keyed effect whose count the laboratory checks."""
    with sqlite3.connect(os.environ["LAB_LEDGER"]) as ledger:
        ledger.execute("create table if not exists called (key text)")
        ledger.execute("create table if not exists expense (key text primary key, what text, amount integer)")
        ledger.execute("insert into called values (?)", (context.key,))
        ledger.execute(
            "insert into expense values (?, ?, ?) on conflict do nothing",
            (context.key, arguments.what, arguments.amount),
        )
    strike("tool acted")
    return f"added {arguments.what} {arguments.amount}"


TOOL = Tool(
    name="note_expense",
    description="Add an expense.",
    arguments=Expense,
    handler=note_expense,
    effect=Effect.KEYED,
)


class NoSettings(BaseSettings):
    """There are none."""


@asynccontextmanager
async def _opened_skill(settings: NoSettings, surroundings: Surroundings) -> AsyncIterator[Skill]:
    yield Skill(name="lab", instructions="Add what people spend.", tools=(TOOL,))


skill: Driver[Skill] = Driver(summary="adds expenses to a file", settings=NoSettings, open=_opened_skill)


class LostQueue(WakeQueue):
    """A queue that is switched off."""

    async def put(self, conversation: ConversationRef, after: timedelta) -> None:
        pass

    async def consume(self, handle: Callable[[ConversationRef], Awaitable[None]]) -> None:
        await asyncio.Event().wait()

    async def ready(self) -> None:
        pass


@asynccontextmanager
async def _opened_queue(settings: NoSettings, surroundings: Surroundings) -> AsyncIterator[LostQueue]:
    yield LostQueue()


queue: Driver[LostQueue] = Driver(summary="loses everything", settings=NoSettings, open=_opened_queue)
