"""What carries a line's messages, where the carrier changes the rules: opt-out words, marks, length."""

from enum import StrEnum


class Medium(StrEnum):
    """The network a message travels on, whichever provider takes it there."""

    SMS = "sms"
    WHATSAPP = "whatsapp"
