"""Who may come in: keys that are good, and one answer for all that are not."""

import json
from collections.abc import Awaitable, Callable

import pytest

from adapters.memory import MemoryStore
from core.errors import Unavailable
from core.identity.model import ApiKey, Permission
from entrypoints.http.v1.paging import cursor_of
from tests.api_app import KEY, Api, api_with, settings, settle_in
from tests.asgi import call
from tests.build import FOREIGN_LINE

READ, SEND, OPERATE = Permission.READ, Permission.SEND, Permission.OPERATE
EVERY_LIST = ("/conversations", "/turns", "/contacts", "/spending", "/lines")


class Forgetful(MemoryStore):
    """A store whose keys cannot be read now."""

    async def key_of(self, digest: bytes) -> ApiKey | None:
        raise Unavailable("the disk is full")


async def unheard_of(api: Api) -> str:
    return "rk_aaaaaaaa_" + "b" * 40


async def none_at_all(api: Api) -> str:
    return ""


async def not_ascii(api: Api) -> str:
    return "clé-à-moi"


async def expired(api: Api) -> str:
    key = await api.allowed(READ, lives=60)
    api.story.passes(60)
    return key


async def revoked(api: Api) -> str:
    key, kept = await api.makes_key(READ)
    await api.store.revoke_key(kept.workspace, kept.id)
    return key


@pytest.mark.parametrize("given", [unheard_of, none_at_all, not_ascii, expired, revoked])
async def test_every_key_that_is_not_valid_gets_the_same_answer(given: Callable[[Api], Awaitable[str]]) -> None:
    async with api_with() as api:
        key = await given(api)

        replies = [await api.get(path, key=key) for path in EVERY_LIST]

    for reply in replies:
        assert reply.status == 401
        assert reply.headers["www-authenticate"] == 'ApiKey realm="recado", header="X-API-Key"'
        assert reply.json == {
            "type": "about:blank",
            "title": "Unauthorized",
            "status": 401,
            "detail": "Send a key that is valid in the header X-API-Key.",
        }


async def test_a_key_is_good_until_it_expires() -> None:
    async with api_with() as api:
        key = await api.allowed(READ, lives=60)
        api.story.passes(59)

        assert (await api.get("/lines", key=key)).status == 200


async def test_nothing_is_read_of_a_request_before_its_key() -> None:
    async with api_with() as api:
        town = await settle_in(api.story)
        path = f"/conversations/{town.ana.id}/messages"

        torn = await api.post(path, b'{"text":', key="")
        other = await api.post(path, b"hello", key="", headers={"content-type": "text/plain"})
        wrong = await api.get("/conversations", "limit=many", key="")

    assert [torn.status, other.status, wrong.status] == [401, 401, 401]


async def test_the_key_of_the_settings_may_do_everything_in_the_workspace_main() -> None:
    async with api_with() as api:
        town = await settle_in(api.story)

        read = await api.get(f"/conversations/{town.ana.id}")
        sent = await api.post(f"/conversations/{town.ana.id}/messages", {"text": "hi"}, once="1")
        moved = await api.post(f"/conversations/{town.ana.id}/take-over")
        foreign = await api.get(f"/conversations/{town.foreign.id}")

    assert [read.status, sent.status, moved.status, foreign.status] == [200, 202, 200, 404]


async def test_without_a_key_in_the_settings_there_is_none_to_guess() -> None:
    async with api_with(settings=settings()) as api:
        for key in ("", KEY, "None"):
            assert (await api.get("/lines", key=key)).status == 401


async def test_a_key_does_only_what_it_is_permitted() -> None:
    async with api_with() as api:
        town = await settle_in(api.story)
        path = f"/conversations/{town.ana.id}"
        keys = {permission: await api.allowed(permission) for permission in Permission}

        async def statuses(permission: Permission) -> list[int]:
            key = keys[permission]
            return [
                (await api.get(path, key=key)).status,
                (await api.post(f"{path}/messages", {"text": "hi"}, key=key, once="1")).status,
                (await api.post(f"{path}/reply", {"text": "hi"}, key=key)).status,
                (await api.post(f"{path}/take-over", key=key)).status,
                (await api.post(f"{path}/hand-back", key=key)).status,
                (await api.post(f"{path}/close", key=key)).status,
            ]

        assert await statuses(READ) == [200, 403, 403, 403, 403, 403]
        assert await statuses(SEND) == [403, 202, 403, 403, 403, 403]
        assert await statuses(OPERATE) == [403, 403, 200, 200, 200, 200]


