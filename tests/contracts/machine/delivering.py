"""Whoever delivers begins sends, settles them in every way, late and twice, and sweeps up what others left."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.conversation.message import RANK, Author, Message, Status
from core.conversation.outbox import Look, Send, Settled, Settlement
from core.conversation.turn import Later, Nothing, Stale
from tests.build import accepted, failed, held, later, uncertain
from tests.contracts.machine.model import Talk
from tests.contracts.machine.world import IN_THE_AIR, World, copy_of, indexes, one_of, rarely
from tests.contracts.story import SEND_WITHIN

WAYS = ["accepted", "delivered", "again now", "again later", "resend", "failed", "held", "uncertain"]


class Delivering(World):
    """The operations of the lane."""

    @precondition(lambda self: self.talks)
    @rule(index=indexes)
    def a_send_is_begun(self, index: int) -> None:
        talk, by = self.someone(index), self.token("begin")
        head = self.head(talk)
        answer = self.run(self.story.try_begin(talk.ref, by))
        if head is None or head.status in IN_THE_AIR or talk.is_out:
            assert answer == Nothing()
        elif talk.care[head.id] > self.now:
            assert answer == Later(after=talk.care[head.id] - self.now)
        else:
            assert isinstance(answer, Send)
            self.take_send(talk, answer, by)
            assert self.run(self.story.try_begin(talk.ref, by)) == answer

    @precondition(lambda self: self.sends)
    @rule(index=indexes, way=st.sampled_from(WAYS), opts_out=rarely)
    def an_attempt_is_settled(self, index: int, way: str, opts_out: bool) -> None:
        talk, sent = one_of(self.sends, index)
        outcome, by = self._outcome(sent, way, opts_out), self.token("settle")
        before = self.message(talk, sent.ref.id)
        is_newest, was_out = before.attempts == sent.attempt, talk.is_out
        is_taken_over = talk.with_human and before.author is Author.ASSISTANT
        answer = self.run(self.story.try_settle(sent, outcome, by))
        if not is_newest and way not in ("accepted", "delivered"):
            assert answer == Stale()
            assert self.message(talk, sent.ref.id) == before
            return
        assert isinstance(answer, Settled)
        self._settled(talk, sent, way, before)
        if way == "failed" and opts_out:
            talk.is_out, talk.waiting = True, []
            talk.settle(self.now)
        if answer.send is not None:
            self.take_send(talk, answer.send, by)
        after = self.message(talk, sent.ref.id)
        if before.status in IN_THE_AIR and is_newest:
            assert after.status in self._expected(way, was_out, is_taken_over) or after.attempts > before.attempts
        if way in ("accepted", "delivered"):
            assert RANK[after.status] >= RANK[Status.ACCEPTED if way == "accepted" else Status.DELIVERED]
        self._is_told_when_to_look(talk, answer)
        assert self.run(self.story.try_settle(sent, outcome, by)) == answer
        another = self.run(self.story.try_settle(sent, outcome))
        assert another == Stale() or (isinstance(another, Settled) and another.send is None)

    def _outcome(self, sent: Send, way: str, opts_out: bool) -> Settlement:
        why = "why"
        outcomes: dict[str, Settlement] = {
            "accepted": accepted(copy_of(sent)),
            "delivered": accepted(copy_of(sent), Status.DELIVERED),
            "again now": later(0, why=why),
            "again later": later(60, why=why),
            "resend": later(0, resend=True, why=why),
            "failed": failed(why, opts_out=opts_out),
            "held": held(why),
            "uncertain": uncertain(15, why),
        }
        return outcomes[way]

    def _settled(self, talk: Talk, sent: Send, way: str, before: Message) -> None:
        if way in ("accepted", "delivered"):
            self.known_copies.add(copy_of(sent))
        if before.status not in IN_THE_AIR:
            return
        wait = {"again now": 0, "again later": 60, "resend": 0, "uncertain": 15}.get(way)
        if wait is not None:
            talk.care[sent.ref.id] = self.now + (later(wait).after)

    def _expected(self, way: str, is_out: bool, is_taken_over: bool) -> set[Status]:
        again = {Status.HELD} if is_taken_over else {Status.FAILED} if is_out else {Status.QUEUED}
        return {
            "accepted": {
                Status.ACCEPTED,
                Status.SENT,
                Status.DELIVERED,
                Status.READ,
                Status.FAILED,
                Status.UNDELIVERED,
            },
            "delivered": {Status.DELIVERED, Status.READ},
            "again now": again - {Status.QUEUED},
            "again later": again,
            "resend": again - {Status.QUEUED},
            "failed": {Status.FAILED},
            "held": {Status.HELD},
            "uncertain": {Status.UNCERTAIN},
        }[way]

    def _is_told_when_to_look(self, talk: Talk, answer: Settled) -> None:
        head = self.head(talk)
        if head is None or head.status is Status.SENDING:
            assert answer.after is None
        else:
            assert answer.after == max(talk.care[head.id] - self.now, later(0).after)

    @rule(limit=st.integers(1, 5))
    def sends_are_swept_up(self, limit: int) -> None:
        by = self.token("sweep")
        found = {talk.ref: talk for talk in self.talks.values()}
        overdue = {}
        for talk in found.values():
            head = self.head(talk)
            if (
                head is not None
                and talk.care[head.id] <= self.now
                and not (talk.is_out and head.status is Status.QUEUED)
            ):
                overdue[head.id] = head
        rows = self.run(self.story.overdue(limit, by))
        assert len(rows) == min(limit, len(overdue))
        for row in rows:
            send = row.send if isinstance(row, Look) else row
            talk = found[send.ref.conversation]
            before = overdue.pop(send.ref.id)
            if isinstance(row, Look):
                assert before.status in IN_THE_AIR
                assert self.message(talk, send.ref.id).status is Status.UNCERTAIN
                assert (send.ref.id, send.attempt) in self.begun
                talk.care[send.ref.id] = self.now + SEND_WITHIN
            else:
                assert before.status is Status.QUEUED
                self.take_send(talk, send, by)
        if rows:
            again = self.run(self.story.overdue(limit, by))
            assert sorted(map(repr, again)) == sorted(map(repr, rows))
