"""Facts: what happened in a conversation, in order."""

from typing import Self

from fastapi import FastAPI
from pydantic import Field

from core.conversation.facts import FactKind, RecordedFact
from core.identity.model import Permission
from entrypoints.http.v1.operations import OF_A_CONVERSATION, Named, Operations, Store
from entrypoints.http.v1.paging import After, Limit, NextNumber
from entrypoints.http.v1.shapes import Instant, Shape, utc


class Fact(Shape):
    """Something that happened, written down with the change that made it."""

    number: int = Field(description="Its place in the conversation, from 1.")
    at: Instant
    kind: FactKind
    details: dict[str, str] = Field(description="What it was about, such as the id of a message or turn.")

    @classmethod
    def of(cls, fact: RecordedFact) -> Self:
        return cls(number=fact.number, at=utc(fact.at), kind=fact.fact.kind, details=dict(fact.fact.details))


class Facts(Shape):
    """A page of facts."""

    items: list[Fact]
    next: NextNumber


_EXAMPLE = {
    "number": 2,
    "at": "2026-03-02T12:00:03Z",
    "kind": "turn_committed",
    "details": {"turn": "c3d5e7f90a1b4c2d8e6f7a9b0c1d2e3f"},
}


def mount(api: FastAPI) -> None:
    Operations(api, "conversations").add(
        "GET",
        "/conversations/{conversation}/facts",
        list_facts,
        needs=Permission.READ,
        example={"items": [_EXAMPLE], "next": None},
        refusals=OF_A_CONVERSATION,
    )


async def list_facts(conversation: Named, store: Store, after: After = 0, limit: Limit = 50) -> Facts:
    """What happened in the conversation, in order."""
    found = await store.facts(conversation.ref, after=after, limit=limit + 1)
    page = [Fact.of(each) for each in found[:limit]]
    return Facts(items=page, next=page[-1].number if len(found) > limit else None)
