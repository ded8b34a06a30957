"""Twilio's error codes as data: how the channel reacts to each, and what an operator can do about it.

The same code may come in the answer to a send or only in a later callback: this is the one classifier for both.
Source: twilio.com/docs/api/errors and /docs/whatsapp/api/error-code-mapping. Codes of the webhook side (11200, 12300,
57012, ...) are no fate of a message and are not here.
"""

from enum import StrEnum


class Reaction(StrEnum):
    """What a code means for the message, its address and its line."""

    CONFIG = "config"
    """Nothing of this line can go out until its owner repairs the set-up: pause and alert."""
    THROTTLE = "throttle"
    """Refused for speed: the same row again, a little later."""
    DAILY_CAP = "daily_cap"
    """The day's allowance is used up: the same row again tomorrow."""
    TRANSIENT = "transient"
    """A few more attempts with backoff."""
    AMBIGUOUS = "ambiguous"
    """It may have been delivered: never resent blindly."""
    ADDRESS = "address"
    """The address cannot be reached this way, now or later: mark it."""
    OPTED_OUT = "opted_out"
    """The person or the carrier blocked us: write it in the opt-out ledger."""
    CONTENT = "content"
    """This text or media cannot be sent as it is: the same again would fail the same."""
    NOT_NOW = "not_now"
    """Meta chose not to deliver it to this person: no retry for now."""
    WINDOW = "window"
    """The 24-hour window is closed: an approved template, or hold until the person writes."""
    EXPIRED = "expired"
    """It waited longer than it was valid: drop, or ask again if still useful."""
    GUARD = "guard"
    """A price limit or the sandbox stopped it."""
    UNKNOWN = "unknown"
    """Not in the table: final for this message, says nothing of the address; count it and alert once."""


CODES: dict[Reaction, tuple[int, ...]] = {
    Reaction.CONFIG: (
        *(20003, 20404, 21212, 21219, 21408, 21601, 21606, 21608, 21609, 21659, 21703),
        *(30002, 30018, 30024, 30032, 30034),
        *(63001, 63007, 63013, 63020, 63022, 63051, 63112),
    ),
    Reaction.THROTTLE: (14107, 20429, 21611, 30001, 30022, 63017, 63018),
    Reaction.DAILY_CAP: (30023, 63038),
    Reaction.TRANSIENT: (30003, 30008, 30017, 63010, 63012, 63037),
    Reaction.AMBIGUOUS: (30410,),
    Reaction.ADDRESS: (21211, 21217, 21612, 21614, 21635, 30005, 30006, 30011, 63003, 63024, 63036),
    Reaction.OPTED_OUT: (21610, 30004, 63014, 63033),
    Reaction.CONTENT: (
        *(21617, 21619, 21620, 21623, 21654, 21655, 21656, 30007, 30019),
        *(63005, 63019, 63021, 63027, 63028, 63034, 63040, 63041),
    ),
    Reaction.NOT_NOW: (63032, 63049),
    Reaction.WINDOW: (63016,),
    Reaction.EXPIRED: (30036,),
    Reaction.GUARD: (30010, 63015),
}
"""Every known code under its one reaction."""

_REACTIONS = {code: reaction for reaction, codes in CODES.items() for code in codes}

