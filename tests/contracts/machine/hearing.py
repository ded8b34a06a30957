"""People write, change their mind about hearing from us, and the provider reports, twice and out of order."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.conversation.burst import Burst
from core.conversation.consent import Consent
from core.conversation.message import RANK, Status
from core.conversation.ports import Known, New
from tests.build import IN, IN_ONLY_IF_OUT, IN_UNANSWERED, OUT, arrival, report, seconds
from tests.contracts.machine.model import Talk, interval
from tests.contracts.machine.world import PEOPLE, World, copy_of, indexes, one_of, people, rarely

BURSTS = [Burst(), Burst(quiet=seconds(0), ceiling=seconds(0)), Burst(quiet=seconds(20), ceiling=seconds(30))]
REPORTED = [Status.ACCEPTED, Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED, Status.UNDELIVERED]


class Hearing(World):
    """`record`."""

    @rule(person=people, burst=st.sampled_from(BURSTS))
    def somebody_writes(self, person: int, burst: Burst) -> None:
        self._hear(person, None, burst)

    @rule(person=people, consent=st.sampled_from([OUT, OUT, IN, IN_UNANSWERED, IN_ONLY_IF_OUT]))
    def somebody_writes_about_consent(self, person: int, consent: Consent) -> None:
        self._hear(person, consent, BURSTS[0])

    @precondition(lambda self: self.talks)
    @rule(index=indexes)
    def it_gets_late_enough_for_somebody(self, index: int) -> None:
        due_at = self.someone(index).due_at()
        self.clock.now = max(self.now, due_at or self.now)

    def _hear(self, person: int, consent: Consent | None, burst: Burst) -> None:
        line, sender = PEOPLE[person]
        event = arrival(id_=self.token("in"), on=line, sender=sender, consent=consent)
        (answer,) = self.run(self.store.record([event], burst))
        assert isinstance(answer, New)
        assert answer.conversation is not None
        self.events.append(event)
        talk = self.talks.setdefault(person, Talk(line=line, sender=sender, ref=answer.conversation))
        assert talk.ref == answer.conversation
        talk.closed = False
        ignored = talk.is_out
        if consent == OUT:
            self._opt_out(talk)
            ignored = True
        elif consent is not None and (talk.is_out or not consent.only_if_out):
            talk.is_out, ignored = False, consent.answered_by_provider
        if not ignored:
            talk.hears(len(self.messages(talk)), self.now, burst)
        talk.settle(self.now)
        assert answer.wake_after == interval(talk.due_at(), self.now)

    def _opt_out(self, talk: Talk) -> None:
        talk.is_out, talk.waiting = True, []
        talk.settle(self.now)

    @precondition(lambda self: self.events)
    @rule(index=indexes)
    def an_event_is_heard_again(self, index: int) -> None:
        (answer,) = self.run(self.store.record([one_of(self.events, index)], BURSTS[0]))
        assert isinstance(answer, Known)

    @precondition(lambda self: self.sends)
    @rule(index=indexes, status=st.sampled_from(REPORTED), with_our_id=st.booleans(), opts_out=rarely)
    def a_delivery_is_reported(self, index: int, status: Status, with_our_id: bool, opts_out: bool) -> None:
        talk, sent = one_of(self.sends, index)
        id_ = copy_of(sent)
        is_found = with_our_id or id_ in self.known_copies
        event = report(
            status,
            id_=id_,
            on=talk.line,
            message=sent.ref.id if with_our_id else None,
            attempt=sent.attempt,
            opts_out=opts_out and is_found,
        )
        (answer,) = self.run(self.store.record([event], BURSTS[0]))
        if (id_, status) in self.reported:
            assert isinstance(answer, Known)
            return
        self.reported.add((id_, status))
        self.events.append(event)
        assert isinstance(answer, New)
        assert answer.conversation == (talk.ref if is_found else None)
        if not is_found:
            return
        self.known_copies.add(id_)
        if status not in (Status.FAILED, Status.UNDELIVERED):
            assert RANK[self.message(talk, sent.ref.id).status] >= RANK[status]
        if event.delivery.opts_out:
            self._opt_out(talk)
