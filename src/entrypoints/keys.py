"""API keys: how one is made, what is kept of it, and the one that a setting gives."""

import hmac
import re
import secrets
import string
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from core.errors import Rejected
from core.identity.model import KeyId, Permission

_ID = 8
_SECRET = 40
"""Characters of 62: 238 bits, so that a plain digest keeps it."""
_LETTERS = string.ascii_letters + string.digits
_ID_LETTERS = string.ascii_lowercase + string.digits

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LIFETIME = re.compile(r"([1-9]\d{0,4})([hdw])")
_NAME = 60
"""Characters that a name may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that was just made. Only its owner may keep `text`; the store keeps `digest`."""

    id: KeyId
    text: str = field(repr=False)
    digest: bytes


def make() -> NewKey:
    """A key nobody can guess: `rk_`, its id, `_`, its secret. What scans for leaked keys finds it by its form."""
    id_ = "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID))
    text = f"rk_{id_}_{''.join(secrets.choice(_LETTERS) for _ in range(_SECRET))}"
    return NewKey(id=KeyId(id_), text=text, digest=digest_of(text))


def digest_of(key: str) -> bytes:
    """What is kept of a key: SHA-256 of all of it."""
    return sha256(key.encode()).digest()


def is_given(digest: bytes, configured: str | None) -> bool:
    """Whether it is the digest of the key in RECADO_API_KEY, should there be one. All digests take the same time."""
    return hmac.compare_digest(digest, digest_of(configured or "")) and bool(configured)


def name_of(text: str) -> str:
    """A name for a key, for people and for the record of what it did. Raises `Rejected`."""
    name = text.strip()
    if not 0 < len(name) <= _NAME or not name.isprintable():
        raise Rejected(f"The name of a key has 1 to {_NAME} characters and no line breaks, such as: order system.")
    return name


def permissions_of(text: str) -> frozenset[Permission]:
    """Permissions as people write them: `read,send`. Raises `Rejected`."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    known = {permission.value: permission for permission in Permission}
    if not names or not set(names) <= set(known):
        raise Rejected(f"--permissions {text}: name some of {', '.join(known)}, separated by commas.")
    return frozenset(known[name] for name in names)


def lifetime_of(text: str) -> timedelta:
    """How long a key lives, as people write it: `12h`, `90d`, `52w`. Raises `Rejected`."""
    found = _LIFETIME.fullmatch(text.strip().lower())
    if found is None:
        raise Rejected(f"--expires {text}: write a number and a unit, such as 12h, 90d or 52w.")
    return int(found[1]) * _UNITS[found[2]]
