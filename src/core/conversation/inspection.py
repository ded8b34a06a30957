"""What can be found out about a set-up without changing anything: three abilities that a channel may have beside."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from core.conversation.ports import Webhook
from core.identity.model import Line, LineId


class Severity(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    WARNING = "warning"
    """Worth a look: it could be better, or could not be found out."""
    PROBLEM = "problem"
    """It does not work, or is not safe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. Never holds a secret; our own numbers and addresses are in it as they are."""

    severity: Severity
    what: str
    cure: str = ""
    """What a person does about it, with the exact value to enter and where; empty when there is nothing to do."""


@runtime_checkable
class ChecksLines(Protocol):
    """A channel that knows, without asking anybody, which lines it has the account for."""

    @abstractmethod
    def unusable(self, lines: Sequence[Line]) -> Mapping[LineId, Finding]:
        """Of all its lines, those whose webhooks it refuses, and why.

        Raises `Permanent` where its settings lack what some line needs, or what the first line could be made from.
        """


@runtime_checkable
class Inspects(Protocol):
    """A channel that can look at its provider's side of a line."""

    @abstractmethod
    async def inspect(self, line: Line, webhook_url: str) -> Sequence[Finding]:
        """Whether the provider knows the line and calls `webhook_url` for it. Reads only, and never raises for what the
        provider or the network does: that is a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Two webhooks that say nothing: `receive` answers the first without events, the second is not trusted."""

    genuine: Webhook
    forged: Webhook


@runtime_checkable
class Rehearses(Protocol):
    """A channel that can act its provider, so that an app that runs somewhere is tried without changing anything."""

    @abstractmethod
    def rehearsal(self, line: Line, webhook_url: str) -> Rehearsal:
        """Webhooks of this line as its provider would send them to `webhook_url`. Pure but for chance."""
