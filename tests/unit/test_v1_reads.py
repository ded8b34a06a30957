"""What the API shows: whole, in pages, and nothing of what is nobody's business."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from adapters.memory import MemoryStore
from core.conversation.content import Choice, ChoiceKind, Content, Location, Media, Quote
from core.conversation.message import Status
from core.identity.credentials import Credentials
from tests.api_app import Api, api_with, settle_in
from tests.build import BIA, LINE, NOON, arrival, asks, model_call, phone, report
from tests.contracts.story import death
from tests.fakes import Locks


async def every(api: Api, path: str, query: str = "", *, by: str = "cursor", limit: int = 2) -> list[list[Any]]:
    """All pages of a list, each of so many."""
    pages, after = [], ""
    while True:
        reply = await api.get(path, f"{query}&limit={limit}{after}")
        assert reply.status == 200, reply
        pages.append(reply.json["items"])
        if reply.json["next"] is None:
            return pages
        after = f"&{by}={reply.json['next']}"


def sizes(pages: list[list[Any]]) -> list[int]:
    return [len(page) for page in pages]


async def test_conversations_come_in_pages_the_last_active_first() -> None:
    async with api_with() as api:
        town = await settle_in(api.story)

        pages = await every(api, "/conversations", limit=3)

    seen = [conversation for page in pages for conversation in page]
    assert sizes(pages) == [3, 3, 1]
    assert [conversation["id"] for conversation in seen][:5] == [ref.id for ref in reversed(town.crowd)]
    assert {conversation["id"] for conversation in seen} == set(town.every)


async def test_a_conversation_is_shown_as_it_stands() -> None:
    async with api_with() as api:
        town = await settle_in(api.story)

        shown = (await api.get(f"/conversations/{town.ana.id}")).json

    assert shown.pop("contact")
    assert shown == {
        "id": town.ana.id,
        "line": "main",
        "state": "open",
        "handler": "assistant",
        "needs_human": False,
        "opted_out": False,
        "episode": 1,
        "number": 2,
        "due_at": None,
        "last_message_at": "2026-03-02T12:00:01.200000Z",
    }


async def test_those_that_need_a_human_are_found() -> None:
    async with api_with() as api:
        town = await settle_in(api.story)

        in_need = (await api.get("/conversations", "needs_human=true")).json["items"]
        others = (await api.get("/conversations", "needs_human=false")).json["items"]

    assert [conversation["id"] for conversation in in_need] == [town.bia.id]
    assert town.bia.id not in {conversation["id"] for conversation in others}
    assert len(others) == 6


async def test_messages_come_in_order_and_go_on_after_a_number() -> None:
    async with api_with() as api:
        conversation = await api.story.meets("text 1")
        for number in range(2, 6):
            await api.story.hears(f"text {number}")
        path = f"/conversations/{conversation.id}/messages"

        pages = await every(api, path, by="after")
        news = (await api.get(path, "after=4")).json

    assert [[message["text"] for message in page] for page in pages] == [
        ["text 1", "text 2"],
        ["text 3", "text 4"],
        ["text 5"],
    ]
    assert ([message["number"] for message in news["items"]], news["next"]) == ([5], None)


async def test_a_message_is_shown_with_all_it_carries_and_nothing_of_the_provider_s_own() -> None:
    content = Content(
        text="look",
        media=(Media(url="https://media.example/1", content_type="image/png", provider_id="in-7"),),
        location=Location(latitude=-23.5, longitude=-46.6, label="Home"),
        choice=Choice(kind=ChoiceKind.BUTTON, id="yes", label="Yes"),
        quote=Quote(provider_id="out-3"),
        forwarded=True,
    )
    sent_at = datetime(2026, 3, 2, 8, 59, tzinfo=timezone(timedelta(hours=-3)))
    async with api_with() as api:
        heard = arrival(id_="in-7", content=content, time=sent_at)
        heard = replace(heard, inbound=replace(heard.inbound, raw=(("Secret", "canary"),)))
        conversation = (await api.story.learns(heard)).conversation
        assert conversation is not None

        (shown,) = (await api.get(f"/conversations/{conversation.id}/messages")).json["items"]

    assert shown.pop("id")
    assert shown == {
        "number": 1,
        "direction": "inbound",
        "author": "contact",
        "status": "pending",
        "why": None,
        "text": "look",
        "media": [{"content_type": "image/png", "url": "https://media.example/1"}],
        "location": {"latitude": -23.5, "longitude": -46.6, "label": "Home", "address": None},
        "choice": {"kind": "button", "id": "yes", "label": "Yes"},
        "quoted": "out-3",
        "forwarded": True,
        "provider_id": "in-7",
        "provider_time": "2026-03-02T11:59:00Z",
        "recorded_at": "2026-03-02T12:00:00Z",
        "episode": 1,
        "turn": None,
        "attempts": 0,
    }
    assert "canary" not in json.dumps(shown)


async def test_a_message_of_ours_says_who_wrote_it_and_how_it_fared() -> None:
    async with api_with() as api:
        send = await api.story.sending("good morning")
        await api.story.settles(send)
        await api.story.learns(
            report(Status.UNDELIVERED, id_=f"out {send.ref.id}", message=send.ref.id, why="no such number")
        )

        shown = (await api.get(f"/conversations/{send.ref.conversation.id}/messages")).json["items"][-1]

    turns = await api.store.turns(send.ref.conversation)
    assert [shown[name] for name in ("author", "status", "why", "attempts", "turn", "provider_id")] == [
        "assistant",
        "undelivered",
        "no such number",
        1,
        turns[0].ref.id,
        f"out {send.ref.id}",
    ]


async def test_facts_come_in_order_and_in_pages() -> None:
    async with api_with() as api:
        town = await settle_in(api.story)

        pages = await every(api, f"/conversations/{town.ana.id}/facts", by="after", limit=1)

    facts = [fact for page in pages for fact in page]
    assert sizes(pages) == [1, 1, 1]
    assert [(fact["number"], fact["kind"]) for fact in facts] == [
        (1, "message_received"),
        (2, "turn_committed"),
        (3, "tool_acted"),
    ]
    assert facts[2] == {
        "number": 3,
        "at": "2026-03-02T12:00:01.200000Z",
        "kind": "tool_acted",
        "details": {"tool": "add"},
    }


async def test_a_turn_is_shown_with_its_journal_and_what_it_cost() -> None:
    async with api_with() as api:
        town = await settle_in(api.story)

        (turn,) = (await api.get(f"/conversations/{town.ana.id}/turns")).json["items"]

    assert turn["journal"] == [
        {
            "number": 0,
            "text": "",
            "calls": [{"id": "call of add_expense", "tool": "add_expense", "arguments": '{"of": "coffee"}'}],
            "effects": True,
            "model_call": "1.1",
            "results": [{"call": "call of add_expense", "text": "noted", "failed": False}],
        }
    ]
    assert turn["usage"] == {"input": 220, "output": 30, "cached": 50, "cost": "0.000200000"}
    assert [(call["id"], call["model"], call["day"], call["usage"]["cost"]) for call in turn["model_calls"]] == [
        ("1.1", "offline:offline", "2026-03-02", "0.000184300"),
        ("1.2", "offline:offline", "2026-03-02", "0.000015700"),
    ]
    assert (turn["state"], turn["why"], turn["conversation"]) == ("committed", None, town.ana.id)


async def test_a_step_whose_results_are_not_there_yet_has_none() -> None:
    async with api_with() as api:
        claim = await api.story.turn()
        await api.story.journals(claim, 0, asks("look_up"))

        (turn,) = (await api.get(f"/conversations/{claim.turn.conversation.id}/turns")).json["items"]

    assert [step["results"] for step in turn["journal"]] == [None]
    assert (turn["state"], turn["closed_at"]) == ("running", None)


async def test_dead_turns_are_found_with_their_reason() -> None:
    async with api_with() as api:
        town = await settle_in(api.story)
        for number in range(20, 23):
            api.story.passes(1)
            await api.story.releases(await api.story.turn(sender=phone(number)), death("no quota"))

        pages = await every(api, "/turns", "state=dead")
        whole = await every(api, "/turns", limit=200)

    assert [[turn["why"] for turn in page] for page in pages] == [
        ["no quota", "no quota"],
        ["no quota", "the model refused the key"],
    ]
    assert pages[-1][-1]["conversation"] == town.bia.id
    assert sorted(turn["state"] for turn in whole[0]) == ["committed", "dead", "dead", "dead", "dead"]


async def test_the_turns_of_a_conversation_come_in_pages_the_newest_first() -> None:
    async with api_with() as api:
        claims = []
        for _ in range(5):
            claims.append(await api.story.turn())
            await api.story.commits(claims[-1])

        pages = await every(api, f"/conversations/{claims[0].turn.conversation.id}/turns")

    assert sizes(pages) == [2, 2, 1]
    assert [turn["id"] for page in pages for turn in page] == [claim.turn.id for claim in reversed(claims)]


async def test_a_cursor_of_another_conversation_s_turns_is_refused() -> None:
    async with api_with() as api:
        for _ in range(2):
            await api.story.commits(await api.story.turn())
        ana = (await api.story.turn()).turn.conversation
        bia = await api.story.meets(sender=BIA)
        cursor = (await api.get(f"/conversations/{ana.id}/turns", "limit=1")).json["next"]

        reply = await api.get(f"/conversations/{bia.id}/turns", f"cursor={cursor}")

    assert reply.status == 400


async def test_people_are_listed_and_shown_with_every_address() -> None:
    async with api_with() as api:
        await api.story.hears(sender=phone(1), aliases=[phone(2)], name="Ana")
        for number in range(3, 6):
            await api.story.hears(sender=phone(number))

        pages = await every(api, "/contacts", limit=3)
        listed = [contact for page in pages for contact in page]
        ana = next(contact for contact in listed if contact["name"] == "Ana")
        shown = (await api.get(f"/contacts/{ana['id']}")).json

    first = {"medium": "whatsapp", "kind": "phone", "value": "+5511900000001"}
    assert sizes(pages) == [3, 1]
    assert ana["address"] == first
    assert shown == {**ana, "addresses": [first, {**first, "value": "+5511900000002"}]}


async def test_spending_is_told_by_day_and_model_and_in_all() -> None:
    async with api_with() as api:
        ref = await api.story.meets(sender=phone(2))
        for number, day in ((1, 1), (1, 2), (2, 2)):
            claim = await api.story.turn(sender=phone(number))
            when = datetime(2026, 3, day, tzinfo=UTC).date()
            call = model_call(f"{number}.{day}", day=when, input=100, output=10, cost=1_500_000_000)
            await api.story.commits(claim, calls=[call])

        whole = (await api.get("/spending", "since=2026-03-01&until=2026-03-02")).json
        one_day = (await api.get("/spending", "since=2026-03-02&until=2026-03-02")).json
        one = (await api.get("/spending", f"since=2026-03-01&until=2026-03-02&conversation={ref.id}")).json
        contact = (await api.get(f"/conversations/{ref.id}")).json["contact"]
        person = (await api.get("/spending", f"since=2026-03-01&until=2026-03-02&contact={contact}")).json

    usage = {"input": 100, "output": 10, "cached": 0, "cost": "1.500000000"}
    twice = {"input": 200, "output": 20, "cached": 0, "cost": "3.000000000"}
    assert whole["items"] == [
        {"day": "2026-03-01", "model": "offline:offline", "calls": 1, "usage": usage},
        {"day": "2026-03-02", "model": "offline:offline", "calls": 2, "usage": twice},
    ]
    assert whole["total"] == {"calls": 3, "usage": {"input": 300, "output": 30, "cached": 0, "cost": "4.500000000"}}
    assert one_day["total"] == {"calls": 2, "usage": twice}
    assert one["total"] == person["total"] == {"calls": 1, "usage": usage}


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ("since=2026-03-01", "2026-03-01", None),
        ("until=2026-03-02", "2026-01-31", "2026-03-02"),
        ("since=2999-01-01", "2999-01-01", "2999-01-01"),
        ("until=0001-01-05", "0001-01-01", "0001-01-05"),
    ],
)
async def test_a_period_without_an_end_is_given_one(query: str, since: str, until: str | None) -> None:
    today = datetime.now(UTC).date()
    async with api_with() as api:
        spending = (await api.get("/spending", query)).json

    assert spending["since"] == since
    assert spending["until"] == until or today <= datetime.fromisoformat(spending["until"]).date()


@pytest.mark.parametrize("query", ["since=2026-03-02&until=2026-03-01", "since=2025-03-01&until=2026-03-02"])
async def test_a_period_that_is_none_or_longer_than_a_year_is_refused(query: str) -> None:
    async with api_with() as api:
        reply = await api.get("/spending", query)

    assert reply.status == 422
    assert [fault["field"] for fault in reply.json["errors"]] == ["since"]


@pytest.mark.parametrize("day", ["0", "1700000000", "2026-3-2", "yesterday", "2026-02-30", "2026-03-02T00:00:00Z"])
async def test_a_day_is_written_in_one_way(day: str) -> None:
    async with api_with() as api:
        reply = await api.get("/spending", f"since={day}")

    assert (reply.status, reply.json["errors"][0]["field"]) == (422, "since")


async def test_lines_are_those_of_the_workspace() -> None:
    async with api_with() as api:
        lines = (await api.get("/lines")).json

    assert list(lines) == ["items"]
    assert [line["id"] for line in lines["items"]] == ["main", "main-2", "other", "sms"]
    assert lines["items"][0] == {
        "id": "main",
        "channel": LINE.channel,
        "address": {"medium": "whatsapp", "kind": "phone", "value": LINE.address.value},
    }


async def test_nothing_that_can_be_read_tells_of_a_lines_credentials() -> None:
    store = MemoryStore(lambda: NOON, seal=Locks())
    async with api_with(store=store) as api:
        await store.put_line(replace(LINE, credentials=Credentials({"auth_token": "canary-of-a-token"})))
        ana = await api.story.meets(on=LINE)

        paths = ["/lines", "/contacts", "/conversations", "/turns", f"/conversations/{ana.id}"]
        replies = [await api.get(path) for path in [*paths, *(f"{paths[-1]}/{part}" for part in ("messages", "facts"))]]

    assert {reply.status for reply in replies} == {200}
    for reply in replies:
        assert not re.search(r"canary|credential|auth_token|sealed", str(reply.json))


@pytest.mark.parametrize("path", ["/conversations", "/turns", "/contacts"])
@pytest.mark.parametrize("cursor", ["", "nonsense", "%00", "=", "bm9uc2Vuc2U", "bm9uc2Vuc2U=", "_-_-", "%F0%9F%98%80"])
async def test_a_cursor_that_no_page_gave_is_refused(path: str, cursor: str) -> None:
    async with api_with() as api:
        await settle_in(api.story)

        reply = await api.get(path, f"cursor={cursor}")

    assert reply.status == 400
    assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/conversations", "/turns", "/contacts"])
@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", "1.5", ""])
async def test_a_page_holds_1_to_200(path: str, limit: str) -> None:
    async with api_with() as api:
        reply = await api.get(path, f"limit={limit}")

    assert (reply.status, reply.json["errors"][0]["field"]) == (422, "limit")


@pytest.mark.parametrize("after", ["-1", "2147483648", "99999999999999999999999", "x"])
async def test_a_number_to_go_on_after_is_one_that_may_be(after: str) -> None:
    async with api_with() as api:
        conversation = await api.story.meets()
        for noun in ("messages", "facts"):
            reply = await api.get(f"/conversations/{conversation.id}/{noun}", f"after={after}")
            assert (reply.status, reply.json["errors"][0]["field"]) == (422, "after")


@pytest.mark.parametrize("id_", ["nobody", "0" * 64, "6f1c2a9b-04e7-4b0f-9d1e-3c5a7b8d9e0f"])
async def test_what_is_not_there_is_not_found(id_: str) -> None:
    async with api_with() as api:
        for path in (f"/conversations/{id_}", f"/conversations/{id_}/messages", f"/contacts/{id_}"):
            reply = await api.get(path)
            assert reply.status == 404
            assert reply.json["detail"].startswith("There is no such c")


@pytest.mark.parametrize("id_", ["0" * 65, "%00", "a b", "ção"])
async def test_what_cannot_be_an_id_never_reaches_the_store(id_: str) -> None:
    async with api_with() as api:
        for path, field in ((f"/conversations/{id_}", "conversation"), (f"/contacts/{id_}", "contact")):
            reply = await api.get(path)
            assert (reply.status, reply.json["errors"][0]["field"]) == (422, field)
