"""Findings, as the checks make them; what a check raises becomes one too, so that a doctor gets to the end."""

import asyncio
from collections.abc import AsyncIterable, Iterator, Sequence
from dataclasses import dataclass

from core.conversation.inspection import Finding, Severity
from core.errors import RecadoError


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What was found about one part of the set-up."""

    title: str
    findings: Sequence[Finding]


def fine(what: str) -> Finding:
    return Finding(severity=Severity.OK, what=what)


def doubt(what: str, cure: str = "") -> Finding:
    return Finding(severity=Severity.WARNING, what=what, cure=cure)


def problem(what: str, cure: str = "") -> Finding:
    return Finding(severity=Severity.PROBLEM, what=what, cure=cure)


def of_error(error: RecadoError) -> Iterator[Finding]:
    """A problem for each line of the error; its first sentence says what is wrong, the others what to do."""
    for line in str(error).splitlines():
        what, _, cure = line.partition(". ")
        yield problem(what if not cure else f"{what}.", cure)


async def collected(checks: AsyncIterable[Finding], *, within: float, about: str) -> list[Finding]:
    """What `checks` find in `within` seconds, and how they ended if that was not well."""
    found: list[Finding] = []
    try:
        async with asyncio.timeout(within):
            async for finding in checks:
                found.append(finding)  # noqa: PERF401 - what was found before a failure counts
    except TimeoutError:
        found.append(problem(f"{about} took longer than {within:g} s.", "Is what it needs overloaded, or far away?"))
    except RecadoError as error:
        found.extend(of_error(error))
    except Exception as error:  # noqa: BLE001 - a driver's bug must not hide what else is wrong
        found.append(problem(f"{about} failed: {type(error).__name__}.", "Please report this bug."))
    return found
