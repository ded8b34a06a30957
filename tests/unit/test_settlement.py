"""What follows from a send: one table of outcomes, and the looks at an uncertain one until T."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from core.backoff import backoff
from core.conversation.message import RANK, ConversationId, ConversationRef, MessageId, Status
from core.conversation.outbox import (
    Accepted,
    Look,
    Never,
    NotNow,
    OutboundRef,
    Outcome,
    Send,
    SettleAccepted,
    SettleFailed,
    SettleHeld,
    Settlement,
    SettleRetry,
    SettleUncertain,
    Unknown,
    Withheld,
)
from core.limits import Limits
from core.settlement import looked, settlement
from tests.simulation import LINE, person

LIMITS = Limits()


class NoJitter(Random):
    def random(self) -> float:
        return 0.0


def send(attempt: int = 1, resends: int = 0) -> Send:
    conversation = ConversationRef(workspace=LINE.workspace, id=ConversationId("c1"))
    return Send(
        ref=OutboundRef(conversation=conversation, id=MessageId("m1")),
        attempt=attempt,
        to=person(),
        text="hello",
        line=LINE,
        correlation="SM1",
        begun_at=datetime(2026, 3, 2, tzinfo=UTC),
        resends=resends,
    )


@pytest.mark.parametrize(
    ("outcome", "attempt", "expected"),
    [
        (Accepted(provider_id="SM2"), 1, SettleAccepted(provider_id="SM2", status=Status.ACCEPTED, rank=10)),
        (
            Accepted(provider_id="SM2", status=Status.DELIVERED),
            1,
            SettleAccepted(provider_id="SM2", status=Status.DELIVERED, rank=31),
        ),
        (NotNow(why="busy"), 1, SettleRetry(after=timedelta(seconds=5), why="busy")),
        (NotNow(why="busy"), 3, SettleRetry(after=timedelta(seconds=45), why="busy")),
        (NotNow(why="busy", after=timedelta(minutes=2)), 1, SettleRetry(after=timedelta(minutes=2), why="busy")),
        (NotNow(why="cap", patient=True), 1, SettleRetry(after=timedelta(minutes=15), why="cap")),
        (NotNow(why="busy"), 50, SettleRetry(after=timedelta(minutes=15), why="busy")),
        (NotNow(why="busy"), 100, SettleHeld(why="not sent in 100 attempts: busy")),
        (Never(why="no such number"), 1, SettleFailed(why="no such number", rank=30)),
        (Never(why="21610", opts_out=True), 1, SettleFailed(why="21610", rank=30, opts_out=True)),
        (Withheld(why="63016"), 1, SettleHeld(why="63016")),
        (Unknown(why="timeout"), 1, SettleUncertain(why="timeout", look_after=timedelta(seconds=15))),
    ],
)
def test_each_outcome_has_its_consequence(outcome: Outcome, attempt: int, expected: Settlement) -> None:
    assert settlement(outcome, send(attempt), LIMITS, NoJitter()) == expected


def look(after: float, looks: int = 0, resends: int = 0) -> Look:
    return Look(send=send(resends=resends), uncertain_for=timedelta(seconds=after), looks=looks, taken=frozenset())


def test_looks_come_ever_later_and_the_last_one_is_at_the_bound() -> None:
    at, looks, waits = 15.0, 0, []
    while isinstance(answer := looked(look(at, looks), None, LIMITS), SettleUncertain):
        waits.append(answer.look_after.total_seconds())
        at, looks = at + waits[-1], looks + 1

    assert waits == [15, 30, 60, 60]
    assert at == LIMITS.uncertain_bound.total_seconds()
    assert answer == SettleRetry(after=timedelta(0), why="the provider never showed a copy", resend=True)


def test_a_copy_that_is_found_settles_at_any_time() -> None:
    found = Accepted(provider_id="SM9", status=Status.SENT)
    for after in (0, 100, 10_000):
        assert looked(look(after), found, LIMITS) == SettleAccepted(
            provider_id="SM9", status=Status.SENT, rank=RANK[Status.SENT]
        )


def test_the_second_time_a_person_decides() -> None:
    assert isinstance(looked(look(180, resends=1), None, LIMITS), SettleHeld)
    assert isinstance(looked(look(180), None, Limits(resends=0)), SettleHeld)


def test_backoff_grows_threefold_to_its_cap_with_at_most_a_fifth_of_jitter() -> None:
    waits = [backoff(n, LIMITS, NoJitter()).total_seconds() for n in range(1, 8)]
    assert waits == [5, 15, 45, 135, 405, 900, 900]
    for seed in range(50):
        assert 5 <= backoff(1, LIMITS, Random(seed)).total_seconds() <= 6
