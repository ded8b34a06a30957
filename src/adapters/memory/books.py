"""The books: what model calls took, or are about to take at most, by person, workspace and day."""

from collections.abc import Iterable

from adapters.memory.rows import ConversationRow, TallyRow, TurnRow
from adapters.memory.state import State
from core.conversation.facts import Fact, FactKind
from core.conversation.turn import Cap, Caps, Exhausted, ModelCall, Reserved, Usage, Whose


def reserve(
    state: State, conversation: ConversationRow, turn: TurnRow, call: ModelCall, caps: Caps
) -> Reserved | Exhausted:
    if call.id in turn.calls:
        return Reserved()
    workspace, contact = conversation.ref.workspace, conversation.contact.id
    for whose, who, cap in ((Whose.CONTACT, contact, caps.contact), (Whose.WORKSPACE, None, caps.workspace)):
        if _goes_over(cap, state.spent[workspace, who, call.day], call.usage):
            return Exhausted(whose=whose, told=(workspace, contact, call.day.isoformat()) in state.told)
    turn.calls[call.id] = call
    turn.reserved.add(call.id)
    _count(state, conversation, call)
    return Reserved()


def _goes_over(cap: Cap, spent: TallyRow, usage: Usage) -> bool:
    return (cap.tokens is not None and spent.tokens + usage.tokens > cap.tokens) or (
        cap.cost is not None and spent.cost + usage.cost > cap.cost
    )


def record(state: State, conversation: ConversationRow, turn: TurnRow, calls: Iterable[ModelCall]) -> None:
    """Enter what each call took, once by its id, in the place of its reservation if it has one."""
    for call in calls:
        before = turn.calls.get(call.id)
        if before is not None and call.id not in turn.reserved:
            continue
        if before is not None:
            turn.reserved.remove(call.id)
            _count(state, conversation, before, times=-1)
        turn.calls[call.id] = call
        turn.model = call.model
        _count(state, conversation, call)


def _count(state: State, conversation: ConversationRow, call: ModelCall, times: int = 1) -> None:
    for who in (conversation.contact.id, None):
        state.spent[conversation.ref.workspace, who, call.day].count(call.usage, times)


def tell(state: State, conversation: ConversationRow, facts: Iterable[Fact]) -> None:
    """The answer says that a cap is reached: the person knows, and one of us must."""
    for fact in facts:
        if fact.kind is FactKind.CAP_REACHED:
            conversation.needs_human = True
            state.told.add((conversation.ref.workspace, conversation.contact.id, fact.details["day"]))
