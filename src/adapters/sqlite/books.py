"""The books: what model calls took, or are about to take at most, by turn, and what each day has spent in sum."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date

from adapters.sqlite import rows
from adapters.sqlite.conversation import ConversationRow
from adapters.sqlite.lease import held
from adapters.sqlite.rows import Row
from adapters.sqlite.turn import TurnRow
from adapters.sqlite.writer import Transaction
from core.conversation.facts import Fact, FactKind
from core.conversation.message import ConversationRef
from core.conversation.turn import (
    Cap,
    Caps,
    Exhausted,
    ModelCall,
    Reserved,
    Spent,
    Stale,
    TurnRef,
    Whose,
)
from core.identity.model import ContactId, WorkspaceId

_EVERYBODY = ""
"""In the place of a contact: the whole workspace."""


def reserve(
    tx: Transaction, ref: TurnRef, epoch: int, call: ModelCall, caps: Caps, calls: Sequence[ModelCall]
) -> Reserved | Exhausted | Stale:
    found = held(tx, ref, epoch)
    if found is None:
        return Stale()
    conversation, turn = found
    record(tx, conversation, turn, calls)
    turn.write(tx, "turn")
    if _entered(tx, turn, call.id) is not None:
        return Reserved()
    for whose, who, cap in (
        (Whose.CONTACT, conversation.contact, caps.contact),
        (Whose.WORKSPACE, _EVERYBODY, caps.workspace),
    ):
        if cap != Cap() and _goes_over(tx, conversation.workspace, who, call, cap):
            return Exhausted(whose=whose, told=_is_told(tx, conversation, call.day))
    _enter(tx, turn, call, reserved=True)
    _count(tx, conversation, call)
    return Reserved()


def _goes_over(tx: Transaction, workspace: str, who: str, call: ModelCall, cap: Cap) -> bool:
    tokens, cost = tx.db.execute(
        _SPENT_THAT_DAY, {"workspace": workspace, "contact": who, "day": call.day.isoformat()}
    ).fetchone()
    return (cap.tokens is not None and tokens + call.usage.tokens > cap.tokens) or (
        cap.cost is not None and cost + call.usage.cost > cap.cost
    )


_SPENT_THAT_DAY = """
SELECT coalesce(sum(input + output), 0), coalesce(sum(cost), 0) FROM spent
WHERE workspace = :workspace AND contact = :contact AND day = :day
"""


def _is_told(tx: Transaction, conversation: ConversationRow, day: date) -> bool:
    told = tx.db.execute(
        "SELECT 1 FROM cap_told WHERE workspace = ? AND contact = ? AND day = ?",
        (conversation.workspace, conversation.contact, day.isoformat()),
    ).fetchone()
    return told is not None


def tell(tx: Transaction, conversation: ConversationRow, facts: Iterable[Fact]) -> None:
    """An answer that says that a cap is reached: the person knows, and somebody must look at it."""
    for fact in facts:
        if fact.kind is FactKind.CAP_REACHED:
            conversation.needs_human = 1
            tx.db.execute(
                "INSERT INTO cap_told (workspace, contact, day) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (conversation.workspace, conversation.contact, fact.details["day"]),
            )


def record(tx: Transaction, conversation: ConversationRow, turn: TurnRow, calls: Iterable[ModelCall]) -> None:
    """What calls really took, each once, in the place of its reservation if it has one."""
    for call in calls:
        if not _enter(tx, turn, call, reserved=False):
            before = _entered(tx, turn, call.id)
            assert before is not None  # noqa: S101 - that is the conflict
            if not before["reserved"]:
                continue
            _replace(tx, turn, call)
            _count(tx, conversation, rows.model_call(before), times=-1)
        _count(tx, conversation, call)
        turn.consume(call)


def _entered(tx: Transaction, turn: TurnRow, call: str) -> Row | None:
    found: Row | None = tx.db.execute(
        "SELECT * FROM model_call WHERE workspace = ? AND turn = ? AND id = ?", (turn.workspace, turn.id, call)
    ).fetchone()
    return found


def _enter(tx: Transaction, turn: TurnRow, call: ModelCall, *, reserved: bool) -> bool:
    """Whether it is new."""
    entered = tx.db.execute(
        "INSERT INTO model_call (workspace, turn, id, number, model, day, input, output, cached, cost, reserved,"
        " recorded_at) VALUES (?1, ?2, ?3, (SELECT 1 + count(*) FROM model_call WHERE workspace = ?1 AND turn = ?2),"
        " ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING",
        (turn.workspace, turn.id, call.id, *_columns(call), reserved, tx.now),
    )
    return entered.rowcount > 0


def _replace(tx: Transaction, turn: TurnRow, call: ModelCall) -> None:
    tx.db.execute(
        "UPDATE model_call SET model = ?, day = ?, input = ?, output = ?, cached = ?, cost = ?, reserved = 0,"
        " recorded_at = ? WHERE workspace = ? AND turn = ? AND id = ?",
        (*_columns(call), tx.now, turn.workspace, turn.id, call.id),
    )


def _columns(call: ModelCall) -> tuple[str, str, int, int, int, int]:
    usage = call.usage
    return call.model, call.day.isoformat(), usage.input, usage.output, usage.cached, usage.cost


def _count(tx: Transaction, conversation: ConversationRow, call: ModelCall, *, times: int = 1) -> None:
    """Add it to the sums of its day; -1 takes it out."""
    model, day, *numbers = _columns(call)
    tx.db.execute(
        "INSERT INTO spent (workspace, contact, day, conversation, model, calls, input, output, cached, cost)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10), (?1, '', ?3, '', ?5, ?6, ?7, ?8, ?9, ?10)"
        " ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, input = input + excluded.input,"
        " output = output + excluded.output, cached = cached + excluded.cached, cost = cost + excluded.cost",
        (
            conversation.workspace,
            conversation.contact,
            day,
            conversation.id,
            model,
            times,
            *(times * number for number in numbers),
        ),
    )


def calls_of(db: sqlite3.Connection, turn: Row) -> tuple[ModelCall, ...]:
    found = db.execute(
        "SELECT * FROM model_call WHERE workspace = ? AND turn = ? ORDER BY number", (turn["workspace"], turn["id"])
    )
    return tuple(rows.model_call(row) for row in found)


def spending(
    db: sqlite3.Connection,
    workspace: WorkspaceId,
    since: date,
    until: date,
    contact: ContactId | None,
    conversation: ConversationRef | None,
) -> Sequence[Spent]:
    if conversation is not None and conversation.workspace != workspace:
        return []
    found = db.execute(
        _SPENT_BY_ALL if contact is None and conversation is None else _SPENT_BY_ONE,
        {
            "workspace": workspace,
            "since": since.isoformat(),
            "until": until.isoformat(),
            "contact": contact,
            "conversation": None if conversation is None else conversation.id,
        },
    )
    return [_spent(row) for row in found]


_SPENT_BY_ALL = """
SELECT day, model, calls, input, output, cached, cost FROM spent
WHERE workspace = :workspace AND contact = '' AND day BETWEEN :since AND :until AND calls > 0 ORDER BY day, model
"""

_SPENT_BY_ONE = """
SELECT day, model, sum(calls) AS calls, sum(input) AS input, sum(output) AS output, sum(cached) AS cached,
    sum(cost) AS cost
FROM spent
WHERE workspace = :workspace AND day BETWEEN :since AND :until AND conversation <> '' AND calls > 0
    AND contact = coalesce(
        :contact, (SELECT contact FROM conversation WHERE workspace = :workspace AND id = :conversation)
    )
    AND conversation = coalesce(:conversation, conversation)
GROUP BY day, model ORDER BY day, model
"""
"""By a person, or in one of a person's conversations."""


def _spent(row: Row) -> Spent:
    return Spent(day=date.fromisoformat(row["day"]), model=row["model"], calls=row["calls"], usage=rows.usage(row))