async def test_a_refusal_says_which_permission_is_missing() -> None:
    async with api_with() as api:
        reply = await api.get("/lines", key=await api.allowed(SEND))

    assert reply.json["detail"] == "This key lacks the permission read."


async def test_a_missing_permission_is_told_before_anything_about_the_conversation() -> None:
    async with api_with() as api:
        key = await api.allowed(READ)

        reply = await api.post("/conversations/nobody/messages", {"text": 5}, key=key)

    assert reply.status == 403


async def test_another_workspace_is_as_if_it_were_not_there() -> None:
    async with api_with() as api:
        town = await settle_in(api.story)
        theirs = await api.allowed(READ, SEND, OPERATE, workspace="theirs")
        contact = (await api.get(f"/conversations/{town.ana.id}")).json["contact"]

        for path in ("", "/messages", "/turns", "/facts"):
            assert (await api.get(f"/conversations/{town.ana.id}{path}", key=theirs)).status == 404
        assert (await api.get(f"/contacts/{contact}", key=theirs)).status == 404
        assert (await api.get("/spending", f"contact={contact}", key=theirs)).status == 404
        assert (await api.get("/spending", f"conversation={town.ana.id}", key=theirs)).status == 404
        for move, body in (("messages", {"text": "hi"}), ("reply", {"text": "hi"}), ("take-over", None)):
            assert (await api.post(f"/conversations/{town.ana.id}/{move}", body, key=theirs, once="1")).status == 404
        seen = (await api.get("/conversations", key=theirs)).json["items"]

    assert [conversation["id"] for conversation in seen] == [town.foreign.id]


async def test_a_cursor_of_another_workspace_leads_nowhere_else() -> None:
    async with api_with() as api:
        town = await settle_in(api.story)
        theirs = await api.allowed(READ, workspace="theirs")

        for path, workspaces_own in (("/conversations", town.foreign.id), ("/turns", None), ("/contacts", None)):
            cursor = (await api.get(path, "limit=1")).json["next"]
            forged = await api.get(path, f"cursor={cursor}", key=theirs)
            seen = [each["id"] for each in forged.json.get("items", ())]
            assert forged.status in (200, 400)
            assert set(seen) <= {workspaces_own}
        turns = (await api.get(f"/conversations/{town.ana.id}/turns", "limit=1")).json
        foreign = f"/conversations/{town.foreign.id}/turns"
        forged = await api.get(foreign, f"cursor={cursor_of(turns['items'][0]['id'])}", key=theirs)
        lines = (await api.get("/lines", key=theirs)).json["items"]

    assert forged.status == 400
    assert [line["id"] for line in lines] == [FOREIGN_LINE.id]


async def test_a_key_is_never_logged() -> None:
    async with api_with() as api:
        town = await settle_in(api.story)
        keys = [KEY, await api.allowed(READ), "rk_aaaaaaaa_" + "b" * 40]
        for key in keys:
            await api.get("/lines", key=key)
            await api.get("/nowhere", key=key)
            await api.post(f"/conversations/{town.ana.id}/take-over", key=key)

        logged = json.dumps(api.made.events)

    assert "request refused" in logged
    assert [key for key in keys if key in logged] == []


async def test_who_moved_a_conversation_is_written_down_by_the_name_of_the_key() -> None:
    async with api_with() as api:
        town = await settle_in(api.story)
        key = await api.allowed(OPERATE, name="night shift")

        await api.post(f"/conversations/{town.ana.id}/take-over", key=key)

        facts = (await api.get(f"/conversations/{town.ana.id}/facts")).json["items"]
    assert facts[-1]["kind"] == "moved"
    assert facts[-1]["details"] == {"move": "take_over", "by": "night shift"}


async def test_a_store_that_cannot_look_a_key_up_is_a_503_and_not_a_401() -> None:
    async with api_with(store=Forgetful()) as api:
        reply = await api.get("/lines", key=await api.allowed(READ))

    assert (reply.status, reply.headers["retry-after"]) == (503, "2")
    assert "disk" not in reply.json["detail"]


async def test_the_description_needs_no_key() -> None:
    async with api_with() as api:
        answer = await call(api.made.app, "GET", "/v1/openapi.json")

    assert answer.status == 200
