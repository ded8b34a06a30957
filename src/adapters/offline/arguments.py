"""Arguments as a model writes them, read into the dataclass of their tool."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from core.ai.ports import Invalid
from core.ai.tool import Tool


class Arguments:
    """Reads arguments; what is needed for each dataclass is prepared once."""

    def __init__(self) -> None:
        self._adapters: dict[type[Any], TypeAdapter[Any]] = {}

    def read(self, tool: Tool, text: str) -> Any | Invalid:
        adapter = self._adapters.get(tool.arguments)
        if adapter is None:
            adapter = self._adapters[tool.arguments] = TypeAdapter(tool.arguments)
        try:
            return adapter.validate_json(text.strip() or "{}", extra="forbid")
        except ValidationError as error:
            mistakes = error.errors(include_url=False, include_context=False, include_input=False)
            return Invalid(
                why="; ".join(f"{'.'.join(map(str, each['loc'])) or 'arguments'}: {each['msg']}" for each in mistakes)
            )
