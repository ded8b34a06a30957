"""The tools of a skill, called as the assistant calls them, with clock and crashes in the hands of the test."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from adapters.memory.store import MemoryStore
from core.ai.ledger import Ledger
from core.ai.records import Record, Records, Scope
from core.ai.slots import Money, When, money, when
from core.ai.slots.fold import fold
from core.ai.slots.found import Found
from core.ai.tool import Example, Skill, Tool, ToolContext
from core.conversation.message import ConversationId, ConversationRef
from core.errors import Rejected, Unavailable
from core.identity.model import ContactId, WorkspaceId

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
WORKSPACE = WorkspaceId("main")
NOW = datetime(2026, 3, 11, 15, 30, tzinfo=SAO_PAULO)
"""A Wednesday."""


@dataclass(slots=True)
class CrashingRecords(Records):
    """Does what `within` does until call number `at` (from 0), which never reaches it: the process was killed there."""

    within: Records
    at: int
    calls: int = 0

    async def put(self, scope: Scope, key: str, kind: str, at: datetime, document: Mapping[str, Any]) -> Record:
        self._step()
        return await self.within.put(scope, key, kind, at, document)

    async def void(self, scope: Scope, key: str) -> Record | None:
        self._step()
        return await self.within.void(scope, key)

    async def get(self, scope: Scope, key: str) -> Record | None:
        self._step()
        return await self.within.get(scope, key)

    async def find(
        self,
        scope: Scope,
        kinds: Collection[str],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int = 0,
        limit: int = 500,
        voided: bool = False,
    ) -> Sequence[Record]:
        self._step()
        return await self.within.find(scope, kinds, since=since, until=until, after=after, limit=limit, voided=voided)

    async def last(self, scope: Scope, kinds: Collection[str]) -> Record | None:
        self._step()
        return await self.within.last(scope, kinds)

    def _step(self) -> None:
        if self.calls == self.at:
            raise Unavailable("the process was killed here")
        self.calls += 1


@dataclass(slots=True, kw_only=True)
class SkillBench:
    """One person's calls, with what a turn knows of the person."""

    skill: Skill
    now: datetime = NOW
    language: str = "pt"
    currency: str = "BRL"
    zone: ZoneInfo = SAO_PAULO
    contact: str = "ana"
    shared: Records | None = None
    """Records of another bench; its own, if there are none."""
    made: int = 0
    records: Records = field(init=False)

    def __post_init__(self) -> None:
        self.records = MemoryStore(clock=lambda: self.now) if self.shared is None else self.shared

    @property
    def scope(self) -> Scope:
        return Scope(workspace=WORKSPACE, contact=ContactId(self.contact))

    def tool(self, name: str) -> Tool:
        return next(tool for tool in self.skill.tools if tool.name == name)

    def context(self, key: str, records: Records | None = None) -> ToolContext:
        return ToolContext(
            workspace=WORKSPACE,
            contact=self.scope.contact,
            conversation=ConversationRef(workspace=WORKSPACE, id=ConversationId("c1")),
            key=key,
            now=self.now,
            ledger=Ledger(records=records or self.records, scope=self.scope, key=key, now=self.now),
            language=self.language,
            currency=self.currency,
            zone=self.zone,
        )

    async def call(self, tool_name: str, **arguments: str) -> str:
        """What the tool answers to a call of its own."""
        self.made += 1
        return await self.call_as(f"turn-{self.made}/0/0", tool_name, arguments)

    async def call_as(
        self, key: str, tool_name: str, arguments: Mapping[str, str], records: Records | None = None
    ) -> str:
        """The same for a call with this key. `records`: others than the bench's own, such as crashing ones."""
        tool = self.tool(tool_name)
        return await tool.handler(tool.arguments(**arguments), self.context(key, records))

    async def kept(self, *kinds: str, voided: bool = False) -> list[Record]:
        """The records of these kinds, in order of recording."""
        return list(await self.records.find(self.scope, kinds, voided=voided))

    async def documents(self, *kinds: str) -> list[dict[str, Any]]:
        return [dict(record.document) for record in await self.kept(*kinds)]

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


def said(value: str, currency: str = "BRL", language: str = "pt") -> str:
    """An amount as answers write it."""
    return money.say(money.Amount(value=Decimal(value), currency=currency), language)


def faults_in_examples(skill: Skill) -> list[str]:
    """What a matcher that knows nothing but the examples would stumble over."""
    faults = []
    seen: dict[tuple[str, str], str] = {}
    for tool in skill.tools:
        for language, number in Counter(example.language for example in tool.examples).items():
            if not 8 <= number <= 32:
                faults.append(f"{tool.name} has {number} examples in {language}")
        if {example.language for example in tool.examples} != {"pt", "en", "es"}:
            faults.append(f"{tool.name} lacks a language")
        for example in tool.examples:
            other = seen.setdefault((example.language, fold(example.utterance)), tool.name)
            if other != tool.name:
                faults.append(f"{example.utterance!r} is an example of {other} and of {tool.name}")
            faults += [f"{tool.name}, {example.utterance!r}: {why}" for why in _faults(tool, example)]
    return faults


def _faults(tool: Tool, example: Example) -> Iterator[str]:
    known = {each.name: each for each in fields(tool.arguments)}
    for name, each in known.items():
        if each.default is MISSING and name not in example.arguments:
            yield f"{name} is missing"
    for name, value in example.arguments.items():
        if name not in known:
            yield f"there is no argument {name}"
        elif known[name].type is Money:
            yield from _unread(value, money.find(example.utterance), lambda text: money.read(text, "BRL"))
        elif known[name].type is When:
            yield from _unread(value, when.find(example.utterance), lambda text: when.read(text, NOW, ahead=True))


def _unread(value: str, found: Sequence[Found], read: Callable[[str], object]) -> Iterator[str]:
    if value not in [each.text for each in found]:
        yield f"{value!r} is not found, but {[each.text for each in found]}"
    try:
        read(value)
    except Rejected as error:
        yield f"{value!r} is not read: {error}"
