"""The numbers that steer the orchestrator, in one place."""

from dataclasses import dataclass, field
from datetime import timedelta

from core.conversation.burst import Burst


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Defaults that suit a chat; settings change some of them, tests others."""

    burst: Burst = field(default_factory=Burst)
    lease: timedelta = timedelta(seconds=30)
    renew_every: timedelta = timedelta(seconds=10)
    sweep_every: timedelta = timedelta(seconds=5)
    turns: int = 1000
    """Turns that run at once in one process."""
    turn_budget: timedelta = timedelta(seconds=90)
    model_calls: int = 6
    tool_calls: int = 8
    history: int = 40
    """Messages in the prompt."""
    parts: int = 3
    """Messages a reply is cut into at most."""
    supersedes: int = 2
    attempts: int = 5
    """Of a turn: the last failure is final."""
    send_attempts: int = 100
    """Of a send that was certainly not accepted: five quick ones, then one each quarter of an hour, for about a day."""
    backoff: timedelta = timedelta(seconds=5)
    backoff_cap: timedelta = timedelta(minutes=15)
    apology_every: timedelta = timedelta(hours=1)
    send_within: timedelta = timedelta(seconds=20)
    """A `sending` row older than this is uncertain; longer than a channel's own send timeout (10 s)."""
    look_after: timedelta = timedelta(seconds=15)
    uncertain_bound: timedelta = timedelta(seconds=180)
    """T: a copy that the provider shows neither in its list nor by a callback for so long does not exist."""
    resends: int = 1
    """Times an unsettled send is sent again at T; after that, or with 0, it is held for a person."""
    wake_timeout: timedelta = timedelta(milliseconds=300)
    lag: timedelta = timedelta(milliseconds=20)
    """No turn is claimed while the event loop is later than this: acknowledgements come first."""
