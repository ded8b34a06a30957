"""Messages: what was said in a conversation, and saying something more."""

from typing import Annotated, Self

from fastapi import FastAPI, Header
from pydantic import Field

from core.conversation.content import Choice as Tapped
from core.conversation.content import ChoiceKind
from core.conversation.content import Location as Place
from core.conversation.message import Author, Direction, Status
from core.conversation.message import Message as Said
from core.identity.model import Permission
from entrypoints.http.problems import KEY_MISSING, KEY_REUSED, NOT_FOUND
from entrypoints.http.v1.door import Caller
from entrypoints.http.v1.operations import OF_A_CONVERSATION, WITH_BODY, Calling, Named, Operations, Store, TheDesk
from entrypoints.http.v1.paging import After, Limit, NextNumber
from entrypoints.http.v1.refusals import IDEMPOTENCY_KEY
from entrypoints.http.v1.shapes import Asked, Instant, Shape, utc, utc_or_none

_WORDS = r"^[^\x00]*[^\s\x00\x1c-\x1f\x85][^\x00]*$"
"""Something other than space, where Python, pydantic and JSON Schema each mean a little less by it; and nowhere NUL,
which not every database takes."""

Text = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4096,
        pattern=_WORDS,
        description="What to say, as it is to arrive. What is too long for one message becomes several.",
        examples=["Your order has left."],
    ),
]
_KEY = Header(
    alias=IDEMPOTENCY_KEY,
    min_length=1,
    max_length=255,
    pattern=r"^[!-~]+$",
    description="A value of your own for what is asked, such as a UUID, good for this conversation and API key. Asking "
    "again with the same value acts no second time, and answers as it did.",
    examples=["3e4f1f5e-8f0a-4c57-9a52-6d1b3f0a7c11"],
)
IdempotencyKey = Annotated[str, _KEY]
MaybeIdempotencyKey = Annotated[str | None, _KEY]


class Media(Shape):
    """A file that the contact sent. It is at the provider, which asks for credentials of its own."""

    content_type: str | None = Field(description="What the provider says it is.")
    url: str


class Location(Shape):
    """A place on the map."""

    latitude: float = Field(description="Degrees, WGS 84.")
    longitude: float = Field(description="Degrees, WGS 84.")
    label: str | None
    address: str | None

    @classmethod
    def of(cls, place: Place) -> Self:
        return cls(latitude=place.latitude, longitude=place.longitude, label=place.label, address=place.address)


class Choice(Shape):
    """What the contact tapped."""

    kind: ChoiceKind
    id: str
    label: str

    @classmethod
    def of(cls, choice: Tapped) -> Self:
        return cls(kind=choice.kind, id=choice.id, label=choice.label)


class Message(Shape):
    """Something that was said, or is to be."""

    id: str
    number: int = Field(description="Its place in the conversation, from 1.")
    direction: Direction
    author: Author
    status: Status
    why: str | None = Field(description="Why it was ignored, held, failed or not delivered.")
    text: str
    media: list[Media]
    location: Location | None
    choice: Choice | None
    quoted: str | None = Field(description="The provider's id of the message it replies to.")
    forwarded: bool
    provider_id: str | None = Field(description="The provider's id, once it has one.")
    provider_time: Instant | None = Field(description="When the contact sent it, as the provider says.")
    recorded_at: Instant
    episode: int = Field(description="The episode of the conversation it belongs to.")
    turn: str | None = Field(description="The id of the turn that wrote it.")
    attempts: int = Field(description="How often sending it was begun.")

    @classmethod
    def of(cls, message: Said) -> Self:
        content = message.content
        return cls(
            id=message.id,
            number=message.number,
            direction=message.direction,
            author=message.author,
            status=message.status,
            why=message.why,
            text=content.text,
            media=[Media(content_type=each.content_type, url=each.url) for each in content.media],
            location=None if content.location is None else Location.of(content.location),
            choice=None if content.choice is None else Choice.of(content.choice),
            quoted=None if content.quote is None else content.quote.provider_id,
            forwarded=content.forwarded,
            provider_id=message.provider_id,
            provider_time=utc_or_none(message.provider_time),
            recorded_at=utc(message.recorded_at),
            episode=message.episode,
            turn=message.turn,
            attempts=message.attempts,
        )


class Messages(Shape):
    """A page of messages."""

    items: list[Message]
    next: NextNumber


class Sending(Asked):
    """What to say to the contact."""

    text: Text


class Sent(Shape):
    """What will be sent: one message, or the parts of a long text in order."""

    messages: list[Message]


_HEARD = {
    "id": "9a8b7c6d5e4f40318a2b3c4d5e6f7a8b",
    "number": 1,
    "direction": "inbound",
    "author": "contact",
    "status": "answered",
    "why": None,
    "text": "Where is my order?",
    "media": [],
    "location": None,
    "choice": None,
    "quoted": None,
    "forwarded": False,
    "provider_id": "SM00000000000000000000000000000001",
    "provider_time": None,
    "recorded_at": "2026-03-02T12:00:00Z",
    "episode": 1,
    "turn": None,
    "attempts": 0,
}
_SENT = {
    **_HEARD,
    "id": "1b2c3d4e5f6a47088c9d0e1f2a3b4c5d",
    "number": 3,
    "direction": "outbound",
    "author": "api",
    "status": "queued",
    "text": "Your order has left.",
    "provider_id": None,
    "recorded_at": "2026-03-02T12:05:00Z",
}


def mount(api: FastAPI) -> None:
    operations = Operations(api, "messages")
    operations.add(
        "GET",
        "/conversations/{conversation}/messages",
        list_messages,
        needs=Permission.READ,
        example={"items": [_HEARD], "next": None},
        refusals=OF_A_CONVERSATION,
    )
    operations.add(
        "POST",
        "/conversations/{conversation}/messages",
        send_message,
        needs=Permission.SEND,
        example={"messages": [_SENT]},
        status=202,
        refusals=(KEY_MISSING, NOT_FOUND, *WITH_BODY, KEY_REUSED),
    )


async def list_messages(conversation: Named, store: Store, after: After = 0, limit: Limit = 50) -> Messages:
    """What was said, in order; drafts, held and failed messages too. Ask again with the last number to hear of more."""
    found = await store.messages(conversation.ref, after=after, limit=limit + 1)
    page = [Message.of(each) for each in found[:limit]]
    return Messages(items=page, next=page[-1].number if len(found) > limit else None)


async def send_message(
    conversation: Named, sending: Sending, key: IdempotencyKey, calling: Calling, store: Store, desk: TheDesk
) -> Sent:
    """Say something without taking over: the assistant goes on, and reads it before it answers next.

    It is stored when this answers, and sent soon after: its status tells. A repeat answers with the same messages, as
    they stand by then.
    """
    moved = await desk.send(conversation.ref, sending.text, by=calling.name, key=key_of(calling, key))
    written = await store.messages(
        conversation.ref, after=moved.conversation.number - len(moved.messages), limit=len(moved.messages)
    )
    return Sent(messages=[Message.of(each) for each in written])


def key_of(calling: Caller, key: str) -> str:
    """What makes a move repeatable: two API keys may use the same value for different things."""
    return f"v1 {calling.key} {key}"
