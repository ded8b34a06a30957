"""Sending a text once, and saying truthfully how that ended."""

from urllib.parse import quote, urlencode

from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from adapters.twilio.addresses import spell
from adapters.twilio.codes import Reaction, explain, reaction
from adapters.twilio.statuses import status_of
from adapters.twilio.wire import NotReached, Refused, Trouble
from core.conversation.outbox import Accepted, Never, NotNow, Outcome, Send, Unknown, Withheld
from core.identity.model import Line

STUMBLED = (TwilioException, ValueError, TypeError, AttributeError, KeyError)
"""What the vendor's client raises over an answer that is JSON but not what it expects."""


async def send(client: Client, public_url: str, message: Send, line: Line) -> Outcome:
    """One attempt. Only being cancelled raises: then the outcome is nobody's to tell."""
    refusal = _unsendable(message, line)
    if refusal is not None:
        return refusal
    try:
        created = await client.api.v2010.accounts(line.account).messages.create_async(
            to=spell(message.to),
            from_=spell(line.address),
            body=message.text,
            status_callback=callback(public_url, message, line),
        )
    except Trouble as trouble:
        return outcome(trouble)
    except STUMBLED:
        return Unknown(why="The provider's answer could not be read.")
    if not isinstance(created.sid, str) or not created.sid:
        return Unknown(why="The provider's answer holds no message id.")
    return Accepted(provider_id=created.sid, status=status_of(created.status))


def callback(public_url: str, message: Send, line: Line) -> str:
    """Where Twilio reports on this very attempt: it finds its row even if the answer to our request is lost."""
    query = urlencode({"m": message.ref.id, "a": message.attempt})
    return f"{public_url}/webhooks/{quote(line.channel, safe='')}/{quote(line.id, safe='')}?{query}"


def outcome(trouble: Trouble) -> Outcome:
    """What a send that met `trouble` came to."""
    match trouble:
        case NotReached():
            return NotNow(why=f"The provider was not reached: {trouble}.")
        case Refused():
            return _refused(trouble)
        case _:
            return Unknown(why=f"The provider may have it: {trouble}.")


def _refused(refused: Refused) -> Outcome:
    kind = reaction(refused.code)
    why = f"{refused.code}: {explain(refused.code)}" if refused.code is not None else "429: Too many requests."
    patient = kind in (Reaction.DAILY_CAP, Reaction.CONFIG)
    # Too many requests: not processed, whatever the reason given.
    if refused.status == 429 or patient or kind in (Reaction.THROTTLE, Reaction.TRANSIENT):
        return NotNow(why=why, after=refused.after, patient=patient)
    match kind:
        case Reaction.AMBIGUOUS:
            return Unknown(why=why)
        case Reaction.WINDOW:
            return Withheld(why=why)
        case _:
            return Never(why=why, opts_out=kind is Reaction.OPTED_OUT)


def _unsendable(message: Send, line: Line) -> Outcome | None:
    """What need not be tried."""
    if not message.text.strip():
        return Never(why="There is no text to send.")
    if message.to.medium is not line.medium:
        return Never(why="The address is on another medium than the line.")
    try:
        message.text.encode()
    except UnicodeEncodeError:
        return Never(why="The text is not valid Unicode.")
    return None
