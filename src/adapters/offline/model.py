"""The offline model: matches what people write with the examples of the tools it is given."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any

from adapters.offline.arguments import Arguments
from adapters.offline.dialogue import Wanted, wanted
from adapters.offline.repertoire import Repertoire, subjects_of
from adapters.offline.speaking import words_for
from core.ai.ports import Call, Completion, Invalid, LanguageModel, Prompt, Replied, Stop
from core.ai.prices import FREE, Price
from core.ai.tool import Tool
from core.conversation.turn import Usage

_CHARACTERS_A_TOKEN = 4
_MOST_REPERTOIRES = 8


class OfflineModel(LanguageModel):
    """Deterministic: the same prompt gets the same answer."""

    name = "offline"

    def __init__(self) -> None:
        self._arguments = Arguments()
        self._repertoires: OrderedDict[tuple[int, ...], Repertoire] = OrderedDict()
        self._learning = asyncio.Lock()

    def price(self, model: str) -> Price | None:
        return FREE

    async def complete(self, prompt: Prompt) -> Completion:
        repertoire = await self._repertoire(prompt.tools)
        what = wanted(prompt, repertoire)
        calls = tuple(self._calls(prompt, what)) if prompt.may_call else ()
        if calls:
            return Completion(text="", calls=calls, stop=Stop.CALLS, usage=_usage(prompt, calls, ""), model=self.name)
        whole = words_for(prompt, what, repertoire)
        text = whole[: prompt.max_output * _CHARACTERS_A_TOKEN]
        return Completion(
            text=text,
            stop=Stop.END if text == whole else Stop.LENGTH,
            usage=_usage(prompt, (), text),
            model=self.name,
        )

    def read(self, tool: Tool, text: str) -> Any | Invalid:
        return self._arguments.read(tool, text)

    async def _repertoire(self, tools: tuple[Tool, ...]) -> Repertoire:
        """Learned once: prompts of the same tools come all the time."""
        # By identity, as a tool's examples cannot be hashed; what is kept holds the tools, so no identity comes back.
        key = tuple(map(id, tools))
        if key not in self._repertoires:
            async with self._learning:
                if key not in self._repertoires:
                    self._repertoires[key] = await _learned(tools)
                    if len(self._repertoires) > _MOST_REPERTOIRES:
                        self._repertoires.popitem(last=False)
        self._repertoires.move_to_end(key)
        return self._repertoires[key]

    def _calls(self, prompt: Prompt, what: Wanted) -> Iterator[Call]:
        """The calls that are wanted and were not made yet: news may have come after some were."""
        made = what.exchange.made
        number = sum(len(part.calls) for part in prompt.parts if isinstance(part, Replied))
        for request in what.whole:
            text = json.dumps(request.arguments, ensure_ascii=False)
            if made[request.tool.name, text] > 0:
                made[request.tool.name, text] -= 1
                continue
            arguments = self.read(request.tool, text)
            if not isinstance(arguments, Invalid):
                number += 1
                yield Call(id=f"call_{number}", name=request.tool.name, text=text, arguments=arguments)


async def _learned(tools: tuple[Tool, ...]) -> Repertoire:
    """A few hundred milliseconds in all, during which webhooks are acknowledged between one tool and the next."""
    subjects = []
    for subject in subjects_of(tools):
        subjects.append(subject)
        await asyncio.sleep(0)
    return Repertoire(tools, subjects)


def _usage(prompt: Prompt, calls: Sequence[Call], text: str) -> Usage:
    """An estimate: nothing is counted, as nothing is paid for."""
    given = len(prompt.instructions) + sum(len(part.text) for part in prompt.parts)
    return Usage(input=_tokens(given), output=_tokens(len(text) + sum(len(call.text) for call in calls)))


def _tokens(characters: int) -> int:
    return -(-characters // _CHARACTERS_A_TOKEN)
