"""What a program does through the API: it sends and moves conversations, once for each key, and hears of conflicts."""

import asyncio
from typing import Any

import pytest

from core.conversation.message import ConversationRef, Status
from core.identity.model import Permission
from tests.api_app import Api, Reply, api_with
from tests.build import OUT, reply
from tests.contracts.story import texts

SEND, OPERATE = Permission.SEND, Permission.OPERATE


def to(conversation: ConversationRef, move: str) -> str:
    return f"/conversations/{conversation.id}/{move}"


async def said(api: Api, conversation: ConversationRef) -> list[str]:
    return texts(await api.story.messages(conversation))


async def test_a_message_is_taken_and_waits_in_the_outbox() -> None:
    async with api_with() as api:
        conversation = await api.story.meets("where is my order?")

        sent = await api.post(to(conversation, "messages"), {"text": "It has left."}, once="1")

        assert sent.status == 202
        (message,) = sent.json["messages"]
        assert (message["text"], message["author"], message["status"], message["number"]) == (
            "It has left.",
            "api",
            "queued",
            2,
        )
        assert await api.story.drains(conversation) == ["It has left."]
        assert await api.story.inbound(conversation) == [("where is my order?", Status.PENDING)]


async def test_a_long_text_becomes_several_messages_in_order() -> None:
    text = "\n\n".join(["word " * 200] * 4).strip()
    async with api_with() as api:
        conversation = await api.story.meets()

        sent = await api.post(to(conversation, "messages"), {"text": text}, once="1")

    numbers = [message["number"] for message in sent.json["messages"]]
    assert len(numbers) > 1
    assert numbers == list(range(2, 2 + len(numbers)))
    assert " ".join(message["text"] for message in sent.json["messages"]).split() == text.split()


async def test_the_same_key_sends_once_and_gets_the_same_answer() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()
        first = await api.post(to(conversation, "messages"), {"text": "hello"}, once="1")
        await api.story.hears("hi!")

        again = [await api.post(to(conversation, "messages"), {"text": "hello"}, once="1") for _ in range(3)]

        assert [(reply.status, reply.json) for reply in again] == [(202, first.json)] * 3
        assert await said(api, conversation) == ["hello", "hello", "hi!"]


async def test_many_at_once_with_one_key_send_once() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        replies = await asyncio.gather(
            *(api.post(to(conversation, "messages"), {"text": "hello"}, once="1") for _ in range(20))
        )

        assert {reply.status for reply in replies} == {202}
        assert len({reply.json["messages"][0]["id"] for reply in replies}) == 1
        assert len(await said(api, conversation)) == 2


async def test_a_repeat_shows_how_the_message_fared_meanwhile() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()
        await api.post(to(conversation, "messages"), {"text": "hello"}, once="1")
        await api.story.drains(conversation)

        again = await api.post(to(conversation, "messages"), {"text": "hello"}, once="1")

    assert again.json["messages"][0]["status"] == "accepted"


async def test_a_message_to_somebody_who_opted_out_is_told_as_failed() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()
        await api.story.hears("STOP", consent=OUT)

        sent = await api.post(to(conversation, "messages"), {"text": "hello"}, once="1")
        await api.story.try_begin(conversation)
        again = await api.post(to(conversation, "messages"), {"text": "hello"}, once="1")

    assert sent.status == 202
    assert (again.json["messages"][0]["status"], again.json["messages"][0]["why"]) == ("failed", "opted out")


@pytest.mark.parametrize(
    ("move", "first", "second"),
    [
        ("messages", {"text": "hello"}, {"text": "hello there"}),
        ("reply", {"text": "hello"}, {"text": "hello there"}),
        ("reply", {"text": "hello"}, {"text": "hello", "seen": 1}),
        ("take-over", {"seen": 1}, {"seen": 1, "override": True}),
        ("close", None, {"seen": 2}),
    ],
)
async def test_a_key_that_was_used_for_something_else_is_refused(move: str, first: Any, second: Any) -> None:
    async with api_with() as api:
        conversation = await api.story.meets()
        await api.post(to(conversation, move), first, once="1")
        before = await api.story.snapshot(conversation)

        refused = await api.post(to(conversation, move), second, once="1")

        assert (refused.status, refused.json["type"]) == (422, "/problems/idempotency-key-reused")
        assert await api.story.snapshot(conversation) == before


async def test_a_key_is_good_for_one_operation() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()
        await api.post(to(conversation, "take-over"), once="1")

        assert (await api.post(to(conversation, "hand-back"), once="1")).status == 422
        assert (await api.post(to(conversation, "hand-back"), once="2")).status == 200


async def test_two_programs_may_choose_the_same_key() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()
        one, other = await api.allowed(SEND), await api.allowed(SEND)

        await api.post(to(conversation, "messages"), {"text": "one"}, key=one, once="1")
        await api.post(to(conversation, "messages"), {"text": "other"}, key=other, once="1")

        assert await said(api, conversation) == ["hello", "one", "other"]


async def test_a_message_without_a_key_is_refused_and_says_how() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        for body in ({"text": "hello"}, {"text": ""}, None):
            refused = await api.post(to(conversation, "messages"), body)
            assert (refused.status, refused.json["type"]) == (400, "/problems/idempotency-key-missing")
            assert "Idempotency-Key" in refused.json["detail"]

        assert await said(api, conversation) == ["hello"]


