"""From a webhook to events: verified first, and only then understood.

Every parameter of Twilio's webhook reference that says something is read; unknown ones are kept in `raw`, as Twilio
adds new ones without notice. All of it except ids and addresses is the person's own words.
Source: twilio.com/docs/messaging/guides/webhook-request and .../outbound-message-status-in-status-callbacks.
"""

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

from adapters.twilio import addresses, pairs, signature
from adapters.twilio.codes import Reaction, explain, reaction
from adapters.twilio.forms import answers, name_of_form
from adapters.twilio.signature import Pairs
from adapters.twilio.statuses import INBOUND, status_of
from core.conversation.consent import Declared
from core.conversation.content import Choice, ChoiceKind, Content, Location, Media, Quote, Referral
from core.conversation.events import Delivery, Event, Inbound
from core.conversation.message import MessageId
from core.conversation.ports import Receipt, Webhook
from core.errors import Rejected, Untrusted
from core.identity.medium import Medium
from core.identity.model import Address, Line

NOTHING_TO_SAY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
REHEARSAL = "RecadoRehearsal"
"""A parameter that Twilio never sends, of a webhook that is verified and says nothing."""

_Form = Mapping[str, str]

# As long as Twilio's ids are and not longer. The signature does not say where a value ends, so a captured request could
# be cut differently and still verify; this and the line's own account leave no cut that makes a second message of it,
# except to somebody who wrote its text and sees the signature: SECURITY.md says who should not.
_SID = re.compile(r"(SM|MM)[A-Za-z0-9_-]{1,32}")
# All that a rehearsal has. Twilio's own webhooks have more, and none can be cut so that it is passed over as one.
_REHEARSED = {"AccountSid", "From", "To", REHEARSAL}
_MEDIA = re.compile(r"MediaUrl([0-9]{1,2})")
_ATTEMPT = re.compile(r"[1-9][0-9]{0,8}")
_OUR_ID = re.compile(r"[!-~]{1,64}")
_LONGEST_NAME = 256


def receive(webhook: Webhook, line: Line, tokens: Sequence[bytes]) -> Receipt:
    """What the webhook says, if it is Twilio that says it, and about this line."""
    form = _verified(webhook, tokens)
    pairs.storable(form)
    return Receipt(events=_events(webhook, form, line), content_type="text/xml", body=NOTHING_TO_SAY)


def _verified(webhook: Webhook, tokens: Sequence[bytes]) -> Pairs:
    kind = pairs.media_type(webhook)
    given = webhook.headers.get("x-twilio-signature", "")
    if not given:
        raise Untrusted("the webhook is not signed")
    if kind == pairs.JSON:
        if not signature.of_json(webhook.url, webhook.body, given, tokens):
            raise Untrusted("the signature is not right")
        return pairs.of_json(webhook.body)
    in_url = webhook.method == "GET"
    form = pairs.of_query(webhook.url) if in_url else pairs.of_form(webhook.body)
    if not signature.of_form(webhook.url, () if in_url else form, given, tokens):
        raise Untrusted("the signature is not right")
    return form


def _events(webhook: Webhook, received: Pairs, line: Line) -> tuple[Event, ...]:
    form = dict(reversed(received))  # of a repeated name the first counts
    word = form.get("MessageStatus") or form.get("SmsStatus") or ""
    ours = bool(word) and word.lower() not in INBOUND
    if form.get("AccountSid") != line.account:
        raise Untrusted("the account is not the line's")
    if form.get("From" if ours else "To") != addresses.spell(line.address):
        raise Untrusted("the sender or recipient is not the line's")
    provider_id = form.get("MessageSid") or form.get("SmsSid") or ""
    if form.keys() == _REHEARSED:
        return ()
    if not _SID.fullmatch(provider_id):
        raise Rejected("there is no message id")
    if ours:
        return (_delivery(provider_id, word, form, webhook.url, received),)
    if not word and "Body" not in form and "NumMedia" not in form:
        raise Rejected("this is neither a message nor a status")
    return (_inbound(provider_id, form, received),)


# Somebody wrote.


def _inbound(provider_id: str, form: _Form, received: Pairs) -> Inbound:
    sender = addresses.parse(form.get("From", ""))
    return Inbound(
        provider_id=provider_id,
        sender=sender,
        aliases=_aliases(sender, form),
        content=_content(provider_id, form),
        profile_name=form.get("ProfileName", "").strip()[:_LONGEST_NAME] or None,
        declared=_declared(form),
        raw=tuple(received),
    )


