"""The contract of lines' own credentials: kept sealed, opened for whoever acts for the line, and shown to nobody."""

import asyncio
from dataclasses import replace

import pytest

from core.errors import Permanent
from core.identity.credentials import Credentials
from core.identity.model import Line, LineId
from tests.build import ANA, FOREIGN_LINE, LINE, SECOND_LINE, SMS_LINE, uncertain
from tests.contracts.story import Harness, Story

CANARY = "canary-of-a-token"
OWN = replace(LINE, credentials=Credentials({"auth_token": f"{CANARY} ☕", "api_key": "SK1"}))
FOREIGN = replace(FOREIGN_LINE, credentials=Credentials({"auth_token": "of theirs"}))


def other(line: Line, token: str = "another") -> Line:
    return replace(line, credentials=Credentials({"auth_token": token}))


class CredentialsContract:
    """Of the directory, and of every operation that gives a line to somebody."""

    async def test_credentials_are_read_back_as_they_were_put(self, harness: Harness) -> None:
        for line in (OWN, FOREIGN, SMS_LINE):
            await harness.stores[0].put_line(line)

        for store in harness.stores:
            assert await store.line(LINE.id) == OWN
            assert list(await store.lines()) == [OWN, SMS_LINE, FOREIGN]

    async def test_seeded_lines_have_their_credentials(self, harness: Harness) -> None:
        seeded = await harness.stores[0].seed([OWN])

        assert list(seeded) == [OWN]
        assert [await store.line(LINE.id) for store in harness.stores] == [OWN] * len(harness.stores)

    async def test_credentials_are_replaced_with_the_line(self, harness: Harness) -> None:
        store = harness.stores[0]
        await store.put_line(OWN)

        await store.put_line(other(LINE))
        await store.put_line(other(LINE))

        assert list(await store.lines()) == [other(LINE)]

    async def test_a_line_without_credentials_has_none_any_more(self, harness: Harness) -> None:
        store = harness.stores[0]
        await store.put_line(OWN)

        await store.put_line(LINE)

        assert list(await store.lines()) == [LINE]
        assert await store.reseal(LINE.id) is False

    async def test_whoever_claims_sends_or_looks_is_given_them(self, harness: Harness) -> None:
        story = Story(harness)
        await story.begins()
        await story.store.put_line(OWN)

        claim = await story.turn(on=OWN)
        committed = await story.commits(claim, "one", "two")
        assert committed.send is not None
        second = (await story.settles(committed.send)).send
        assert second is not None
        await story.settles(second, uncertain(look_after=0))
        look = await story.looks()

        assert [each.line for each in (claim, committed.send, second, look.send)] == [OWN] * 4

    async def test_nothing_that_can_be_seen_shows_them(self, harness: Harness) -> None:
        story = Story(harness)
        await story.begins()
        await story.store.put_line(OWN)
        send = await story.sending(on=OWN)
        conversation = send.ref.conversation

        seen = [
            send,
            await story.store.line(LINE.id),
            await story.store.lines(),
            await story.snapshot(conversation),
            await story.store.contacts(LINE.workspace),
            await story.store.conversations(LINE.workspace),
            await story.store.turns_of(LINE.workspace),
        ]

        assert [each for each in seen if CANARY in f"{each!r} {each}"] == []

    async def test_without_a_key_nothing_is_kept(self, harness: Harness) -> None:
        store = harness.stores[0]
        harness.seal.change()

        with pytest.raises(Permanent, match="RECADO_SECRET_KEYS is not set"):
            await store.put_line(OWN)
        with pytest.raises(Permanent, match="RECADO_SECRET_KEYS is not set"):
            await store.seed([SMS_LINE, OWN])
        assert list(await store.lines()) == []

        await store.put_line(LINE)
        assert list(await store.lines()) == [LINE]

    async def test_credentials_whose_key_is_lost_fail_alone(self, harness: Harness) -> None:
        for line in (OWN, SMS_LINE):
            await harness.stores[0].put_line(line)
        harness.seal.change("another")
        await harness.stores[0].put_line(FOREIGN)

        for store in harness.stores:
            lost, sms, foreign = await store.lines()
            assert (sms, foreign) == (SMS_LINE, FOREIGN)
            assert replace(lost, credentials=LINE.credentials) == LINE
            assert "credentials of line main cannot be opened" in str(lost.credentials.fault)
            with pytest.raises(Permanent, match="RECADO_SECRET_KEYS does not list"):
                lost.credentials.reveal("auth_token")

    async def test_work_goes_on_where_credentials_are_lost(self, harness: Harness) -> None:
        story = Story(harness)
        await story.begins()
        await story.store.put_line(OWN)
        await story.hears(on=OWN)
        await story.hears(on=SMS_LINE)
        harness.seal.change("another")
        story.passes(10)

        claims = {claim.line.id: claim for claim in await story.claims_due()}
        committed = await story.commits(claims[LINE.id])

        assert claims[SMS_LINE.id].line == SMS_LINE
        assert claims[LINE.id].line.credentials.fault is not None
        assert committed.send is not None
        assert committed.send.line.credentials.fault is not None
        assert list(await story.claims_due()) == []

    async def test_lost_credentials_are_not_overwritten_by_chance(self, harness: Harness) -> None:
        store = harness.stores[0]
        await store.put_line(OWN)
        harness.seal.change("another")
        (lost,) = await store.lines()

        with pytest.raises(Permanent, match="cannot be opened"):
            await store.put_line(replace(lost, account="AC2"))

        harness.seal.change("first")
        assert list(await store.lines()) == [OWN]
        harness.seal.change("another")
        await store.put_line(other(lost))
        assert list(await store.lines()) == [other(LINE)]

    async def test_sealed_anew_they_open_with_the_first_key_alone(self, harness: Harness) -> None:
        store = harness.stores[0]
        for line in (OWN, FOREIGN):
            await store.put_line(line)
        harness.seal.change("second", "first")

        assert await store.reseal(LINE.id) is True
        assert await store.reseal(LINE.id) is True

        harness.seal.change("second")
        for each in harness.stores:
            main, foreign = await each.lines()
            assert (main, foreign.credentials.fault is None) == (OWN, False)
        harness.seal.change("first")
        assert (await store.lines())[0].credentials.fault is not None

    async def test_there_may_be_nothing_to_seal_anew(self, harness: Harness) -> None:
        store = harness.stores[0]
        await store.put_line(LINE)

        assert [await store.reseal(LINE.id), await store.reseal(LineId("unknown"))] == [False, False]
        assert list(await store.lines()) == [LINE]

    async def test_what_cannot_be_opened_is_not_sealed_anew(self, harness: Harness) -> None:
        store = harness.stores[0]
        await store.put_line(OWN)
        harness.seal.change("another")

        with pytest.raises(Permanent, match="RECADO_SECRET_KEYS does not list"):
            await store.reseal(LINE.id)

        harness.seal.change("first")
        assert list(await store.lines()) == [OWN]

    async def test_sealing_anew_never_brings_old_credentials_back(self, harness: Harness) -> None:
        stores = harness.stores
        await stores[0].put_line(OWN)
        harness.seal.change("second", "first")

        await asyncio.gather(
            *(stores[n % len(stores)].reseal(LINE.id) for n in range(6)),
            stores[-1].put_line(other(LINE)),
            *(stores[n % len(stores)].reseal(LINE.id) for n in range(6)),
        )

        harness.seal.change("second")
        assert list(await stores[0].lines()) == [other(LINE)]

    async def test_what_a_line_hears_is_recorded_whatever_became_of_its_credentials(self, harness: Harness) -> None:
        story = Story(harness)
        await story.begins()
        await story.store.put_line(other(SECOND_LINE))
        harness.seal.change()
        (lost,) = [line for line in await story.store.lines() if line.id == SECOND_LINE.id]

        heard = await story.hears("oi", on=lost, sender=ANA)

        assert heard.wake_after is not None
