"""What the application is told from outside: the environment and `.env`, checked before anything runs."""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    SettingsConfigDict,
    SettingsError,
)

from core.conversation.burst import Burst
from core.errors import Permanent
from core.limits import Limits
from entrypoints.seal import key_of

S = TypeVar("S", bound=BaseSettings)

_SECRET_WORDS = ("TOKEN", "SECRET", "KEY", "PASSWORD")
"""Names whose value nobody must see, whatever its type."""

_LONG_ENOUGH = 8
"""Shorter values are words such as `none`, which a log may need."""

_USER = re.compile(r"(://)[^/\s@]*@")


class Settings(BaseSettings):
    """The application's own settings. A driver's settings live in the driver, under its vendor's customary names."""

    model_config = SettingsConfigDict(env_prefix="RECADO_", env_file=".env", env_ignore_empty=True, extra="ignore")

    store: str = Field("sqlite", description="Where everything is kept; `recado drivers` lists what is installed.")
    queue: str = Field("inline", description="What wakes the workers; `recado drivers` lists what is installed.")
    model: str = Field("offline", description="The language model; `recado drivers` lists what is installed.")
    channels: Annotated[tuple[str, ...], NoDecode] = Field(
        ("twilio",), description="The channels that are switched on, separated by commas."
    )
    agent: Path = Field(
        Path("recado.toml"),
        description="The assistant, as a file; `recado init` writes one. Without it, the one that comes with Recado.",
    )
    public_url: str = Field(
        "",
        validate_default=False,
        description="The address under which the provider reaches this app, such as https://recado.example.com: "
        "signatures are computed over it. Left out, it is the address the app listens on.",
    )
    api_key: SecretStr | None = Field(
        None,
        description="A key for the API under /v1 that may do everything in the workspace main: at least 16 characters. "
        "`recado keys` makes others, which may do less, expire, and can be revoked.",
    )
    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="What lines' own credentials are sealed with before they are stored: keys of 32 bytes in base64, "
        "separated by commas; the first seals, all open. `openssl rand -base64 32` makes one. Keep a copy: without it "
        "what was sealed is lost.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    data: Path = Field(Path(".recado"), description="The folder for everything that is kept on this machine.")
    host: str = Field("127.0.0.1", description="The address the app listens on; 0.0.0.0 is every one.")
    port: int = Field(8000, ge=1, le=65535, description="The port the app listens on.")
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="A port for /metrics, /healthz and /readyz of this process, `serve` or `worker`. It asks for no "
        "key: only your monitoring may reach it. `serve` also has them on the app's port, /metrics with a key.",
    )
    quiet_ms: int = Field(
        1200, ge=0, le=60_000, description="How long a person must be quiet before they are answered, in milliseconds."
    )
    max_wait_ms: int = Field(
        8000, ge=0, le=300_000, description="How long a person who keeps writing waits at most, in milliseconds."
    )
    sweep_s: float = Field(
        5, gt=0, le=300, description="How often the store is asked for what the queue forgot, in seconds."
    )
    lease_s: float = Field(
        30, ge=1, le=600, description="How long a killed worker's turn stays its own, in seconds; renewed at a third."
    )
    turns: int = Field(
        2000,
        ge=1,
        le=2000,
        description="How many turns one process runs at once, at most; fewer where it may not open enough descriptors. "
        "What is more waits its turn: lower it if models seem to answer late because the processor is busy.",
    )

    @field_validator("channels", "secret_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an address such as https://recado.example.com")
        return value.rstrip("/")

    @field_validator("api_key")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        text = value.get_secret_value() if value is not None else None
        if text is not None and (len(text) < 16 or not text.isascii() or not text.isprintable() or " " in text):
            raise ValueError("must have at least 16 letters, digits or signs; `openssl rand -hex 32` makes a good one")
        return value

    @field_validator("secret_keys")
    @classmethod
    def _are_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        found = set()
        for place, text in enumerate(value, start=1):
            try:
                key = key_of(text.get_secret_value())
            except ValueError as error:
                raise ValueError(f"key {place} {error}") from None
            if key in found:
                raise ValueError(f"key {place} is listed twice")
            found.add(key)
        return value

    @field_validator("max_wait_ms")
    @classmethod
    def _is_not_below_quiet(cls, value: int, info: Any) -> int:
        if value < info.data.get("quiet_ms", 0):
            raise ValueError("must not be less than RECADO_QUIET_MS")
        return value

    @model_validator(mode="after")
    def _listens_where_it_is_reached(self) -> Self:
        if not self.public_url:
            host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - only named here
            self.public_url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        return self


