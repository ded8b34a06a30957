"""The emulator's rules that need no socket: addresses, words, answers, pages, switches."""

import json
import random

import pytest
from pydantic import ValidationError

from adapters.twilio.emulator import Settings, parameters, twiml
from adapters.twilio.emulator.codes import ApiError
from adapters.twilio.emulator.creation import check
from adapters.twilio.emulator.creation import parameters as parsed
from adapters.twilio.emulator.keywords import keyword
from adapters.twilio.emulator.listing import Query
from adapters.twilio.emulator.message import Medium, Message, rfc2822, segments
from adapters.twilio.emulator.numbers import Number, NumberChange, Numbers, reachable
from adapters.twilio.emulator.switches import KINDS, DeliveryFails, Hidden, RateLimited, ServerError
from adapters.twilio.emulator.twiml import Answer, BadAnswer
from adapters.twilio.emulator.webhooks import USUAL, Overrides
from adapters.twilio.emulator.written import File, Written

SMS, WHATSAPP = "+15005550006", "whatsapp:+14155238886"
ANA, ANA_SMS = "whatsapp:+5511999999999", "+5511999999999"


def a_message(**changed: object) -> Message:
    given: dict[str, object] = {
        "number": 1,
        "sid": "SM" + "a" * 32,
        "direction": "inbound",
        "from_": ANA,
        "to": WHATSAPP,
        "body": "oi",
        "status": "received",
        "created_at": 1_000_000_000.0,
        "updated_at": 1_000_000_000.0,
    }
    return Message(**(given | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address", ["+5511999999999", "whatsapp:+5511999999999", "whatsapp:BR.1234abcd", "whatsapp:US.ENT.99Ab"]
)
def test_who_can_be_reached(address: str) -> None:
    assert reachable(address)


@pytest.mark.parametrize(
    "address", ["", "5511999999999", "+0511999999999", "+12", "whatsapp:", "whatsapp: 5511", "whatsapp:ana", "12345"]
)
def test_who_cannot_be_reached(address: str) -> None:
    assert not reachable(address)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ã" * 70, 1),
        ("ã" * 71, 2),
        ("😀" * 36, 2),
    ],
)
def test_what_a_text_costs(text: str, parts: int) -> None:
    assert segments(text) == parts


@pytest.mark.parametrize(
    ("text", "opted_out", "expected"),
    [
        ("stop", False, "STOP"),
        (" Unsubscribe \n", False, "STOP"),
        ("please stop", False, None),
        ("STOP!", False, None),
        ("yes", False, None),
        ("yes", True, "START"),
        ("Start", True, "START"),
        ("INFO", False, "HELP"),
    ],
)
def test_words_that_the_provider_answers(text: str, opted_out: bool, expected: str | None) -> None:
    assert keyword(text, opted_out=opted_out) == expected


def test_times_are_written_as_the_provider_writes_them() -> None:
    assert rfc2822(1438286431.9) == "Thu, 30 Jul 2015 20:00:31 +0000"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", []),
        (b"<Response/>", []),
        (b"<Response><Message>Hi &amp; bye</Message></Response>", [Answer(body="Hi & bye")]),
        (
            b'<Response><Message to="+15005550009"><Body>Hi</Body><Media>https://a/b</Media></Message><Sms>two</Sms></Response>',
            [Answer(body="Hi", media=("https://a/b",), to="+15005550009"), Answer(body="two")],
        ),
    ],
)
def test_what_an_answer_says(body: bytes, expected: list[Answer]) -> None:
    assert twiml.read("text/xml; charset=utf-8", body) == expected


def test_plain_text_is_a_message() -> None:
    assert twiml.read("text/plain", "olá".encode()) == [Answer(body="olá")]


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("application/json", b"{}", 12300),
        ("text/xml", b"<Response>", 12100),
        ("text/xml", b"<Answer/>", 12100),
        ("text/xml", b"<Response><Dial/></Response>", 12200),
    ],
)
def test_answers_that_the_provider_complains_about(content_type: str, body: bytes, code: int) -> None:
    with pytest.raises(BadAnswer) as refused:
        twiml.read(content_type, body)

    assert refused.value.code == code


