"""A turn as an operation holds it."""

from dataclasses import dataclass
from operator import itemgetter

from adapters.sqlite import pending, rows
from adapters.sqlite.conversation import ConversationRow
from adapters.sqlite.tracked import Tracked
from adapters.sqlite.writer import Transaction
from core.conversation.facts import FactKind
from core.conversation.message import Message, TurnId
from core.conversation.turn import ModelCall, Step, TurnRef, TurnState


@dataclass(slots=True, eq=False)
class TurnRow(Tracked):
    """The columns of `turn`."""

    workspace: str
    id: str
    conversation: str
    opened_in: int
    opened_at: int
    correlation: str
    read_to: int
    state: str = TurnState.RUNNING.value
    why: str | None = None
    attempts: int = 0
    supersedes: int = 0
    steps: int = 0
    draft_from: int = 0
    acts: int = 0
    input: int = 0
    output: int = 0
    cached: int = 0
    model: str | None = None
    closed_at: int | None = None
    ended_epoch: int | None = None
    ended_by: str | None = None
    cost: int = 0

    @property
    def is_drafted(self) -> bool:
        """Something in the journal counts."""
        return self.steps > self.draft_from

    def consume(self, call: ModelCall) -> None:
        self.input += call.usage.input
        self.output += call.usage.output
        self.cached += call.usage.cached
        self.cost += call.usage.cost
        self.model = call.model


def load_turn(tx: Transaction, workspace: str, id_: str | None) -> TurnRow | None:
    if id_ is None:
        return None
    row = tx.db.execute("SELECT * FROM turn WHERE workspace = ? AND id = ?", (workspace, id_)).fetchone()
    return None if row is None else TurnRow.of(row)


def open_turn(tx: Transaction, conversation: ConversationRow, read_to: int) -> TurnRow:
    turn = TurnRow(
        workspace=conversation.workspace,
        id=tx.new_id(),
        conversation=conversation.id,
        opened_in=conversation.epoch,
        opened_at=tx.now,
        correlation=pending.correlation(tx, conversation),
        read_to=read_to,
    )
    tx.db.execute(
        "INSERT INTO turn (workspace, id, conversation, opened_in, opened_at, correlation, read_to)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            turn.workspace,
            turn.id,
            turn.conversation,
            turn.opened_in,
            turn.opened_at,
            turn.correlation,
            turn.read_to,
        ),
    )
    conversation.turn = turn.id
    return turn.is_stored()


def close_turn(
    tx: Transaction, conversation: ConversationRow, turn: TurnRow, state: TurnState, why: str | None = None
) -> None:
    """The turn is over, with a fact that says how."""
    turn.state, turn.why, turn.closed_at = state.value, why, tx.now
    details = {} if why is None else {"why": why}
    conversation.note(tx, _FACT_OF[state], turn=turn.id, **details)
    conversation.turn = conversation.retry_at = None
    conversation.end_lease()


_FACT_OF = {
    TurnState.COMMITTED: FactKind.TURN_COMMITTED,
    TurnState.SUGGESTED: FactKind.TURN_SUGGESTED,
    TurnState.DROPPED: FactKind.TURN_DROPPED,
    TurnState.DEAD: FactKind.TURN_DIED,
}


def drop_if_moot(tx: Transaction, conversation: ConversationRow) -> None:
    """Drop the open turn, unless somebody runs it, when nothing it read is waiting any more: a new text has its own."""
    if conversation.turn is None or (conversation.lease_until or 0) > tx.now:
        return
    turn = load_turn(tx, conversation.workspace, conversation.turn)
    if turn is not None and not pending.unanswered(tx, conversation).any_up_to(turn.read_to):
        close_turn(tx, conversation, turn, TurnState.DROPPED, "nothing it read is waiting any more")
        turn.write(tx, "turn")


def turn_ref(conversation: ConversationRow, turn: TurnRow) -> TurnRef:
    return TurnRef(conversation=conversation.ref, id=TurnId(turn.id))


def draft(tx: Transaction, turn: TurnRow) -> tuple[Step, ...]:
    """The entries of the journal that still count, in order."""
    if not turn.is_drafted:
        return ()
    steps = tx.db.execute(
        "SELECT * FROM step WHERE workspace = ? AND turn = ? AND number >= ? ORDER BY number, kind",
        (turn.workspace, turn.id, turn.draft_from),
    )
    return tuple(rows.step(row) for row in steps)


def prompt_messages(tx: Transaction, conversation: ConversationRow, read_to: int, history: int) -> tuple[Message, ...]:
    """What a prompt may show of the episode, as `Claim` says: all that is pending, and the last of the rest."""
    unanswered = tx.db.execute(
        "SELECT * FROM message WHERE workspace = ? AND conversation = ? AND status = 'pending' AND number <= ?",
        (*conversation.key, read_to),
    ).fetchall()
    others = tx.db.execute(
        "SELECT * FROM message WHERE workspace = ? AND conversation = ? AND number >= ?"
        " AND CASE direction WHEN 'inbound' THEN number <= ? AND status <> 'pending'"
        " ELSE status NOT IN ('held', 'failed') END ORDER BY number DESC LIMIT ?",
        (*conversation.key, conversation.episode_from, read_to, history),
    ).fetchall()
    return tuple(rows.message(row) for row in sorted(unanswered + others, key=itemgetter("number")))
