"""Our computation of Twilio's signature says what Twilio's own validator says, and refuses what it cannot say."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from adapters.twilio.signature import of_form, of_json, sign

VALIDATOR: Any = RequestValidator

# What a request line can carry: anything printable, and no fragment.
PATHS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#?"), max_size=20)
QUERIES = st.one_of(
    st.just(""),
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#"), max_size=20).map(
        "?".__add__
    ),
)
HOSTS = st.from_regex(r"[a-z][a-z0-9.-]{0,12}", fullmatch=True)
PORTS = st.sampled_from(["", ":443", ":80", ":8443", ":0"])
URLS = st.builds("{}://{}{}/{}{}".format, st.sampled_from(["https", "http", "HTTPS"]), HOSTS, PORTS, PATHS, QUERIES)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = st.one_of(st.sampled_from(["A", "Body", "BodyA", "From", ""]), TEXTS)
PAIRS = st.lists(st.tuples(NAMES, TEXTS), max_size=8)
TOKENS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=32)

few = settings(max_examples=40)
"""There is one way to compute a signature: what is wrong with it shows soon."""


def official(url: str, pairs: Sequence[tuple[str, str]], signature: str, token: str) -> bool:
    return bool(VALIDATOR(token).validate(url, MultiDict(pairs), signature))


def made_for(url: str, pairs: Sequence[tuple[str, str]], token: str) -> str:
    return str(VALIDATOR(token).compute_signature(url, MultiDict(pairs)))


def other_port(url: str) -> str:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    bare, colon, _ = host.partition(":")
    return f"{scheme}://{bare if colon else bare + (':443' if scheme.lower() == 'https' else ':80')}{slash}{path}"


@few
@given(URLS, PAIRS, TOKENS)
@example("https://a.example/w", [("A", "2"), ("A", "1"), ("A", "2")], "t")
def test_what_twilio_signs_is_accepted_as_by_its_validator(url: str, pairs: list[tuple[str, str]], token: str) -> None:
    for signed in (url, other_port(url)):
        signature = made_for(signed, pairs, token)

        assert of_form(url, pairs, signature, (token.encode(),)) == official(url, pairs, signature, token)
    assert sign(url, pairs, token.encode()) == made_for(url, pairs, token)


@few
@given(URLS, PAIRS, URLS, PAIRS, TOKENS, TOKENS)
def test_what_was_signed_for_something_else_is_judged_as_by_its_validator(
    url: str, pairs: list[tuple[str, str]], other: str, others: list[tuple[str, str]], token: str, another: str
) -> None:
    for signature in (made_for(other, pairs, token), made_for(url, others, token), made_for(url, pairs, another)):
        assert of_form(url, pairs, signature, (token.encode(),)) == official(url, pairs, signature, token)


@few
@given(URLS, PAIRS, st.text(st.characters(max_codepoint=0x7F), max_size=30), TOKENS)
def test_what_nobody_signed_is_refused_as_by_its_validator(
    url: str, pairs: list[tuple[str, str]], signature: str, token: str
) -> None:
    assert of_form(url, pairs, signature, (token.encode(),)) == official(url, pairs, signature, token)


@few
@given(URLS.filter(lambda url: "?" not in url), st.text(max_size=20), TOKENS, st.booleans())
def test_json_is_judged_as_by_its_validator(url: str, text: str, token: str, tampered: bool) -> None:
    body = text.encode("utf-8", "replace").decode()
    full = f"{url}?bodySHA256={sha256(body.encode()).hexdigest()}"
    signature = made_for(full, (), token)
    received = body + "!" if tampered else body

    ours = of_json(full, received.encode(), signature, (token.encode(),))

    assert ours == bool(VALIDATOR(token).validate(full, received, signature))
    assert not (ours and tampered)


@few
@given(URLS.filter(lambda url: "bodySHA256" not in url), st.binary(max_size=10), TOKENS)
def test_json_without_its_hash_is_refused_even_if_signed(url: str, body: bytes, token: str) -> None:
    assert not of_json(url, body, made_for(url, (), token), (token.encode(),))


@few
@given(PAIRS, TOKENS, st.lists(TOKENS, max_size=3))
def test_any_of_several_tokens_counts_and_no_other(pairs: list[tuple[str, str]], token: str, others: list[str]) -> None:
    url = "https://desk.example.com/webhooks/twilio/main"
    signature = made_for(url, pairs, token)
    known = tuple(other.encode() for other in others)

    assert of_form(url, pairs, signature, (*known, token.encode()))
    assert of_form(url, pairs, signature, known) == (token in others)


@pytest.mark.parametrize("tokens", [(), (b"",), (b"", b"")])
def test_without_a_token_nothing_is_accepted(tokens: tuple[bytes, ...]) -> None:
    url = "https://desk.example.com/w"

    assert not of_form(url, (), sign(url, (), b""), tokens)
    assert not of_form(url, (), "", tokens)


@pytest.mark.parametrize(
    ("url", "pairs", "signature"),
    [
        ("https://a.example/\ud800", [], "x"),
        ("https://a.example/", [("A", "\udfff")], "x"),
        ("https://a.example/", [("\ud83d", "")], "x"),
        ("https://a.example/", [], "\ud800"),
        ("https://a.example/", [], "é"),
        ("https://a.example:99999/", [], "x"),
        ("https://[::1/", [], "x"),
        ("", [], ""),
    ],
)
def test_what_cannot_be_signed_is_refused(url: str, pairs: list[tuple[str, str]], signature: str) -> None:
    assert not of_form(url, pairs, signature, (b"token",))
    assert not of_json(url, b"{}", signature, (b"token",))


@pytest.mark.parametrize(
    "url",
    ["https://user:pass@desk.example.com/w", "https://user:pass@desk.example.com:443/w", "https://[2001:db8::1]/w"],
)
def test_addresses_that_the_vendors_code_cannot_take_apart_are_verified_too(url: str) -> None:
    assert of_form(url, [("A", "1")], sign(url, [("A", "1")], b"token"), (b"token",))
