"""Where a chat is shown: in a pipe only the replies, plain or as JSON; in a terminal that can do little, lines."""

import asyncio
import json
import os
import sys
import threading
from abc import abstractmethod
from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from entrypoints.cli.drawing import shown_time
from entrypoints.cli.person import Person
from entrypoints.cli.phone import Bubble
from entrypoints.cli.visible import visible


class Screen(Protocol):
    """What is shown of a conversation, and what is typed into it."""

    @abstractmethod
    def typed(self) -> AsyncGenerator[str]:
        """What the person enters, until they leave."""

    @abstractmethod
    def turn_to(self, person: Person, earlier: Sequence[Bubble], hidden: int) -> None:
        """This person writes from now on. `earlier` is the end of what was said, `hidden` how much is before it."""

    @abstractmethod
    def show(self, bubble: Bubble) -> bool:
        """A message that came, or one that was shown already and has changed. Answers whether it is a new reply."""

    @abstractmethod
    def typing(self, shown: bool) -> None:
        """Somebody at the other end is typing, or no longer."""

    @abstractmethod
    def note(self, text: str) -> None:
        """A remark of the chat itself."""


class Pipe(Screen):
    """Only the replies, one after the other, as a program wants them; remarks go to the standard error."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self._seen: set[str] = set()

    async def typed(self) -> AsyncGenerator[str]:
        async for line in lines():
            if line:
                yield line

    def turn_to(self, person: Person, earlier: Sequence[Bubble], hidden: int) -> None:
        self._seen.update(bubble.sid for bubble in earlier)

    def show(self, bubble: Bubble) -> bool:
        if bubble.mine or bubble.sid in self._seen:
            return False
        self._seen.add(bubble.sid)
        print(_as_object(bubble) if self._as_json else _printed(bubble), flush=True)
        return True

    def typing(self, shown: bool) -> None:
        pass

    def note(self, text: str) -> None:
        print(f"recado: {visible(text)}", file=sys.stderr)


class Plain(Screen):
    """For a terminal that can neither move its cursor nor show colours: lines, one below the other."""

    def __init__(self, assistant: str) -> None:
        self._assistant = visible(assistant)
        self._seen: dict[str, Bubble] = {}

    def typed(self) -> AsyncGenerator[str]:
        return lines()

    def turn_to(self, person: Person, earlier: Sequence[Bubble], hidden: int) -> None:
        self.note(f"You are {person.title}.{f' /history shows {hidden} more.' if hidden else ''}")
        for bubble in earlier:
            self._seen[bubble.sid] = bubble
            who = (person.called if bubble.mine else self._assistant) + f" {shown_time(bubble)}"
            print(f"{who}: {visible(bubble.words)}")
        sys.stdout.flush()

    def show(self, bubble: Bubble) -> bool:
        before = self._seen.get(bubble.sid)
        self._seen[bubble.sid] = bubble
        if bubble.problem is not None and (before is None or before.problem is None):
            self.note(f"not delivered: {bubble.problem}")
        if before is not None or bubble.mine:
            return False
        print(f"{self._assistant} {shown_time(bubble)}: {visible(bubble.words)}", flush=True)
        return True

    def typing(self, shown: bool) -> None:
        pass

    def note(self, text: str) -> None:
        print("\n".join(f"-- {line}" for line in visible(text).splitlines()), flush=True)


def _printed(bubble: Bubble) -> str:
    """For a program as it is; should the output be a terminal all the same, so that it is only shown."""
    return visible(bubble.words) if sys.stdout.isatty() else bubble.words


def _as_object(bubble: Bubble) -> str:
    said = {"at": bubble.at, "from": bubble.sender, "to": bubble.to, "text": bubble.words, "status": bubble.status}
    return json.dumps(said, ensure_ascii=False)


async def lines() -> AsyncGenerator[str]:
    """Lines of the standard input. A thread reads the descriptor itself: at exit nobody waits for it or its lock."""
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    def pump() -> None:
        chunk = b"?"
        while chunk:
            chunk = os.read(sys.stdin.fileno(), 65_536)
            try:
                loop.call_soon_threadsafe(arrived.put_nowait, chunk)
            except RuntimeError:  # the loop is closed
                return

    threading.Thread(target=pump, name="stdin", daemon=True).start()
    left = b""
    while chunk := await arrived.get():
        *whole, left = (left + chunk).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace").strip()
    if left:
        yield left.decode(errors="replace").strip()
