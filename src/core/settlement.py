"""From what a channel answered to what the store is told: the one policy of retries and uncertain sends."""

from datetime import timedelta
from random import Random

from core.backoff import backoff
from core.conversation.message import RANK, Status
from core.conversation.outbox import (
    Accepted,
    Look,
    Never,
    NotNow,
    Outcome,
    Send,
    SettleAccepted,
    SettleFailed,
    SettleHeld,
    Settlement,
    SettleRetry,
    SettleUncertain,
    Unknown,
    Withheld,
)
from core.limits import Limits


def settlement(outcome: Outcome, send: Send, limits: Limits, random: Random) -> Settlement:
    """What follows from an attempt's outcome. What may still be sent is never given up: in the end a person decides."""
    match outcome:
        case Accepted(provider_id=provider_id, status=status):
            return SettleAccepted(provider_id=provider_id, status=status, rank=RANK[status])
        case NotNow(why=why, after=after, patient=patient):
            if send.attempt >= limits.send_attempts:
                return SettleHeld(why=f"not sent in {send.attempt} attempts: {why}")
            wait = limits.backoff_cap if patient else backoff(send.attempt, limits, random, asked=after)
            return SettleRetry(after=wait, why=why)
        case Never(why=why, opts_out=opts_out):
            return SettleFailed(why=why, rank=RANK[Status.FAILED], opts_out=opts_out)
        case Withheld(why=why):
            return SettleHeld(why=why)
        case Unknown(why=why):
            return SettleUncertain(why=why, look_after=limits.look_after)


def looked(look: Look, found: Accepted | None, limits: Limits) -> Settlement:
    """What follows from a look at the provider for an uncertain send.

    A copy found settles it. Without one the next looks come ever later until T; then absence is taken for proof: it is
    sent once more, and after that a person decides.
    """
    if found is not None:
        return SettleAccepted(provider_id=found.provider_id, status=found.status, rank=RANK[found.status])
    if look.uncertain_for < limits.uncertain_bound:
        rest = limits.uncertain_bound - look.uncertain_for
        wait = min(limits.look_after * 2 ** min(look.looks, 8), rest)
        return SettleUncertain(why="the provider shows no copy yet", look_after=wait)
    if look.send.resends < limits.resends:
        return SettleRetry(after=timedelta(0), why="the provider never showed a copy", resend=True)
    return SettleHeld(why="it is not known whether this arrived; the provider never showed a copy")
