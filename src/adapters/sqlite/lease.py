"""Who holds what: a turn and its conversation, as they stand with regard to the lease that an operation names."""

from dataclasses import dataclass

from adapters.sqlite.conversation import ConversationRow, load
from adapters.sqlite.turn import TurnRow, load_turn
from adapters.sqlite.writer import Transaction
from core.conversation.turn import TurnRef


@dataclass(frozen=True, slots=True)
class Lease:
    """A turn and its conversation, as they stand with regard to a lease."""

    conversation: ConversationRow
    turn: TurnRow
    is_held: bool
    """An expired one is, too, until it is taken over."""
    ended_by: str | None
    """The operation that ended it."""


def lease_of(tx: Transaction, ref: TurnRef, epoch: int) -> Lease | None:
    conversation, turn = load(tx, ref.conversation), load_turn(tx, ref.conversation.workspace, ref.id)
    if conversation is None or turn is None or turn.conversation != conversation.id:
        return None
    return Lease(
        conversation,
        turn,
        is_held=conversation.turn == turn.id and conversation.epoch == epoch and conversation.lease_until is not None,
        ended_by=turn.ended_by if turn.ended_epoch == epoch else None,
    )


def held(tx: Transaction, ref: TurnRef, epoch: int) -> tuple[ConversationRow, TurnRow] | None:
    lease = lease_of(tx, ref, epoch)
    return (lease.conversation, lease.turn) if lease is not None and lease.is_held else None
