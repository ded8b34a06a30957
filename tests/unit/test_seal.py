"""Credentials that nothing shows by accident, and the seal that they are kept under."""

import copy
import json
import os
import pickle
import re
from base64 import b64encode, urlsafe_b64encode
from dataclasses import asdict, replace
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from core.errors import Permanent
from core.identity.credentials import NO_CREDENTIALS, Credentials
from core.identity.model import LineId, WorkspaceId
from core.identity.seal import NoSeal, sealed_anew, sealed_credentials, with_credentials
from entrypoints.logs import HIDDEN, open_log
from entrypoints.seal import KeySeal, key_of, new_key, seal_of
from tests.build import LINE

ONE, TWO = bytes(range(32)), bytes(range(32, 64))
CANARY = "canary-of-a-token"
OWN = replace(LINE, credentials=Credentials({"auth_token": CANARY}))
ABOUT = b"this line"


def keys(*given: bytes) -> KeySeal:
    return KeySeal(given, set())


# Credentials


def test_credentials_are_revealed_by_name_only() -> None:
    found = Credentials({"auth_token": CANARY, "api_key": "SK1"})

    assert (found.reveal("auth_token"), found.reveal("api_key"), found.reveal("other")) == (CANARY, "SK1", None)
    assert found.names == {"auth_token", "api_key"}
    assert (bool(found), found.fault) == (True, None)
    assert found == Credentials({"api_key": "SK1", "auth_token": CANARY})
    assert found != Credentials({"auth_token": CANARY})
    assert found != {"auth_token": CANARY}


def test_a_line_has_none_unless_it_is_given_some() -> None:
    assert LINE.credentials is NO_CREDENTIALS
    assert not LINE.credentials
    assert LINE.credentials.names == frozenset()


def test_no_usual_way_of_showing_a_line_shows_them() -> None:
    log = StringIO()
    open_log("info", stream=log).info("line", line=OWN, credentials=OWN.credentials, all=[{"own": OWN.credentials}])

    shown = [
        repr(OWN),
        str(OWN),
        f"{OWN.credentials}",
        f"{OWN.credentials!r:>40}",
        "%s" % OWN.credentials,  # noqa: UP031 - that way too
        json.dumps(OWN.credentials, default=repr),
        str(asdict(OWN)),
        repr(vars(type(OWN.credentials))),
        log.getvalue(),
    ]

    assert [text for text in shown if CANARY in text] == []
    assert repr(OWN.credentials) == "Credentials(auth_token=…)"


def test_they_are_neither_iterated_nor_encoded_nor_pickled() -> None:
    credentials: Any = OWN.credentials

    for way in (dict, list, iter, len, json.dumps, pickle.dumps):
        with pytest.raises(TypeError):
            way(credentials)
    with pytest.raises(AttributeError):
        credentials.more = 1


def test_they_are_a_value() -> None:
    assert {OWN.credentials: 1} == {Credentials({"auth_token": CANARY}): 1}
    assert copy.deepcopy(OWN) == OWN
    assert copy.copy(OWN.credentials) is OWN.credentials


def test_lost_ones_say_why_to_whoever_needs_them() -> None:
    lost = Credentials.lost("nobody has the key")

    assert (lost.fault, bool(lost), repr(lost)) == ("nobody has the key", True, "Credentials(lost)")
    for look in (lambda: lost.names, lambda: lost.reveal("auth_token")):
        with pytest.raises(Permanent, match="nobody has the key"):
            look()


# The seal


@given(st.binary(max_size=200).map(lambda raw: json.dumps({"a": raw.hex()}).encode()), st.binary(max_size=40))
def test_what_is_sealed_opens_as_it_was(plain: bytes, about: bytes) -> None:
    seal = keys(ONE)

    sealed = seal.seal(plain, about)

    assert seal.open(sealed, about) == plain
    assert re.fullmatch(r"1\.[0-9a-f]{8}\.[\w=-]+", sealed, re.ASCII)


def test_the_same_twice_is_sealed_differently() -> None:
    assert keys(ONE).seal(b"{}", ABOUT) != keys(ONE).seal(b"{}", ABOUT)


def test_what_was_sealed_is_not_to_be_seen() -> None:
    sealed = sealed_credentials(OWN, keys(ONE))

    assert sealed is not None
    for text in (CANARY, "auth_token", b64encode(CANARY.encode())[:12].decode()):
        assert text not in sealed


def test_the_first_key_seals_and_all_open() -> None:
    old = keys(ONE).seal(b"{}", ABOUT)
    both = keys(TWO, ONE)

    assert both.open(old, ABOUT) == b"{}"
    assert keys(TWO).open(both.seal(b"{}", ABOUT), ABOUT) == b"{}"


def test_without_its_key_it_is_lost_and_the_key_is_named_without_being_shown() -> None:
    sealed = keys(ONE).seal(b"{}", ABOUT)

    with pytest.raises(Permanent, match="RECADO_SECRET_KEYS does not list") as error:
        keys(TWO).open(sealed, ABOUT)

    assert sealed.split(".")[1] in str(error.value)
    assert ONE.hex()[:8] not in str(error.value)


