"""The OpenAI driver keeps the contract of models, against a server of our own that speaks its API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.openai import Settings, driver
from core.ai.ports import LanguageModel
from core.driver import Surroundings
from tests.contracts.language_model import GIVEN, LanguageModelContract
from tests.integration.openai_server import Rule, serving


class TestOpenAIModel(LanguageModelContract):
    @pytest.fixture
    async def model(self, tmp_path: Path) -> AsyncIterator[LanguageModel]:
        surroundings = Surroundings(data=tmp_path, public_url="http://127.0.0.1", turn_limit=20, works=True)
        async with serving(Rule(when="spent", calls=[{"name": "add_expense", "arguments": GIVEN}])) as server:
            settings = Settings(openai_api_key=SecretStr("no key"), openai_base_url=server.url, openai_model="scripted")
            async with driver.open(settings, surroundings) as model:
                yield model
