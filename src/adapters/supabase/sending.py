"""Sending: begin a send, settle it, and care for those that nobody settled."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, assert_never

from adapters.supabase.calls import Calls
from adapters.supabase.values import length, length_or_none, micros, send, send_or_none
from core.conversation.message import ConversationRef
from core.conversation.outbox import (
    Look,
    OutboundRef,
    Send,
    SettleAccepted,
    Settled,
    SettleFailed,
    SettleHeld,
    Settlement,
    SettleRetry,
    SettleUncertain,
)
from core.conversation.turn import Later, Nothing, Stale
from core.identity.medium import Medium
from core.identity.model import AddressKind
from core.identity.seal import Seal

_READABLE = {"media": [medium.value for medium in Medium], "kinds": [kind.value for kind in AddressKind]}
"""A sweep passes over a row with any other: it would fail here, and all that was begun with it would wait."""


async def begin_send(
    calls: Calls, conversation: ConversationRef, by: str, *, send_within: timedelta
) -> Send | Later | Nothing:
    args = {"conversation": conversation.id, "by": by, "send_within": micros(send_within)}
    answer = await calls("begin_send", conversation.workspace, args)
    if answer["is"] == "send":
        return send(answer["send"], calls.seal)
    return Later(after=length(answer["after"])) if answer["is"] == "later" else Nothing()


async def settle(
    calls: Calls, row: OutboundRef, attempt: int, outcome: Settlement, *, by: str, send_within: timedelta
) -> Settled | Stale:
    args = {
        "conversation": row.conversation.id,
        "message": row.id,
        "attempt": attempt,
        "outcome": _outcome_out(outcome),
        "by": by,
        "send_within": micros(send_within),
    }
    answer = await calls("settle", row.conversation.workspace, args)
    if answer["is"] == "stale":
        return Stale()
    return Settled(send=send_or_none(answer["send"], calls.seal), after=length_or_none(answer["after"]))


def _outcome_out(outcome: Settlement) -> dict[str, Any]:
    match outcome:
        case SettleAccepted(provider_id=provider_id, status=status, rank=rank):
            return {"is": "accepted", "provider_id": provider_id, "status": status.value, "rank": rank}
        case SettleFailed(why=why, rank=rank, opts_out=opts_out):
            return {"is": "failed", "why": why, "rank": rank, "opts_out": opts_out}
        case SettleRetry(after=after, why=why, resend=resend):
            return {"is": "retry", "after": micros(after), "why": why, "resend": resend}
        case SettleHeld(why=why):
            return {"is": "held", "why": why}
        case SettleUncertain(why=why, look_after=look_after):
            return {"is": "uncertain", "why": why, "look_after": micros(look_after)}
        case _:
            assert_never(outcome)


async def overdue_sends(calls: Calls, limit: int, by: str, *, send_within: timedelta) -> Sequence[Send | Look]:
    args = {"limit": limit, "by": by, "send_within": micros(send_within), "readable": _READABLE}
    answers = await calls("overdue_sends", None, args)
    return [_handed_in(answer, calls.seal) for answer in answers]


def _handed_in(answer: Mapping[str, Any], seal: Seal) -> Send | Look:
    begun = send(answer["send"], seal)
    if answer["is"] == "send":
        return begun
    return Look(
        send=begun,
        uncertain_for=length(answer["uncertain_for"]),
        looks=answer["looks"],
        taken=frozenset(answer["taken"]),
    )
