"""The offline model keeps the contract of models."""

import pytest

from adapters.offline import OfflineModel
from core.ai.ports import LanguageModel
from tests.contracts.language_model import LanguageModelContract


class TestOfflineModel(LanguageModelContract):
    @pytest.fixture
    def model(self) -> LanguageModel:
        return OfflineModel()
