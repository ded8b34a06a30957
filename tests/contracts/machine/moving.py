"""The desk moves conversations while all else goes on."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.conversation.desk_change import DeskChange
from core.conversation.lifecycle import Move, State
from core.conversation.message import Author, Direction
from core.errors import Conflict
from tests.build import close, hand_back, reply, send, take_over
from tests.contracts.machine.model import Talk
from tests.contracts.machine.world import World, indexes

MOVES = list(Move)


class Moving(World):
    """`desk`."""

    @precondition(lambda self: self.talks)
    @rule(index=indexes, move=st.sampled_from(MOVES), looked_back=st.integers(-1, 3))
    def the_desk_moves(self, index: int, move: Move, looked_back: int) -> None:
        talk = self.someone(index)
        messages = self.messages(talk)
        seen = len(messages) - looked_back if looked_back >= 0 else None
        change = self._change(move, seen)
        before = self.run(self.story.snapshot(talk.ref))
        if self._is_conflict(talk, change):
            try:
                self.run(self.story.moves(talk.ref, change))
            except Conflict:
                assert self.run(self.story.snapshot(talk.ref)) == before
                return
            raise AssertionError("what changed meanwhile was not noticed")
        result = self.run(self.story.moves(talk.ref, change))
        self._moved(talk, change)
        talk.care.update({row.id: self.now for row in self.messages(talk)[len(messages) :]})
        assert self.run(self.story.moves(talk.ref, change)) == result
        assert result.conversation == self.run(self.story.sees(talk.ref))
        assert len(result.messages) == len(change.texts)

    def _change(self, move: Move, seen: int | None) -> DeskChange:
        key = self.token("key")
        changes = {
            Move.TAKE_OVER: take_over(key, seen=seen),
            Move.REPLY: reply(self.token("this is Olga"), key=key, seen=seen),
            Move.HAND_BACK: hand_back(key),
            Move.CLOSE: close(key, seen=seen),
            Move.SEND: send(self.token("notice"), self.token("notice"), key=key),
        }
        return changes[move]

    def _is_conflict(self, talk: Talk, change: DeskChange) -> bool:
        if change.seen is not None and any(
            message.direction is Direction.INBOUND and message.author is Author.CONTACT
            for message in self.messages(talk)[max(change.seen, 0) :]
        ):
            return True
        return talk.closed and all(standing.state is not State.CLOSED for standing in change.rule.legal)

    def _moved(self, talk: Talk, change: DeskChange) -> None:
        match change.move:
            case Move.TAKE_OVER:
                talk.with_human, talk.closed = True, False
            case Move.REPLY:
                talk.with_human, talk.closed = True, False
                talk.finish_up_to(change.seen if change.seen is not None else talk.newest)
            case Move.HAND_BACK:
                talk.with_human = False
                talk.hurry(self.now)
            case Move.CLOSE:
                talk.with_human, talk.closed, talk.waiting = False, True, []
            case Move.SEND:
                pass
        talk.settle(self.now)
