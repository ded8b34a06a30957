"""PostgreSQL behind versioned functions, and two ways to call them: Supabase's REST API, or connections of our own.

The folder is a Supabase project too: `supabase --workdir src/adapters db push` installs what `recado migrate` installs.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.driver import Driver, Surroundings
from core.errors import Permanent
from core.storage import Storage

_CONFIG = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True)


def _is_postgres(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not value.get_secret_value().startswith(("postgres://", "postgresql://")):
        raise ValueError("must be an address such as postgresql://user:password@host:5432/database")
    return value


class PostgresSettings(BaseSettings):
    """The name that hosters give it."""

    model_config = _CONFIG

    database_url: SecretStr = Field(
        description="Address of the database, with user and password: postgresql://user:password@host:5432/database,"
        " and `?sslmode=require` where the network is not your own. On Supabase: Connect, Session pooler."
    )

    database_connections: int = Field(
        8,
        ge=2,
        le=100,
        description="How many connections each process opens at most, beside one for what is urgent. All processes"
        " share what the database, or the pooler before it, allows.",
    )

    _checked = field_validator("database_url")(_is_postgres)


class SupabaseSettings(BaseSettings):
    """The vendor's customary names."""

    model_config = _CONFIG

    supabase_url: str = Field(
        pattern=r"^https?://",
        description="Address of the project, such as https://abc.supabase.co: Project Settings, Data API.",
    )
    supabase_secret_key: SecretStr = Field(
        min_length=1, description="A secret key (sb_secret_…) of the project: Project Settings, API keys."
    )
    database_url: SecretStr | None = Field(
        None,
        description="Only for `recado migrate`: the database's own address, from Connect, Session pooler. Without it,"
        " `supabase --workdir src/adapters db push` does the same.",
    )

    _checked = field_validator("database_url")(_is_postgres)


@asynccontextmanager
async def _open_postgres(settings: PostgresSettings, surroundings: Surroundings) -> AsyncIterator[Storage]:
    from adapters.supabase.direct import direct_calls
    from adapters.supabase.store import opened

    calling = direct_calls(
        settings.database_url.get_secret_value(),
        turn_limit=surroundings.turn_limit,
        at_most=settings.database_connections,
        seal=surroundings.seal,
    )
    async with calling as calls, opened(calls) as store:
        yield store


@asynccontextmanager
async def _open_supabase(settings: SupabaseSettings, surroundings: Surroundings) -> AsyncIterator[Storage]:
    from adapters.supabase.rest import rest_calls
    from adapters.supabase.store import opened

    key = settings.supabase_secret_key.get_secret_value()
    async with (
        rest_calls(settings.supabase_url, key, turn_limit=surroundings.turn_limit, seal=surroundings.seal) as calls,
        opened(calls) as store,
    ):
        yield store


async def _migrate(settings: PostgresSettings | SupabaseSettings, surroundings: Surroundings) -> Sequence[str]:
    from adapters.supabase.migrating import migrate

    if settings.database_url is None:
        raise Permanent(
            "DATABASE_URL is not set, and the REST API cannot change a schema: set it (on Supabase: Connect, Session "
            "pooler), or run `supabase --workdir src/adapters db push`."
        )
    return await migrate(settings.database_url.get_secret_value())


driver: Driver[Storage] = Driver(
    summary="Supabase over its REST API; for any number of machines.",
    settings=SupabaseSettings,
    open=_open_supabase,
    migrate=_migrate,
)

postgres: Driver[Storage] = Driver(
    summary="PostgreSQL, also Supabase's, over connections of its own; for any number of machines.",
    settings=PostgresSettings,
    open=_open_postgres,
    migrate=_migrate,
)
