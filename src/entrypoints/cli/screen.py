"""How a chat looks: in a terminal, with ticks that change and a prompt that stays below; in a pipe, plain lines."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from entrypoints.cli.phone import Bubble

_BLUE, _DIM, _RED, _PLAIN = "\033[34m", "\033[2m", "\033[31m", "\033[0m"
_CLEAR = "\r\033[K"
_UP = "\033[1A"
PROMPT = "> "


class Screen(Protocol):
    """Where a conversation is shown."""

    def past(self, bubbles: Sequence[Bubble]) -> None:
        """What was said before."""

    def show(self, bubble: Bubble) -> bool:
        """A message that came, or one that was shown already and has changed. Answers whether it is a new reply."""

    def typing(self, shown: bool) -> None:
        """Somebody at the other end is typing, or no longer."""


class Pipe(Screen):
    """Only the replies, one after the other, as a program wants them."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def past(self, bubbles: Sequence[Bubble]) -> None:
        self._seen.update(bubble.sid for bubble in bubbles)

    def show(self, bubble: Bubble) -> bool:
        if bubble.mine or bubble.sid in self._seen:
            return False
        self._seen.add(bubble.sid)
        print(_words(bubble), flush=True)
        return True

    def typing(self, shown: bool) -> None:
        pass


class Terminal(Screen):
    """Replies under what the person typed; the ticks of the last message are mended in place."""

    def __init__(self) -> None:
        self._seen: dict[str, Bubble] = {}
        self._last: str | None = None
        """The message whose ticks are on the line above the prompt."""
        self._typing = False

    def past(self, bubbles: Sequence[Bubble]) -> None:
        for bubble in bubbles:
            self._seen[bubble.sid] = bubble
            who = PROMPT if bubble.mine else f"{_DIM}{_time(bubble)}{_PLAIN} "
            print(f"{who}{_words(bubble)}")
        if bubbles:
            print(f"{_DIM}── earlier ──{_PLAIN}")
        self._prompt()

    def show(self, bubble: Bubble) -> bool:
        before = self._seen.get(bubble.sid)
        self._seen[bubble.sid] = bubble
        fresh = before is None and not bubble.mine
        if fresh:
            self._write(f"{_CLEAR}{_words(bubble)}\n{_ticks(bubble)}\n")
            self._last = bubble.sid
        elif bubble.problem is not None and (before is None or before.problem is None):
            self._write(f"{_CLEAR}{_RED}not delivered: {bubble.problem}{_PLAIN}\n")
            self._last = None
        elif bubble.sid == self._last:
            self._write(f"{_CLEAR}{_UP}{_CLEAR}{_ticks(bubble)}\n")
        else:
            return False
        self._prompt()
        return fresh

    def entered(self) -> None:
        """The person pressed return: what is above the prompt is theirs now."""
        self._last = None
        self._prompt()

    def typing(self, shown: bool) -> None:
        if shown != self._typing:
            self._typing = shown
            self._prompt()

    def _prompt(self) -> None:
        self._write(f"{_CLEAR}{f'{_DIM}typing…{_PLAIN} ' if self._typing else ''}{PROMPT}")

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _words(bubble: Bubble) -> str:
    files = f"[{bubble.attachments} attachment{'s' if bubble.attachments > 1 else ''}]" if bubble.attachments else ""
    return " ".join(part for part in (bubble.text, files) if part)


def _ticks(bubble: Bubble) -> str:
    return f"{_BLUE if bubble.read else _DIM}{'✓' * bubble.ticks}{_PLAIN} {_DIM}{_time(bubble)}{_PLAIN}"


def _time(bubble: Bubble) -> str:
    return datetime.fromisoformat(bubble.at).astimezone().strftime("%H:%M") if bubble.at else ""
