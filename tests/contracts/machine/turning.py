"""Workers claim, journal, supersede, commit and let go; some come back when their lease is long somebody else's."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.conversation.facts import Fact, FactKind
from core.conversation.lifecycle import Handler
from core.conversation.message import ConversationRef, Message, Status
from core.conversation.turn import (
    Claim,
    Committed,
    Dropped,
    Ending,
    HandedBack,
    Later,
    News,
    Nothing,
    Refused,
    Released,
    Retry,
    Stale,
    Suggested,
    Superseded,
)
from tests.build import FOREIGN_LINE, LINE, asks, model_call, results, seconds
from tests.contracts.machine.booking import Booking, made_calls
from tests.contracts.machine.model import Open, Talk, interval
from tests.contracts.machine.world import indexes, rarely
from tests.contracts.story import HISTORY, LEASE, death, texts

MOST_SUPERSEDES = 2


class Turning(Booking):
    """The operations of turns."""

    @precondition(lambda self: self.talks)
    @rule(index=indexes)
    def a_conversation_is_claimed(self, index: int) -> None:
        talk, by = self.someone(index), self.token()
        due_at, is_leased = talk.due_at(), talk.is_leased(self.now)
        answer = self.run(self.story.try_claim(talk.ref, by))
        if is_leased or due_at is None:
            assert isinstance(answer, Nothing)
        elif due_at > self.now:
            assert isinstance(answer, Later)
            assert answer.after == due_at - self.now
        else:
            assert isinstance(answer, Claim)
            self._take(talk, answer)
            again = self.run(self.story.claims(talk.ref, by))
            assert (again.turn, again.epoch, again.read_to) == (answer.turn, answer.epoch, answer.read_to)

    @precondition(lambda self: self.talks)
    @rule(index=indexes)
    def a_conversation_is_claimed_as_soon_as_it_is_due(self, index: int) -> None:
        talk = self.someone(index)
        due_at = talk.due_at()
        if due_at is not None and not talk.is_leased(max(self.now, due_at)):
            self.clock.now = max(self.now, due_at)
            self._take(talk, self.run(self.story.claims(talk.ref)))

    @precondition(lambda self: self.talks)
    @rule(index=indexes)
    def another_tenant_tries_to_claim(self, index: int) -> None:
        ref = self.someone(index).ref
        workspace = LINE.workspace if ref.workspace == FOREIGN_LINE.workspace else FOREIGN_LINE.workspace
        stolen = ConversationRef(workspace=workspace, id=ref.id)
        assert self.run(self.store.claim(stolen, self.token(), LEASE, history=HISTORY)) == Nothing()

    @rule(limit=st.integers(1, 4))
    def whatever_is_due_is_claimed(self, limit: int) -> None:
        by = self.token()
        found = {talk.ref: talk for talk in self.talks.values()}
        due = sorted(str(talk.due_at()) for talk in found.values() if talk.is_claimable(self.now))
        claims = self.run(self.story.claims_due(limit, by))
        assert [str(found[claim.turn.conversation].due_at()) for claim in claims] == due[:limit]
        for claim in claims:
            self._take(found[claim.turn.conversation], claim)
        if claims:
            again = self.run(self.story.claims_due(limit, by))
            assert {claim.turn for claim in again} == {claim.turn for claim in claims}

    def _take(self, talk: Talk, claim: Claim) -> None:
        """A claim was given: nobody else holds one, and it goes on where the last one ended."""
        assert talk.is_claimable(self.now)
        assert claim.epoch == talk.epoch + 1
        turn = talk.turn
        if turn is None or not talk.waits_for(turn.read_to):
            assert turn is None or claim.turn.id != turn.id
            turn = talk.turn = Open(id=claim.turn.id, read_to=talk.newest)
        else:
            assert claim.turn.id == turn.id
            turn.attempts += talk.lease_until is not None
            turn.read_to = turn.read_to if turn.drafted else talk.newest
        talk.perhaps_over = False
        talk.epoch, talk.lease_until = claim.epoch, self.now + LEASE
        assert (claim.attempts, claim.supersedes) == (turn.attempts, turn.supersedes)
        assert (claim.read_to, claim.steps, bool(claim.journal)) == (turn.read_to, turn.steps, turn.drafted)
        self._reads_what_it_answers(talk, turn, claim.messages)
        self.claims.append((talk, claim))

    @precondition(lambda self: self.claims)
    @rule(index=indexes)
    def a_lease_is_renewed(self, index: int) -> None:
        talk, claim, turn = self.some_claim(index)
        lost = self.run(self.story.renews(claim))
        if turn is None or (lost and talk.perhaps_over):
            assert lost == {claim.turn.id}
            return
        assert lost == frozenset()
        assert talk.lease_until is not None
        talk.lease_until = max(talk.lease_until, self.now + LEASE)

    @precondition(lambda self: self.claims)
    @rule(index=indexes, effects=st.booleans(), which=st.integers(0, 2))
    def a_step_is_journaled(self, index: int, effects: bool, which: int) -> None:
        talk, claim, turn = self.some_claim(index)
        step = claim.steps if turn is None else turn.steps
        (call,) = self.calls_of(claim, [(which, 5)])
        answer = self.run(self.story.journals(claim, step, asks(effects=effects, call=call)))
        if turn is None or (talk.perhaps_over and answer == Stale()):
            assert answer == Stale()
            return
        assert answer == News(
            newest_pending=talk.newest,
            handler=Handler.HUMAN if talk.with_human else Handler.ASSISTANT,
            opted_out=talk.is_out,
            closed=talk.closed,
            refused=effects and not talk.may_act,
        )
        self.recorded(talk, claim, [call])
        if not answer.refused:
            turn.steps, turn.drafted, turn.acts = step + 1, True, turn.acts or effects
            assert self.run(self.story.journals(claim, step, asks(effects=effects, call=call))) == answer
            assert self.run(self.story.journals(claim, step, results())) == answer

    @precondition(lambda self: self.claims)
    @rule(index=indexes, is_deaf=rarely)
    def a_turn_is_superseded(self, index: int, is_deaf: bool) -> None:
        talk, claim, turn = self.some_claim(index)
        claim = self._as_heard(claim, turn, is_deaf)
        answer = self.run(self.story.supersedes(claim, at_most=MOST_SUPERSEDES))
        if turn is None or (talk.perhaps_over and answer == Stale()):
            assert answer == Stale()
        elif claim.read_to < turn.read_to:
            self._stands(talk, turn, answer)
        elif self._may_supersede(talk, turn):
            self._superseded(talk, turn, answer)
            assert self.run(self.story.supersedes(claim, at_most=MOST_SUPERSEDES)) == answer
        else:
            assert answer == Refused()

    def _as_heard(self, claim: Claim, turn: Open | None, is_deaf: bool) -> Claim:
        """The claim of whoever heard how far its turn reads, or of one who did not hear the last answers."""
        return claim if turn is None or is_deaf else replace(claim, read_to=turn.read_to)

    def _stands(self, talk: Talk, turn: Open, answer: object) -> None:
        """Whoever did not hear is told how the turn stands."""
        assert isinstance(answer, Superseded)
        assert (answer.read_to, answer.steps) == (turn.read_to, turn.steps)
        self._reads_what_it_answers(talk, turn, answer.messages)

    def _reads_what_it_answers(self, talk: Talk, turn: Open, messages: Sequence[Message]) -> None:
        assert [message.number for message in messages if message.status is Status.PENDING] == [
            message.number for message in talk.waiting if message.number <= turn.read_to
        ]

    def _may_supersede(self, talk: Talk, turn: Open) -> bool:
        return talk.newest > turn.read_to and not turn.acts and turn.supersedes < MOST_SUPERSEDES

    def _superseded(self, talk: Talk, turn: Open, answer: object) -> None:
        assert isinstance(answer, Superseded)
        assert (answer.read_to, answer.steps) == (talk.newest, turn.steps)
        turn.read_to, turn.drafted, turn.supersedes = talk.newest, False, turn.supersedes + 1
        self._reads_what_it_answers(talk, turn, answer.messages)

    @precondition(lambda self: self.claims)
    @rule(
        index=indexes, parts=st.integers(1, 3), asked=st.booleans(), hands_over=rarely, is_deaf=rarely, calls=made_calls
    )
    def a_turn_is_committed(
        self, index: int, parts: int, asked: bool, hands_over: bool, is_deaf: bool, calls: list[tuple[int, int]]
    ) -> None:
        talk, claim, turn = self.some_claim(index)
        made = self.calls_of(claim, calls)
        claim = self._as_heard(claim, turn, is_deaf)
        replies = [self.token("reply") for _ in range(parts)]
        facts = [Fact(kind=FactKind.HANDED_OVER)] if hands_over else []
        before, is_lane_empty = len(self.messages(talk)), self.head(talk) is None
        answer = self.run(self.story.try_commit(claim, *replies, facts=facts, calls=made, asked=asked))
        assert self.run(self.story.try_commit(claim, *replies, facts=facts, calls=made, asked=asked)) == answer
        rows = self.messages(talk)[before:]
        if turn is None or (talk.perhaps_over and answer == Stale()):
            self._is_refused(talk, claim, "commit", answer)
            assert list(rows) == []
            self.books_balance(talk)
            return
        self.recorded(talk, claim, made)
        if claim.read_to < turn.read_to:
            self._stands(talk, turn, answer)
            assert list(rows) == []
            return
        if isinstance(answer, Superseded):
            assert talk.may_act
            assert self._may_supersede(talk, turn)
            self._superseded(talk, turn, answer)
            assert list(rows) == []
            return
        assert not isinstance(answer, Stale)
        assert type(answer) is self._how_it_ends(talk, turn)
        self._end(talk, claim, "commit")
        assert texts(rows) == ([] if isinstance(answer, Dropped) else replies)
        if isinstance(answer, Suggested):
            assert {row.status for row in rows} == {Status.HELD}
        elif isinstance(answer, Committed):
            self._committed(talk, claim, turn, answer, rows, is_lane_empty, hands_over)
        talk.settle(self.now)
        if not isinstance(answer, Suggested):
            assert answer.due_after == interval(talk.due_at(), self.now)

    def _how_it_ends(self, talk: Talk, turn: Open) -> type:
        if talk.is_out:
            return Dropped
        if talk.with_human or talk.closed:
            return Suggested
        if not talk.waits_for(turn.read_to):
            return Dropped
        return Superseded if self._may_supersede(talk, turn) else Committed

    def _committed(
        self,
        talk: Talk,
        claim: Claim,
        turn: Open,
        answer: Committed,
        rows: Sequence[Message],
        is_lane_empty: bool,
        hands_over: bool,
    ) -> None:
        talk.finish_up_to(turn.read_to)
        talk.with_human = hands_over
        talk.care.update({row.id: self.now for row in rows})
        assert (answer.send is not None) == is_lane_empty
        if answer.send is not None:
            assert answer.send.ref.id == rows[0].id
            self.take_send(talk, answer.send, f"commit {claim.turn.id}")

    @precondition(lambda self: self.claims)
    @rule(
        index=indexes,
        how=st.sampled_from([HandedBack(), Retry(after=seconds(60), why="overloaded"), death()]),
        calls=made_calls,
    )
    def a_turn_is_let_go(self, index: int, how: Ending, calls: list[tuple[int, int]]) -> None:
        talk, claim, turn = self.some_claim(index)
        made = self.calls_of(claim, calls)
        before = len(self.messages(talk))
        answer = self.run(self.story.try_release(claim, how, made))
        assert self.run(self.story.try_release(claim, how, made)) == answer
        rows = self.messages(talk)[before:]
        if turn is None or (talk.perhaps_over and answer == Stale()):
            self._is_refused(talk, claim, "release", answer)
            assert list(rows) == []
            self.books_balance(talk)
            return
        assert isinstance(answer, Released)
        self.recorded(talk, claim, made)
        self._end(talk, claim, "release", turn)
        match how:
            case HandedBack():
                talk.hurry(self.now)
            case Retry(after=after):
                turn.attempts += 1
                turn.retry_at = self.now + after
            case _:
                if talk.may_act and talk.waits_for(turn.read_to):
                    talk.finish_up_to(turn.read_to)
                    talk.care.update({row.id: self.now for row in rows})
                    assert texts(rows) in ([], ["I am sorry"])
                else:
                    assert list(rows) == []
                talk.turn = None
        talk.settle(self.now)
        assert answer.due_after == interval(talk.due_at(), self.now)

    def _end(self, talk: Talk, claim: Claim, by: str, turn: Open | None = None) -> None:
        """The lease is ended, and the turn too unless it is given."""
        talk.lease_until, talk.turn, talk.perhaps_over = None, turn, False
        self.ended[talk.ref.id, claim.epoch] = by

    def _is_refused(self, talk: Talk, claim: Claim, operation: str, answer: object) -> None:
        """A late write: stale, or the first answer again to whoever ended the lease this way."""
        if self.ended.get((talk.ref.id, claim.epoch)) == operation and claim.epoch == talk.epoch:
            assert answer != Stale()
        elif self.ended.get((talk.ref.id, claim.epoch)) != operation:
            assert answer == Stale()

    @precondition(lambda self: self.claims)
    @rule(index=indexes)
    def a_zombie_writes(self, index: int) -> None:
        talk, claim, turn = self.some_claim(index)
        if turn is not None or (talk.ref.id, claim.epoch) in self.ended:
            return
        before = self.run(self.story.snapshot(talk.ref))
        calls = [model_call("too late", input=1)]
        answers = [
            self.run(self.story.reserves(claim, calls[0])),
            self.run(self.story.journals(claim, claim.steps, asks(effects=True, call=calls[0]))),
            self.run(self.story.supersedes(claim)),
            self.run(self.story.try_commit(claim, "too late", calls=calls)),
            self.run(self.story.try_release(claim, death(), calls)),
        ]
        assert answers == [Stale()] * 5
        assert self.run(self.story.renews(claim)) == {claim.turn.id}
        assert self.run(self.story.snapshot(talk.ref)) == before
