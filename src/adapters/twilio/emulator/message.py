"""One message, and what each side is shown of it: the account, the ground-truth log, the person's phone."""

import os
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache
from typing import Any, Literal
from uuid import uuid4

from adapters.twilio.emulator.codes import describe

Direction = Literal["inbound", "outbound-api", "outbound-reply"]

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")


def new_sid(prefix: str) -> str:
    """An id of Twilio's shape."""
    return prefix + os.urandom(16).hex()


def new_token() -> str:
    """An idempotency token: the same for every try of one webhook."""
    return str(uuid4())


@lru_cache(maxsize=4096)
def _rfc2822(second: int) -> str:
    return formatdate(second)[:-5] + "+0000"


def rfc2822(at: float | None) -> str | None:
    """As Twilio writes a time."""
    return None if at is None else _rfc2822(int(at))


def iso(at: float | None) -> str | None:
    """As the control API writes a time."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def segments(text: str) -> int:
    """How many SMS a text costs."""
    if all(c in _GSM or c in _GSM_TWICE for c in text):
        size = len(text) + sum(c in _GSM_TWICE for c in text)
        return 1 if size <= 160 else -(-size // 153)
    size = len(text.encode("utf-16-le")) // 2
    return 1 if size <= 70 else -(-size // 67)


@dataclass(slots=True, kw_only=True)
class Medium:
    """A file of a message: bytes that the emulator keeps, or an address elsewhere."""

    sid: str
    content_type: str
    url: str | None = None


@dataclass(slots=True, kw_only=True)
class Message:
    """One message, as the provider knows it. `number` orders all of them; `revision` grows with each change."""

    number: int
    sid: str
    direction: Direction
    from_: str
    to: str
    body: str
    status: str
    created_at: float
    updated_at: float
    media: list[Medium] = field(default_factory=list)
    segments: int = 1
    sent_at: float | None = None
    delivered_at: float | None = None
    read_at: float | None = None
    error: int | None = None
    price: str | None = None
    revision: int = 0
    service: str | None = None
    status_callback: str | None = None
    hidden_until: float = 0.0
    deleted: bool = False
    template: bool = False
    send_at: float | None = None
    parameters: dict[str, Any] | None = None
    """What a create was asked with; None for what nobody created over REST."""
    answered: int | str = ""
    """How a create was answered: a status, or `dropped`."""
    webhook: list[tuple[str, str]] | None = None
    """What a person's message is posted with, while that is not done."""
    token: str = ""
    """The idempotency token of that webhook."""
    ours: bool = False
    """Written by the emulator itself, as Twilio answers STOP."""

    @property
    def person(self) -> str:
        """The address of the person at the other end."""
        return self.from_ if self.direction == "inbound" else self.to

    @property
    def sender(self) -> str:
        """The address of the account's end."""
        return self.to if self.direction == "inbound" else self.from_

    def doc(self) -> dict[str, Any]:
        """Everything, as it is kept on disk."""
        doc = {name: getattr(self, name) for name in _FIELDS}
        doc["media"] = [asdict(medium) for medium in self.media]
        return doc

    def resource(self, account: str) -> dict[str, Any]:
        """As the REST API shows it."""
        uri = f"/2010-04-01/Accounts/{account}/Messages/{self.sid}"
        failed = self.error is not None and self.status in ("failed", "undelivered")
        return {
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": rfc2822(self.created_at),
            "date_sent": rfc2822(self.sent_at),
            "date_updated": rfc2822(self.updated_at),
            "direction": self.direction,
            "error_code": self.error if failed else None,
            "error_message": describe(self.error) if failed and self.error is not None else None,
            "from": None if self.status in ("accepted", "scheduled") else self.from_,
            "messaging_service_sid": self.service,
            "num_media": str(len(self.media)),
            "num_segments": "0" if self.status in ("accepted", "scheduled") else str(self.segments),
            "price": self.price,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }

    def create(self) -> dict[str, Any]:
        """As the ground-truth log shows it."""
        return {
            "number": self.number,
            "at": iso(self.created_at),
            "accepted": True,
            "sid": self.sid,
            "to": self.to,
            "from": self.from_,
            "body": self.body,
            "status_callback": self.status_callback,
            "answered": self.answered,
            "code": None,
            "status": self.status,
            "parameters": self.parameters,
        }

    def bubble(self) -> dict[str, Any]:
        """As the person's phone shows it."""
        mine = self.direction == "inbound"
        if self.error is not None or self.status in ("failed", "undelivered"):
            ticks = 0
        elif self.delivered_at is not None:
            ticks = 2
        else:
            ticks = 1
        return {
            "revision": self.revision,
            "sid": self.sid,
            "direction": self.direction,
            "from_me": mine,
            "from": self.from_,
            "to": self.to,
            "body": self.body,
            "media": [{"sid": m.sid, "content_type": m.content_type, "url": m.url} for m in self.media],
            "status": self.status,
            "ticks": ticks,
            "read": self.read_at is not None,
            "at": iso(self.created_at if mine else self.delivered_at),
            "delivered_at": iso(self.delivered_at),
            "read_at": iso(self.read_at),
            "error": None if self.error is None else {"code": self.error, "message": describe(self.error)},
        }

    @property
    def on_phone(self) -> bool:
        """Whether the person can see it."""
        return self.direction == "inbound" or self.delivered_at is not None


_FIELDS = tuple(f.name for f in fields(Message))


@dataclass(slots=True, kw_only=True)
class Refusal:
    """A create that was not accepted."""

    number: int
    at: float
    to: str
    from_: str
    body: str
    status_callback: str | None
    answered: int | str
    code: int | None
    parameters: dict[str, Any]

    def create(self) -> dict[str, Any]:
        """As the ground-truth log shows it."""
        return {
            "number": self.number,
            "at": iso(self.at),
            "accepted": False,
            "sid": None,
            "to": self.to,
            "from": self.from_,
            "body": self.body,
            "status_callback": self.status_callback,
            "answered": self.answered,
            "code": self.code,
            "status": None,
            "parameters": self.parameters,
        }
