"""What Twilio's webhooks say. Each file of tests/golden/twilio holds a line for people, the query of the address, the
form as it comes, and after `---` the event that it is."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode

import pytest
from twilio.request_validator import RequestValidator

from adapters.twilio.parsing import NOTHING_TO_SAY, receive
from core.conversation.content import ChoiceKind
from core.conversation.events import Delivery, Inbound
from core.conversation.message import Status
from core.conversation.ports import Receipt, Webhook
from core.errors import RecadoError, Rejected, UnsupportedMedia, Untrusted
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId

VALIDATOR: Any = RequestValidator
TOKEN = "12345678901234567890123456789012"
TOKENS = (TOKEN.encode(),)
ACCOUNT = "AC3f1c0b5c7d9e4a6f8b2d1e0c9a7b5d3f"
URL = "https://desk.example.com/webhooks/twilio/main"
GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "twilio").glob("*.txt"))


def line_of(medium: Medium, number: str) -> Line:
    return Line(
        workspace=WorkspaceId("main"),
        id=LineId("main"),
        channel="twilio",
        address=Address(medium=medium, kind=AddressKind.PHONE, value=number),
        account=ACCOUNT,
    )


WHATSAPP = line_of(Medium.WHATSAPP, "+14155238886")
SMS = line_of(Medium.SMS, "+15005550006")

TEXT = {
    "MessageSid": "SM9c1f4be07a8d4e52b36a0d5f7c81e2aa",
    "AccountSid": ACCOUNT,
    "From": "+14017122661",
    "To": "+15005550006",
    "Body": "hello",
    "NumMedia": "0",
    "SmsStatus": "received",
}
SENT = {
    "MessageSid": "SM9c1f4be07a8d4e52b36a0d5f7c81e2aa",
    "AccountSid": ACCOUNT,
    "From": "+15005550006",
    "To": "+14017122661",
    "MessageStatus": "sent",
    "SmsStatus": "sent",
}


def signature(url: str, params: Any = None, token: str = TOKEN) -> str:
    """By Twilio's own code, and not by ours."""
    return str(VALIDATOR(token).compute_signature(url, params or {}))