def test_a_fragment_overrides_the_connection() -> None:
    overrides = Overrides.of("ct=2000&rt=5000&tt=9000&rc=3&rp=ct,rt,5xx&e=ashburn&sni=y")

    assert overrides == Overrides(connect_s=2, read_s=5, total_s=9, retries=3, policy=frozenset({"ct", "rt", "5xx"}))


@pytest.mark.parametrize("fragment", ["", "rc=many", "ct=&rt=x"])
def test_what_a_fragment_does_not_say_stays_usual(fragment: str) -> None:
    assert Overrides.of(fragment) == USUAL


def test_a_fragment_cannot_leave_the_limits() -> None:
    overrides = Overrides.of("ct=1&rt=99999&rc=9&rp=all")

    assert (overrides.connect_s, overrides.read_s, overrides.retries) == (0.1, 15, 5)
    assert overrides.policy == {"ct", "rt", "4xx", "5xx"}


def test_a_switch_goes_off_after_its_times() -> None:
    number = Number(address=SMS)
    number.switch_on(RateLimited(times=2))

    assert [bool(number.take(RateLimited)) for _ in range(3)] == [True, True, False]
    assert number.struck == {"rate_limited": 2}


def test_a_switch_without_times_stays_on() -> None:
    number = Number(address=SMS)
    number.switch_on(ServerError())

    assert all(number.take(ServerError) for _ in range(5))

    number.switch_off(ServerError)
    assert number.take(ServerError) is None


def test_a_share_strikes_by_chance() -> None:
    number = Number(address=SMS, chance=random.Random(7))
    number.switch_on(ServerError(share=0.25))

    struck = sum(number.take(ServerError) is not None for _ in range(2000))

    assert 400 < struck < 600


def test_every_switch_has_a_name_and_says_what_it_does() -> None:
    assert {"rate_limited", "server_error_after_accept", "callbacks_disordered", "webhook_repeated"} <= KINDS.keys()
    assert all(kind.__doc__ for kind in KINDS.values())


def test_a_change_touches_what_it_names() -> None:
    number = Number(address=SMS, name="Shop", webhook="http://127.0.0.1/a")
    number.switch_on(RateLimited())

    NumberChange.model_validate_json(
        '{"webhook": null,'
        ' "switches": {"hidden": {"seconds": 2, "times": 1}, "server_error": true, "rate_limited": null}}'
    ).apply(number)

    assert (number.name, number.webhook) == ("Shop", None)
    assert number.view()["switches"] == {
        "hidden": {"times": 1, "share": 1.0, "seconds": 2.0},
        "server_error": {"times": None, "share": 1.0, "status": 503},
    }


@pytest.mark.parametrize(
    "change",
    [
        '{"switches": {"explode": true}}',
        '{"switches": {"hidden": {}}}',
        '{"switches": {"server_error": {"status": 200}}}',
        '{"webhok": "x"}',
        '{"delays": {"sent": -1}}',
    ],
)
def test_a_change_that_makes_no_sense_is_refused(change: str) -> None:
    with pytest.raises(ValidationError):
        NumberChange.model_validate_json(change)


def test_a_number_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(ValueError, match="is no sender"):
        Numbers(["whatsapp:ana"], None, random.Random(1))


def test_a_switch_set_by_hand_is_checked_too() -> None:
    with pytest.raises(ValidationError):
        DeliveryFails(code=30003, status="gone")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Hidden(seconds=-1)


def test_the_window_follows_the_clock() -> None:
    number = Number(address=WHATSAPP, window_s=10)
    number.heard_at[ANA] = 100.0

    assert number.window_open(ANA, 109.9)
    assert not number.window_open(ANA, 110.1)
    assert not number.window_open("whatsapp:+5511888888888", 100.0)


@pytest.mark.parametrize(("window", "expected"), [("open", True), ("closed", False)])
def test_the_window_can_be_held(window: str, expected: bool) -> None:
    number = Number(address=WHATSAPP, window=window)  # type: ignore[arg-type]
    number.heard_at[ANA] = 100.0

    assert number.window_open(ANA, 100.0) is expected


