"""Lines as people write them down: an id, a sender's address, and credentials by name."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from core.errors import Rejected
from core.identity.credentials import Credentials
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_SENDER = re.compile(r"[0-9]{3,14}|(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}")
"""A short code, or a name as carriers allow it."""


def id_of(text: str, *, what: str) -> str:
    """An id that an address can hold as it is. Raises `Rejected`."""
    if not _ID.fullmatch(text):
        raise Rejected(f"{what} {text!r}: up to 63 letters, digits, dots, hyphens and underscores, such as shop-sms.")
    return text


def address_of(text: str) -> Address:
    """`whatsapp:+14155550100`, `+14155550100`, a short code or a sender's name. Raises `Rejected`."""
    medium, colon, value = text.partition(":")
    known = {each.value: each for each in Medium}
    if colon and medium in known:
        found = Address(medium=known[medium], kind=AddressKind.PHONE, value=value)
    else:
        found = Address(medium=Medium.SMS, kind=AddressKind.PHONE, value=text)
    if _PHONE.fullmatch(found.value):
        return found
    if found.medium is Medium.SMS and _SENDER.fullmatch(found.value):
        return Address(medium=Medium.SMS, kind=AddressKind.OTHER, value=found.value)
    raise Rejected(f"--address {text}: write it as whatsapp:+14155550100 for WhatsApp, +14155550100 for SMS.")


def credentials_of(kind: type[Any] | None, values: Mapping[str, str], *, channel: str) -> Credentials:
    """Credentials as the channel's driver takes them; none of `values` is in an error. Raises `Rejected`."""
    if kind is None or not issubclass(kind, BaseModel):
        raise Rejected(f"The lines of the channel {channel!r} have no credentials of their own.")
    try:
        kind.model_validate(values)
    except ValidationError as error:
        wrong = []
        for mistake in error.errors(include_input=False, include_url=False):
            name = str(mistake["loc"][0]) if mistake["loc"] else ""
            why = "is missing" if mistake["type"] == "missing" else mistake["msg"].removeprefix("Value error, ")
            about = kind.model_fields[name].description if name in kind.model_fields else ""
            known = f" The channel {channel!r} takes {', '.join(kind.model_fields)}." if not about and name else ""
            wrong.append(" ".join(part for part in (f"{name}: {why}." if name else f"{why}.", about or known) if part))
        raise Rejected("\n".join(wrong)) from None
    return Credentials(values)