def form(
    params: Mapping[str, str] | None = None,
    *,
    url: str = URL,
    body: bytes | None = None,
    signed: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Webhook:
    """A form post, signed as Twilio signs it unless told otherwise."""
    given = TEXT if params is None else params
    return Webhook(
        method="POST",
        url=url,
        headers={
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "x-twilio-signature": signature(url, given) if signed is None else signed,
            **(headers or {}),
        },
        body=urlencode(given).encode() if body is None else body,
    )


def json_post(body: bytes, *, url: str = URL, signed: str | None = None, digest: str | None = None) -> Webhook:
    full = f"{url}?bodySHA256={sha256(body).hexdigest() if digest is None else digest}"
    return Webhook(
        method="POST",
        url=full,
        headers={"content-type": "application/json", "x-twilio-signature": signed or signature(full)},
        body=body,
    )


def heard(webhook: Webhook, line: Line = SMS) -> Inbound:
    (event,) = receive(webhook, line, TOKENS).events
    assert isinstance(event, Inbound)
    return event


def reported(webhook: Webhook, line: Line = SMS) -> Delivery:
    (event,) = receive(webhook, line, TOKENS).events
    assert isinstance(event, Delivery)
    return event


def refused(webhook: Webhook, line: Line = SMS, tokens: tuple[bytes, ...] = TOKENS) -> type[RecadoError]:
    with pytest.raises(RecadoError) as error:
        receive(webhook, line, tokens)
    assert "hello" not in str(error.value)
    return type(error.value)


def plain(value: Any) -> Any:
    """An event as JSON, without what it does not say."""
    if is_dataclass(value):
        said = {field.name: getattr(value, field.name) for field in fields(value) if field.name != "raw"}
        return {name: plain(part) for name, part in said.items() if part not in (None, "", (), False)}
    return [plain(part) for part in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_webhook_says_what_it_says(path: Path) -> None:
    given, _, expected = path.read_text(encoding="utf-8").partition("---\n")
    _, query, body = given.splitlines()
    pairs = parse_qsl(body, keep_blank_values=True)
    url = URL + query
    line = WHATSAPP if "whatsapp:+14155238886" in dict(pairs).values() else SMS

    receipt = receive(form(dict(pairs), url=url, body=body.encode()), line, TOKENS)

    (event,) = receipt.events
    assert {type(event).__name__: plain(event)} == json.loads(expected)
    assert list(event.raw) == pairs
    assert receipt == Receipt(events=(event,), content_type="text/xml", body=NOTHING_TO_SAY)


def test_there_are_enough_golden_files() -> None:
    assert len(GOLDEN) > 40


# Who may speak.


@pytest.mark.parametrize("params", [TEXT, SENT], ids=["message", "status"])
@pytest.mark.parametrize("name", ["MessageSid", "AccountSid", "From", "To", "SmsStatus"])
def test_a_changed_field_breaks_the_signature(params: dict[str, str], name: str) -> None:
    changed = {**params, name: params[name] + "0"}

    assert refused(form(changed, signed=signature(URL, params))) is Untrusted


@pytest.mark.parametrize(
    "url",
    [
        "http://desk.example.com/webhooks/twilio/main",
        "https://desk.example.org/webhooks/twilio/main",
        "https://desk.example.com/webhooks/twilio/main/",
        "https://desk.example.com/webhooks/twilio/other",
        "https://desk.example.com/webhooks/twilio/main?m=x",
    ],
)
def test_a_signature_for_another_address_is_none(url: str) -> None:
    assert refused(form(url=url, signed=signature(URL, TEXT))) is Untrusted


def test_a_field_taken_away_or_added_breaks_the_signature() -> None:
    without = {name: value for name, value in TEXT.items() if name != "NumMedia"}

    assert refused(form(without, signed=signature(URL, TEXT))) is Untrusted
    assert refused(form({**TEXT, "Extra": ""}, signed=signature(URL, TEXT))) is Untrusted


@pytest.mark.parametrize("signed", ["", "x", "é", "\ud800", signature(URL, TEXT, "another token"), signature(URL)])
def test_without_a_right_signature_nothing_is_heard(signed: str) -> None:
    assert refused(form(signed=signed)) is Untrusted


@pytest.mark.parametrize("tokens", [(), (b"",)])
def test_without_a_token_nobody_is_trusted(tokens: tuple[bytes, ...]) -> None:
    assert refused(form(signed=signature(URL, TEXT, "")), tokens=tokens) is Untrusted


def test_while_the_token_is_rotated_both_verify() -> None:
    both = (b"the new one", TOKEN.encode())

    assert receive(form(), SMS, both).events == receive(form(), SMS, TOKENS).events


def test_a_signature_with_the_default_port_counts() -> None:
    with_port = URL.replace(".com/", ".com:443/")

    assert heard(form(signed=signature(with_port, TEXT))).content.text == "hello"


@pytest.mark.parametrize(
    "params",
    [
        {**TEXT, "AccountSid": "AC00000000000000000000000000000000"},
        {**TEXT, "AccountSid": ""},
        {name: value for name, value in TEXT.items() if name != "AccountSid"},
        {**TEXT, "To": "+15005550007"},
        {**TEXT, "To": "whatsapp:+15005550006"},
        {name: value for name, value in TEXT.items() if name != "To"},
        {**SENT, "From": "+15005550007"},
        {**SENT, "To": "+15005550006", "From": "+14017122661"},
    ],
)
def test_another_line_is_not_spoken_for(params: dict[str, str]) -> None:
    assert refused(form(params)) is Untrusted


def test_a_get_is_signed_over_its_address() -> None:
    url = f"{URL}?{urlencode(TEXT)}"
    headers = {"x-twilio-signature": signature(url)}

    assert heard(Webhook(method="GET", url=url, headers=headers, body=b"")).content.text == "hello"
    assert refused(Webhook(method="GET", url=url + "!", headers=headers, body=b"")) is Untrusted
    assert refused(Webhook(method="GET", url=URL, headers=headers, body=urlencode(TEXT).encode())) is Untrusted


# JSON bodies.


def test_json_is_read_like_a_form() -> None:
    assert heard(json_post(json.dumps(TEXT).encode())).content.text == "hello"


@pytest.mark.parametrize("digest", ["", "0" * 64, "é", sha256(b"{}").hexdigest()])
def test_json_needs_the_right_hash(digest: str) -> None:
    assert refused(json_post(json.dumps(TEXT).encode(), digest=digest)) is Untrusted


def test_json_without_any_hash_is_refused_although_it_is_signed() -> None:
    body = json.dumps(TEXT).encode()
    headers = {"content-type": "application/json", "x-twilio-signature": signature(URL)}

    assert refused(Webhook(method="POST", url=URL, headers=headers, body=body)) is Untrusted


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'["MessageSid"]',
        b'[["MessageSid", "SM1"]]',
        b"{",
        b"{}}",
        b"\xff",
        b'{"Body": 1}',
        b'{"Body": null}',
        b'{"Body": {"a": "b"}}',
        b'{"Body": ["a"]}',
        b"[" * 60_000,
        b'{"a":' * 10_000,
        json.dumps({f"k{number}": "" for number in range(201)}).encode(),
    ],
    ids=lambda body: body[:20].decode("latin-1") or "empty",
)
def test_json_that_is_not_flat_strings_is_rejected(body: bytes) -> None:
    assert refused(json_post(body)) is Rejected


