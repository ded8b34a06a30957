"""Which addresses media are fetched from, which never, and what a file is by its bytes."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from yarl import URL

from adapters.twilio.media import Downloads, is_public
from adapters.twilio.settings import Settings
from adapters.twilio.sniffing import judged, sniffed
from core.conversation.content import Media
from core.errors import Rejected
from core.identity.medium import Medium
from core.identity.model import Address, AddressKind, Line, LineId, WorkspaceId

ACCOUNT = "AC3f1c0b5c7d9e4a6f8b2d1e0c9a7b5d3f"
API = "https://api.twilio.com"
OWN = f"{API}/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"
SETTINGS = Settings(
    twilio_account_sid=ACCOUNT,
    twilio_auth_token=(SecretStr("s3cret"),),
    twilio_from=("+15005550006",),
    twilio_media_hosts=("files.example.com/ours/", "127.0.0.1", "[::1]"),
)
LINE = Line(
    workspace=WorkspaceId("main"),
    id=LineId("main"),
    channel="twilio",
    address=Address(medium=Medium.SMS, kind=AddressKind.PHONE, value="+15005550006"),
    account=ACCOUNT,
)
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


@pytest.fixture
async def downloads() -> AsyncIterator[Downloads]:
    async with Downloads.opened(SETTINGS, API) as opened:
        yield opened


@pytest.mark.parametrize(
    "url",
    [
        "",
        OWN.replace("https", "http"),
        OWN.replace("https://", "//"),
        OWN.replace("https://", "file://"),
        OWN.replace("api.twilio.com", "api.twilio.com.evil.example"),
        OWN.replace("api.twilio.com", "API.twilio.com"),
        OWN.replace("api.twilio.com", "evil@api.twilio.com"),
        OWN.replace("api.twilio.com", "api.twilio.com@evil.example"),
        OWN.replace("api.twilio.com", "api.twilio.com:8443"),
        OWN.replace("api.twilio.com", "api.twilio.com\\@evil.example"),
        OWN.replace("api.twilio.com", "127.0.0.1"),
        OWN.replace("api.twilio.com", "169.254.169.254"),
        OWN.replace("api.twilio.com", "[::ffff:7f00:1]"),
        OWN.replace("api.twilio.com", "2130706433"),
        OWN.replace("api.twilio.com", "mms.twiliocdn.com"),
        OWN.replace("api.twilio.com", "apixtwilio.com"),
        OWN.replace(ACCOUNT, "AC00000000000000000000000000000000"),
        OWN.replace("MM1", "MM2"),
        OWN.replace("MM1", "MM1/../MM1"),
        OWN.replace("/Media/", "%2FMedia%2F"),
        OWN.replace("Media/ME1", "Media/ME1/../ME2"),
        OWN.replace("ME1", "ME"),
        OWN.replace("ME1", "IM1"),
        OWN + ".json",
        OWN + "/",
        OWN + "?x=1",
        OWN + "#x",
        OWN + "\n",
        " " + OWN,
        OWN.replace("2010-04-01", "2010-04-02"),
        f"{API}/2010-04-01/Accounts/{ACCOUNT}.json",
    ],
)
async def test_what_is_not_this_messages_file_is_not_fetched(downloads: Downloads, url: str) -> None:
    with pytest.raises(Rejected):
        await downloads.fetch(Media(url=url, content_type="image/png", provider_id="MM1"), LINE, (ACCOUNT, "x"))


@pytest.mark.parametrize("provider_id", ["", "M.1", "MM.*", "MM1/Media/ME1"])
async def test_the_messages_id_is_not_a_pattern(downloads: Downloads, provider_id: str) -> None:
    with pytest.raises(Rejected):
        await downloads.fetch(Media(url=OWN, content_type=None, provider_id=provider_id), LINE, (ACCOUNT, "x"))


@pytest.mark.parametrize(
    "location",
    [
        "https://mms.twiliocdn.com/AC1/abc?Expires=1&Signature=a%2Fb~c&Key-Pair-Id=K",
        "https://media.twiliocdn.com/x",
        "https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC1/abc",
        "https://media.twiliocdn.com.s3-external-1.amazonaws.com/AC1/abc",
        "https://files.example.com/ours/x",
    ],
)
def test_known_places_are_followed_to_the_letter(downloads: Downloads, location: str) -> None:
    assert str(downloads._next(URL(OWN), location)) == location


@pytest.mark.parametrize(
    "location",
    [
        "",
        "/2010-04-01/Accounts",
        OWN,
        "http://mms.twiliocdn.com/x",
        "https://mms.twiliocdn.com:8443/x",
        "https://u:p@mms.twiliocdn.com/x",
        "https://twiliocdn.com/x",
        "https://eviltwiliocdn.com/x",
        "https://mms.twiliocdn.com.evil.example/x",
        "https://s3-external-1.amazonaws.com/evil/x",
        "https://s3-external-1.amazonaws.com/media.twiliocdn.com/../evil/x",
        "https://s3-external-1.amazonaws.com/media.twiliocdn.com/%2e%2e/evil/x",
        "https://s3-external-1.amazonaws.com/media.twiliocdn.com/..%2fevil/x",
        "https://s3-external-1.amazonaws.com/media.twiliocdn.com\\evil",
        "https://s3-external-1.amazonaws.com/media.twiliocdn.community/x",
        "https://files.example.com/theirs/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:7f00:1]/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://[::1/x",
        "https://mms.twiliocdn.com:99999/x",
        "ftp://mms.twiliocdn.com/x",
        "javascript:alert(1)",
    ],
)
def test_other_places_are_not(downloads: Downloads, location: str) -> None:
    with pytest.raises(Rejected):
        downloads._next(URL(OWN), location)


@pytest.mark.parametrize("address", ["52.216.0.1", "8.8.8.8", "2600:1f18::1", "2a00:1450:4001::1"])
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254"),
        *("100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::ffff:7f00:1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
        *("fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "2001::7f00:1", "2002:7f00:1::"),
        *("2130706433", "0x7f000001", "127.1", "localhost", "", "example.com"),
    ],
)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"GIF89a\0", "image/gif"),
        (b"GIF87a\0", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"OggS\0\x02", "audio/ogg"),
        (b"ID3\x04\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x44", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"\0\0\0\x18ftypM4A ", "audio/mp4"),
        (b"\0\0\0\x18ftyp3gp4", "video/3gpp"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"#!AMR\n\x3c", "audio/amr"),
        (b"BEGIN:VCARD\r\nVERSION:3.0", "text/vcard"),
        (HTML, "text/html"),
        (b"\xef\xbb\xbf \n<HTML>", "text/html"),
        (b"hello", None),
        (b"", None),
    ],
)
def test_bytes_tell_what_they_are(body: bytes, kind: str | None) -> None:
    assert sniffed(body) == kind


@pytest.mark.parametrize(
    ("body", "said", "kind"),
    [
        (b"\xff\xd8\xff", "image/jpeg", "image/jpeg"),
        (b"\xff\xd8\xff", "image/png", "image/jpeg"),
        (b"\xff\xd8\xff", None, "image/jpeg"),
        (b"\xff\xd8\xff", "application/octet-stream", "image/jpeg"),
        (b"OggS\0", "audio/ogg; codecs=opus", "audio/ogg"),
        (b"OggS\0", "video/ogg", "video/ogg"),
        (b"\0\0\0\x18ftypmp42", "audio/mp4", "audio/mp4"),
        (b"\0\0\0\x18ftyp3gp4", "audio/3gpp", "audio/3gpp"),
        (b"BEGIN:VCARD\r\n", "text/x-vcard", "text/vcard"),
        (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", None),
        (b"PK\x03\x04", "application/msword", "application/zip"),
        ("name;total\ncafé;4".encode(), "text/csv", "text/plain"),
        (b"\x00\x01\x02", "application/msword", "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_bytes_say(body: bytes, said: str | None, kind: str | None) -> None:
    assert judged(body, said) == (kind or said)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (HTML, "image/jpeg"),
        (HTML, "text/html"),
        (HTML, None),
        (b"<?xml version='1.0'?><svg/>", "image/svg+xml"),
        (b"MZ\x90\0", "image/png"),
        (b"%PDF-1.7", "image/jpeg"),
        (b"\xff\xd8\xff", "application/pdf"),
        (b"\xff\xd8\xff", "audio/ogg"),
        (b"hello", "text/vcard"),
        (b"", "image/jpeg"),
        (b"", None),
    ],
)
def test_a_file_that_is_not_what_it_is_said_to_be_is_refused(body: bytes, said: str | None) -> None:
    with pytest.raises(Rejected):
        judged(body, said)