def test_every_change_is_noticed() -> None:
    seal = keys(ONE, TWO)
    sealed = seal.seal(json.dumps({"auth_token": CANARY}).encode(), ABOUT)
    other = keys(TWO).seal(b"{}", ABOUT)
    changed = [sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :] for at in range(len(sealed) - 2)]
    changed += [sealed[:-4], sealed + "AAAA", "", ".", "1..", sealed.replace("1.", "2.", 1), "1.é.AAAA", CANARY]
    changed += [".".join((*other.split(".")[:2], sealed.split(".")[2])), urlsafe_b64encode(b"x" * 8).decode()]

    for text in changed:
        with pytest.raises(Permanent):
            seal.open(text, ABOUT)


def test_what_is_about_one_thing_opens_about_no_other() -> None:
    sealed = keys(ONE).seal(b"{}", ABOUT)

    for about in (b"", b"this lin", b"this line ", b"\0this line"):
        with pytest.raises(Permanent, match="another line's"):
            keys(ONE).open(sealed, about)


@pytest.mark.parametrize(
    "other",
    [
        replace(LINE, id=LineId("other")),
        replace(LINE, workspace=WorkspaceId("other")),
        replace(LINE, workspace=WorkspaceId('main", "main'), id=LineId("")),
    ],
)
def test_a_row_that_is_moved_to_another_line_is_worth_nothing(other: Any) -> None:
    sealed = sealed_credentials(OWN, keys(ONE))

    assert with_credentials(LINE, sealed, keys(ONE)) == OWN
    assert with_credentials(other, sealed, keys(ONE)).credentials.fault is not None


def test_what_was_never_kept_is_none() -> None:
    assert sealed_credentials(LINE, NoSeal()) is None
    assert with_credentials(LINE, None, NoSeal()) is LINE


def test_sealed_anew_it_is_under_the_first_key() -> None:
    old = sealed_credentials(OWN, keys(ONE))
    assert old is not None

    new = sealed_anew(LINE, old, keys(TWO, ONE))

    assert with_credentials(LINE, new, keys(TWO)) == OWN
    with pytest.raises(Permanent):
        sealed_anew(LINE, old, keys(TWO))


# Keys


def test_a_new_key_is_one_that_the_setting_takes() -> None:
    one, two = new_key(), new_key()

    assert (len(key_of(one)), one != two) == (32, True)


@pytest.mark.parametrize("spelt", [b64encode, urlsafe_b64encode])
def test_a_key_may_be_written_in_either_alphabet_with_or_without_its_padding(spelt: Any) -> None:
    key = bytes(range(224, 256))

    assert key_of(spelt(key).decode()) == key_of(f" {spelt(key).decode().rstrip('=')} ") == key


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has 0 bytes"),
        ("secret", "has 4 bytes"),
        ("not base64!", "is not base64"),
        (b64encode(bytes(range(16))).decode(), "has 16 bytes, not 32"),
        (b64encode(bytes(range(33))).decode(), "has 33 bytes"),
        (b64encode(bytes(32)).decode(), "is no key made by chance"),
        (b64encode(b"changeme" * 4).decode(), "is no key made by chance"),
        ("ä" * 44, "is not base64"),
    ],
)
def test_what_is_no_key_is_refused_without_repeating_it(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as error:
        key_of(text)

    assert text == "" or text not in str(error.value)


def test_without_keys_nothing_is_sealed_and_the_cure_is_said() -> None:
    seal = seal_of([])

    with pytest.raises(Permanent, match=r"RECADO_SECRET_KEYS is not set.*openssl rand -base64 32"):
        sealed_credentials(OWN, seal)
    lost = with_credentials(LINE, keys(ONE).seal(b"{}", ABOUT), seal)
    assert "RECADO_SECRET_KEYS is not set" in str(lost.credentials.fault)


def test_what_is_opened_becomes_known_to_the_log() -> None:
    key = SecretStr(b64encode(ONE).decode())
    sealed = sealed_credentials(OWN, seal_of([key]))
    seen: set[str] = set()
    stream = StringIO()
    log = open_log("info", seen=seen, stream=stream)
    log.info("before", said=f"it is {CANARY}, and more")

    with_credentials(LINE, sealed, seal_of([key], seen))
    log.info("after", said=f"it is {CANARY}, and more", others={"url": f"https://x/?t={CANARY}&u=1"})

    before, after = stream.getvalue().splitlines()
    assert CANARY in before
    assert CANARY not in after
    assert json.loads(after)["said"] == f"it is {HIDDEN}, and more"


def test_of_ten_thousand_opened_secrets_each_is_hidden() -> None:
    seen = {os.urandom(16).hex() for _ in range(10_000)}
    stream = StringIO()

    open_log("info", seen=seen, stream=stream).info("a line", said=f"long {'words of text ' * 200}{min(seen)}")

    assert min(seen) not in stream.getvalue()
