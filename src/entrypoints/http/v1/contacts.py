"""Contacts: the people who write, and where they are reached."""

from typing import Annotated, Self

from fastapi import FastAPI, Path
from pydantic import Field

from core.identity.medium import Medium
from core.identity.model import Address as Reached
from core.identity.model import AddressKind, ContactId, Permission
from core.identity.model import Contact as Person
from core.storage import Storage
from entrypoints.http.problems import INVALID, MALFORMED, NOT_FOUND, Refusal
from entrypoints.http.v1.door import Caller
from entrypoints.http.v1.operations import ID_PATTERN, Calling, Operations, Store
from entrypoints.http.v1.paging import Cursor, Limit, Next, cursor_of, token_of
from entrypoints.http.v1.shapes import Shape


class Address(Shape):
    """Where a person, or a line, is reached."""

    medium: Medium
    kind: AddressKind
    value: str = Field(description="A phone number in E.164, or an id that the medium gave.")

    @classmethod
    def of(cls, address: Reached) -> Self:
        return cls(medium=address.medium, kind=address.kind, value=address.value)


class Contact(Shape):
    """A person, as the workspace knows them."""

    id: str
    name: str | None = Field(description="What they call themselves: never trust it.")
    address: Address = Field(description="The address they wrote from last: where a reply goes.")


class ContactInFull(Contact):
    """A person with all that is known of them."""

    addresses: list[Address] = Field(description="Every address they wrote from, the first known first.")


class Contacts(Shape):
    """A page of contacts."""

    items: list[Contact]
    next: Next


ADDRESS_EXAMPLE = {"medium": "whatsapp", "kind": "phone", "value": "+5511900000001"}
_EXAMPLE = {"id": "0b7d4c1e9a3f45d28e6f7a8b9c0d1e2f", "name": "Ana", "address": ADDRESS_EXAMPLE}


def mount(api: FastAPI) -> None:
    operations = Operations(api, "contacts")
    operations.add(
        "GET",
        "/contacts",
        list_contacts,
        needs=Permission.READ,
        example={"items": [_EXAMPLE], "next": None},
        refusals=(MALFORMED, INVALID),
    )
    operations.add(
        "GET",
        "/contacts/{contact}",
        get_contact,
        needs=Permission.READ,
        example={**_EXAMPLE, "addresses": [ADDRESS_EXAMPLE]},
        refusals=(NOT_FOUND, INVALID),
    )


async def list_contacts(calling: Calling, store: Store, cursor: Cursor = None, limit: Limit = 50) -> Contacts:
    """The people of the workspace, by id."""
    found, token = await store.contacts(calling.workspace, after=token_of(cursor), limit=limit)
    return Contacts(
        items=[Contact(id=each.id, name=each.name, address=Address.of(each.address)) for each in found],
        next=cursor_of(token),
    )


async def get_contact(
    contact: Annotated[
        str,
        Path(pattern=ID_PATTERN, description="The id of a contact.", examples=["0b7d4c1e9a3f45d28e6f7a8b9c0d1e2f"]),
    ],
    calling: Calling,
    store: Store,
) -> ContactInFull:
    """One person, with every address."""
    person = await named_contact(store, calling, contact)
    addresses = await store.addresses(calling.workspace, person.id)
    return ContactInFull(
        id=person.id,
        name=person.name,
        address=Address.of(person.address),
        addresses=[Address.of(each) for each in addresses],
    )


async def named_contact(store: Storage, calling: Caller, contact: str) -> Person:
    """The person of this id. Raises `Refusal` if the caller's workspace knows none."""
    person = await store.contact(calling.workspace, ContactId(contact))
    if person is None:
        raise Refusal(NOT_FOUND, "There is no such contact.")
    return person
