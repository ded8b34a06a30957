"""A prompt as Chat Completions wants it, sent once, whatever comes of it."""

import base64
from collections.abc import Mapping
from typing import Any

import aiohttp
import httpx2
from openai import APIStatusError, AsyncOpenAI, OpenAIError

from adapters.openai import answer, faults
from adapters.openai.dialect import Dialect
from adapters.openai.prices import price_of
from adapters.openai.schema import Schemas
from core.ai.ports import Call, Completion, Invalid, LanguageModel, Part, Prompt, Replied, Returned, Said
from core.ai.prices import Price
from core.ai.tool import Tool

# The transport lets some of aiohttp's own errors through. A `UnicodeError` is a lone surrogate in the prompt.
_VENDOR_ERRORS = (OpenAIError, httpx2.HTTPError, aiohttp.ClientError, OSError, UnicodeError)


class OpenAIModel(LanguageModel):
    """The models of one server; `name` is the one that answers when a prompt names none."""

    def __init__(self, client: AsyncOpenAI, name: str, dialect: Dialect) -> None:
        self.name = name
        self._client = client
        self._dialect = dialect
        self._dialects: dict[str, Dialect] = {}
        """What each model has taught us beyond the first guess."""
        self._schemas = Schemas()

    def price(self, model: str) -> Price | None:
        return price_of(model)

    async def complete(self, prompt: Prompt) -> Completion:
        model, messages = prompt.model or self.name, _messages(prompt)
        dialect = known = self._dialects.get(model, self._dialect)
        while True:
            try:
                response = await self._post(self._request(model, prompt, messages, dialect))
            except APIStatusError as error:
                learned = _learned(error, dialect)
                if learned is None:
                    raise faults.folded(error) from None
                dialect = learned
            except _VENDOR_ERRORS as error:
                # Not `from error`: its text, and that of its own causes, may quote the prompt.
                raise faults.folded(error) from None
            else:
                if dialect is not known:
                    # Kept only now that it worked: a refusal may name a word because the prompt does.
                    self._dialects[model] = dialect
                return answer.completion(prompt, response, self._schemas, model)

    def read(self, tool: Tool, text: str) -> Any | Invalid:
        return self._schemas[tool.arguments].read(text)

    async def _post(self, request: Mapping[str, Any]) -> httpx2.Response:
        # The typed method walks every message once more to rename fields that we already name as the API does.
        return await self._client.post("/chat/completions", cast_to=httpx2.Response, body=request)

    def _request(self, model: str, prompt: Prompt, messages: list[dict[str, Any]], dialect: Dialect) -> dict[str, Any]:
        request = {"model": model, "messages": messages, **dialect.options(prompt.max_output)}
        if prompt.tools:
            # Named even when none may be called: the history speaks of them, and the prompt's cache keeps its start.
            request["tools"] = [self._schemas.described(tool, strict=dialect.strict) for tool in prompt.tools]
            if not prompt.may_call:
                request["tool_choice"] = "none"
        return request


def _learned(error: APIStatusError, spoken: Dialect) -> Dialect | None:
    """How to say the same after this refusal; none if it is not about how we say it."""
    if error.status_code not in (400, 422) or faults.about_prompt(error.body):
        return None
    return spoken.after(faults.refusal(error.body))


def _messages(prompt: Prompt) -> list[dict[str, Any]]:
    return [{"role": "system", "content": prompt.instructions}, *map(_message, prompt.parts)]


def _message(part: Part) -> dict[str, Any]:
    match part:
        case Said(text=text, images=()):
            return {"role": "user", "content": text}
        case Said(text=text, images=images):
            texts = [{"type": "text", "text": text}] if text else []
            return {
                "role": "user",
                "content": texts
                + [{"type": "image_url", "image_url": {"url": _data_url(i.content_type, i.body)}} for i in images],
            }
        case Replied(text=text, calls=()):
            return {"role": "assistant", "content": text}
        case Replied(text=text, calls=calls):
            return {"role": "assistant", "content": text or None, "tool_calls": [_asked(call) for call in calls]}
        case Returned(call=call, text=text):
            return {"role": "tool", "tool_call_id": call, "content": text}


def _data_url(content_type: str, body: bytes) -> str:
    return f"data:{content_type};base64,{base64.b64encode(body).decode('ascii')}"


def _asked(call: Call) -> dict[str, Any]:
    # Servers that parse the history again fail on what is not an object, so what could not be read is not shown again.
    text = "{}" if answer.as_object(call.text) is None else call.text
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": text}}
