"""Webhooks as Twilio posts them, signed and laid out as bytes beforehand, so that sending one costs next to nothing."""

from hashlib import md5
from urllib.parse import urlencode

from adapters.twilio.signature import sign

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "a token that is good for this benchmark only"
SENDER = "whatsapp:+14155238886"
PATH = "/webhooks/twilio/main"


def order_of(run: int, person: int) -> str:
    """What this person writes about: it comes back in the reply, which shows whose it is."""
    return f"{run:02d}-{person:06d}"


def number_of(run: int, person: int) -> str:
    """The address of a person whom no other run has heard of."""
    return f"whatsapp:+55119{run:02d}{person:06d}"


def webhook(public_url: str, run: int, person: int, *, said: str = "", nth: int = 0) -> bytes:
    """The whole HTTP request with which a message of this person arrives, the `nth` one, with the words `said`."""
    sid = f"SM{md5(f'{run}/{person}/{nth}'.encode()).hexdigest()}"
    words = said or f"Olá! É sobre o pedido {order_of(run, person)}: quando ele chega?"
    address = number_of(run, person)
    wa_id = address.removeprefix("whatsapp:+")
    context = f'{{"type":"whatsapp","data":{{"context":{{"ProfileName":"Ana Souza","WaId":"{wa_id}"}}}}}}'
    pairs = [
        ("SmsMessageSid", sid),
        ("NumMedia", "0"),
        ("ProfileName", "Ana Souza"),
        ("MessageType", "text"),
        ("SmsSid", sid),
        ("WaId", wa_id),
        ("SmsStatus", "received"),
        ("Body", words),
        ("To", SENDER),
        ("NumSegments", "1"),
        ("ReferralNumMedia", "0"),
        ("MessageSid", sid),
        ("AccountSid", ACCOUNT),
        ("From", address),
        ("ApiVersion", "2010-04-01"),
        ("ChannelMetadata", context),
    ]
    body = urlencode(pairs).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        "User-Agent: TwilioProxy/1.1\r\n"
        "Accept: */*\r\n"
        f"X-Twilio-Signature: {sign(public_url + PATH, pairs, TOKEN.encode())}\r\n"
        f"I-Twilio-Idempotency-Token: {run:08x}-{person:08x}-{nth:04x}\r\n"
        "X-Home-Region: us1\r\n"
        "\r\n"
    )
    return head.encode() + body