def test_json_cannot_smuggle_half_a_character() -> None:
    body = json.dumps(TEXT).replace("hello", "\\ud800").encode()

    assert refused(json_post(body)) is Rejected


# Malformed, too much, not understood.


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": ""},
        {"content-type": "text/plain"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/x-www-form-urlencoded; charset=utf-16"},
        {"content-type": "application/jsonp"},
        {"content-encoding": "gzip"},
    ],
)
def test_other_content_is_not_read(headers: dict[str, str]) -> None:
    assert refused(form(headers=headers)) is UnsupportedMedia


@pytest.mark.parametrize("method", ["PUT", "HEAD", "DELETE", "post", ""])
def test_other_methods_are_rejected(method: str) -> None:
    webhook = Webhook(method=method, url=URL, headers=form().headers, body=form().body)

    assert refused(webhook) is Rejected


@pytest.mark.parametrize("body", [b"Body=%FF", b"Body=%ED%A0%80", b"%C3=1", b"Body=\xff", b"Body=%C0%80"])
def test_a_form_that_is_not_utf_8_is_rejected(body: bytes) -> None:
    assert refused(form(body=body)) is Rejected


def test_nul_is_rejected() -> None:
    assert refused(form({**TEXT, "Body": "a\0b"})) is Rejected
    assert refused(form({**TEXT, "a\0": "b"})) is Rejected


@pytest.mark.parametrize("body", [b"&" * 200, b"a=b&" * 1_000_000], ids=["201", "a million"])
def test_too_many_fields_are_rejected(body: bytes) -> None:
    assert refused(form(body=body)) is Rejected


def test_two_hundred_fields_are_read() -> None:
    many = TEXT | {f"New{number}": "" for number in range(200 - len(TEXT))}

    assert len(heard(form(many)).raw) == 200


@pytest.mark.parametrize("provider_id", ["", "hello", "SM", "AC3f1c0b5c7d9e4a6f8b2d1e0c9a7b5d3f", "SM1\n", "SM/../1"])
def test_without_a_message_id_it_is_rejected(provider_id: str) -> None:
    assert refused(form({**TEXT, "MessageSid": provider_id})) is Rejected


def test_a_captured_request_cut_differently_is_not_a_second_message() -> None:
    sid = TEXT["MessageSid"]
    cut = {name: value for name, value in TEXT.items() if name not in ("MessageSid", "NumMedia")}
    cut["MessageSid"] = f"{sid}NumMedia0"

    assert signature(URL, cut) == signature(URL, TEXT)
    assert refused(form(cut)) is Rejected


def test_what_is_neither_message_nor_status_is_rejected() -> None:
    neither = {name: TEXT[name] for name in ("MessageSid", "AccountSid", "From", "To")}

    assert refused(form(neither)) is Rejected