def _aliases(sender: Address, form: _Form) -> tuple[Address, ...]:
    """The id and the number that WhatsApp gives beside the sender: the same person, whichever they write from next."""
    found: list[Address] = []
    if sender.medium is not Medium.WHATSAPP:
        return ()
    wa_id = form.get("WaId", "")
    for value in (form.get("ExternalUserId", ""), f"+{wa_id}" if wa_id.isdecimal() else wa_id):
        with suppress(Rejected):
            alias = addresses.whatsapp(value.removeprefix("whatsapp:"))
            if alias != sender and alias not in found:
                found.append(alias)
    return tuple(found)


def _declared(form: _Form) -> Declared | None:
    try:
        return Declared(form.get("OptOutType", "").upper())
    except ValueError:
        return None


def _content(provider_id: str, form: _Form) -> Content:
    choice = _choice(form)
    text = form.get("Body", "")
    if choice is not None and choice.kind is ChoiceKind.FORM:
        filled_in = answers(form.get("FlowData") or form.get("InteractiveData", ""))
        text = "\n".join(part for part in (text, filled_in) if part)
    return Content(
        text=text,
        media=_media(provider_id, form),
        location=_location(form),
        choice=choice,
        quote=_quote(form),
        referral=_referral(provider_id, form),
        forwarded="true" in (form.get("Forwarded", "").lower(), form.get("FrequentlyForwarded", "").lower()),
    )


def _media(provider_id: str, form: _Form) -> tuple[Media, ...]:
    places = sorted(int(match[1]) for match in map(_MEDIA.fullmatch, form) if match)
    return tuple(
        Media(
            url=form[f"MediaUrl{place}"],
            content_type=form.get(f"MediaContentType{place}") or None,
            provider_id=provider_id,
        )
        for place in places
        if form.get(f"MediaUrl{place}")
    )


def _location(form: _Form) -> Location | None:
    try:
        latitude, longitude = float(form.get("Latitude", "")), float(form.get("Longitude", ""))
    except ValueError:
        return None
    if not (math.isfinite(latitude) and abs(latitude) <= 90 and math.isfinite(longitude) and abs(longitude) <= 180):
        return None
    return Location(
        latitude=latitude, longitude=longitude, label=form.get("Label") or None, address=form.get("Address") or None
    )


def _choice(form: _Form) -> Choice | None:
    said = form.get("Body", "")
    row, row_title = form.get("ListId", ""), form.get("ListTitle", "")
    if row or row_title:
        return Choice(kind=ChoiceKind.LIST, id=row or row_title, label=row_title or said)
    button, button_text = form.get("ButtonPayload", ""), form.get("ButtonText", "")
    if button or button_text:
        return Choice(kind=ChoiceKind.BUTTON, id=button or button_text, label=button_text or said)
    filled_in = form.get("FlowData") or form.get("InteractiveData")
    if filled_in:
        return Choice(kind=ChoiceKind.FORM, id=name_of_form(filled_in), label=said)
    return None


def _quote(form: _Form) -> Quote | None:
    quoted = form.get("OriginalRepliedMessageSid")
    return Quote(provider_id=quoted, sender=form.get("OriginalRepliedMessageSender") or None) if quoted else None


def _referral(provider_id: str, form: _Form) -> Referral | None:
    url, content_type = form.get("ReferralMediaUrl"), form.get("ReferralMediaContentType") or None
    referral = Referral(
        source_id=form.get("ReferralSourceId") or None,
        source_type=form.get("ReferralSourceType") or None,
        source_url=form.get("ReferralSourceUrl") or None,
        headline=form.get("ReferralHeadline") or None,
        body=form.get("ReferralBody") or None,
        click_id=form.get("ReferralCtwaClid") or None,
        media=(Media(url=url, content_type=content_type, provider_id=provider_id),) if url else (),
    )
    return referral if referral != Referral() else None


# A message of ours moved on.


def _delivery(provider_id: str, word: str, form: _Form, url: str, received: Pairs) -> Delivery:
    asked = dict(pairs.of_query(url))
    ours, attempt = asked.get("m", ""), asked.get("a", "")
    code = form.get("ErrorCode", "")
    number = int(code) if code.isdecimal() and len(code) <= 9 else 0
    return Delivery(
        provider_id=provider_id,
        message=MessageId(ours) if _OUR_ID.fullmatch(ours) else None,
        attempt=int(attempt) if _ATTEMPT.fullmatch(attempt) else None,
        status=status_of(word),
        why=f"{number}: {explain(number)}" if number else None,
        opts_out=reaction(number) is Reaction.OPTED_OUT,
        raw=tuple(received),
    )