def environment() -> dict[str, str]:
    """The environment, and what `.env` in the working directory adds to it. Empty values count as left out."""
    from_file = dotenv_values(".env") if Path(".env").is_file() else {}
    return {name: value for name, value in {**from_file, **os.environ}.items() if value}


def read(kind: type[S], environ: Mapping[str, str]) -> S:
    """Settings of this kind from `environ` and nothing else. Raises `Permanent` with one line per mistake."""
    try:
        return kind(_build_sources=((_Given(kind, environ),), {}))
    except ValidationError as error:
        lines = [_explained(kind, mistake["loc"], mistake, environ) for mistake in error.errors()]
        raise Permanent("\n".join(dict.fromkeys(lines))) from None
    except SettingsError as error:
        raise Permanent(f"{kind.__name__}: {error}") from None


class _Given(EnvSettingsSource):
    """What `environ` says, in place of the process's environment."""

    def __init__(self, kind: type[BaseSettings], environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(kind)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name if self.case_sensitive else name.lower(): value for name, value in self._environ.items()}


def variables(kind: type[BaseSettings]) -> Mapping[str, FieldInfo]:
    """The fields of a settings class, by the name of the variable each is read from."""
    prefix = kind.model_config.get("env_prefix", "")
    named = {}
    for name, field in kind.model_fields.items():
        alias = field.validation_alias or field.alias
        if alias is not None and not isinstance(alias, str):
            alias = next((choice for choice in getattr(alias, "choices", ()) if isinstance(choice, str)), None)
        named[(alias or f"{prefix}{name}").upper()] = field
    return named


def secrets(settings: BaseSettings) -> frozenset[str]:
    """The values that must never be seen, each part of a list on its own too."""
    found: set[str] = set()
    for name in type(settings).model_fields:
        given = getattr(settings, name)
        for value in given if isinstance(given, tuple | list | set | frozenset) else (given,):
            if isinstance(value, SecretStr):
                text = value.get_secret_value()
            elif isinstance(value, str) and _sounds_secret(name):
                text = value
            else:
                continue
            found.update((text, *(part.strip() for part in text.split(","))))
    return frozenset(text for text in found if text)


def secrets_among(environ: Mapping[str, str]) -> frozenset[str]:
    """Values of variables whose name says that nobody must see them, whoever reads them, now or later."""
    return frozenset(value for name, value in environ.items() if _sounds_secret(name) and len(value) >= _LONG_ENOUGH)


def limits_of(settings: Settings, *, turns: int | None = None) -> Limits:
    """The limits as these settings move them; `turns` is how many may run at once on this machine."""
    lease = timedelta(seconds=settings.lease_s)
    limits = Limits()
    return Limits(
        burst=Burst(
            quiet=timedelta(milliseconds=settings.quiet_ms), ceiling=timedelta(milliseconds=settings.max_wait_ms)
        ),
        lease=lease,
        renew_every=lease / 3,
        sweep_every=timedelta(seconds=settings.sweep_s),
        turns=limits.turns if turns is None else turns,
    )


def _explained(
    kind: type[BaseSettings], place: tuple[int | str, ...], mistake: Mapping[str, Any], environ: Mapping[str, str]
) -> str:
    """A mistake in words: the variable, its value, and what to do."""
    fields = variables(kind)
    prefix = kind.model_config.get("env_prefix", "")
    first = str(place[0]) if place else ""
    name = next((name for name in (first.upper(), f"{prefix}{first}".upper()) if name in fields), None)
    if name is None:
        return f"{kind.__name__}: {mistake['msg']}"
    field = fields[name]
    about = (field.description or "").strip()
    if mistake["type"] == "missing":
        return f"{name} is not set. {about} Put it in the environment or in .env.".replace("  ", " ")
    hidden = _sounds_secret(name) or "Secret" in str(field.annotation)
    value = "" if hidden else "=" + _USER.sub(r"\1…@", environ.get(name, ""))
    cure = "" if field.is_required() else f" Left out, it is {_shown(field.default)}."
    return f"{name}{value}: {mistake['msg'].removeprefix('Value error, ')}. {about}{cure}".strip()


def _sounds_secret(name: str) -> bool:
    return any(word in name.upper() for word in _SECRET_WORDS)


def _shown(default: object) -> str:
    if default is None or default == ():
        return "not used"
    return (",".join(map(str, default)) if isinstance(default, tuple) else str(default)) or "worked out"
