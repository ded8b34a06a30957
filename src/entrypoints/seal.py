"""The seal of this installation: AES-256-GCM under the keys of RECADO_SECRET_KEYS. See docs/decisions/0015."""

import json
import re
import secrets
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256

from pydantic import SecretStr

from core.errors import Permanent
from core.identity.seal import NoSeal, Seal

_FORM = "1"
"""What a sealed text begins with, should there ever be another form."""
_KEY, _NONCE = 32, 12
"""Bytes."""
_FEWEST_VALUES = 16
"""Different bytes in a key: one made by chance has some thirty, one made by hand hardly any."""
_WORD = re.compile(r"[\w-]{8,}")


def new_key() -> str:
    """A key nobody can guess, as the setting takes it."""
    return b64encode(secrets.token_bytes(_KEY)).decode()


def key_of(text: str) -> bytes:
    """The key that a text in base64 stands for. Raises `ValueError`, which does not hold the text."""
    text = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        key = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise ValueError("is not base64") from None
    if len(key) != _KEY:
        raise ValueError(f"has {len(key)} bytes, not {_KEY}")
    if len(set(key)) < _FEWEST_VALUES:
        raise ValueError("is no key made by chance")
    return key


def seal_of(keys: Sequence[SecretStr], seen: set[str] | None = None) -> Seal:
    """The seal of these keys: the first seals, all open. `seen` grows by the words of whatever is sealed or opened, so
    that a log can hide them."""
    if not keys:
        return NoSeal()
    return KeySeal([key_of(key.get_secret_value()) for key in keys], set() if seen is None else seen)


class KeySeal(Seal):
    """`1.<id of the key>.<nonce and ciphertext>`; what stands before the last dot is authenticated too.

    The id tells which key is missing from which was altered; it is a digest, and says nothing of the key.
    """

    def __init__(self, keys: Sequence[bytes], seen: set[str]) -> None:
        # Here, and not above: the library takes longer to load than `recado --help` may take.
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._ciphers = {_id_of(key): AESGCM(key) for key in keys}
        self._first = _id_of(keys[0])
        self._invalid = InvalidTag
        self._seen = seen

    def seal(self, plain: bytes, about: bytes) -> str:
        head = f"{_FORM}.{self._first}"
        nonce = secrets.token_bytes(_NONCE)
        self._note(plain)
        ciphertext = self._ciphers[self._first].encrypt(nonce, plain, _bound(head, about))
        return f"{head}.{urlsafe_b64encode(nonce + ciphertext).decode()}"

    def open(self, sealed: str, about: bytes) -> bytes:
        head, _, body = sealed.rpartition(".")
        form, _, key = head.partition(".")
        if form != _FORM or not sealed.isascii():
            raise Permanent("it is nothing that this version of Recado sealed.")
        cipher = self._ciphers.get(key)
        if cipher is None:
            raise Permanent(
                f"they were sealed with the key {key[:8]}, which RECADO_SECRET_KEYS does not list: add it, after the "
                "first, or put them again with `recado lines put`."
            )
        try:
            given = urlsafe_b64decode(body)
            plain = cipher.decrypt(given[:_NONCE], given[_NONCE:], _bound(head, about))
        except (ValueError, self._invalid):
            raise Permanent(
                "they were altered, or are another line's: put them again with `recado lines put`."
            ) from None
        self._note(plain)
        return plain

    def _note(self, plain: bytes) -> None:
        for value in json.loads(plain).values():
            self._seen.update(_WORD.findall(value))


def _id_of(key: bytes) -> str:
    return sha256(b"recado key id" + key).hexdigest()[:8]


def _bound(head: str, about: bytes) -> bytes:
    return head.encode() + b"\0" + about
