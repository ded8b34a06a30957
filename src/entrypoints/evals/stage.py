"""Plays scripts on a whole Recado: store, queue, worker and model are the real ones, only the provider is not."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from tempfile import TemporaryDirectory

from core.ai.records import Record, Scope
from core.conversation.content import Content
from core.conversation.events import Inbound
from core.conversation.lifecycle import Conversation
from core.conversation.message import Status
from core.conversation.ports import Receipt
from core.conversation.turn import Spent, TurnState, Usage
from core.errors import Unavailable
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId
from core.identity.zone import zone_of
from entrypoints.container import Container, running
from entrypoints.evals.judge import Failure, Heard, failures
from entrypoints.evals.loopback import Loopback, Reply
from entrypoints.evals.pace import felt
from entrypoints.evals.script import Saying, Script, Talk
from entrypoints.settings import Settings, read
from entrypoints.worker import working

_PATIENCE = 300.0
"""Seconds that an answer may take: a turn that is tried again takes longer than its budget."""
_LOOK = 0.05
"""Seconds between two looks at whether a conversation has come to rest."""
_GRACE = timedelta(seconds=1)

_UNSENT = frozenset({Status.QUEUED, Status.SENDING, Status.UNCERTAIN})
_OPEN = frozenset({TurnState.RUNNING, TurnState.RETRY})
_NUMBERS = {"pt": "+55119{:08}", "en": "+447700{:06}", "es": "+34612{:06}"}
"""What people of a language have for a number, if the script says nothing."""
_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a conversation went."""

    talk: Talk
    failures: Sequence[Failure]
    spent: Sequence[Spent]
    seconds: tuple[float, ...]
    """Of each answer: from the last message before it, and the quiet period after that, to its first reply."""

    @property
    def passed(self) -> bool:
        return not self.failures

    @property
    def usage(self) -> Usage:
        return sum((spent.usage for spent in self.spent), Usage())


async def play(
    script: Script, talks: Collection[Talk], *, environ: Mapping[str, str], model: str | None = None, jobs: int = 8
) -> Sequence[Result]:
    """Hold these conversations of the script, up to `jobs` at once. Raises core errors for a set-up that cannot work.

    `model` takes the place of the agent's. Store and queue are in memory whatever `environ` says, so that nothing is
    left behind.
    """
    gate = asyncio.Semaphore(jobs)

    async def held(stage: "_Stage", number: int, talk: Talk) -> Result:
        async with gate:
            return await stage.hold(talk, number)

    with TemporaryDirectory(prefix="recado-eval-") as folder:
        own = {"RECADO_STORE": "memory", "RECADO_QUEUE": "inline", "RECADO_DATA": folder}
        if script.agent is not None:
            own["RECADO_AGENT"] = str(script.agent)
        async with _stage(script, {**environ, **own}, model) as stage:
            return await asyncio.gather(*(held(stage, number, talk) for number, talk in enumerate(talks, 1)))


@asynccontextmanager
async def _stage(script: Script, environ: Mapping[str, str], model: str | None) -> AsyncIterator["_Stage"]:
    loop = asyncio.get_running_loop()
    begun = loop.time()

    def clock() -> datetime:
        return script.now + timedelta(seconds=loop.time() - begun)

    loopback = Loopback()
    async with running(
        read(Settings, environ),
        works=True,
        environ=environ,
        channels={Loopback.name: loopback},
        clock=clock,
        model=model,
    ) as container:
        stage = _Stage(container, loopback, script)
        async with working(container, on_death=stage.fall, grace=_GRACE):
            yield stage


class _Stage:
    """An application that runs, and the people who talk with it."""

    def __init__(self, container: Container, loopback: Loopback, script: Script) -> None:
        self.script = script
        self.loopback = loopback
        self.store = container.store()
        self.orchestrator = container.orchestrator()
        self.brief = container.assistant().brief
        self.has_fallen = False

    def fall(self) -> None:
        """Nobody will be answered any more."""
        self.has_fallen = True

    async def hold(self, talk: Talk, number: int) -> Result:
        """Hold a conversation. It has a workspace and a line of its own, so that no other one shares its caps."""
        person = _Person(self, talk, number)
        await self.store.put_line(person.line)
        for saying in talk.setup:
            await person.says(saying)
        # What was said before is no part of what is judged, nor is the time it took.
        person.said.clear()
        replies = []
        for saying in talk.says:
            already = len(self.loopback.sent(person.line.id))
            await person.says(saying)
            replies.append(tuple(reply.text for reply in self.loopback.sent(person.line.id)[already:]))
        heard = await person.hears(tuple(replies))
        return Result(
            talk=talk,
            failures=failures(talk, heard),
            spent=await person.spent(),
            seconds=_seconds(person.said, self.loopback.sent(person.line.id), self.brief.limits.burst.quiet),
        )


