"""Twilio's own answers to opt-out words on SMS; WhatsApp has none.

Source: twilio.com/docs/messaging/tutorials/advanced-opt-out.
"""

from typing import Literal

Keyword = Literal["STOP", "START", "HELP"]

STOP = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
START = frozenset({"START", "YES", "UNSTOP"})
HELP = frozenset({"HELP", "INFO"})

ANSWERS: dict[Keyword, str] = {
    "STOP": (
        "You have successfully been unsubscribed. You will not receive any more messages from this number. "
        "Reply START to resubscribe."
    ),
    "START": (
        "You have successfully been re-subscribed to messages from this number. "
        "Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
    ),
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def keyword(text: str, *, opted_out: bool) -> Keyword | None:
    """What the whole message asks for. START and YES are ordinary words of somebody who has not opted out."""
    word = text.strip().upper()
    if word in STOP:
        return "STOP"
    if word in START and opted_out:
        return "START"
    return "HELP" if word in HELP else None
