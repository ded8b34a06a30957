"""The contract of the directory: workspaces, their lines and their API keys."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from core.errors import Conflict, Rejected
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, ApiKey, KeyId, LineId, Permission, WorkspaceId
from tests.build import FOREIGN_LINE, LINE, SMS_LINE, line, seconds
from tests.contracts.credentials import CredentialsContract
from tests.contracts.story import Harness

READ = frozenset({Permission.READ})
SHOP = KeyId("shop")


def digest(secret: str = "a secret") -> bytes:
    return sha256(secret.encode()).digest()


async def put_key(
    harness: Harness,
    key: KeyId = SHOP,
    *,
    workspace: WorkspaceId = LINE.workspace,
    secret: str = "a secret",
    name: str = "the shop",
    permissions: frozenset[Permission] = READ,
    expires_in: timedelta | None = None,
    on: int = 0,
) -> ApiKey:
    return await harness.stores[on].put_key(
        workspace, key, digest=digest(secret), name=name, permissions=permissions, expires_in=expires_in
    )


class DirectoryContract(CredentialsContract):
    """`Directory`, and whether the store is ready at all."""

    @pytest.fixture
    def harness(self) -> Harness:
        raise NotImplementedError("a driver's test gives an empty database on a clock of its own")

    async def test_a_new_store_is_ready_and_has_no_lines(self, harness: Harness) -> None:
        for store in harness.stores:
            await store.ready()
            assert list(await store.lines()) == []
            assert await store.line(LineId("main")) is None

    async def test_a_line_is_read_back_as_it_was_put(self, harness: Harness) -> None:
        sender = Address(medium=Medium.SMS, kind=AddressKind.OTHER, value="RECADO")
        put = replace(LINE, address=sender)

        await harness.stores[0].put_line(put)

        for store in harness.stores:
            assert await store.line(LINE.id) == put

    async def test_lines_are_listed_by_id(self, harness: Harness) -> None:
        store = harness.stores[0]
        for known in (FOREIGN_LINE, SMS_LINE, LINE):
            await store.put_line(known)

        assert list(await store.lines()) == [LINE, SMS_LINE, FOREIGN_LINE]

    async def test_a_line_can_be_replaced(self, harness: Harness) -> None:
        store = harness.stores[0]
        await store.put_line(LINE)

        await store.put_line(replace(LINE, account="AC2"))
        await store.put_line(replace(LINE, account="AC2"))

        assert list(await store.lines()) == [replace(LINE, account="AC2")]

    async def test_seeding_fills_an_empty_directory(self, harness: Harness) -> None:
        store = harness.stores[0]

        seeded = await store.seed([SMS_LINE, LINE])

        assert list(seeded) == list(await store.lines()) == [LINE, SMS_LINE]

    async def test_seeding_changes_nothing_that_is_there(self, harness: Harness) -> None:
        store = harness.stores[0]
        await store.put_line(LINE)

        seeded = await store.seed([replace(LINE, account="AC2"), SMS_LINE])

        assert list(seeded) == list(await store.lines()) == [LINE]

    async def test_seeding_with_nothing_seeds_nothing(self, harness: Harness) -> None:
        store = harness.stores[0]
        assert list(await store.seed([])) == []

        assert list(await store.seed([LINE])) == [LINE]

    async def test_of_many_seedings_at_once_one_counts(self, harness: Harness) -> None:
        stores = harness.stores

        answers = await asyncio.gather(
            *(
                stores[n % len(stores)].seed([line(f"a-{n}", sender=n), line(f"b-{n}", sender=n + 500)])
                for n in range(10)
            )
        )

        first = list(answers[0])
        assert len(first) == 2
        assert all(list(answer) == first for answer in answers)
        assert first[0].id[2:] == first[1].id[2:]

    # API keys

    async def test_a_key_is_found_by_its_digest_and_listed(self, harness: Harness) -> None:
        await harness.stores[0].put_line(LINE)

        put = await put_key(harness, name="a loja ☕", permissions=frozenset(Permission), expires_in=seconds(60))

        assert put == ApiKey(
            workspace=LINE.workspace,
            id=SHOP,
            name="a loja ☕",
            permissions=frozenset(Permission),
            created_at=harness.clock.now,
            expires_at=harness.clock.now + seconds(60),
            revoked_at=None,
        )
        for store in harness.stores:
            assert await store.key_of(digest()) == put
            assert list(await store.keys(LINE.workspace)) == [put]

    async def test_a_digest_of_no_key_finds_nothing(self, harness: Harness) -> None:
        await harness.stores[0].put_line(LINE)
        await put_key(harness)

        for unknown in (digest("another"), b"", digest()[:-1], digest().hex().encode()):
            assert await harness.stores[0].key_of(unknown) is None

    async def test_a_key_may_permit_nothing(self, harness: Harness) -> None:
        await harness.stores[0].put_line(LINE)

        put = await put_key(harness, permissions=frozenset())

        assert (await harness.stores[0].key_of(digest()), put.permissions) == (put, frozenset())

    async def test_a_key_lives_until_it_expires_by_the_clock_of_the_store(self, harness: Harness) -> None:
        await harness.stores[0].put_line(LINE)
        put = await put_key(harness, expires_in=seconds(60))
        harness.clock.advance(seconds(60) - timedelta(microseconds=1))
        alive = [await store.key_of(digest()) for store in harness.stores]

        harness.clock.advance(timedelta(microseconds=1))

        assert alive == [put] * len(harness.stores)
        for store in harness.stores:
            assert await store.key_of(digest()) is None
            assert list(await store.keys(LINE.workspace)) == [put]

    async def test_a_key_without_an_end_lives_on(self, harness: Harness) -> None:
        await harness.stores[0].put_line(LINE)
        put = await put_key(harness)

        harness.clock.advance(timedelta(days=36_500))

        assert (put.expires_at, await harness.stores[0].key_of(digest())) == (None, put)

    async def test_a_revoked_key_is_dead_for_ever_and_stays_listed(self, harness: Harness) -> None:
        store = harness.stores[0]
        await store.put_line(LINE)
        put, other = await put_key(harness), await put_key(harness, KeyId("till"), secret="of the till")
        harness.clock.advance(seconds(60))

        revoked = await store.revoke_key(LINE.workspace, SHOP)

        assert revoked == replace(put, revoked_at=harness.clock.now)
        harness.clock.advance(seconds(60))
        assert await store.revoke_key(LINE.workspace, SHOP) == revoked
        for one in harness.stores:
            assert await one.key_of(digest()) is None
            assert await one.key_of(digest("of the till")) == other
            assert list(await one.keys(LINE.workspace)) == [revoked, other]

    async def test_revoking_what_is_not_there_changes_nothing(self, harness: Harness) -> None:
        store = harness.stores[0]
        for known in (LINE, FOREIGN_LINE):
            await store.put_line(known)
        put = await put_key(harness)

        assert await store.revoke_key(LINE.workspace, KeyId("nothing")) is None
        assert await store.revoke_key(FOREIGN_LINE.workspace, SHOP) is None

        assert await store.key_of(digest()) == put

    async def test_putting_a_key_again_answers_the_first(self, harness: Harness) -> None:
        await harness.stores[0].put_line(LINE)
        first = await put_key(harness, expires_in=seconds(60))
        await put_key(harness, expires_in=seconds(60))  # its answer is thrown away
        harness.clock.advance(seconds(30))

        again = await put_key(harness, expires_in=seconds(60))
        otherwise = await put_key(harness, name="another name", permissions=frozenset(Permission))

        assert again == otherwise == first
        assert list(await harness.stores[0].keys(LINE.workspace)) == [first]

    async def test_putting_a_revoked_key_again_does_not_revive_it(self, harness: Harness) -> None:
        await harness.stores[0].put_line(LINE)
        await put_key(harness)
        revoked = await harness.stores[0].revoke_key(LINE.workspace, SHOP)

        assert await put_key(harness) == revoked

        assert await harness.stores[0].key_of(digest()) is None

    async def test_another_secret_for_a_known_id_is_a_conflict(self, harness: Harness) -> None:
        await harness.stores[0].put_line(LINE)
        put = await put_key(harness)

        with pytest.raises(Conflict):
            await put_key(harness, secret="another")

        assert await harness.stores[0].key_of(digest("another")) is None
        assert list(await harness.stores[0].keys(LINE.workspace)) == [put]

    async def test_one_secret_is_never_two_keys(self, harness: Harness) -> None:
        store = harness.stores[0]
        for known in (LINE, FOREIGN_LINE):
            await store.put_line(known)
        put = await put_key(harness)

        with pytest.raises(Conflict):
            await put_key(harness, KeyId("another"))
        with pytest.raises(Conflict):
            await put_key(harness, workspace=FOREIGN_LINE.workspace)

        assert await store.key_of(digest()) == put
        assert list(await store.keys(FOREIGN_LINE.workspace)) == []

    async def test_a_workspace_without_a_line_has_no_keys_and_gets_none(self, harness: Harness) -> None:
        store = harness.stores[0]
        await store.put_line(LINE)

        with pytest.raises(Rejected):
            await put_key(harness, workspace=WorkspaceId("nobody's"))

        assert list(await store.keys(WorkspaceId("nobody's"))) == []
        assert await store.key_of(digest()) is None

    async def test_a_seeded_workspace_can_have_keys(self, harness: Harness) -> None:
        await harness.stores[0].seed([LINE])

        put = await put_key(harness)

        assert await harness.stores[0].key_of(digest()) == put

    async def test_two_workspaces_never_see_each_others_keys(self, harness: Harness) -> None:
        store = harness.stores[0]
        for known in (LINE, FOREIGN_LINE):
            await store.put_line(known)
        ours = await put_key(harness)
        theirs = await put_key(harness, workspace=FOREIGN_LINE.workspace, secret="of theirs")

        await store.revoke_key(FOREIGN_LINE.workspace, SHOP)

        assert ours.id == theirs.id
        assert await store.key_of(digest()) == ours
        assert await store.key_of(digest("of theirs")) is None
        assert list(await store.keys(LINE.workspace)) == [ours]

    async def test_keys_are_listed_by_id(self, harness: Harness) -> None:
        await harness.stores[0].put_line(LINE)
        for id_ in ("b", "a", "c"):
            await put_key(harness, KeyId(id_), secret=id_)

        assert [key.id for key in await harness.stores[0].keys(LINE.workspace)] == ["a", "b", "c"]

    async def test_of_many_keys_with_one_id_at_once_one_is_put(self, harness: Harness) -> None:
        await harness.stores[0].put_line(LINE)

        answers = await asyncio.gather(
            *(put_key(harness, secret=f"{n // 2}", on=n % len(harness.stores)) for n in range(20)),
            return_exceptions=True,
        )

        (kept,) = await harness.stores[0].keys(LINE.workspace)
        assert [answer for answer in answers if not isinstance(answer, Conflict)] == [kept, kept]
