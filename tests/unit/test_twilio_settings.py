"""The channel's settings: read as people write them, refused with the cure, and never printed with a secret."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.twilio import driver
from adapters.twilio.settings import Settings
from core.identity.medium import Medium
from core.identity.model import AddressKind

ACCOUNT = "AC3f1c0b5c7d9e4a6f8b2d1e0c9a7b5d3f"
GOOD = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "s3cret", "TWILIO_FROM": "whatsapp:+14155238886,+15550001"}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def read(monkeypatch: pytest.MonkeyPatch, **changes: str) -> Settings:
    for name, value in {**GOOD, **changes}.items():
        monkeypatch.setenv(name, value)
    settings = driver.settings()
    assert isinstance(settings, Settings)
    return settings


def complaint(monkeypatch: pytest.MonkeyPatch, **changes: str) -> str:
    with pytest.raises(ValidationError) as error:
        read(monkeypatch, **changes)
    return str(error.value)


def test_senders_are_lines_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, TWILIO_FROM=" whatsapp:+14155238886 , +15550001,72244, Recado,")

    assert [(sender.medium, sender.kind, sender.value) for sender in settings.senders] == [
        (Medium.WHATSAPP, AddressKind.PHONE, "+14155238886"),
        (Medium.SMS, AddressKind.PHONE, "+15550001"),
        (Medium.SMS, AddressKind.OTHER, "72244"),
        (Medium.SMS, AddressKind.OTHER, "Recado"),
    ]
    assert settings.account == ACCOUNT


def test_the_first_token_sends_and_all_verify(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, TWILIO_AUTH_TOKEN="new, old")

    assert settings.tokens == (b"new", b"old")
    assert settings.credentials == (ACCOUNT, "new")


def test_a_key_sends_in_place_of_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, TWILIO_API_KEY="SK1", TWILIO_API_SECRET="hidden")

    assert settings.credentials == ("SK1", "hidden")
    assert settings.tokens == (b"s3cret",)


def test_empty_is_as_good_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, TWILIO_API_URL="", TWILIO_API_KEY="").twilio_api_url is None


@pytest.mark.parametrize("name", sorted(GOOD))
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert name.lower() in complaint(monkeypatch, **{name: ""})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"TWILIO_ACCOUNT_SID": "SK3f1c0b5c7d9e4a6f8b2d1e0c9a7b5d3f"}, "twilio_account_sid"),
        ({"TWILIO_ACCOUNT_SID": "AC/../x"}, "twilio_account_sid"),
        ({"TWILIO_AUTH_TOKEN": " , "}, "twilio_auth_token"),
        ({"TWILIO_FROM": ","}, "twilio_from"),
        ({"TWILIO_FROM": "+15550001,whatsapp:Recado"}, "sender 2"),
        ({"TWILIO_FROM": "MG9752274e9e519418a7406176694466fa"}, "sender 1"),
        ({"TWILIO_FROM": "messenger:1"}, "sender 1"),
        ({"TWILIO_FROM": "+15550001,+15550001"}, "twice"),
        ({"TWILIO_API_KEY": "SK1"}, "together"),
        ({"TWILIO_API_SECRET": "hidden"}, "together"),
        ({"TWILIO_API_URL": "ftp://x"}, "https://host"),
        ({"TWILIO_API_URL": "https://"}, "https://host"),
        ({"TWILIO_API_URL": "https://u:p@host"}, "https://host"),
        ({"TWILIO_API_URL": "https://host?x=1"}, "https://host"),
        ({"TWILIO_API_URL": "https://host:99999"}, "https://host"),
    ],
)
def test_what_is_wrong_is_said_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], says: str
) -> None:
    text = complaint(monkeypatch, **changes)

    assert says in text
    assert "s3cret" not in text
    assert "hidden" not in text


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, TWILIO_AUTH_TOKEN="s3cret", TWILIO_API_KEY="SK1", TWILIO_API_SECRET="hidden")

    assert not re.search(
        "s3cret|hidden", f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    )


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8001", True),
        ("http://localhost:8001/", True),
        ("http://[::1]:8001", True),
        ("http://10.0.0.1", False),
        ("https://localhost.example.com", False),
        ("https://mock.example.com", False),
    ],
)
def test_whether_the_api_is_this_machine(monkeypatch: pytest.MonkeyPatch, url: str, loopback: bool) -> None:
    assert read(monkeypatch, TWILIO_API_URL=url).api_is_loopback is loopback


def test_every_setting_says_what_it_is() -> None:
    fields: dict[str, Any] = Settings.model_fields
    assert all(len(field.description or "") > 40 for field in fields.values())
