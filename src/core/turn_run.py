"""One run of a claimed turn: gather, think, journal, commit; broken off and begun again when there is news."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import replace
from typing import Any

from core.ai.assistant import Assistant
from core.ai.draft import Answered, Draft
from core.ai.ports import Completion, Image, Prompt
from core.books import Books, LeaseLost
from core.calm import Calm
from core.conversation.content import Media
from core.conversation.message import Direction, Status
from core.conversation.ports import Channel, ConversationStore, FetchesMedia, ShowsTyping
from core.conversation.turn import (
    Asked,
    Claim,
    Committed,
    Dropped,
    Entry,
    News,
    Results,
    Stale,
    Step,
    Suggested,
    Superseded,
)
from core.conversation.wording import split, to_sms, to_whatsapp
from core.errors import RecadoError, Unavailable
from core.identity.medium import Medium
from core.limits import Limits
from core.log import Log
from core.persistence import persist

Ended = Committed | Superseded | Suggested | Dropped | Stale

_IMAGES = 4
"""Pictures in a prompt, the last ones: each costs what a page of text does."""


class _NewsArrived(Exception):
    """The turn was superseded; its draft is void."""

    def __init__(self, superseded: Superseded) -> None:
        super().__init__("superseded")
        self.superseded = superseded


class Hint:
    """Tells a running turn that its conversation may have news. Correctness never depends on it."""

    def __init__(self) -> None:
        self._given = asyncio.Event()

    def give(self) -> None:
        self._given.set()

    async def take(self) -> None:
        """Wait for the next one."""
        await self._given.wait()
        self._given.clear()


class TurnRun:
    """The turn of one claim, run by this process."""

    def __init__(
        self,
        claim: Claim,
        hint: Hint,
        *,
        store: ConversationStore,
        channel: Channel | None,
        assistant: Assistant,
        calm: Calm,
        log: Log,
    ) -> None:
        self.claim = claim
        self.done = list(done_in(claim.journal))
        """What tools with effects answered in this turn: whoever gives it up has to tell the person."""
        self._acts = any(step.entry.effects for step in claim.journal[-1:] if isinstance(step.entry, Asked))
        self._hint = hint
        self._brief = assistant.brief
        self.books = Books(claim, assistant.brief, store=store, log=log)
        self._store = store
        self._channel: object = channel  # for its abilities only
        self._assistant = assistant
        self._limits: Limits = assistant.brief.limits
        self._calm = calm
        self._log = log

    async def finish(self) -> Committed | Suggested | Dropped:
        """Draft and commit; again from the start, with what is new, whenever the turn is superseded.

        Raises `LeaseLost`, `StoreLost`, and what the model and the tools raise.
        """
        typing = asyncio.ensure_future(self._show_typing())
        try:
            while True:
                try:
                    return await self._commit(await self._draft())
                except _NewsArrived as news:
                    self._supersede(news.superseded)
        finally:
            # It is a courtesy, whatever becomes of it; waiting for it here could lose what was just committed.
            typing.add_done_callback(lambda shown: shown.cancelled() or shown.exception())
            typing.cancel()

    def _supersede(self, superseded: Superseded) -> None:
        self.claim = replace(
            self.claim,
            read_to=superseded.read_to,
            steps=superseded.steps,
            messages=superseded.messages,
            supersedes=self.claim.supersedes + 1,
            journal=(),
        )
        self._log.info("turn superseded", correlation=self.claim.correlation, turn=self.claim.turn.id)

    async def _draft(self) -> Draft:
        return await self._assistant.draft(self._brief, self.claim, await self._images(), self._think, self._journal)

    async def _think(self, prompt: Prompt, pinned: str | None) -> Answered:
        """Ask the chain. Each call is reserved under the agent's caps, if it has any, and kept for the books."""
        return await self._brief.models.ask(
            lambda model: self.books.ask(model, prompt, self._unless_news), pinned=pinned
        )

    async def _unless_news(self, completion: Coroutine[Any, Any, Completion]) -> Completion:
        """A hint while the model thinks supersedes the turn, if the store finds news and may."""
        thinking = asyncio.ensure_future(completion)
        hinted = asyncio.ensure_future(self._hint.take())
        try:
            while True:
                await asyncio.wait((thinking, hinted), return_when=asyncio.FIRST_COMPLETED)
                if thinking.done():
                    return thinking.result()
                await self._look_for_news()
                hinted = asyncio.ensure_future(self._hint.take())
        finally:
            thinking.cancel()
            hinted.cancel()
            await asyncio.gather(thinking, hinted, return_exceptions=True)

    async def _look_for_news(self) -> None:
        claim, limits = self.claim, self._limits
        answer = await persist(
            lambda: self._store.supersede(
                claim.turn, claim.epoch, read_to=claim.read_to, at_most=limits.supersedes, history=limits.history
            )
        )
        if isinstance(answer, Superseded):
            raise _NewsArrived(answer)
        if isinstance(answer, Stale):
            raise LeaseLost

    async def _journal(self, step: int, entry: Entry) -> News:
        answer = await persist(lambda: self._store.journal(self.claim.turn, self.claim.epoch, step, entry))
        if isinstance(answer, Stale):
            raise LeaseLost
        if isinstance(entry, Asked) and not answer.refused:
            self.books.written(entry.call)
            self._acts = entry.effects
        if isinstance(entry, Results) and self._acts:
            self.done += told_by(entry)
        return answer

    async def _commit(self, draft: Draft) -> Committed | Suggested | Dropped:
        if self.claim.line.medium is Medium.SMS:
            parts = split(to_sms(draft.text), parts=self._limits.parts, ellipsis="...")
        else:
            parts = split(to_whatsapp(draft.text), parts=self._limits.parts)
        if not parts and not draft.silent:
            raise Unavailable("the model answered without words")
        async with self._calm:
            pass
        answer = await _unbroken(self._store_draft(draft, parts))
        match answer:
            case Stale():
                raise LeaseLost
            case Superseded():
                self.books.written(*self.books.unwritten)
                raise _NewsArrived(answer)
            case _:
                return answer

    async def _store_draft(self, draft: Draft, parts: Sequence[str]) -> Ended:
        return await persist(
            lambda: self._store.commit(
                self.claim.turn,
                self.claim.epoch,
                parts,
                draft.facts,
                self.books.unwritten,
                asked=draft.asks,
                read_to=self.claim.read_to,
                supersede_at_most=self._limits.supersedes,
                history=self._limits.history,
                send_within=self._limits.send_within,
            )
        )

    async def _show_typing(self) -> None:
        """Best effort: a channel that can show it promises not to raise and not to take long."""
        newest = next((m for m in reversed(self.claim.messages) if m.direction is Direction.INBOUND), None)
        if isinstance(self._channel, ShowsTyping) and newest is not None and newest.provider_id is not None:
            await self._channel.typing(newest.provider_id, self.claim.line)

    async def _images(self) -> dict[str, Image]:
        """The pictures among the unanswered messages. One that cannot be had is told to the model as such."""
        if not isinstance(self._channel, FetchesMedia):
            return {}
        pending = [m for m in self.claim.messages if m.status is Status.PENDING]
        wanted = [media for m in pending for media in m.content.media if _is_picture(media)][-_IMAGES:]
        fetched = await asyncio.gather(*(self._fetch(self._channel, media) for media in wanted))
        return {media.url: image for media, image in zip(wanted, fetched, strict=True) if image is not None}

    async def _fetch(self, channel: FetchesMedia, media: Media) -> Image | None:
        try:
            fetched = await channel.fetch(media, self.claim.line)
        except RecadoError as error:
            self._log.warning("picture lost", why=str(error), correlation=self.claim.correlation)
            return None
        return Image(content_type=fetched.content_type, body=fetched.body)


def done_in(journal: Sequence[Step]) -> Iterator[str]:
    """What the tools of steps with effects answered."""
    acts = False
    for step in journal:
        match step.entry:
            case Asked(effects=effects):
                acts = effects
            case Results() as results if acts:
                yield from told_by(results)


def told_by(results: Results) -> Iterator[str]:
    return (result.text for result in results.results if not result.failed)


def _is_picture(media: Media) -> bool:
    return (media.content_type or "").startswith("image/")


async def _unbroken(commit: Coroutine[Any, Any, Ended]) -> Ended:
    """A commit's answer, whoever cancels meanwhile: it may hold a send that is begun and that nobody else knows of.

    A turn that goes on after it is cancelled all the same.
    """
    committing, cancelled = asyncio.ensure_future(commit), False
    while not committing.done():
        try:
            await asyncio.shield(committing)
        except asyncio.CancelledError:
            cancelled = True
    answer = committing.result()
    if cancelled and isinstance(answer, Superseded):
        raise asyncio.CancelledError
    return answer
