"""Which optional words of the API a server understands: guessed from its address, then learned from its refusals.

They differ by model as well as by server. OpenAI's newer models want `max_completion_tokens` where others know only
`max_tokens`, and take tools in Chat Completions only with `reasoning_effort` none, a word that its older models and
most other servers refuse; some servers refuse every word they do not know.
"""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How to say what not every server understands. `settled` names what a refusal has already changed once."""

    newer_limit: bool = False
    """`max_completion_tokens` rather than `max_tokens`."""
    store: bool = False
    """Say that nothing is to be stored."""
    effort: bool = False
    """Say that no reasoning is wanted: a person waits on a phone, and tools are refused without it."""
    strict: bool = False
    """Hold tool arguments to their schema."""
    settled: frozenset[str] = frozenset()

    @classmethod
    def of(cls, base_url: str) -> "Dialect":
        """What the server at this address is likely to understand."""
        host = urlsplit(base_url).hostname or ""
        if host == "api.openai.com" or host.endswith(".api.openai.com"):
            return cls(newer_limit=True, store=True, effort=True, strict=True)
        return cls()

    def options(self, max_output: int) -> dict[str, Any]:
        """The parts of a request that depend on the dialect, tools aside."""
        options: dict[str, Any] = {"max_completion_tokens" if self.newer_limit else "max_tokens": max_output}
        if self.store:
            options["store"] = False
        if self.effort:
            options["reasoning_effort"] = "none"
        return options

    def after(self, refusal: str) -> "Dialect | None":
        """The dialect to try after this refusal; none if the refusal is about something else, or nothing is left."""
        # OpenAI names both limits in one sentence: "'max_tokens' is not supported …, use 'max_completion_tokens'".
        if ("max_tokens" in refusal or "max_completion_tokens" in refusal) and "limit" not in self.settled:
            return replace(self, newer_limit=not self.newer_limit, settled=self.settled | {"limit"})
        if "reasoning_effort" in refusal and "effort" not in self.settled:
            return replace(self, effort=not self.effort, settled=self.settled | {"effort"})
        if "store" in refusal and self.store:
            return replace(self, store=False, settled=self.settled | {"store"})
        if ("strict" in refusal or "schema" in refusal) and self.strict:
            return replace(self, strict=False, settled=self.settled | {"strict"})
        return None
