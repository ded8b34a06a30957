"""One message's life, in the order it happens: receive, answer, deliver, sweep. It knows ports and nothing else."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from random import Random

from core.ai.assistant import Assistant
from core.ai.prompt import manners
from core.backoff import backoff
from core.books import LeaseLost
from core.calm import Calm
from core.conversation.consent import consent_of
from core.conversation.events import Arrival, Event, Inbound, Report
from core.conversation.message import RANK, ConversationRef, Status
from core.conversation.outbox import Accepted, Look, NotNow, Outcome, Send, Settled, Settlement
from core.conversation.ports import Channel, ConversationStore, Known, New, Receipt, SendWitness, WakeQueue
from core.conversation.turn import Claim, Committed, Die, Ending, HandedBack, Released, Retry, Suggested
from core.conversation.wording import split
from core.errors import Conflict, Permanent, RecadoError, Rejected, Unavailable
from core.identity.model import Line
from core.limits import Limits
from core.log import Log
from core.persistence import StoreLost, persist
from core.settlement import looked, settlement
from core.turn_run import Hint, TurnRun, done_in
from core.waking import wake


class Orchestrator:
    """The four verbs. Every write is an atomic operation of the store, repeated until it is answered."""

    def __init__(
        self,
        *,
        store: ConversationStore,
        channels: Mapping[str, Channel],
        queue: WakeQueue,
        assistant: Assistant,
        log: Log,
    ) -> None:
        self._store = store
        self._channels = channels
        self._queue = queue
        self._assistant = assistant
        self._log = log
        self.calm = Calm(self.limits.lag)
        """What a claim and a commit wait for."""
        self._random = Random()  # noqa: S311 - jitter, not a secret

    @property
    def limits(self) -> Limits:
        """They are part of the assistant's brief, and change with it."""
        return self._assistant.brief.limits

    # A webhook was verified and parsed: make it durable, then say so.

    async def receive(self, line: Line, receipt: Receipt) -> None:
        """Record what a channel heard, then hint at it. When this returns, nothing of it can be lost.

        Raises the first error of an event that could not be recorded: the provider must not take it for stored.
        """
        answers = await self._store.record([_judged(line, event) for event in receipt.events], self.limits.burst)
        for event, answer in zip(receipt.events, answers, strict=True):
            what = "message" if isinstance(event, Inbound) else "delivery"
            match answer:
                case New(conversation=conversation, wake_after=after, sendable=sendable, correlation=correlation):
                    joined = {"correlation": correlation or event.provider_id, "message": answer.message}
                    self._log.info("recorded", what=what, **joined, **_named(conversation))
                    if conversation is not None and sendable:
                        await self.wake(conversation, timedelta(0))
                    elif conversation is not None and after is not None:
                        await self.wake(conversation, after)
                case Known(conversation=conversation):
                    self._log.info("known", what=what, correlation=event.provider_id, **_named(conversation))
        for answer in answers:
            if isinstance(answer, RecadoError):
                raise answer

    async def wake(self, conversation: ConversationRef, after: timedelta) -> None:
        """Hint at a conversation."""
        await wake(self._queue, conversation, after, self.limits, self._log)

    # A conversation was claimed: answer what is pending in it.

    async def answer(self, claim: Claim, hint: Hint) -> Send | None:
        """Run a claimed turn to its end; gives the first send of the reply, begun, if it may go now.

        Whatever fails is stored, as a retry or a dead turn. Cancelled, it hands the turn back and raises.
        """
        if claim.attempts >= self.limits.attempts:
            why = f"failed or interrupted {claim.attempts} times"
            return await self._release(claim, self._death(claim, why, tuple(done_in(claim.journal))))
        run = TurnRun(
            claim,
            hint,
            store=self._store,
            channel=self._channels.get(claim.line.channel),
            assistant=self._assistant,
            calm=self.calm,
            log=self._log,
        )
        began = _now()
        self._log.info("turn begun", attempts=claim.attempts, waited_ms=_waited_ms(claim), **_turn(claim))
        try:
            async with asyncio.timeout(self.limits.turn_budget.total_seconds()):
                ended = await run.finish()
        except (LeaseLost, StoreLost) as error:
            self._log.warning("turn let go", why=type(error).__name__, **_turn(claim))
            return None
        except asyncio.CancelledError:
            await asyncio.shield(self._release(claim, HandedBack(), run))
            raise
        except TimeoutError:
            return await self._fail(run, Unavailable("the turn took too long"))
        except RecadoError as error:
            return await self._fail(run, error)
        except Exception as error:  # noqa: BLE001 - a bug, ours or a skill's: it must not take the conversation with it
            self._log.error("turn crashed", exc_info=error, **_turn(claim))
            return await self._fail(run, Permanent(f"{type(error).__name__} in the assistant or a tool"))
        how = type(ended).__name__.lower()
        self._log.info("turn ended", how=how, took_ms=_ms_since(began), **_turn(claim))
        if not isinstance(ended, Suggested) and ended.due_after is not None:
            with suppress(asyncio.CancelledError):  # the turn is over, and its send must be handed on
                await self.wake(claim.conversation.ref, ended.due_after)
        return ended.send if isinstance(ended, Committed) else None

    async def _fail(self, run: TurnRun, error: RecadoError) -> Send | None:
        """A prompt that is refused stays refused; everything else may be mended until the last attempt."""
        claim = run.claim
        failures = claim.attempts + 1
        if isinstance(error, Rejected) or failures >= self.limits.attempts:
            return await self._release(claim, self._death(claim, str(error), run.done), run)
        asked = error.after if isinstance(error, Unavailable) else None
        wait = backoff(failures, self.limits, self._random, asked=asked)
        return await self._release(claim, Retry(after=wait, why=str(error)), run)

    def _death(self, claim: Claim, why: str, done: Sequence[str]) -> Die:
        """What was done stands before the apology: who does not hear of it says it again."""
        agent = self._assistant.brief.agent
        apology = agent.say(agent.apology, manners(claim, agent).language)
        parts = split("\n\n".join([*done, apology]), parts=1)
        return Die(why=why, apology=parts[0] if parts else None, apology_every=self.limits.apology_every)

    async def _release(self, claim: Claim, how: Ending, run: TurnRun | None = None) -> Send | None:
        calls = () if run is None else run.books.unwritten
        try:
            answer = await persist(lambda: self._store.release(claim.turn, claim.epoch, how, calls))
        except (StoreLost, RecadoError) as error:
            self._log.warning("release lost", how=type(how).__name__, why=str(error), **_turn(claim))
            return None  # the lease ends by itself
        why = None if isinstance(how, HandedBack) else how.why
        self._log.info("turn released", how=type(how).__name__.lower(), why=why, **_turn(claim))
        if not isinstance(answer, Released):
            return None
        if answer.due_after is not None and not isinstance(how, HandedBack):
            await self.wake(claim.conversation.ref, answer.due_after)
        by = f"{claim.turn.id}/{claim.epoch}"
        return await self.next_send(claim.conversation.ref, by) if answer.sendable else None

    # Replies are in the outbox: send them, one after the other.

    async def next_send(self, conversation: ConversationRef, by: str) -> Send | None:
        """Begin the lane's next send, if it may be begun now."""
        within = self.limits.send_within
        answer = await persist(lambda: self._store.begin_send(conversation, by, send_within=within))
        return answer if isinstance(answer, Send) else None

    async def deliver(self, send: Send | None) -> None:
        """Send a begun row once, settle it, and go on with the lane until it is empty or has to wait."""
        while send is not None:
            began = _now()
            outcome = await self._send(send)
            how, why = type(outcome).__name__.lower(), None if isinstance(outcome, Accepted) else outcome.why
            self._log.info("sent", outcome=how, why=why, took_ms=_ms_since(began), **_row(send))
            send = await self._settle(send, settlement(outcome, send, self.limits, self._random))

    async def _send(self, send: Send) -> Outcome:
        channel = self._channels.get(send.line.channel)
        if channel is None:
            return NotNow(why=f"channel {send.line.channel} is off: add it to RECADO_CHANNELS", patient=True)
        if isinstance(self._store, SendWitness):
            try:
                self._store.leaving(send.ref, send.attempt)
            except Unavailable as error:
                return NotNow(why=str(error))
        return await channel.send(send, send.line)

    async def _settle(self, send: Send, how: Settlement) -> Send | None:
        by, within = secrets.token_hex(8), self.limits.send_within
        try:
            answer = await persist(lambda: self._store.settle(send.ref, send.attempt, how, by=by, send_within=within))
        except (StoreLost, Conflict) as error:
            self._log.warning("settle lost", why=str(error), **_row(send))
            return None  # it becomes uncertain, and is looked into
        if not isinstance(answer, Settled):
            self._log.warning("settle came late", **_row(send))
            return None
        if answer.send is None and answer.after is not None:
            await self.wake(send.ref.conversation, answer.after)
        return answer.send

    # A few times a minute: whatever the hints did not reach is found in the store itself.

    async def sweep(self, free: int, by: str) -> Sequence[Claim]:
        """Claims for up to `free` conversations that are due. Raises `Unavailable`."""
        return await self._store.claim_due(free, by, self.limits.lease, history=self.limits.history)

    async def overdue(self, by: str) -> Sequence[Send | Look]:
        """Sends that need care: to be delivered, or looked into. Raises `StoreLost`."""
        within = self.limits.send_within
        return await persist(lambda: self._store.overdue_sends(_SENDS_A_SWEEP, by, send_within=within))

    async def look(self, look: Look) -> None:
        """Ask the provider about an uncertain send, settle what it says, and go on with the lane."""
        channel = self._channels.get(look.send.line.channel)
        try:
            # Over before this look is handed out again: two looks at one send would only get in each other's way.
            async with asyncio.timeout(self.limits.send_within.total_seconds() * 0.8):
                found = await channel.find(look, look.send.line) if channel is not None else None
        except (RecadoError, TimeoutError) as error:
            # No answer proves nothing: it is looked at again when the hand-out of this look expires.
            self._log.warning("look failed", why=str(error) or "timeout", **_row(look.send))
            return
        self._log.info("looked", found=found is not None, **_row(look.send))
        if channel is not None:
            await self.deliver(await self._settle(look.send, looked(look, found, self.limits)))


