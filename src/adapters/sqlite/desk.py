"""Moves by people: one change under the writer's lock, answered the same however often it is asked for."""

from dataclasses import asdict

from adapters.sqlite import outbox, pending
from adapters.sqlite.codec import decoded, encoded
from adapters.sqlite.conversation import ConversationRow, load, save
from adapters.sqlite.turn import drop_if_moot
from adapters.sqlite.writer import Transaction
from core.conversation.desk_change import DeskChange, DeskResult
from core.conversation.facts import FactKind
from core.conversation.lifecycle import Handler, Standing, State
from core.conversation.message import Author, ConversationRef, MessageId, Status
from core.errors import Conflict, KeyReused, Rejected


def desk(tx: Transaction, ref: ConversationRef, change: DeskChange) -> DeskResult:
    conversation = load(tx, ref)
    if conversation is None:
        raise Rejected("there is no such conversation")
    first_answer = tx.db.execute(
        "SELECT answer, fingerprint FROM desk_move WHERE workspace = ? AND conversation = ? AND key = ?",
        (*conversation.key, change.key),
    ).fetchone()
    if first_answer is not None:
        if first_answer["fingerprint"] not in (None, change.fingerprint):
            raise KeyReused("this key was used for something else: give each thing that is asked a key of its own")
        return _from_text(first_answer["answer"])
    _check(tx, conversation, change)
    _move(tx, conversation, change)
    messages = _write(tx, conversation, change)
    drop_if_moot(tx, conversation)
    save(tx, conversation)
    result = DeskResult(
        conversation=conversation.shown(), messages=messages, sendable=outbox.sendable(tx, conversation)
    )
    tx.db.execute(
        "INSERT INTO desk_move (workspace, conversation, key, fingerprint, answer, recorded_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (*conversation.key, change.key, change.fingerprint, _to_text(conversation, result), tx.now),
    )
    return result


def _check(tx: Transaction, conversation: ConversationRow, change: DeskChange) -> None:
    if change.seen is not None and not change.override:
        unseen = tx.db.execute(
            "SELECT 1 FROM message WHERE workspace = ? AND conversation = ? AND number > ?"
            " AND (direction = 'inbound' OR author = 'operator' AND written_by <> ?) LIMIT 1",
            (*conversation.key, change.seen, change.by),
        ).fetchone()
        if unseen is not None:
            raise Conflict("somebody wrote since you looked")
    standing = Standing(state=State(conversation.state), handler=Handler(conversation.handler))
    if standing not in change.rule.legal:
        raise Conflict(f"{change.move} is not possible: it is {standing.state}, with the {standing.handler}")


def _move(tx: Transaction, conversation: ConversationRow, change: DeskChange) -> None:
    rule = change.rule
    conversation.note(tx, FactKind.MOVED, move=change.move.value, by=change.by)
    if rule.state is State.OPEN:
        conversation.reopen(tx)
    elif rule.state is not None:
        conversation.state = rule.state.value
    if rule.handler is not None:
        conversation.handler = rule.handler.value
    if rule.needs_human is not None:
        conversation.needs_human = int(rule.needs_human)
    if change.hold_queued:
        outbox.hold_queued(tx, conversation, "taken over", author=Author.ASSISTANT)
    if change.answer_up_to_seen:
        seen = conversation.number if change.seen is None else change.seen
        pending.mark_up_to(tx, conversation, seen, Status.ANSWERED)
    if change.ignore_pending is not None:
        pending.ignore_all(tx, conversation, change.ignore_pending)
    if change.hurry:
        pending.hurry(tx, conversation)


def _write(tx: Transaction, conversation: ConversationRow, change: DeskChange) -> tuple[MessageId, ...]:
    if not change.texts:
        return ()
    reply, correlation = tx.new_id(), pending.correlation(tx, conversation)
    messages = tuple(
        outbox.write(tx, conversation, text, author=change.author, reply=reply, correlation=correlation, by=change.by)
        for text in change.texts
    )
    if conversation.opted_out:
        outbox.fail_queued(tx, conversation, "opted out")
    return messages


def _to_text(conversation: ConversationRow, result: DeskResult) -> str:
    return encoded({"conversation": asdict(conversation), "messages": result.messages, "sendable": result.sendable})


def _from_text(text: str) -> DeskResult:
    answer = decoded(text)
    return DeskResult(
        conversation=ConversationRow(**answer["conversation"]).shown(),
        messages=tuple(MessageId(each) for each in answer["messages"]),
        sendable=answer["sendable"],
    )
