"""Who is who: found by scoped id, then by number; new addresses are attached; two people are never made one."""

from core.conversation.message import ConversationRef
from core.conversation.ports import New
from core.identity.model import Address, Contact
from tests.build import ANA, LINE, SECOND_LINE, phone, scoped
from tests.contracts.store.contract import StoreContract
from tests.contracts.story import Story, conversation_of


async def contact_in(s: Story, conversation: ConversationRef) -> Contact:
    contact = await s.store.contact(conversation.workspace, (await s.sees(conversation)).contact)
    assert contact is not None
    return contact


async def contact_of(s: Story, new: New) -> Contact:
    return await contact_in(s, conversation_of(new))


async def addresses_of(s: Story, contact: Contact) -> list[Address]:
    return list(await s.store.addresses(contact.workspace, contact.id))


class IdentityContract(StoreContract):
    """Contacts and their addresses, as `record` keeps them."""

    async def test_a_person_is_known_by_their_address(self, s: Story) -> None:
        contact = await contact_of(s, await s.hears(sender=ANA, name="Ana"))

        assert (contact.workspace, contact.name, contact.address) == (LINE.workspace, "Ana", ANA)
        assert await addresses_of(s, contact) == [ANA]

    async def test_the_same_number_is_the_same_person_on_every_line(self, s: Story) -> None:
        first = await contact_of(s, await s.hears(sender=ANA, on=LINE))
        second = await contact_of(s, await s.hears(sender=ANA, on=SECOND_LINE))

        assert first.id == second.id

    async def test_the_last_name_is_kept_when_none_is_given(self, s: Story) -> None:
        await s.hears(sender=ANA, name="Ana")
        await s.hears(sender=ANA, name="Ana Maria")

        contact = await contact_of(s, await s.hears(sender=ANA, name=None))

        assert contact.name == "Ana Maria"

    async def test_a_scoped_id_needs_no_number(self, s: Story) -> None:
        contact = await contact_of(s, await s.hears(sender=scoped(1)))

        assert contact.address == scoped(1)
        assert await addresses_of(s, contact) == [scoped(1)]

    async def test_a_number_is_attached_to_the_person_with_the_scoped_id(self, s: Story) -> None:
        first = await contact_of(s, await s.hears(sender=scoped(1)))
        second = await contact_of(s, await s.hears(sender=phone(1), aliases=[scoped(1)]))
        third = await contact_of(s, await s.hears(sender=phone(1)))

        assert first.id == second.id == third.id
        assert await addresses_of(s, third) == [scoped(1), phone(1)]

    async def test_a_scoped_id_is_attached_to_the_person_with_the_number(self, s: Story) -> None:
        first = await contact_of(s, await s.hears(sender=phone(1)))
        second = await contact_of(s, await s.hears(sender=phone(1), aliases=[scoped(1)]))
        third = await contact_of(s, await s.hears(sender=scoped(1)))

        assert first.id == second.id == third.id
        assert await addresses_of(s, third) == [phone(1), scoped(1)]

    async def test_all_addresses_of_a_first_text_are_attached(self, s: Story) -> None:
        first = await s.hears(sender=scoped(1), aliases=[phone(1)])

        assert conversation_of(await s.hears(sender=phone(1))) == conversation_of(first)

    async def test_a_scoped_id_decides_before_a_number_does(self, s: Story) -> None:
        by_number = await s.hears(sender=phone(1))
        by_scoped_id = await s.hears(sender=scoped(1))

        both = await s.hears(sender=phone(1), aliases=[scoped(1)])

        assert conversation_of(both) == conversation_of(by_scoped_id) != conversation_of(by_number)

    async def test_two_people_are_never_made_one(self, s: Story) -> None:
        number = await contact_of(s, await s.hears(sender=phone(1)))
        other = await contact_of(s, await s.hears(sender=scoped(1)))

        await s.hears(sender=scoped(1), aliases=[phone(1)])

        assert number.id != other.id
        assert await addresses_of(s, number) == [phone(1)]
        assert await addresses_of(s, other) == [scoped(1)]
        assert (await contact_of(s, await s.hears(sender=phone(1)))).id == number.id
        assert (await contact_of(s, await s.hears(sender=scoped(1)))).id == other.id

    async def test_a_reply_goes_to_the_address_the_person_wrote_from_last(self, s: Story) -> None:
        await s.hears(sender=scoped(1), aliases=[phone(1)])
        claim = await s.turn(sender=phone(1))

        assert claim.contact.address == phone(1)
        assert (await contact_in(s, claim.turn.conversation)).address == phone(1)
        send = (await s.commits(claim)).send
        assert send is not None
        assert send.to == phone(1)

    async def test_a_reply_goes_to_the_address_it_was_written_for(self, s: Story) -> None:
        claim = await s.turn(sender=phone(1))
        first = (await s.commits(claim, "first", "second")).send
        assert first is not None
        await s.hears(sender=scoped(1), aliases=[phone(1)])

        second = (await s.settles(first)).send

        assert second is not None
        assert (first.to, second.to) == (phone(1), phone(1))
        claim = await s.turn(sender=scoped(1))
        await s.commits(claim, "third")
        third = (await s.settles(second)).send
        assert third is not None
        assert third.to == scoped(1)
