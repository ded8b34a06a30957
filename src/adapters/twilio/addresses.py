"""Twilio's spelling of addresses, read and written: `+15550001`, `whatsapp:+15550001`, `whatsapp:US.1349…`, `72244`."""

import re

from core.errors import Rejected
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind

_WHATSAPP = "whatsapp:"
_PHONE = re.compile(r"\+[1-9][0-9]{1,18}")
_SENDER = re.compile(r"[0-9]{3,14}|(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}")
"""A short code, or a name as carriers allow it."""
_NAME = re.compile(r"(?![a-z]+:)[ -~]*[!-~][ -~]*")
_ID = re.compile(r"[!-~]+")
_LONGEST = 160


def parse(spelling: str) -> Address:
    """The address. Raises `Rejected` for a medium or form that no line of ours speaks (`messenger:…`, `rcs:…`)."""
    if spelling.startswith(_WHATSAPP):
        return whatsapp(spelling.removeprefix(_WHATSAPP))
    if _PHONE.fullmatch(spelling):
        return Address(medium=Medium.SMS, kind=AddressKind.PHONE, value=spelling)
    if len(spelling) <= _LONGEST and _NAME.fullmatch(spelling):
        return Address(medium=Medium.SMS, kind=AddressKind.OTHER, value=spelling)
    raise Rejected("an address is of a kind that is not supported")


def parse_own(spelling: str) -> Address:
    """One of our senders: stricter, so that a slip in the settings is seen at start. Raises `Rejected`."""
    address = parse(spelling)
    if address.kind is AddressKind.SCOPED or (address.kind is AddressKind.OTHER and not _SENDER.fullmatch(spelling)):
        raise Rejected("a sender is neither a number, a short code nor a name of up to 11 characters")
    return address


def whatsapp(value: str) -> Address:
    """A number, or whatever id a person without a number is known by: WhatsApp has no other kind of address."""
    if _PHONE.fullmatch(value):
        return Address(medium=Medium.WHATSAPP, kind=AddressKind.PHONE, value=value)
    if len(value) <= _LONGEST and _ID.fullmatch(value):
        return Address(medium=Medium.WHATSAPP, kind=AddressKind.SCOPED, value=value)
    raise Rejected("a WhatsApp address is neither a number nor an id")


def spell(address: Address) -> str:
    """As Twilio writes it."""
    return _WHATSAPP + address.value if address.medium is Medium.WHATSAPP else address.value
