"""Moves at the desk: take over, reply, hand back, close."""

from collections.abc import Awaitable
from typing import Annotated
from uuid import uuid4

from fastapi import Body, FastAPI
from pydantic import BeforeValidator, Field

from core.conversation.desk_change import DeskResult
from core.conversation.lifecycle import Conversation as Standing
from core.errors import Conflict, KeyReused
from core.identity.model import Permission
from core.storage import Storage
from entrypoints.http.problems import CONFLICT, INVALID, KEY_REUSED, NOT_FOUND, Refusal, sentence
from entrypoints.http.v1.conversations import EXAMPLE, Conversation
from entrypoints.http.v1.door import Caller
from entrypoints.http.v1.messages import MaybeIdempotencyKey, Text, key_of
from entrypoints.http.v1.operations import WITH_BODY, Calling, Named, Operations, Store, TheDesk
from entrypoints.http.v1.paging import NUMBERS
from entrypoints.http.v1.shapes import Asked


def _whole(value: object) -> object:
    """In JSON 2.0 is as good an integer as 2."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Look(Asked):
    """What the caller has seen of the conversation, so that nothing is decided on what is out of date."""

    seen: Annotated[int, Field(ge=0, le=NUMBERS), BeforeValidator(_whole)] | None = Field(
        None,
        description="The number of the last message you saw. If the contact, or another operator, has said something "
        "since, nothing is done and the answer is 409.",
        examples=[2],
    )
    override: bool = Field(False, description="Do it all the same.")


class Reply(Look):
    """An answer from a person."""

    text: Text


Looked = Annotated[Look, Body(default_factory=Look)]


def mount(api: FastAPI) -> None:
    operations = Operations(api, "desk")
    taken = {**EXAMPLE, "handler": "human"}
    moves = (
        ("take-over", take_over, taken, WITH_BODY),
        ("reply", reply, {**taken, "number": 3}, WITH_BODY),
        ("hand-back", hand_back, EXAMPLE, (INVALID,)),
        ("close", close, {**EXAMPLE, "state": "closed"}, WITH_BODY),
    )
    for name, move, example, refusals in moves:
        operations.add(
            "POST",
            f"/conversations/{{conversation}}/{name}",
            move,
            needs=Permission.OPERATE,
            example=example,
            refusals=(NOT_FOUND, CONFLICT, *refusals, KEY_REUSED),
            shown={CONFLICT: {"conversation": EXAMPLE}},
        )


async def take_over(
    conversation: Named, look: Looked, calling: Calling, store: Store, desk: TheDesk, key: MaybeIdempotencyKey = None
) -> Conversation:
    """From now on people answer: what the assistant has not sent yet is held as a suggestion."""
    move = desk.take_over(
        conversation.ref, by=calling.name, key=_key(calling, key), seen=look.seen, override=look.override
    )
    return await _moved(store, conversation, move)


async def reply(
    conversation: Named, reply: Reply, calling: Calling, store: Store, desk: TheDesk, key: MaybeIdempotencyKey = None
) -> Conversation:
    """Take over and answer, in one step: what the contact said up to `seen` counts as answered."""
    move = desk.reply(
        conversation.ref,
        reply.text,
        by=calling.name,
        key=_key(calling, key),
        seen=reply.seen,
        override=reply.override,
    )
    return await _moved(store, conversation, move)


async def hand_back(
    conversation: Named, calling: Calling, store: Store, desk: TheDesk, key: MaybeIdempotencyKey = None
) -> Conversation:
    """The assistant answers again, at once if something waits for an answer."""
    move = desk.hand_back(conversation.ref, by=calling.name, key=_key(calling, key))
    return await _moved(store, conversation, move)


async def close(
    conversation: Named, look: Looked, calling: Calling, store: Store, desk: TheDesk, key: MaybeIdempotencyKey = None
) -> Conversation:
    """Nothing that waits is answered any more. What the contact says next reopens it, with the assistant."""
    move = desk.close(conversation.ref, by=calling.name, key=_key(calling, key), seen=look.seen, override=look.override)
    return await _moved(store, conversation, move)


def _key(calling: Caller, key: str | None) -> str:
    """Without one from the caller the move is its own, and never repeated."""
    return f"v1 {uuid4()}" if key is None else key_of(calling, key)


async def _moved(store: Storage, before: Standing, move: Awaitable[DeskResult]) -> Conversation:
    """The conversation after the move. A conflict is answered with how it stands, so that the caller can decide."""
    try:
        return Conversation.of((await move).conversation)
    except KeyReused:
        raise
    except Conflict as error:
        current = await store.conversation(before.ref) or before
        raise Refusal(
            CONFLICT, sentence(str(error)), conversation=Conversation.of(current).model_dump(mode="json")
        ) from error
