"""Results summed up: what passed, what it took, and how fast the answers were."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any

from core.conversation.turn import Usage
from entrypoints.evals.judge import Failure
from entrypoints.evals.stage import Result

_NANOS = Decimal(10**9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Of a file, or of one language in it."""

    passed: int
    conversations: int
    utterances: int
    usage: Usage
    models: tuple[str, ...]
    seconds: Sequence[float]
    """Of every answer, the quickest first."""

    @property
    def cost(self) -> Decimal:
        """In US dollars."""
        return self.usage.cost / _NANOS

    def within(self, part: float) -> float | None:
        """Seconds in which this part of the answers was there; None without any."""
        return self.seconds[ceil(part * len(self.seconds)) - 1] if self.seconds else None


def tally(results: Iterable[Result]) -> Tally:
    results = tuple(results)
    seconds = sorted(second for result in results for second in result.seconds)
    return Tally(
        passed=sum(result.passed for result in results),
        conversations=len(results),
        utterances=sum(result.talk.utterances for result in results),
        usage=sum((result.usage for result in results), Usage()),
        models=tuple(sorted({spent.model for result in results for spent in result.spent})),
        seconds=seconds,
    )


def by_language(results: Sequence[Result]) -> Mapping[str, Tally]:
    """A tally for each language that the results have, in order of their first conversation."""
    languages = dict.fromkeys(result.talk.language for result in results)
    return {language: tally(result for result in results if result.talk.language == language) for language in languages}


def as_json(files: Mapping[Path, Sequence[Result]], at_least: float) -> Mapping[str, Any]:
    """Everything that the table tells, for programs."""
    everything = tally(result for results in files.values() for result in results)
    return {
        **_numbers(everything),
        "at_least": at_least,
        "files": [
            {
                "file": str(path),
                **_numbers(tally(results)),
                "languages": {language: _numbers(part) for language, part in by_language(results).items()},
                "failures": [
                    {"conversation": result.talk.name, **_told(failure)}
                    for result in results
                    for failure in result.failures
                ],
            }
            for path, results in files.items()
        ],
    }


def _numbers(tally: Tally) -> Mapping[str, Any]:
    return {
        "passed": tally.passed,
        "conversations": tally.conversations,
        "utterances": tally.utterances,
        "models": list(tally.models),
        "input_tokens": tally.usage.input,
        "output_tokens": tally.usage.output,
        "cost_usd": str(tally.cost),
        "seconds_p50": tally.within(0.5),
        "seconds_p95": tally.within(0.95),
    }


def _told(failure: Failure) -> Mapping[str, Any]:
    return {"said": list(failure.said), "expected": failure.expected, "got": failure.got}
