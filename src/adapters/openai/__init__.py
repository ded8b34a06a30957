"""OpenAI and every server that speaks its Chat Completions API (vLLM, Ollama, Azure, OpenRouter, Mistral, …)."""

import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.ai.ports import LanguageModel
from core.driver import Driver, Surroundings

_CONNECT_S, _READ_S, _WRITE_S, _POOL_S = 3.0, 40.0, 10.0, 3.0
_IDLE_S = 30.0

# They write the address of each request at INFO, and whole prompts at DEBUG.
_TALKATIVE = ("openai", "httpx2", "httpcore2")


class Settings(BaseSettings):
    """The vendor's customary names."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True)

    openai_api_key: SecretStr = Field(
        min_length=1,
        description="Secret key, from https://platform.openai.com/api-keys. "
        "For a compatible server that asks for none, any word.",
    )
    openai_base_url: str = Field(
        default="https://api.openai.com/v1",
        pattern=r"^https?://",
        description="Where the API is, with its version: http://127.0.0.1:11434/v1 for Ollama. "
        "A compatible server's documentation names it.",
    )
    openai_model: str = Field(
        default="gpt-6-luna",
        min_length=1,
        description="Name of the model, from https://platform.openai.com/docs/models or the compatible server's list. "
        "It must be able to call tools.",
    )


@asynccontextmanager
async def _open(settings: Settings, surroundings: Surroundings) -> AsyncIterator[LanguageModel]:
    import httpx2
    from openai import AsyncOpenAI, DefaultAioHttpClient

    from adapters.openai.dialect import Dialect
    from adapters.openai.model import OpenAIModel

    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))

    timeout = httpx2.Timeout(connect=_CONNECT_S, read=_READ_S, write=_WRITE_S, pool=_POOL_S)
    # A turn has one call in flight, so nothing ever waits for a connection. 0 would mean no limit, None 100.
    limits = httpx2.Limits(max_connections=max(1, surroundings.turn_limit), keepalive_expiry=_IDLE_S)
    async with (
        DefaultAioHttpClient(timeout=timeout, limits=limits, verify=_trusted()) as http,
        AsyncOpenAI(
            api_key=settings.openai_api_key.get_secret_value(),
            base_url=settings.openai_base_url,
            max_retries=0,
            timeout=timeout,
            http_client=http,
        ) as client,
    ):
        yield OpenAIModel(client, settings.openai_model, Dialect.of(settings.openai_base_url))


@cache
def _trusted() -> ssl.SSLContext:
    """Whom to trust, for all clients: to read the certificates takes longer than all else that opening does."""
    import httpx2

    return httpx2.create_ssl_context()


driver: Driver[LanguageModel] = Driver(
    summary="OpenAI, or any server that speaks its Chat Completions API.",
    settings=Settings,
    open=_open,
)