def test_sms_has_no_window() -> None:
    assert Number(address=SMS, window="closed").window_open(ANA_SMS, 0)


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ("DateSent=2026-03-02", 1772409600.0, 1772496000.0),
        ("DateSent%3E=2026-03-02", 1772409600.0, None),
        ("DateSent>=2026-03-02T01:00:00Z", 1772413200.0, None),
        ("DateSent<=2026-03-02", None, 1772496000.0),
        ("DateSent>=nonsense", None, None),
    ],
)
def test_filters_by_date(query: str, since: float | None, until: float | None) -> None:
    asked = Query.of(query)

    assert (asked.since, asked.until) == (since, until)


@pytest.mark.parametrize(("query", "size"), [("", 50), ("PageSize=20", 20), ("PageSize=5000", 1000), ("PageSize=0", 1)])
def test_page_sizes(query: str, size: int) -> None:
    assert Query.of(query).size == size


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (f"From={SMS}&Body=x", 21604),
        ("To=%2B5511999999999&Body=x", 21603),
        ("To=5511&From=%2B15005550006&Body=x", 21211),
        ("To=%2B5511999999999&From=%2B15005550001&Body=x", 21659),
        ("To=%2B5511999999999&From=99999&Body=x", 21606),
        ("To=%2B5511999999999&From=%2B0&Body=x", 21212),
        ("To=%2B5511999999999&MessagingServiceSid=MGx&Body=x", 21703),
        ("To=whatsapp:%2B5511999999999&From=whatsapp:%2B15005550001&Body=x", 63007),
    ],
)
def test_a_create_without_a_sender_of_ours(form: str, code: int) -> None:
    with pytest.raises(ApiError) as refused:
        check(parsed(form.encode()), None, {})

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"Body": ""}, 21619),
        ({"Body": "x" * 1601}, 21617),
        ({"To": ANA}, 21910),
        ({"To": SMS}, 21266),
        ({"MediaUrl": ["https://example.com/a.png"] * 11}, 21623),
        ({"MediaUrl": ["a.png"]}, 21620),
        ({"StatusCallback": "nowhere"}, 21609),
        ({"StatusCallback": "https://my_app.example.com/"}, 21609),
        ({"ContentSid": "HX1", "ContentVariables": "{"}, 21656),
        ({"ContentSid": "HX1", "ContentVariables": "[]"}, 21656),
        ({"ScheduleType": "fixed", "SendAt": "2026-03-02T00:00:00Z"}, 35118),
    ],
)
def test_a_create_that_is_refused(changed: dict[str, object], code: int) -> None:
    form = {"To": ANA_SMS, "From": SMS, "Body": "x"} | changed

    with pytest.raises(ApiError) as refused:
        check(form, Number(address=SMS), {})

    assert refused.value.code == code
    assert refused.value.body()["more_info"] == f"https://www.twilio.com/docs/errors/{code}"


def test_a_template_is_filled_in() -> None:
    form = {"To": ANA, "From": WHATSAPP, "ContentSid": "HX1", "ContentVariables": '{"1": "Ana"}'}

    draft = check(form, Number(address=WHATSAPP), {"HX1": "Hello {{1}}, {{2}}"})

    assert (draft.body, draft.template) == ("Hello Ana, {{2}}", True)


def whatsapp_parameters(written: Written, *, media: tuple[Medium, ...] = (), **changed: object) -> dict[str, str]:
    message = a_message(body=written.text, media=list(media), **changed)
    return dict(parameters.of_whatsapp(message, written, "AC1", ["https://m/0"] * len(media), "Ana", None))


def test_a_text_on_whatsapp() -> None:
    sent = whatsapp_parameters(Written(body="oi"))

    assert sent == {
        "MessageSid": "SM" + "a" * 32,
        "SmsSid": "SM" + "a" * 32,
        "SmsMessageSid": "SM" + "a" * 32,
        "AccountSid": "AC1",
        "From": ANA,
        "To": WHATSAPP,
        "Body": "oi",
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        "MessageType": "text",
        "ProfileName": "Ana",
        "WaId": "5511999999999",
        "ChannelMetadata": '{"type":"whatsapp","data":{"context":{"ProfileName":"Ana","WaId":"5511999999999"}}}',
    }