@pytest.mark.parametrize("key", ["", "two words", "é", "x" * 256])
async def test_a_key_is_of_signs_that_travel_well(key: str) -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        refused = await api.post(to(conversation, "messages"), {"text": "hello"}, once=key)

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": " \n\t"},
        {"text": "\x1c\x1f\x85\u3000"},
        {"text": "hello\0"},
        {"text": "\0"},
        {"text": "x" * 4097},
        {"text": 5},
        {"text": None},
        {"text": ["hello"]},
        {"text": "hello", "to": "+5511900000009"},
        ["hello"],
        "hello",
        5,
        b'{"text": "\\ud800"}',
        b'{"text": NaN}',
    ],
)
@pytest.mark.parametrize("move", ["messages", "reply"])
async def test_a_text_that_is_none_is_refused_and_nothing_happens(move: str, body: Any) -> None:
    async with api_with() as api:
        conversation = await api.story.meets()
        before = await api.story.snapshot(conversation)

        refused = await api.post(to(conversation, move), body, once="1")

        assert (refused.status, refused.json["errors"][0]["where"]) == (422, "body")
        assert await api.story.snapshot(conversation) == before


async def test_the_longest_text_is_taken() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        for number, text in enumerate(("x" * 4096, "\U0001f600" * 4096, "x " * 2048)):
            sent = await api.post(to(conversation, "messages"), {"text": text}, once=str(number))
            assert sent.status == 202


async def test_taking_over_and_handing_back_answer_with_the_conversation() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        taken = await api.post(to(conversation, "take-over"))
        back = await api.post(to(conversation, "hand-back"))
        closed = await api.post(to(conversation, "close"))

        assert [reply.status for reply in (taken, back, closed)] == [200, 200, 200]
        assert (taken.json["handler"], back.json["handler"]) == ("human", "assistant")
        assert (closed.json["state"], closed.json["id"]) == ("closed", conversation.id)
        assert closed.json == (await api.get(f"/conversations/{conversation.id}")).json


async def test_a_reply_takes_over_and_answers_what_was_seen() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        replied = await api.post(to(conversation, "reply"), {"text": "this is Olga", "seen": 1})

        assert (replied.status, replied.json["handler"], replied.json["number"]) == (200, "human", 2)
        assert await api.story.inbound(conversation) == [("hello", Status.ANSWERED)]
        assert await api.story.drains(conversation) == ["this is Olga"]


@pytest.mark.parametrize(
    ("move", "body"),
    [("reply", {"text": "this is Olga"}), ("take-over", {}), ("close", {})],
    ids=str,
)
async def test_what_was_said_meanwhile_is_a_conflict_that_shows_the_conversation(move: str, body: Any) -> None:
    async with api_with() as api:
        conversation = await api.story.meets()
        await api.story.hears("wait!")
        before = await api.story.snapshot(conversation)

        refused = await api.post(to(conversation, move), {**body, "seen": 1})

        assert (refused.status, refused.json["type"]) == (409, "/problems/conversation-changed")
        assert refused.json["conversation"] == (await api.get(f"/conversations/{conversation.id}")).json
        assert refused.json["conversation"]["number"] == 2
        assert await api.story.snapshot(conversation) == before

        forced = await api.post(to(conversation, move), {**body, "seen": 1, "override": True})
        assert forced.status == 200


async def test_a_reply_of_somebody_else_is_a_conflict_too() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()
        await api.story.moves(conversation, reply("I have it", by="olga"))

        assert (await api.post(to(conversation, "take-over"), {"seen": 1})).status == 409


async def test_what_cannot_be_done_as_it_stands_is_a_conflict() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()
        await api.post(to(conversation, "close"))

        for move in ("close", "hand-back"):
            refused = await api.post(to(conversation, move))
            assert (refused.status, refused.json["conversation"]["state"]) == (409, "closed")


async def test_a_move_with_a_key_is_made_once_and_one_without_is_made_again() -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        async def moves() -> int:
            facts = await api.store.facts(conversation)
            return sum(fact.fact.kind == "moved" for fact in facts)

        first = await api.post(to(conversation, "take-over"), once="1")
        again = await api.post(to(conversation, "take-over"), once="1")
        assert (again.json, await moves()) == (first.json, 1)

        await api.post(to(conversation, "take-over"))
        await api.post(to(conversation, "take-over"))
        assert await moves() == 3


@pytest.mark.parametrize("move", ["take-over", "close"])
@pytest.mark.parametrize("body", [None, b"{}", {}, {"seen": None}, {"override": False}, {"seen": 1}, b'{"seen": 1.0}'])
async def test_a_look_may_be_left_out_in_whole_or_in_part(move: str, body: Any) -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        assert (await api.post(to(conversation, move), body)).status == 200


@pytest.mark.parametrize("move", ["take-over", "close"])
@pytest.mark.parametrize(
    "body",
    [{"seen": -1}, {"seen": "1"}, {"seen": 1.5}, {"seen": True}, {"seen": 10**30}, {"override": "yes"}, {"x": 1}, []],
)
async def test_a_look_is_as_described_or_refused(move: str, body: Any) -> None:
    async with api_with() as api:
        conversation = await api.story.meets()

        refused = await api.post(to(conversation, move), body)

    assert (refused.status, refused.json["errors"][0]["where"]) == (422, "body")


@pytest.mark.parametrize(
    ("move", "body"),
    [
        ("messages", {"text": "hi"}),
        ("reply", {"text": "hi"}),
        ("take-over", None),
        ("hand-back", None),
        ("close", None),
    ],
)
async def test_nobody_s_conversation_cannot_be_moved(move: str, body: Any) -> None:
    async with api_with() as api:
        refused: Reply = await api.post(f"/conversations/nobody/{move}", body, once="1")

    assert (refused.status, refused.json["detail"]) == (404, "There is no such conversation.")
