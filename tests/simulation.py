"""A whole Recado in one event loop, in virtual time, on fakes: write, let time pass, look at what was sent."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count

from adapters.inline import InlineQueue
from adapters.memory import MemoryStore
from core.ai.agent import Agent
from core.ai.assistant import Assistant
from core.ai.brief import Brief
from core.ai.chain import ModelChain
from core.ai.ports import LanguageModel
from core.ai.tool import Skill
from core.conversation.content import Content, Media
from core.conversation.events import Delivery, Inbound
from core.conversation.message import ConversationRef, Direction, Message, Status
from core.conversation.ports import Receipt, WakeQueue
from core.conversation.turn import TurnRecord
from core.desk import Desk
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId
from core.limits import Limits
from core.orchestrator import Orchestrator
from core.worker import Worker
from tests.fakes import FakeChannel, RecordingLog, ScriptedModel, unanswered
from tests.virtual_time import now

LINE = Line(
    workspace=WorkspaceId("main"),
    id=LineId("main"),
    channel="fake",
    address=Address(medium=Medium.WHATSAPP, kind=AddressKind.PHONE, value="+14155550100"),
    account="AC1",
)


def person(number: int = 1) -> Address:
    return Address(medium=Medium.WHATSAPP, kind=AddressKind.PHONE, value=f"+55119000{number:05}")


class World:
    """Everything a test looks at."""

    def __init__(
        self,
        *,
        model: ScriptedModel | None = None,
        skills: Sequence[Skill] = (),
        limits: Limits | None = None,
        queue: WakeQueue | None = None,
        store: MemoryStore | None = None,
        channel: FakeChannel | None = None,
        agent: Agent | None = None,
        models: Mapping[str, LanguageModel] | None = None,
    ) -> None:
        self.model = model or ScriptedModel()
        self.channel = channel or FakeChannel()
        self.log = RecordingLog()
        self.store = store or MemoryStore(clock=now)
        self.queue = queue or InlineQueue()
        self.limits = limits or Limits()
        drivers: Mapping[str, LanguageModel] = {"scripted": self.model, **(models or {})}
        chain = ModelChain(drivers=drivers, names=tuple(drivers), log=self.log)
        brief = Brief(agent=agent or Agent(), models=chain, skills=skills, limits=self.limits)
        self.assistant = Assistant(brief=brief, records=self.store)
        self.orchestrator = Orchestrator(
            store=self.store,
            channels={"fake": self.channel},
            queue=self.queue,
            assistant=self.assistant,
            log=self.log,
        )
        self.worker = self.another_worker()
        self.desk = Desk(store=self.store, queue=self.queue, limits=self.limits, log=self.log)
        self._ids = count(1)

    def another_worker(self) -> Worker:
        return Worker(orchestrator=self.orchestrator, store=self.store, queue=self.queue, log=self.log)

    async def write(
        self, text: str, *, who: int = 1, provider_id: str | None = None, media: Sequence[Media] = ()
    ) -> str:
        """The person writes; gives the provider's id of the message."""
        provider_id = provider_id or f"SM-in-{next(self._ids)}"
        inbound = Inbound(
            provider_id=provider_id, sender=person(who), content=Content(text=text, media=tuple(media)), raw=()
        )
        await self.orchestrator.receive(LINE, Receipt(events=(inbound,), content_type="text/xml", body=b""))
        return provider_id

    async def callback(self, copy: int, status: Status, *, opts_out: bool = False) -> None:
        """The provider reports on the copy of this index."""
        accepted = self.channel.accepted[copy]
        delivery = Delivery(
            provider_id=accepted.provider_id,
            message=accepted.send.ref.id,
            attempt=accepted.send.attempt,
            status=status,
            opts_out=opts_out,
        )
        await self.orchestrator.receive(LINE, Receipt(events=(delivery,), content_type="text/xml", body=b""))

    async def conversation(self, who: int = 1) -> ConversationRef:
        """The conversation of this person."""
        conversations, _ = await self.store.conversations(LINE.workspace, limit=1000)
        for conversation in conversations:
            contact = await self.store.contact(LINE.workspace, conversation.contact)
            if contact is not None and contact.address == person(who):
                return conversation.ref
        raise LookupError(f"person {who} has not written")

    async def messages(self, who: int = 1) -> Sequence[Message]:
        return await self.store.messages(await self.conversation(who), limit=1000)

    async def inbound(self, who: int = 1) -> list[Status]:
        return [m.status for m in await self.messages(who) if m.direction is Direction.INBOUND]

    async def outbound(self, who: int = 1) -> list[tuple[str, Status]]:
        return [(m.content.text, m.status) for m in await self.messages(who) if m.direction is Direction.OUTBOUND]

    async def turns(self, who: int = 1) -> Sequence[TurnRecord]:
        return await self.store.turns(await self.conversation(who))

    def read_by_model(self) -> list[list[str]]:
        return [unanswered(prompt) for prompt in self.model.prompts]


@asynccontextmanager
async def working(world: World) -> AsyncIterator[World]:
    """The world with its line and a running worker, stopped in the end."""
    await world.store.put_line(LINE)
    running = asyncio.create_task(world.worker.run())
    try:
        yield world
    finally:
        await world.worker.stop(timedelta(seconds=30))
        await running


async def passes(seconds: float) -> None:
    """Let time pass."""
    await asyncio.sleep(seconds)
