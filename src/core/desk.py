"""The desk: what an operator, or a program through the API, does to a conversation."""

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from core.conversation.desk_change import DeskChange, DeskResult
from core.conversation.lifecycle import RULES, Move
from core.conversation.message import Author, ConversationRef
from core.conversation.ports import ConversationStore, WakeQueue
from core.conversation.wording import split
from core.errors import Rejected
from core.limits import Limits
from core.log import Log
from core.waking import wake

_PARTS = 10
"""A person may write more than the assistant; still no novel."""


class Desk:
    """Moves by people. `key` makes a move repeatable; `seen` is the number of the last message they looked at.

    Every move raises `Conflict` when the conversation changed since `seen` (unless `override`), or when its standing
    does not allow the move; `KeyReused` when something else was asked under `key` before; `Rejected` for text that is
    empty or too long, or a conversation that does not exist.
    """

    def __init__(self, *, store: ConversationStore, queue: WakeQueue, limits: Limits, log: Log) -> None:
        self._store = store
        self._queue = queue
        self._limits = limits
        self._log = log

    async def take_over(
        self, conversation: ConversationRef, *, by: str, key: str, seen: int | None = None, override: bool = False
    ) -> DeskResult:
        """From now on people answer: what the assistant has queued becomes a suggestion."""
        change = DeskChange(
            move=Move.TAKE_OVER,
            rule=RULES[Move.TAKE_OVER],
            key=key,
            by=by,
            seen=seen,
            override=override,
            hold_queued=True,
        )
        return await self._apply(conversation, change)

    async def reply(
        self,
        conversation: ConversationRef,
        text: str,
        *,
        by: str,
        key: str,
        seen: int | None = None,
        override: bool = False,
    ) -> DeskResult:
        """Take over and answer, in one step: what was pending up to `seen` is answered."""
        change = DeskChange(
            move=Move.REPLY,
            rule=RULES[Move.REPLY],
            key=key,
            by=by,
            seen=seen,
            override=override,
            hold_queued=True,
            answer_up_to_seen=True,
            texts=_parts(text),
        )
        return await self._apply(conversation, change)

    async def hand_back(self, conversation: ConversationRef, *, by: str, key: str) -> DeskResult:
        """The assistant answers again, at once if something is pending."""
        change = DeskChange(move=Move.HAND_BACK, rule=RULES[Move.HAND_BACK], key=key, by=by, hurry=True)
        return await self._apply(conversation, change)

    async def close(
        self, conversation: ConversationRef, *, by: str, key: str, seen: int | None = None, override: bool = False
    ) -> DeskResult:
        """Nothing pending is answered any more; what is queued still goes; the next text reopens it."""
        change = DeskChange(
            move=Move.CLOSE,
            rule=RULES[Move.CLOSE],
            key=key,
            by=by,
            seen=seen,
            override=override,
            ignore_pending="closed",
        )
        return await self._apply(conversation, change)

    async def send(self, conversation: ConversationRef, text: str, *, by: str, key: str) -> DeskResult:
        """Say something without taking over or answering; the assistant reads it in its next prompt."""
        change = DeskChange(
            move=Move.SEND, rule=RULES[Move.SEND], key=key, by=by, author=Author.API, texts=_parts(text)
        )
        return await self._apply(conversation, change)

    async def _apply(self, conversation: ConversationRef, change: DeskChange) -> DeskResult:
        result = await self._store.desk(conversation, replace(change, fingerprint=_fingerprint(change)))
        self._log.info("moved", move=change.move, by=change.by, conversation=conversation.id)
        if result.sendable or (change.hurry and result.conversation.due_at is not None):
            await wake(self._queue, conversation, timedelta(0), self._limits, self._log)
        return result


def _fingerprint(change: DeskChange) -> str:
    """Of all that a caller may ask for under a key; a digest, as it is kept for as long as the key is."""
    asked = (change.move, change.seen, change.override, change.texts)
    return sha256(json.dumps(asked).encode()).hexdigest()


def _parts(text: str) -> tuple[str, ...]:
    parts = split(text, parts=_PARTS + 1)
    if not parts:
        raise Rejected("the text is empty: write something to send")
    if len(parts) > _PARTS:
        raise Rejected(f"the text is too long: at most {_PARTS} messages of 1,600 characters")
    return parts
