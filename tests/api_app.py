"""The API over in-memory drivers, with conversations in it that a test can ask about."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.memory import MemoryStore
from core.conversation.facts import Fact, FactKind
from core.conversation.message import ConversationId, ConversationRef
from core.conversation.turn import Caps
from core.identity.model import ApiKey, ContactId, Permission, WorkspaceId
from core.storage import Storage
from entrypoints.keys import make
from entrypoints.settings import Settings, read
from tests.asgi import Answer, call
from tests.build import ANA, BIA, FOREIGN_LINE, asks, model_call, phone, results
from tests.contracts.story import Clock, Harness, Story, death
from tests.http_app import PUBLIC_URL, App, app_with

KEY = "everything-in-the-workspace-main"
MAIN = WorkspaceId("main")
JSON = {"content-type": "application/json"}


def settings(**more: str) -> Settings:
    return read(Settings, {"RECADO_PUBLIC_URL": PUBLIC_URL, **more})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    json: Any

    @classmethod
    def of(cls, answer: Answer) -> "Reply":
        return cls(status=answer.status, headers=answer.headers, json=json.loads(answer.body))


@dataclass(slots=True, kw_only=True)
class Api:
    """The API, and the store behind it. A request brings the key of everything; with `key=""` it brings none."""

    made: App
    story: Story
    key: str = KEY

    @property
    def store(self) -> Storage:
        return self.story.store

    async def get(self, path: str, query: str = "", *, key: str | None = None) -> Reply:
        return await self.ask("GET", path, query=query, key=key)

    async def post(
        self,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        once: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """`once` is the Idempotency-Key; a body of bytes is sent as it is."""
        given = dict(headers or {})
        if once is not None:
            given["idempotency-key"] = once
        return await self.ask("POST", path, body=body, key=key, headers=given)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        body: Any = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        key = self.key if key is None else key
        given = {"x-api-key": key} if key else {}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if content:
            given |= JSON
        answer = await call(
            self.made.app,
            method,
            f"/v1{path}",
            query=query.encode(),
            headers={**given, **(headers or {})},
            pieces=(content,),
        )
        return Reply.of(answer)

    async def allowed(
        self, *permissions: Permission, workspace: str = "main", name: str = "a program", lives: float | None = None
    ) -> str:
        """A key that may do this and no more."""
        return (await self.makes_key(*permissions, workspace=workspace, name=name, lives=lives))[0]

    async def makes_key(
        self, *permissions: Permission, workspace: str = "main", name: str = "a program", lives: float | None = None
    ) -> tuple[str, ApiKey]:
        """The key, and what is kept of it."""
        made = make()
        kept = await self.store.put_key(
            WorkspaceId(workspace),
            made.id,
            digest=made.digest,
            name=name,
            permissions=frozenset(permissions),
            expires_in=None if lives is None else timedelta(seconds=lives),
        )
        return made.text, kept


@asynccontextmanager
async def api_with(**ports: Any) -> AsyncIterator[Api]:
    """The API with an empty store whose lines are those of the contracts; its clock stands still at noon."""
    clock = Clock()
    store = ports.pop("store", None) or MemoryStore(clock=clock)
    async with app_with(**{"settings": settings(RECADO_API_KEY=KEY), "store": store, **ports}) as made:
        story = Story(Harness(clock=clock, stores=[store]))
        await story.begins()
        yield Api(made=made, story=story)


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Who is who after `settle_in`."""

    ana: ConversationRef
    """Answered by the assistant, with a tool."""
    bia: ConversationRef
    """Her turn died: she needs a human."""
    crowd: tuple[ConversationRef, ...]
    """They wrote, and nobody looked yet."""
    foreign: ConversationRef
    """Of the workspace `theirs`."""

    @property
    def every(self) -> tuple[ConversationId, ...]:
        return tuple(ref.id for ref in (self.ana, self.bia, *self.crowd))


async def settle_in(story: Story) -> Town:
    """A little of everything that the API shows."""
    claim = await story.turn("52,90 no mercado", sender=ANA)
    asked = model_call("1.1", model="offline:offline", input=100, output=20, cached=50, cost=184_300)
    await story.reserves(claim, asked, Caps())
    await story.journals(claim, 0, asks("add_expense", effects=True, call=asked))
    await story.journals(claim, 0, results("noted", of="add_expense"))
    said = model_call("1.2", model="offline:offline", input=120, output=10, cost=15_700)
    committed = await story.commits(
        claim, "R$ 52,90 is noted.", calls=[said], facts=[Fact(kind=FactKind.TOOL_ACTED, details={"tool": "add"})]
    )
    assert committed.send is not None
    await story.settles(committed.send)
    dead = await story.turn("are you there?", sender=BIA)
    await story.releases(dead, death("the model refused the key"))
    crowd = []
    for number in range(10, 15):
        story.passes(1)
        crowd.append(await story.meets(f"hello from {number}", sender=phone(number)))
    foreign = await story.meets("none of your business", on=FOREIGN_LINE, sender=ANA)
    return Town(ana=claim.turn.conversation, bia=dead.turn.conversation, crowd=tuple(crowd), foreign=foreign)


async def contact_of(store: Storage, ref: ConversationRef) -> ContactId:
    conversation = await store.conversation(ref)
    assert conversation is not None
    return conversation.contact
