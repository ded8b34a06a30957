"""What the Twilio channel is told by its environment, under Twilio's customary names; and what a line may have of its
own.

The descriptions are printed: in the table of settings, and when one is missing or wrong.
"""

import ipaddress
from collections.abc import Sequence
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from adapters.twilio.addresses import parse_own
from core.errors import Rejected
from core.identity.model import Address

ACCOUNT_SID = r"AC[A-Za-z0-9_-]{1,62}"
_ACCOUNT = ("twilio_account_sid", "twilio_auth_token", "twilio_from")
"""Set together, or not at all where every line has credentials of its own."""


def _parts(value: Any) -> Any:
    return tuple(part for part in map(str.strip, value.split(",")) if part) if isinstance(value, str) else value


class LineCredentials(BaseModel):
    """A line's own, for the account that the line names."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    auth_token: Annotated[tuple[SecretStr, ...], BeforeValidator(_parts)] = Field(
        min_length=1,
        description="The account's auth token: beside the SID on the first page of https://console.twilio.com. While "
        "it is being rotated: new,old; the first is used to send, both verify.",
    )
    api_key: str | None = Field(
        default=None,
        pattern=r"^SK[A-Za-z0-9_-]{1,62}$",
        description="An API key, SK…, used to send in place of the auth token: Account > API keys & tokens.",
    )
    api_secret: SecretStr | None = Field(default=None, description="The secret of api_key.")

    @model_validator(mode="after")
    def _key_and_secret(self) -> Self:
        if (self.api_key is None) != (self.api_secret is None):
            raise ValueError("api_key and api_secret are given together or not at all")
        return self

    @property
    def tokens(self) -> tuple[bytes, ...]:
        """What webhooks may be signed with."""
        return tuple(token.get_secret_value().encode() for token in self.auth_token)

    def rest(self, account: str) -> tuple[str, str]:
        """User and password of the REST API."""
        if self.api_key is not None and self.api_secret is not None:
            return self.api_key, self.api_secret.get_secret_value()
        return account, self.auth_token[0].get_secret_value()


class Settings(BaseSettings):
    """Read from the environment only when the channel is chosen."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True)

    twilio_account_sid: str | None = Field(
        default=None,
        pattern=f"^{ACCOUNT_SID}$",
        description=(
            "The account's SID, AC…: on the first page of https://console.twilio.com, under Account Info. Left out, "
            "with the two below, where every line has credentials of its own: `recado lines`."
        ),
    )
    twilio_auth_token: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        validate_default=False,
        min_length=1,
        description=(
            "The account's auth token: beside the SID on the first page of https://console.twilio.com. Webhooks are "
            "verified with it. While it is being rotated: new,old; the first is used to send, both verify."
        ),
    )
    twilio_from: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        validate_default=False,
        min_length=1,
        description=(
            "The senders, separated by commas, such as whatsapp:+14155238886,+15550001: numbers are listed under "
            "Phone Numbers > Manage > Active numbers, WhatsApp senders under Messaging > Senders > WhatsApp senders, "
            "the sandbox under Messaging > Try it out > Send a WhatsApp message."
        ),
    )
    twilio_api_key: str | None = Field(
        default=None,
        pattern=r"^SK[A-Za-z0-9_-]{1,62}$",
        description="An API key, SK…, used to send in place of the auth token: Account > API keys & tokens.",
    )
    twilio_api_secret: SecretStr | None = Field(
        default=None, description="The secret of TWILIO_API_KEY: shown once, when the key is created."
    )
    twilio_api_url: str | None = Field(
        default=None,
        description="Called in place of https://api.twilio.com and https://messaging.twilio.com: an emulator or mock.",
    )
    twilio_media_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description=(
            "Further places, separated by commas, that a download of media may be redirected to: host, *.suffix or "
            "host/path/. Twilio's own are known."
        ),
    )

    @field_validator("twilio_auth_token", "twilio_from", "twilio_media_hosts", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return _parts(value)

    @model_validator(mode="before")
    @classmethod
    def _whole_account(cls, given: Any) -> Any:
        names = [name for name in (*_ACCOUNT, "twilio_api_key") if given.get(name)]
        missing = [name for name in _ACCOUNT if name not in names] if names else []
        if missing:
            mistakes = [InitErrorDetails(type="missing", loc=(name,), input=None) for name in missing]
            raise ValidationError.from_exception_data(cls.__name__, mistakes, hide_input=True)
        return given

    @field_validator("twilio_from")
    @classmethod
    def _are_senders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for place, sender in enumerate(value, start=1):
            try:
                parse_own(sender)
            except Rejected:
                raise ValueError(f"sender {place} is neither +15550001 nor whatsapp:+15550001") from None
        if len(set(value)) != len(value):
            raise ValueError("a sender is listed twice")
        return value

    @field_validator("twilio_api_url")
    @classmethod
    def _is_base(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            plain = parts.port != 0 and not (parts.username or parts.password or parts.query or parts.fragment)
        except ValueError:
            plain = False
        else:
            plain = plain and parts.scheme in ("http", "https") and bool(parts.hostname)
        if not plain:
            raise ValueError("must look like https://host or http://127.0.0.1:8001, without user, query or fragment")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _key_and_secret(self) -> Self:
        if (self.twilio_api_key is None) != (self.twilio_api_secret is None):
            raise ValueError("TWILIO_API_KEY and TWILIO_API_SECRET are set together or not at all")
        return self

    @property
    def account(self) -> str:
        """Its SID; empty if none is set."""
        return self.twilio_account_sid or ""

    @property
    def senders(self) -> tuple[Address, ...]:
        """The addresses of TWILIO_FROM, in order: what lines are made from when there is none."""
        return tuple(parse_own(sender) for sender in self.twilio_from)

    @property
    def tokens(self) -> tuple[bytes, ...]:
        """What webhooks may be signed with."""
        return tuple(token.get_secret_value().encode() for token in self.twilio_auth_token)

    @property
    def credentials(self) -> tuple[str, str]:
        """User and password of the REST API, if an account is set."""
        if self.twilio_api_key is not None and self.twilio_api_secret is not None:
            return self.twilio_api_key, self.twilio_api_secret.get_secret_value()
        return self.account, self.twilio_auth_token[0].get_secret_value()

    @property
    def api_is_loopback(self) -> bool:
        """Whether TWILIO_API_URL names this very machine, which is where plain http is safe enough for media."""
        host = urlsplit(self.twilio_api_url).hostname if self.twilio_api_url else None
        if host is None or host == "localhost":
            return host is not None
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


def not_set() -> Sequence[str]:
    """For each setting of the account: that it is not set, and where to get it."""
    return [
        f"{name.upper()} is not set. {Settings.model_fields[name].description} Put it in the environment or in .env."
        for name in _ACCOUNT
    ]