@pytest.mark.parametrize("sender", ["", " ", "messenger:123", "rcs:brand", "whatsapp:", "whatsapp: +1", "x" * 161])
def test_a_sender_on_no_medium_of_ours_is_rejected(sender: str) -> None:
    assert refused(form({**TEXT, "From": sender})) is Rejected


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("nan", "0"), ("inf", "0"), ("91", "0"), ("0", "-181"), ("", ""), ("x", "1"), ("1", "")]
)
def test_a_place_that_is_none_is_left_out(latitude: str, longitude: str) -> None:
    message = heard(form({**TEXT, "Latitude": latitude, "Longitude": longitude}))

    assert message.content.location is None
    assert ("Latitude", latitude) in message.raw


def test_media_are_read_whatever_their_number_says() -> None:
    params = TEXT | {"NumMedia": "x", "MediaUrl1": "https://b", "MediaUrl0": "https://a", "MediaUrl007": "https://c"}

    assert [media.url for media in heard(form(params)).content.media] == ["https://a", "https://b"]


@pytest.mark.parametrize("deep", ["[" * 50_000, '{"a":' * 50_000, '{"a":' * 12 + "1" + "}" * 12, "1e999", "[]"])
def test_a_hostile_form_reply_does_no_harm(deep: str) -> None:
    message = heard(form({**TEXT, "Body": "", "FlowData": deep}))

    assert message.content.choice is not None
    assert message.content.choice.kind is ChoiceKind.FORM


def test_of_a_repeated_name_the_first_counts() -> None:
    body = f"{urlencode(TEXT)}&Body=hello"

    assert heard(form(body=body.encode())).content.text == "hello"


def test_a_profile_name_is_bounded() -> None:
    name = heard(form({**TEXT, "ProfileName": "n" * 5000})).profile_name

    assert name is not None
    assert len(name) == 256


# Statuses.


@pytest.mark.parametrize(
    ("query", "message", "attempt"),
    [
        ("?m=abc&a=2", "abc", 2),
        ("?m=abc", "abc", None),
        ("?a=1", None, 1),
        ("?m=&a=0", None, None),
        ("?m=a%20b&a=-1", None, None),
        (f"?m={'x' * 65}&a=99999999999", None, None),
        ("?m=a%2Fb%3Fc&a=1", "a/b?c", 1),
        ("", None, None),
    ],
)
def test_our_own_id_is_found_in_the_address(query: str, message: str | None, attempt: int | None) -> None:
    delivery = reported(form(SENT, url=URL + query))

    assert (delivery.message, delivery.attempt) == (message, attempt)


def test_the_address_of_a_message_cannot_carry_parameters_of_the_form() -> None:
    url = f"{URL}?Body={quote_plus('other words')}&MessageStatus=read"

    assert heard(form(url=url)).content.text == "hello"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", Status.ACCEPTED),
        ("scheduled", Status.ACCEPTED),
        ("queued", Status.ACCEPTED),
        ("sending", Status.ACCEPTED),
        ("sent", Status.SENT),
        ("SENT", Status.SENT),
        ("delivered", Status.DELIVERED),
        ("undelivered", Status.UNDELIVERED),
        ("failed", Status.FAILED),
        ("canceled", Status.FAILED),
        ("read", Status.READ),
        ("partially_delivered", Status.SENT),
        ("what", Status.ACCEPTED),
    ],
)
def test_a_status_is_ours(word: str, status: Status) -> None:
    assert reported(form({**SENT, "MessageStatus": word})).status is status


@pytest.mark.parametrize(
    ("code", "opts_out", "begins"),
    [
        ("21610", True, "21610: "),
        ("63014", True, "63014: "),
        ("63033", True, "63033: "),
        ("30004", True, "30004: "),
        ("30005", False, "30005: "),
        ("69999", False, "69999: "),
    ],
)
def test_a_code_is_explained(code: str, opts_out: bool, begins: str) -> None:
    delivery = reported(form({**SENT, "MessageStatus": "failed", "ErrorCode": code}))

    assert delivery.opts_out is opts_out
    assert delivery.why is not None
    assert delivery.why.startswith(begins)
    assert len(delivery.why) > len(begins)


@pytest.mark.parametrize("code", ["", "0", "none", "1" * 5000])
def test_a_code_that_is_none_explains_nothing(code: str) -> None:
    assert reported(form({**SENT, "ErrorCode": code})).why is None


def test_a_status_needs_only_the_older_of_its_two_names() -> None:
    older = {name: value for name, value in SENT.items() if name != "MessageStatus"}

    assert reported(form(older)).status is Status.SENT
