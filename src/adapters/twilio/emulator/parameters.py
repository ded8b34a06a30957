"""The parameters of a webhook about what a person wrote. Source: twilio.com/docs/messaging/guides/webhook-request."""

import json
import time

from adapters.twilio.emulator.message import Message
from adapters.twilio.emulator.written import Referral, Written

Pairs = list[tuple[str, str]]

_QUOTABLE_S = 7 * 24 * 3600
_COUNTRIES = {
    "+1": "US",
    "+33": "FR",
    "+34": "ES",
    "+351": "PT",
    "+44": "GB",
    "+49": "DE",
    "+52": "MX",
    "+54": "AR",
    "+55": "BR",
}


def of_sms(message: Message, written: Written, account: str, media_urls: list[str]) -> Pairs:
    """Parameters as SMS and MMS have them, written by a phone number."""
    return _distinct([*_shared(message, account, media_urls), *_geography(message), *written.extra.items()])


def of_whatsapp(
    message: Message, written: Written, account: str, media_urls: list[str], name: str, quoted: Message | None
) -> Pairs:
    """Parameters as WhatsApp has them. `name` is the profile's; an address may be a scoped id without a number."""
    address = message.from_.removeprefix("whatsapp:")
    phone = address[1:] if address.startswith("+") else ""
    scoped = written.bsuid or ("" if phone else address)
    context = {key: value for key, value in (("ProfileName", name), ("WaId", phone)) if value}
    flags = {
        "ProfileName": name,
        "WaId": phone,
        "ExternalUserId": scoped,
        "Forwarded": "true" if written.forwarded else "",
        "FrequentlyForwarded": "true" if written.frequently_forwarded else "",
    }
    metadata = {"type": "whatsapp", "data": {"context": context}}
    return _distinct(
        [
            *_shared(message, account, media_urls),
            ("MessageType", _type(message, written)),
            *((key, value) for key, value in flags.items() if value),
            *_tapped(written),
            *_referral(written.referral),
            *_quote(written.quoted, quoted),
            ("ChannelMetadata", json.dumps(metadata, separators=(",", ":"))),
            *written.extra.items(),
        ]
    )


def _distinct(pairs: Pairs) -> Pairs:
    return list(dict(pairs).items())


def _shared(message: Message, account: str, media_urls: list[str]) -> Pairs:
    pairs = [
        ("MessageSid", message.sid),
        ("SmsSid", message.sid),
        ("SmsMessageSid", message.sid),
        ("AccountSid", account),
        ("From", message.from_),
        ("To", message.to),
        ("Body", message.body),
        ("NumMedia", str(len(message.media))),
        ("NumSegments", str(message.segments)),
        ("SmsStatus", "received"),
        ("ApiVersion", "2010-04-01"),
    ]
    if message.service:
        pairs.append(("MessagingServiceSid", message.service))
    for place, (medium, url) in enumerate(zip(message.media, media_urls, strict=True)):
        pairs += [(f"MediaUrl{place}", url), (f"MediaContentType{place}", medium.content_type)]
    return pairs


def _geography(message: Message) -> Pairs:
    """Best effort, as the real one: the country where the number says it, the rest empty."""
    pairs: Pairs = []
    for end, address in (("To", message.to), ("From", message.from_)):
        country = next((name for code, name in _COUNTRIES.items() if address.startswith(code)), "")
        pairs += [(f"{end}Country", country), (f"{end}State", ""), (f"{end}City", ""), (f"{end}Zip", "")]
    return pairs


def _type(message: Message, written: Written) -> str:
    if written.location:
        return "location"
    if written.button:
        return "button"
    if written.row or written.form is not None:
        return "interactive"
    if not message.media:
        return "text"
    kind = message.media[0].content_type.partition("/")[0]
    return kind if kind in ("image", "audio", "video") else "document"


def _tapped(written: Written) -> Pairs:
    pairs: Pairs = []
    if place := written.location:
        pairs += [("Latitude", str(place.latitude)), ("Longitude", str(place.longitude))]
        pairs += [("Address", place.address)] if place.address else []
        pairs += [("Label", place.label)] if place.label else []
    if button := written.button:
        pairs += [("ButtonText", button.text), ("ButtonPayload", button.payload), ("ButtonType", button.type)]
    if row := written.row:
        pairs += [("ListId", row.id), ("ListTitle", row.title)]
    if written.form is not None:
        answers = json.dumps(written.form)
        pairs += [
            ("FlowData", answers),
            ("InteractiveData", json.dumps({"type": "nfm_reply", "nfm_reply": {"response_json": answers}})),
        ]
    return pairs


def _referral(referral: Referral | None) -> Pairs:
    if referral is None:
        return []
    pairs = [
        ("ReferralBody", referral.body),
        ("ReferralHeadline", referral.headline),
        ("ReferralSourceId", referral.source_id),
        ("ReferralSourceType", referral.source_type),
        ("ReferralSourceUrl", referral.source_url),
        ("ReferralCtwaClid", referral.ctwa_clid),
        ("ReferralNumMedia", "1" if referral.media_url else "0"),
    ]
    if referral.media_url:
        pairs += [
            ("ReferralMediaUrl", referral.media_url),
            ("ReferralMediaContentType", referral.media_content_type),
        ]
    return pairs


def _quote(sid: str | None, quoted: Message | None) -> Pairs:
    """Only what is at most seven days old is named."""
    if sid is None or (quoted is not None and time.time() - quoted.created_at > _QUOTABLE_S):
        return []
    pairs = [("OriginalRepliedMessageSid", sid)]
    return pairs if quoted is None else [*pairs, ("OriginalRepliedMessageSender", quoted.from_)]
