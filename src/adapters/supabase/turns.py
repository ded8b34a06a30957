"""Turns: claim a conversation, keep it, journal steps, and end the turn."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from adapters.supabase import values
from adapters.supabase.calls import Calls
from adapters.supabase.values import Row, length_or_none, micros
from core.conversation.facts import Fact
from core.conversation.lifecycle import Handler
from core.conversation.message import ConversationRef, TurnId
from core.conversation.turn import (
    Asked,
    Cap,
    Caps,
    Claim,
    Committed,
    Die,
    Dropped,
    Ending,
    Entry,
    Exhausted,
    HandedBack,
    Later,
    ModelCall,
    News,
    Nothing,
    Refused,
    Released,
    Reserved,
    Retry,
    Stale,
    Suggested,
    Superseded,
    TurnRef,
    Whose,
)
from core.conversation.written import call_out, entry_out
from core.errors import Permanent
from core.identity.model import Contact, ContactId, WorkspaceId

_CLAIMS_AT_ONCE = 20
"""In one transaction: each claim is undone alone if it fails, and a server keeps account of 64 such cheaply."""
_LEASES_AT_ONCE = 500
"""In one transaction, which takes 40 microseconds for each and keeps them all from others as long."""
_BUSY_PAUSES_S = (0.01, 0.05, 0.2, 0.5)
"""Before asking again for leases whose conversation somebody worked on: an operation takes milliseconds."""
_UNREADABLE = (ValueError, LookupError, TypeError)
"""What reading a row raises whose values are not what we write."""


async def claim(
    calls: Calls, conversation: ConversationRef, by: str, ttl: timedelta, *, history: int
) -> Claim | Later | Nothing:
    args = {"conversation": conversation.id, "by": by, "ttl": micros(ttl), "history": history}
    answer = await calls("claim", conversation.workspace, args)
    match answer["is"]:
        case "claim":
            claimed = await _readable(calls, answer)
            if claimed is None:
                raise Permanent(f"conversation {conversation.id} holds something that cannot be read: it was put off")
            return claimed
        case "later":
            return Later(after=values.length(answer["after"]), sendable=answer["sendable"])
        case _:
            return Nothing(sendable=answer["sendable"])


async def claim_due(calls: Calls, limit: int, by: str, ttl: timedelta, *, history: int) -> Sequence[Claim]:
    """A few in each call, so that a long backlog keeps no connection for long. A repeat is given all of them again."""
    claims: list[Claim] = []
    for first in range(0, limit, _CLAIMS_AT_ONCE):
        few = min(_CLAIMS_AT_ONCE, limit - first)
        args = {"limit": few, "by": f"{by} {first}", "ttl": micros(ttl), "history": history}
        found = await calls("claim_due", None, args)
        for each in found:
            claimed = await _readable(calls, each)
            if claimed is not None:
                claims.append(claimed)
        if len(found) < few:
            break
    return claims


async def _readable(calls: Calls, told: Row) -> Claim | None:
    """The claim; none if something in it is not what we write: then the conversation is passed over for a while."""
    try:
        return _claim(calls, told)
    except _UNREADABLE:
        turn, conversation = told["turn"], told["conversation"]
        args = {"conversation": conversation["id"], "turn": turn["id"], "epoch": conversation["epoch"]}
        await calls("put_off", conversation["workspace"], args)
        return None


def _claim(calls: Calls, told: Row) -> Claim:
    turn, conversation, contact = told["turn"], told["conversation"], told["contact"]
    return Claim(
        turn=TurnRef(
            conversation=values.conversation_ref(turn["workspace"], turn["conversation"]), id=TurnId(turn["id"])
        ),
        epoch=conversation["epoch"],
        attempts=turn["attempts"],
        supersedes=turn["supersedes"],
        read_to=turn["read_to"],
        steps=turn["steps"],
        journal=values.journal(told["journal"]),
        conversation=values.conversation(conversation),
        contact=Contact(
            workspace=WorkspaceId(contact["workspace"]),
            id=ContactId(contact["id"]),
            name=contact["name"],
            address=values.address(contact),
        ),
        line=values.line(told["line"], calls.seal),
        messages=values.messages(told["messages"]),
        previous_episode_at=values.instant_or_none(conversation["previous_episode_at"]),
        correlation=turn["correlation"],
        now=values.instant(told["now"]),
        sendable=told["sendable"],
    )


async def renew(calls: Calls, by: str, leases: Sequence[tuple[TurnRef, int]], ttl: timedelta) -> frozenset[TurnRef]:
    """One call, unless there are very many."""
    asked = [_lease(turn, epoch) | {"workspace": turn.conversation.workspace} for turn, epoch in leases]
    lost: list[Row] = []
    for first in range(0, len(asked), _LEASES_AT_ONCE):
        lost += await _renew(calls, by, asked[first : first + _LEASES_AT_ONCE], ttl)
    return frozenset(
        TurnRef(conversation=values.conversation_ref(row["workspace"], row["conversation"]), id=TurnId(row["turn"]))
        for row in lost
    )


async def _renew(calls: Calls, by: str, leases: Sequence[Row], ttl: timedelta) -> Sequence[Row]:
    """Those lost. One whose conversation stays busy is not: it lives on, and is renewed the next time."""
    lost: list[Row] = []
    for pause in (*_BUSY_PAUSES_S, None):
        answer = await calls("renew", None, {"by": by, "leases": leases, "ttl": micros(ttl)}, urgent=True)
        lost += answer["lost"]
        leases = answer["busy"]
        if not leases or pause is None:
            break
        await asyncio.sleep(pause)
    return lost


async def reserve(
    calls: Calls, turn: TurnRef, epoch: int, call: ModelCall, caps: Caps, made: Sequence[ModelCall]
) -> Reserved | Exhausted | Stale:
    args = _lease(turn, epoch) | {
        "call": call_out(call),
        "caps": {"contact": _cap(caps.contact), "workspace": _cap(caps.workspace)},
        "calls": _calls(made),
    }
    answer = await calls("reserve", turn.conversation.workspace, args)
    match answer["is"]:
        case "reserved":
            return Reserved()
        case "exhausted":
            return Exhausted(whose=Whose(answer["whose"]), told=answer["told"])
        case _:
            return Stale()


async def journal(calls: Calls, turn: TurnRef, epoch: int, step: int, entry: Entry) -> News | Stale:
    kind, fields = entry_out(entry)
    args = _lease(turn, epoch) | {
        "step": step,
        "kind": kind,
        "entry": fields,
        "acts": isinstance(entry, Asked) and entry.effects,
        "calls": _calls((entry.call,)) if isinstance(entry, Asked) else [],
    }
    answer = await calls("journal", turn.conversation.workspace, args)
    if answer["is"] == "stale":
        return Stale()
    return News(
        newest_pending=answer["newest_pending"],
        handler=Handler(answer["handler"]),
        opted_out=answer["opted_out"],
        closed=answer["closed"],
        refused=answer["refused"],
    )


async def supersede(
    calls: Calls, turn: TurnRef, epoch: int, *, read_to: int, at_most: int, history: int
) -> Superseded | Refused | Stale:
    args = _lease(turn, epoch) | {"read_to": read_to, "at_most": at_most, "history": history}
    answer = await calls("supersede", turn.conversation.workspace, args)
    match answer["is"]:
        case "superseded":
            return _superseded(answer)
        case "refused":
            return Refused()
        case _:
            return Stale()


async def commit(
    calls: Calls,
    turn: TurnRef,
    epoch: int,
    replies: Sequence[str],
    facts: Sequence[Fact],
    made: Sequence[ModelCall],
    *,
    asked: bool,
    read_to: int,
    supersede_at_most: int,
    history: int,
    send_within: timedelta,
) -> Committed | Superseded | Suggested | Dropped | Stale:
    args = _lease(turn, epoch) | {
        "replies": list(replies),
        "facts": [{"kind": fact.kind.value, "details": dict(fact.details)} for fact in facts],
        "calls": _calls(made),
        "asked": asked,
        "read_to": read_to,
        "supersede_at_most": supersede_at_most,
        "history": history,
        "send_within": micros(send_within),
    }
    answer = await calls("commit", turn.conversation.workspace, args)
    match answer["is"]:
        case "committed":
            send = values.send_or_none(answer["send"], calls.seal)
            return Committed(send=send, due_after=length_or_none(answer["due_after"]))
        case "superseded":
            return _superseded(answer)
        case "suggested":
            return Suggested()
        case "dropped":
            return Dropped(due_after=length_or_none(answer["due_after"]))
        case _:
            return Stale()


async def release(calls: Calls, turn: TurnRef, epoch: int, how: Ending, made: Sequence[ModelCall]) -> Released | Stale:
    args = _lease(turn, epoch) | {"how": _ending(how), "calls": _calls(made)}
    answer = await calls("release", turn.conversation.workspace, args)
    if answer["is"] == "stale":
        return Stale()
    return Released(due_after=length_or_none(answer["due_after"]), sendable=answer["sendable"])


def _lease(turn: TurnRef, epoch: int) -> dict[str, Any]:
    return {"conversation": turn.conversation.id, "turn": turn.id, "epoch": epoch}


def _calls(made: Sequence[ModelCall]) -> list[Mapping[str, Any]]:
    return [call_out(call) for call in made]


def _cap(cap: Cap) -> dict[str, int | None]:
    return {"tokens": cap.tokens, "cost": cap.cost}


def _ending(how: Ending) -> dict[str, Any]:
    match how:
        case HandedBack():
            return {"is": "handed_back"}
        case Retry(after=after, why=why):
            return {"is": "retry", "after": micros(after), "why": why}
        case Die(why=why, apology=apology, apology_every=every):
            return {"is": "die", "why": why, "apology": apology, "apology_every": micros(every)}


def _superseded(answer: Row) -> Superseded:
    return Superseded(read_to=answer["read_to"], steps=answer["steps"], messages=values.messages(answer["messages"]))