def test_a_text_over_sms() -> None:
    message = a_message(from_=ANA_SMS, to=SMS, service="MG1")

    sent = dict(parameters.of_sms(message, Written(body="oi", extra={"NewOne": "1"}), "AC1", []))

    assert (sent["FromCountry"], sent["ToCountry"], sent["FromZip"]) == ("BR", "US", "")
    assert (sent["MessagingServiceSid"], sent["NewOne"]) == ("MG1", "1")
    assert not sent.keys() & {"WaId", "ProfileName", "MessageType", "ChannelMetadata"}


def test_a_file() -> None:
    sent = whatsapp_parameters(Written(), media=(Medium(sid="ME1", content_type="audio/ogg"),))

    assert (sent["NumMedia"], sent["MessageType"], sent["Body"]) == ("1", "audio", "")
    assert (sent["MediaUrl0"], sent["MediaContentType0"]) == ("https://m/0", "audio/ogg")


def test_a_person_without_a_number() -> None:
    sent = whatsapp_parameters(Written(body="oi"), from_="whatsapp:BR.1234abcd")

    assert (sent["From"], sent["ExternalUserId"]) == ("whatsapp:BR.1234abcd", "BR.1234abcd")
    assert "WaId" not in sent


def test_a_person_with_a_number_and_a_scoped_id() -> None:
    sent = whatsapp_parameters(Written(body="oi", bsuid="BR.1234abcd"))

    assert (sent["From"], sent["ExternalUserId"], sent["WaId"]) == (ANA, "BR.1234abcd", "5511999999999")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            {"button": {"payload": "yes-1", "text": "Yes"}},
            {
                "ButtonPayload": "yes-1",
                "ButtonText": "Yes",
                "ButtonType": "REPLY",
                "Body": "Yes",
                "MessageType": "button",
            },
        ),
        (
            {"list": {"id": "row-2", "title": "Friday"}},
            {"ListId": "row-2", "ListTitle": "Friday", "Body": "Friday", "MessageType": "interactive"},
        ),
        (
            {"location": {"latitude": -23.5, "longitude": -46.6, "label": "Shop"}},
            {"Latitude": "-23.5", "Longitude": "-46.6", "Label": "Shop", "MessageType": "location", "Body": ""},
        ),
        ({"form": {"size": "L"}}, {"FlowData": '{"size": "L"}', "MessageType": "interactive"}),
        (
            {"body": "x", "forwarded": True, "frequently_forwarded": True},
            {"Forwarded": "true", "FrequentlyForwarded": "true"},
        ),
        ({"body": "x", "quoted": "SM9"}, {"OriginalRepliedMessageSid": "SM9"}),
        (
            {"body": "x", "referral": {"headline": "Sale", "source_id": "7", "media_url": "https://a/b.png"}},
            {
                "ReferralHeadline": "Sale",
                "ReferralSourceId": "7",
                "ReferralNumMedia": "1",
                "ReferralMediaUrl": "https://a/b.png",
            },
        ),
    ],
)
def test_what_people_send_besides_text(written: dict[str, object], expected: dict[str, str]) -> None:
    sent = whatsapp_parameters(Written.model_validate(written))

    assert expected.items() <= sent.items()


def test_a_quote_names_its_sender_unless_it_is_old() -> None:
    written = Written(body="x", quoted="SM9")
    old = a_message(from_=WHATSAPP, created_at=0.0)

    sent = dict(parameters.of_whatsapp(a_message(), written, "AC1", [], "", old))

    assert "OriginalRepliedMessageSid" not in sent


@pytest.mark.parametrize("given", [{}, {"url": "https://a", "content": "aGk="}, {"content": "?"}])
def test_a_file_is_bytes_or_an_address(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        File.model_validate(given)


def test_settings_have_defaults_and_lists() -> None:
    assert Settings().twilio_from == ("whatsapp:+14155238886", "+15005550006")
    tokens = Settings.model_validate({"twilio_auth_token": "new, old"}).twilio_auth_token
    assert [token.get_secret_value() for token in tokens] == ["new", "old"]


def test_a_document_of_a_message_holds_everything() -> None:
    message = a_message(media=[Medium(sid="ME1", content_type="image/png")])

    doc = json.loads(json.dumps(message.doc()))

    assert Message(**{**doc, "media": [Medium(**medium) for medium in doc["media"]]}) == message
