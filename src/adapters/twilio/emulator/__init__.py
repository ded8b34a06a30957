"""Twilio on your laptop: REST, webhooks and the ways they go wrong, for development, tests and benchmarks."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.driver import Driver, Surroundings

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
"""An ASGI app; what is opened here is an `adapters.twilio.emulator.app.Emulator`."""


class Settings(BaseSettings):
    """The account to play. Nothing has to be set."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True)

    twilio_account_sid: str = "AC" + "0" * 31 + "1"
    twilio_auth_token: Annotated[tuple[SecretStr, ...], NoDecode] = (SecretStr("twilio-on-your-laptop"),)
    """Webhooks are signed with the first."""
    twilio_from: Annotated[tuple[str, ...], NoDecode] = ("whatsapp:+14155238886", "+15005550006")
    twilio_api_url: str | None = None
    """Where the app reaches the emulator; none: where it is called."""
    twilio_api_key: str | None = None
    twilio_api_secret: SecretStr | None = None

    @field_validator("twilio_auth_token", "twilio_from", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(part for part in map(str.strip, value.split(",")) if part) if isinstance(value, str) else value


@asynccontextmanager
async def _open(settings: Settings, surroundings: Surroundings) -> AsyncIterator[App]:
    from adapters.twilio.emulator.app import Emulator

    names = dict(zip(settings.twilio_from, _lines(settings), strict=True))
    emulator = Emulator(
        settings.twilio_account_sid,
        settings.twilio_auth_token[0].get_secret_value(),
        settings.twilio_from,
        {address: f"{surroundings.public_url}/webhooks/twilio/{line}" for address, line in names.items()},
        surroundings.data,
        url=settings.twilio_api_url,
        api_keys=_keys(settings),
    )
    async with emulator:
        yield emulator


def _keys(settings: Settings) -> dict[str, str]:
    if settings.twilio_api_key is None or settings.twilio_api_secret is None:
        return {}
    return {settings.twilio_api_key: settings.twilio_api_secret.get_secret_value()}


def _lines(settings: Settings) -> list[str]:
    """What the app calls its senders: as it seeds them from TWILIO_FROM, or in `recado dev`."""
    if "twilio_from" not in settings.model_fields_set:
        return ["main", "sms"]
    return ["main", *(f"main-{place}" for place in range(2, len(settings.twilio_from) + 1))]


driver: Driver[App] = Driver(summary="Twilio on your laptop", settings=Settings, open=_open)
