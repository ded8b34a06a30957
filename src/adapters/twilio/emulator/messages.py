"""Every message that went through the emulator, either way, and who waits for the next."""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from adapters.twilio.emulator.message import Medium, Message, Refusal, iso
from adapters.twilio.emulator.storage import Storage

_ON_THE_WAY = frozenset({"accepted", "queued", "sending", "sent"})


@dataclass(slots=True)
class Typing:
    """An indicator that a sender shows to a person."""

    until: float
    revision: int


def _numbered(entry: Message | Refusal) -> int:
    return entry.number


class Messages:
    """The state of the account. Everything that is added is on disk when `add` returns, if there is a disk."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._number = 0
        self.revision = 0
        self._by_sid: dict[str, Message] = {}
        self._media: dict[str, Medium] = {}
        self._by_address: dict[str, list[Message]] = {}
        self._typing: dict[str, dict[str, Typing]] = {}
        self._aliases: dict[str, str] = {}
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self.all: list[Message] = []
        self.refusals: list[Refusal] = []

    def load(self) -> None:
        """Read what an earlier run left."""
        for doc in self._storage.messages():
            media = [Medium(**medium) for medium in doc.pop("media")]
            message = Message(**doc, media=media)
            if message.webhook is not None:
                message.webhook = [(name, value) for name, value in message.webhook]
            self._index(message)
            self.revision = max(self.revision, message.revision)
        self.refusals = [Refusal(**doc) for doc in self._storage.log("refusal")]
        self._aliases = dict(self._storage.kept("aliases", {}))
        self._number = max([0, *map(_numbered, self.all[-1:]), *map(_numbered, self.refusals[-1:])])

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def add(self, message: Message) -> None:
        """Record a new message."""
        self.revision += 1
        message.revision = self.revision
        self._storage.put_message(message)
        self._index(message)
        if self._waiting:
            self._wake(message.person)

    def changed(self, message: Message) -> None:
        """Note that a message was changed; it is on disk a little later."""
        self.revision += 1
        message.revision = self.revision
        message.updated_at = time.time()
        self._storage.change(message)
        if self._waiting:
            self._wake(message.person)

    def read(self, message: Message, at: float) -> None:
        """The account has read a person's message; on WhatsApp that is true of all they wrote before it."""
        for earlier in reversed(self._by_address.get(message.from_, ())):
            if earlier.direction != "inbound" or earlier.to != message.to or earlier.number > message.number:
                continue
            if earlier.read_at is not None:
                return
            earlier.read_at = at
            self.changed(earlier)

    def refuse(self, refusal: Refusal) -> None:
        """Record a create that was not accepted."""
        self.refusals.append(refusal)
        self._storage.put_log("refusal", asdict(refusal))

    def get(self, sid: str) -> Message | None:
        """The message of this id, unless it was deleted."""
        message = self._by_sid.get(sid)
        return None if message is None or message.deleted else message

    def medium(self, sid: str) -> Medium | None:
        """The file of this id."""
        return self._media.get(sid)

    def alias(self, scoped: str, address: str) -> None:
        """Two addresses are one person: a business-scoped id and a number."""
        if self._aliases.get(scoped) != address:
            self._aliases[scoped] = address
            self._storage.keep("aliases", self._aliases)

    def addresses_of(self, person: str) -> tuple[str, ...]:
        """All addresses of the person of one of them."""
        main = self._aliases.get(person, person)
        return (main, *(scoped for scoped, address in self._aliases.items() if address == main))

    def of(self, *addresses: str) -> Iterator[Message]:
        """All messages from or to one of these, in order."""
        if len(addresses) == 1:
            return iter(self._by_address.get(addresses[0], ()))
        found = {m.number: m for address in addresses for m in self._by_address.get(address, ())}
        return iter([found[number] for number in sorted(found)])

    def people(self) -> dict[str, Message]:
        """Everybody who wrote or was written to, by address, with the newest message of each."""
        return {message.person: message for message in self.all}

    def newest_first(self, to: str | None, from_: str | None) -> Iterator[Message]:
        """What the list shows, before it is filtered by date."""
        chosen: Sequence[Message] = min(
            (self._by_address.get(address, []) for address in (to, from_) if address), key=len, default=self.all
        )
        return (
            m for m in reversed(chosen) if not m.deleted and (not to or m.to == to) and (not from_ or m.from_ == from_)
        )

    def creates(self, after: int = 0) -> Iterable[Message | Refusal]:
        """Every create over REST, accepted or not, in order."""
        accepted = self.all[bisect_right(self.all, after, key=_numbered) :]
        refused = [r for r in self.refusals if r.number > after]
        created: list[Message | Refusal] = [m for m in accepted if m.parameters is not None]
        return sorted([*created, *refused], key=_numbered) if refused else created

    def typing(self, sender: str, person: str, until: float) -> None:
        """A sender shows that it writes, to this person."""
        self.revision += 1
        self._typing.setdefault(person, {})[sender] = Typing(until, self.revision)
        self._wake(person)

    def typing_ends(self, sender: str, person: str) -> None:
        """An answer came, so the indicator goes."""
        if self._typing:
            self._typing.get(person, {}).pop(sender, None)

    def phone(self, person: str, after: int, sender: str | None = None) -> dict[str, Any]:
        """What the person's phone shows that is new since revision `after`; `coming`: how much is on its way to it."""
        addresses = self.addresses_of(person)
        now = time.time()
        typing = [
            {"from": number, "until": iso(shown.until)}
            for address in addresses
            for number, shown in self._typing.get(address, {}).items()
            if shown.until > now and (sender is None or number == sender)
        ]
        messages = [m for m in self.of(*addresses) if sender is None or m.sender == sender]
        bubbles = [m.bubble() for m in messages if m.revision > after and m.on_phone]
        coming = sum(m.status in _ON_THE_WAY and not m.on_phone for m in messages)
        return {"cursor": self.revision, "typing": typing, "coming": coming, "messages": bubbles}

    def news(self, person: str, after: int, sender: str | None) -> bool:
        """Whether `phone` would show something new."""
        addresses = self.addresses_of(person)
        return any(
            shown.revision > after
            for address in addresses
            for number, shown in self._typing.get(address, {}).items()
            if sender is None or number == sender
        ) or any(
            m.revision > after and m.on_phone and (sender is None or m.sender == sender) for m in self.of(*addresses)
        )

    async def wait(self, person: str, after: int, wait: float, sender: str | None = None) -> None:
        """Return when the phone shows something new since `after`, at the latest after `wait` seconds."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + wait
        while not self.news(person, after, sender) and (left := ends - loop.time()) > 0:
            future: asyncio.Future[None] = loop.create_future()
            addresses = self.addresses_of(person)
            for address in addresses:
                self._waiting.setdefault(address, set()).add(future)
            try:
                await asyncio.wait([future], timeout=left)
            finally:
                for address in addresses:
                    waiting = self._waiting.get(address, set())
                    waiting.discard(future)
                    if not waiting:
                        self._waiting.pop(address, None)

    def _wake(self, person: str) -> None:
        for future in self._waiting.get(person, ()):
            if not future.done():
                future.set_result(None)

    def _index(self, message: Message) -> None:
        self.all.append(message)
        self._by_sid[message.sid] = message
        self._media.update((medium.sid, medium) for medium in message.media)
        self._by_address.setdefault(message.from_, []).append(message)
        self._by_address.setdefault(message.to, []).append(message)
