"""A worker: slots for turns, leases kept alive, hints followed, sweeps made, and a stop that leaves nothing behind."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

from core.conversation.message import ConversationRef
from core.conversation.outbox import Send
from core.conversation.ports import ConversationStore, WakeQueue
from core.conversation.turn import Claim, Later, TurnRef
from core.errors import RecadoError
from core.limits import Limits
from core.log import Log
from core.orchestrator import Orchestrator
from core.persistence import StoreLost, persist
from core.turn_run import Hint

T = TypeVar("T")


class _Running:
    """A turn this process holds."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.hint = Hint()
        self.task: asyncio.Task[None] | None = None


class Worker:
    """Runs turns and sends in its own task group; the queue's job ends as soon as they have started."""

    def __init__(self, *, orchestrator: Orchestrator, store: ConversationStore, queue: WakeQueue, log: Log) -> None:
        self._orchestrator = orchestrator
        self._store = store
        self._queue = queue
        self._log = log
        self._name = secrets.token_hex(6)
        self._tokens = count(1)
        self._running: dict[ConversationRef, _Running] = {}
        self._claiming: set[ConversationRef] = set()
        self._fetching = 0
        """Slots kept for claims that are on their way."""
        self._beside: set[asyncio.Task[None]] = set()
        self._calm = orchestrator.calm
        self._passed_over = False
        self._stopping = asyncio.Event()
        self._idle = asyncio.Event()

    @property
    def _limits(self) -> Limits:
        return self._orchestrator.limits

    @property
    def running(self) -> int:
        """Turns that run in this process now."""
        return len(self._running)

    @property
    def slots(self) -> int:
        """Turns that may run in this process at once."""
        return self._limits.turns

    async def run(self) -> None:
        """Work until `stop`, or until cancelled. Raises what breaks the worker itself, never what breaks a turn."""
        try:
            async with asyncio.TaskGroup() as group:
                renewing = group.create_task(self._renew())
                taking = [group.create_task(loop) for loop in (self._sweep(), self._queue.consume(self.handle))]
                await self._stopping.wait()
                for task in taking:
                    task.cancel()
                await self._idle.wait()
                renewing.cancel()
        finally:
            await self._let_go()

    async def stop(self, grace: timedelta) -> None:
        """Take nothing new; let turns and sends finish for `grace`, then hand the turns back."""
        self._stopping.set()
        tasks = self._tasks()
        if tasks:
            await asyncio.wait(tasks, timeout=grace.total_seconds())
        await self._let_go()
        self._idle.set()

    async def _let_go(self) -> None:
        """Hand the turns back. A send in flight is waited for rather than cut: its own timeout is short, and cutting it
        would leave it uncertain."""
        while tasks := self._tasks():
            for running in self._running.values():
                if running.task is not None:
                    running.task.cancel()
            await asyncio.wait(tasks)

    def _tasks(self) -> set[asyncio.Task[None]]:
        return self._beside | {running.task for running in self._running.values() if running.task is not None}

    # Hints

    async def handle(self, conversation: ConversationRef) -> None:
        """Follow a hint: start the turn if it is due, put one new hint if it is not yet, else nothing.

        It returns at once: a claim is never cut between the store's answer and the start of its turn.
        """
        running = self._running.get(conversation)
        if running is not None:
            running.hint.give()
            self._spawn(self._go_on(conversation, self._token()))
        elif not self._free():
            self._passed_over = True
        elif conversation not in self._claiming:
            self._claiming.add(conversation)
            self._spawn(self._claim(conversation))

    async def _claim(self, conversation: ConversationRef) -> None:
        by, limits = self._token(), self._limits
        try:
            answer = await self._asked(
                lambda: self._store.claim(conversation, by, limits.lease, history=limits.history)
            )
        finally:
            self._claiming.discard(conversation)
        match answer:
            case Claim():
                self._start(answer)
            case Later(after=after):
                await self._orchestrator.wake(conversation, after)
        if answer.sendable:
            await self._go_on(conversation, by)

    async def _asked(self, claim: Callable[[], Awaitable[T]]) -> T:
        """The answer to a claim, repeated until it is heard: one that is lost would leave a lease to nobody, which
        counts as a failure when it ends."""

        async def calmly() -> T:
            async with self._calm:
                return await claim()

        return await persist(calmly)

    async def _go_on(self, conversation: ConversationRef, by: str) -> None:
        await self._orchestrator.deliver(await self._orchestrator.next_send(conversation, by))

    def _free(self) -> int:
        taken = len(self._running) + len(self._claiming) + self._fetching
        return 0 if self._stopping.is_set() else max(self._limits.turns - taken, 0)

    # Turns and sends

    def _start(self, claim: Claim) -> None:
        conversation = claim.conversation.ref
        before = self._running.get(conversation)
        if before is not None and before.claim.epoch >= claim.epoch:
            return  # the same claim, answered twice
        running = self._running[conversation] = _Running(claim)
        running.task = asyncio.create_task(self._turn(running), name=f"turn {claim.turn.id}")
        if before is not None and before.task is not None:
            # Its lease ran out under it (a laptop that slept): whatever it still does is stale.
            self._beside.add(before.task)
            before.task.add_done_callback(self._beside.discard)
            before.task.cancel()

    async def _turn(self, running: _Running) -> None:
        conversation = running.claim.conversation.ref
        send: Send | None = None
        try:
            send = await self._orchestrator.answer(running.claim, running.hint)
        except StoreLost as error:
            self._log.warning("turn let go", why=str(error), turn=running.claim.turn.id)
        finally:
            if self._running.get(conversation) is running:
                del self._running[conversation]
            if send is not None:
                self._spawn(self._orchestrator.deliver(send))
        if self._passed_over and self._free():
            self._passed_over = False
            self._spawn(self._claim_due())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(work))
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        return task

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (StoreLost, RecadoError) as error:
            self._log.warning("let go", why=str(error))
        except Exception as error:  # noqa: BLE001 - a bug must not stop the other lanes; the row becomes uncertain and is looked into
            self._log.error("send crashed", exc_info=error)

    # The loops beside the hints

    async def _sweep(self) -> None:
        while True:
            # Two tasks: trouble with one kind of work must not keep the other waiting.
            await asyncio.shield(asyncio.gather(self._spawn(self._claim_due()), self._spawn(self._care())))
            await asyncio.sleep(self._limits.sweep_every.total_seconds())

    async def _claim_due(self) -> None:
        free = self._free()
        if not free:
            return
        self._fetching += free
        by = self._token()
        try:
            claims = await self._asked(lambda: self._orchestrator.sweep(free, by))
        finally:
            self._fetching -= free
        self._passed_over = len(claims) == free  # there may be more
        self._log.debug("swept", what="conversation", found=len(claims))
        for claim in claims:
            self._start(claim)

    async def _care(self) -> None:
        sends = await self._orchestrator.overdue(self._token())
        self._log.debug("swept", what="send", found=len(sends))
        for send in sends:
            work = self._orchestrator.deliver(send) if isinstance(send, Send) else self._orchestrator.look(send)
            self._spawn(work)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._limits.renew_every.total_seconds())
            held = {running.claim.turn: running for running in self._running.values()}
            if held:
                await self._renew_once(held)

    async def _renew_once(self, held: dict[TurnRef, _Running]) -> None:
        leases = [(turn, running.claim.epoch) for turn, running in held.items()]
        try:
            lost = await self._store.renew(self._token(), leases, self._limits.lease)
        except RecadoError as error:  # also what a person has to mend: it may be mended before the leases end
            self._log.warning("renewal failed", why=str(error), leases=len(leases))
            return
        for turn in lost:
            # Most have just committed. One that was really lost finds out at its next write, at the latest; the hint
            # makes that now. Cancelling it could throw away the answer of a commit.
            held[turn].hint.give()

    def _token(self) -> str:
        return f"{self._name}/{next(self._tokens)}"
