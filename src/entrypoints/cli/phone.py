"""A person's phone, seen through the HTTP API of the emulator: what they write, and what reaches them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from core.errors import Rejected, Unavailable
from core.identity.medium import Medium
from entrypoints.cli.person import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """A message on the phone. `ticks` as WhatsApp shows them: sent, on the other phone; `read`: blue."""

    sid: str
    mine: bool
    sender: str
    to: str
    text: str
    attachments: int
    ticks: int
    read: bool
    status: str
    problem: str | None
    at: str | None

    @property
    def words(self) -> str:
        """The text, and how many files came with it."""
        files = f"[{self.attachments} attachment{'s' if self.attachments > 1 else ''}]" if self.attachments else ""
        return " ".join(part for part in (self.text, files) if part)

    @property
    def medium(self) -> Medium:
        return Medium.WHATSAPP if self.to.startswith("whatsapp:") else Medium.SMS


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is new on the phone since a cursor, whether somebody is typing, and what is still on its way there."""

    cursor: int
    typing: bool
    coming: int
    bubbles: Sequence[Bubble]


class Phone:
    """One emulator. Every call raises `Unavailable` when it does not answer, `Rejected` when it refuses."""

    def __init__(self, session: aiohttp.ClientSession, emulator: str) -> None:
        self._session = session
        self._emulator = emulator

    @classmethod
    @asynccontextmanager
    async def at(cls, emulator: str) -> AsyncIterator["Phone"]:
        """A phone connected to the emulator at this address, until the block ends."""
        async with aiohttp.ClientSession(trust_env=False) as session:
            yield cls(session, emulator)

    async def there(self) -> bool:
        """Whether an emulator answers at all."""
        try:
            return "emulator" in await self._ask("GET", "", None, patience=2)
        except (Unavailable, Rejected):
            return False

    async def connect(self, sender: str, webhook: str) -> None:
        """Let what people write to this sender be posted there."""
        await self._ask("PUT", f"/numbers/{quote(sender, safe='')}", {"webhook": webhook})

    async def webhooks(self) -> Sequence[str]:
        """Where what people write is posted, for each of the senders that has a place."""
        answer = await self._asked_politely("/numbers")
        return [number["webhook"] for number in answer.get("numbers", ()) if number.get("webhook")]

    async def people(self) -> Sequence[tuple[Person, str]]:
        """Everybody who wrote or was written to, the last first, and when that was."""
        answer = await self._asked_politely("/people")
        return [(Person.at(one["person"], one["name"]), one["at"]) for one in answer.get("people", ())]

    async def write(self, person: Person, text: str, *, file: tuple[str, str] | None = None) -> None:
        """The person writes; `file` is a type and its content in base64."""
        said: dict[str, Any] = {"body": text}
        if person.name is not None:
            said["profile_name"] = person.name
        if file is not None:
            said["media"] = [{"content_type": file[0], "content": file[1]}]
        await self._ask("POST", f"/people/{quote(person.address, safe='')}/messages", said)

    async def news(self, address: str, after: int, *, wait: float) -> News:
        """What is new since `after`, as soon as there is something, at the latest in `wait` seconds."""
        path = f"/people/{quote(address, safe='')}/messages?after={after}&wait={wait:g}"
        answer = await self._ask("GET", path, None, patience=wait + 5)
        return News(
            cursor=answer["cursor"],
            typing=bool(answer["typing"]),
            coming=answer.get("coming", 0),
            bubbles=[_bubble(seen) for seen in answer["messages"]],
        )

    async def _asked_politely(self, path: str) -> Mapping[str, Any]:
        """What an emulator need not know; nothing, if it does not."""
        try:
            answer: Mapping[str, Any] = await self._ask("GET", path, None)
        except Rejected:
            return {}
        return answer

    async def _ask(self, method: str, path: str, said: Mapping[str, Any] | None, *, patience: float = 10) -> Any:
        url = URL(f"{self._emulator}/emulator{path}", encoded=True)
        try:
            async with self._session.request(
                method, url, json=said, timeout=aiohttp.ClientTimeout(total=patience)
            ) as answer:
                if answer.status >= 500:
                    raise Unavailable(f"The emulator at {self._emulator} has stopped, or is in trouble.")
                if answer.status >= 400:
                    raise Rejected(f"The emulator answers {answer.status}: {(await answer.text())[:300]}")
                return await answer.json()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"No emulator answers at {self._emulator}. Start one: recado dev") from error


def _bubble(seen: Mapping[str, Any]) -> Bubble:
    problem = seen["error"]
    return Bubble(
        sid=seen["sid"],
        mine=seen["from_me"],
        sender=seen["from"],
        to=seen["to"],
        text=seen["body"],
        attachments=len(seen["media"]),
        ticks=seen["ticks"],
        read=seen["read"],
        status=seen["status"],
        problem=None if problem is None else f"{problem['code']} {problem['message']}",
        at=seen["at"],
    )