_SENDS_A_SWEEP = 100


def _judged(line: Line, event: Event) -> Arrival | Report:
    """What core makes of an event before it is recorded: consent, and the rank of news."""
    if isinstance(event, Inbound):
        consent = consent_of(event.content.text, medium=line.medium, declared=event.declared)
        return Arrival(line=line, inbound=event, consent=consent)
    return Report(line=line, delivery=event, rank=RANK[event.status])


def _now() -> float:
    return asyncio.get_running_loop().time()


def _ms_since(began: float) -> int:
    return round((_now() - began) * 1000)


def _waited_ms(claim: Claim) -> int:
    """How long ago the first message was recorded that the turn answers, by the store's clock."""
    pending = (message.recorded_at for message in claim.messages if message.status is Status.PENDING)
    return round((claim.now - min(pending, default=claim.now)) / timedelta(milliseconds=1))


def _named(conversation: ConversationRef | None) -> dict[str, str]:
    return {} if conversation is None else {"workspace": conversation.workspace, "conversation": conversation.id}


def _turn(claim: Claim) -> dict[str, str]:
    return {"correlation": claim.correlation, "turn": claim.turn.id, **_named(claim.conversation.ref)}


def _row(send: Send) -> dict[str, str | int]:
    return {"correlation": send.correlation, "message": send.ref.id, "attempt": send.attempt}
