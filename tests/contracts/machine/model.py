"""A conversation as a simple model knows it: enough to predict what each operation of a store must answer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.conversation.burst import Burst
from core.conversation.message import ConversationRef, MessageId, TurnId
from core.identity.model import Address, Line


@dataclass(slots=True)
class Waiting:
    """An unanswered message."""

    number: int
    quiet_at: datetime
    ceiling_at: datetime


@dataclass(slots=True)
class Open:
    """The open turn."""

    id: TurnId
    read_to: int
    attempts: int = 0
    supersedes: int = 0
    steps: int = 0
    drafted: bool = False
    acts: bool = False
    retry_at: datetime | None = None


@dataclass(slots=True)
class Talk:
    """One person on one line."""

    line: Line
    sender: Address
    ref: ConversationRef
    waiting: list[Waiting] = field(default_factory=list)
    is_out: bool = False
    with_human: bool = False
    closed: bool = False
    epoch: int = 0
    lease_until: datetime | None = None
    turn: Open | None = None
    perhaps_over: bool = False
    """The lease expired and nothing is left to answer: whether the turn is over before it is claimed again is left to
    the store."""
    care: dict[MessageId, datetime] = field(default_factory=dict)
    """For rows of ours: when whoever looks may have them."""

    @property
    def newest(self) -> int:
        return self.waiting[-1].number if self.waiting else 0

    @property
    def may_act(self) -> bool:
        return not (self.is_out or self.with_human or self.closed)

    def hears(self, number: int, now: datetime, burst: Burst) -> None:
        self.waiting.append(Waiting(number, now + burst.quiet, now + burst.ceiling))

    def due_at(self) -> datetime | None:
        """When the assistant should look at it, recomputed from what is pending."""
        if self.with_human or self.is_out or not self.waiting:
            return None
        at = min(self.waiting[-1].quiet_at, self.waiting[0].ceiling_at)
        return max(at, self.turn.retry_at) if self.turn is not None and self.turn.retry_at is not None else at

    def is_leased(self, now: datetime) -> bool:
        return self.lease_until is not None and self.lease_until > now

    def is_claimable(self, now: datetime) -> bool:
        due_at = self.due_at()
        return due_at is not None and due_at <= now and not self.is_leased(now)

    def waits_for(self, read_to: int) -> bool:
        return bool(self.waiting) and self.waiting[0].number <= read_to

    def finish_up_to(self, number: int) -> None:
        self.waiting = [message for message in self.waiting if message.number > number]

    def hurry(self, now: datetime) -> None:
        for message in self.waiting:
            message.quiet_at = min(message.quiet_at, now)
        if self.turn is not None:
            self.turn.retry_at = None

    def end_lease(self) -> None:
        self.lease_until = None

    def settle(self, now: datetime) -> None:
        """An open turn that nobody runs is over when nothing that it read is waiting."""
        if self.turn is None or self.waits_for(self.turn.read_to):
            return
        if self.lease_until is None:
            self.turn = None
        elif self.lease_until <= now:
            self.perhaps_over = True


def interval(due_at: datetime | None, now: datetime) -> timedelta | None:
    return None if due_at is None else max(due_at - now, timedelta(0))
