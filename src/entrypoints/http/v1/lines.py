"""Lines: the numbers and senders of the workspace."""

from fastapi import FastAPI
from pydantic import Field

from core.identity.model import Permission
from entrypoints.http.v1.contacts import Address
from entrypoints.http.v1.operations import Calling, Operations, Store
from entrypoints.http.v1.shapes import Shape


class Line(Shape):
    """A number or sender that people write to."""

    id: str
    channel: str = Field(description="The driver that carries it.")
    address: Address


class Lines(Shape):
    """Every line; there are few, so they come on one page."""

    items: list[Line]


_EXAMPLE = {
    "id": "main",
    "channel": "twilio",
    "address": {"medium": "whatsapp", "kind": "phone", "value": "+14155550100"},
}


def mount(api: FastAPI) -> None:
    Operations(api, "lines").add("GET", "/lines", list_lines, needs=Permission.READ, example={"items": [_EXAMPLE]})


async def list_lines(calling: Calling, store: Store) -> Lines:
    """The lines of the workspace, by id."""
    return Lines(
        items=[
            Line(id=line.id, channel=line.channel, address=Address.of(line.address))
            for line in await store.lines()
            if line.workspace == calling.workspace
        ]
    )