class _Person:
    """Who talks, in one conversation."""

    def __init__(self, stage: _Stage, talk: Talk, number: int) -> None:
        number_of = _NUMBERS[talk.language].format(number)
        self.address = Address(medium=talk.medium, kind=AddressKind.PHONE, value=talk.sender or number_of)
        self.line = Line(
            workspace=WorkspaceId(f"eval-{number}"),
            id=LineId(f"eval-{number}"),
            channel=Loopback.name,
            address=Address(medium=talk.medium, kind=AddressKind.PHONE, value="+14155550100"),
            account="eval",
        )
        self.said: list[float] = []
        """When each message was written, by `pace.felt`."""
        self._stage = stage
        self._store = stage.store
        self._talk = talk
        self._ids = count(1)
        self._troubles: list[str] = []

    async def says(self, saying: Saying) -> None:
        """Write the messages, and wait until nothing more will come of them."""
        for place, text in enumerate(saying.say):
            if place:
                await asyncio.sleep(saying.pause.total_seconds())
            inbound = Inbound(
                provider_id=f"{self.line.id}/{next(self._ids)}",
                sender=self.address,
                content=Content(text=text),
                profile_name=self._talk.profile,
            )
            await self._stage.orchestrator.receive(self.line, Receipt(events=(inbound,), content_type="", body=b""))
            self.said.append(felt())
        await self._rest()

    async def _rest(self) -> None:
        clock = asyncio.get_running_loop().time
        gives_up = clock() + _PATIENCE
        while not await self._is_at_rest():
            if self._stage.has_fallen:
                raise Unavailable("The worker died, so nobody is answered: see what was logged above.")
            if clock() > gives_up:
                self._troubles.append(f"still busy after {_PATIENCE:g} s")
                return
            await asyncio.sleep(_LOOK)

    async def _is_at_rest(self) -> bool:
        """Nothing is due, running or on its way."""
        conversation = await self._conversation()
        if conversation.due_at is not None:
            return False
        if any(turn.state in _OPEN for turn in await self._store.turns(conversation.ref, limit=1)):
            return False
        newest = await self._store.messages(conversation.ref, after=max(0, conversation.number - _PAGE), limit=_PAGE)
        return not any(message.status in _UNSENT for message in newest)

    async def _conversation(self) -> Conversation:
        [conversation], _ = await self._store.conversations(self.line.workspace)
        return conversation

    async def hears(self, replies: tuple[tuple[str, ...], ...]) -> Heard:
        """What came of it all."""
        conversation = await self._conversation()
        turns = await self._store.turns(conversation.ref, limit=_PAGE)
        died = [f"a turn that died: {turn.why}" for turn in reversed(turns) if turn.state is TurnState.DEAD]
        return Heard(
            replies=replies,
            records=await self._records(Scope(workspace=self.line.workspace, contact=conversation.contact)),
            handled_by=conversation.standing.handler,
            opted_out=conversation.opted_out,
            troubles=(*self._troubles, *died),
            zone=zone_of(self.address, self._stage.brief.agent.zone),
            now=self._stage.script.now,
        )

    async def _records(self, scope: Scope) -> Sequence[Record]:
        found: list[Record] = []
        while True:
            after = found[-1].number if found else 0
            page = await self._store.find(scope, self._stage.script.all_kinds, after=after, limit=_PAGE, voided=True)
            found += page
            if len(page) < _PAGE:
                return found

    async def spent(self) -> Sequence[Spent]:
        """What the models took, in whichever day the agent's zone puts it."""
        today, about = self._stage.script.now.date(), timedelta(days=400)
        return await self._store.spending(self.line.workspace, since=today - about, until=today + about)


def _seconds(said: Sequence[float], replies: Sequence[Reply], quiet: timedelta) -> tuple[float, ...]:
    """How long each answer to what was said took; a reply to nothing is none."""
    taken: list[float] = []
    waiting: float | None = None
    for at, is_reply in sorted([*((at, False) for at in said), *((reply.at, True) for reply in replies)]):
        if not is_reply:
            waiting = at
        elif waiting is not None:
            taken.append(max(0.0, at - waiting - quiet.total_seconds()))
            waiting = None
    return tuple(taken)
