"""A channel without a provider: it is told what people wrote, and keeps what they are answered."""

from dataclasses import dataclass

from core.conversation.outbox import Accepted, Look, OutboundRef, Outcome, Send
from core.conversation.ports import Channel, Receipt, Webhook
from core.errors import Untrusted
from core.identity.model import Line, LineId
from entrypoints.evals.pace import felt


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A message as it reached the person."""

    text: str
    at: float
    """By `pace.felt`."""


class Loopback(Channel):
    """Accepts everything at once. Lines of this channel hear through `Orchestrator.receive`, never by a webhook."""

    name = "loopback"

    def __init__(self) -> None:
        self._sent: dict[LineId, list[Reply]] = {}
        self._ids: dict[OutboundRef, str] = {}

    def sent(self, line: LineId) -> list[Reply]:
        """What went out by this line, the oldest first."""
        return self._sent.setdefault(line, [])

    def receive(self, webhook: Webhook, line: Line) -> Receipt:
        raise Untrusted("a loopback line has no provider that could call")

    async def send(self, message: Send, line: Line) -> Outcome:
        self.sent(line.id).append(Reply(text=message.text, at=felt()))
        return Accepted(provider_id=self._ids.setdefault(message.ref, f"loopback-{len(self._ids) + 1}"))

    async def find(self, look: Look, line: Line) -> Accepted | None:
        known = self._ids.get(look.send.ref)
        return None if known is None else Accepted(provider_id=known)
