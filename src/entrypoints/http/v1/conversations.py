"""Conversations: which there are, and how one stands."""

from typing import Annotated, Self

from fastapi import FastAPI, Query
from pydantic import Field

from core.conversation.lifecycle import Conversation as Standing
from core.conversation.lifecycle import Handler, State
from core.identity.model import Permission
from entrypoints.http.problems import INVALID, MALFORMED
from entrypoints.http.v1.operations import OF_A_CONVERSATION, Calling, Named, Operations, Store
from entrypoints.http.v1.paging import Cursor, Limit, Next, cursor_of, token_of
from entrypoints.http.v1.shapes import Instant, Shape, utc, utc_or_none


class Conversation(Shape):
    """One contact on one line, for ever; each reopening begins another episode of it."""

    id: str
    contact: str = Field(description="The id of the contact.")
    line: str = Field(description="The id of the line.")
    state: State
    handler: Handler
    needs_human: bool = Field(description="Whether something waits for a person to look at it.")
    opted_out: bool = Field(description="Whether the contact does not want to hear from the line.")
    episode: int = Field(description="Grows by one at each reopening.")
    number: int = Field(description="The number of its last message: what to give as `seen`.")
    due_at: Instant | None = Field(description="When the assistant looks at it next; null if it does not.")
    last_message_at: Instant

    @classmethod
    def of(cls, conversation: Standing) -> Self:
        return cls(
            id=conversation.ref.id,
            contact=conversation.contact,
            line=conversation.line,
            state=conversation.standing.state,
            handler=conversation.standing.handler,
            needs_human=conversation.needs_human,
            opted_out=conversation.opted_out,
            episode=conversation.episode,
            number=conversation.number,
            due_at=utc_or_none(conversation.due_at),
            last_message_at=utc(conversation.last_message_at),
        )


class Conversations(Shape):
    """A page of conversations."""

    items: list[Conversation]
    next: Next


EXAMPLE = {
    "id": "6f1c2a9b04e74b0f9d1e3c5a7b8d9e0f",
    "contact": "0b7d4c1e9a3f45d28e6f7a8b9c0d1e2f",
    "line": "main",
    "state": "open",
    "handler": "assistant",
    "needs_human": False,
    "opted_out": False,
    "episode": 1,
    "number": 2,
    "due_at": None,
    "last_message_at": "2026-03-02T12:00:03Z",
}


def mount(api: FastAPI) -> None:
    operations = Operations(api, "conversations")
    operations.add(
        "GET",
        "/conversations",
        list_conversations,
        needs=Permission.READ,
        example={"items": [EXAMPLE], "next": None},
        refusals=(MALFORMED, INVALID),
    )
    operations.add(
        "GET",
        "/conversations/{conversation}",
        get_conversation,
        needs=Permission.READ,
        example=EXAMPLE,
        refusals=OF_A_CONVERSATION,
    )


async def list_conversations(
    calling: Calling,
    store: Store,
    needs_human: Annotated[
        bool | None, Query(description="Only those that need a person, or only those that do not.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Conversations:
    """The conversations of the workspace, the last active first."""
    found, token = await store.conversations(
        calling.workspace, after=token_of(cursor), limit=limit, needs_human=needs_human
    )
    return Conversations(items=[Conversation.of(each) for each in found], next=cursor_of(token))


async def get_conversation(conversation: Named) -> Conversation:
    """One conversation, as it stands."""
    return Conversation.of(conversation)