_CURES = {
    20003: "Twilio refused the credentials: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN in the Twilio console.",
    20404: "Twilio does not know this account or service: check that the SIDs belong together.",
    20429: "Too many requests at once; it is sent again by itself.",
    21211: "This is not a valid phone number: correct the contact's address.",
    21212: "The line's sender is not a valid number: check TWILIO_FROM.",
    21219: "A trial account writes only to verified numbers: verify this one in the Twilio console or upgrade.",
    21408: "The account may not write to this country: switch it on under Messaging geographic permissions.",
    21601: "The line's number cannot send messages: choose one with SMS in TWILIO_FROM.",
    21606: "The line's number cannot send to this person: check that TWILIO_FROM belongs to the account.",
    21608: "A trial account writes only to verified numbers: verify this one in the Twilio console or upgrade.",
    21609: "Twilio cannot report to this app: set RECADO_PUBLIC_URL to the public address it is reached at.",
    21610: "The person opted out with STOP; only they can undo it, by writing START.",
    21611: "The sender's queue is full; it is sent again by itself.",
    21612: "No SMS route reaches this number from this sender: try another line.",
    21614: "This number cannot receive SMS, it may be a landline.",
    21617: "The text is longer than 1,600 characters: shorten it.",
    21635: "A landline cannot receive SMS.",
    21659: "The line's sender is not a number of this account: check TWILIO_FROM.",
    21703: "The Messaging Service has no sender: add a number to its pool.",
    30002: "The Twilio account is suspended: see its console.",
    30003: "The phone was off or out of reach; it is tried a few more times.",
    30004: "The person or the carrier blocks messages from this line.",
    30005: "Nobody has this number, or it no longer exists.",
    30006: "A landline, or a carrier that cannot be reached.",
    30007: "The carrier filtered the message as spam: change the text, do not send the same again.",
    30008: "The carrier gave no reason; it is tried once more.",
    30010: "The message would cost more than the limit set for it.",
    30032: "The toll-free number is not verified yet: finish its verification in the Twilio console.",
    30034: "The US number is not registered for business messaging (A2P 10DLC): register it in the Twilio console.",
    30036: "It waited longer than it was valid and was dropped: send it again if it still matters.",
    30410: "The carrier did not answer, so it may have arrived; it is not repeated, to avoid a duplicate.",
    63001: "WhatsApp refused the sender's credentials: check the WhatsApp sender in the Twilio console.",
    63003: "This address is not on WhatsApp.",
    63007: "Twilio has no WhatsApp sender with this number: check TWILIO_FROM.",
    63013: "The message breaks a policy of WhatsApp: see the sender's status in the Twilio console.",
    63014: "The person blocked this line on WhatsApp.",
    63015: "The person has not joined the WhatsApp sandbox: they send its join code first; it lasts three days.",
    63016: "More than 24 hours since the person wrote: send an approved template, or wait until they write.",
    63018: "Too many messages to one person on WhatsApp; it is sent again by itself.",
    63019: "The media could not be fetched: its address must be public and of a supported type.",
    63021: "WhatsApp refused the content: a template's text takes up to 1,024 characters.",
    63024: "This is not a valid WhatsApp recipient.",
    63032: "WhatsApp limits how many business messages this person gets; wait until they write.",
    63038: "The day's messages of this account are used up; it goes on tomorrow.",
    63040: "WhatsApp rejected the template: edit it and ask for approval again.",
    63041: "WhatsApp paused the template for low quality: use another one.",
    63049: "Meta chose not to deliver it to this person now; wait until they write.",
    63051: "WhatsApp locked the business account: see Meta's Business Manager.",
    63112: "Meta disabled the business account: see Meta's Business Manager.",
}

_BY_REACTION = {
    Reaction.CONFIG: "The line's set-up at Twilio stops it: see the code in the Twilio console.",
    Reaction.THROTTLE: "Too fast for the provider; it is sent again by itself.",
    Reaction.DAILY_CAP: "The day's allowance is used up; it goes on tomorrow.",
    Reaction.TRANSIENT: "A passing failure; it is tried a few more times.",
    Reaction.AMBIGUOUS: "It may have arrived; it is not repeated, to avoid a duplicate.",
    Reaction.ADDRESS: "This address cannot be reached on this line.",
    Reaction.OPTED_OUT: "The person does not accept messages from this line.",
    Reaction.CONTENT: "The content cannot be sent as it is: change it.",
    Reaction.NOT_NOW: "The provider chose not to deliver it now; wait until the person writes.",
    Reaction.WINDOW: "The time for a free answer is over: send an approved template, or wait until the person writes.",
    Reaction.EXPIRED: "It waited longer than it was valid and was dropped.",
    Reaction.GUARD: "A limit of the account stopped it.",
    Reaction.UNKNOWN: "The provider gave a reason we do not know: look the code up at twilio.com/docs/api/errors.",
}


def reaction(code: int | None) -> Reaction:
    """How to react to Twilio's `code`; UNKNOWN when there is none or it is not in the table."""
    return Reaction.UNKNOWN if code is None else _REACTIONS.get(code, Reaction.UNKNOWN)


def explain(code: int | None) -> str:
    """One line for an operator: what happened and what cures it. Never empty, holds no personal data."""
    if code is None:
        return "The provider gave no reason."
    return _CURES.get(code) or _BY_REACTION[reaction(code)]
