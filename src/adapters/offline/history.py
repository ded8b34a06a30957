"""The parts of a prompt as a conversation: what was said, what we answered, and what came of calls."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.ai.ports import Call, Part, Replied, Returned, Said

# A line in square brackets is the system's, or looks like it: nobody is obeyed in brackets.
_NOTE = re.compile(r"^\s*\[(.*)\]\s*$")
_LIST_LINE = re.compile(r"^\s*[-*•]\s")
_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)")


@dataclass(slots=True)
class Exchange:
    """What the person wrote, and what was done and said about it. In the last one nothing is said yet."""

    messages: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What came with the messages, as the system describes it."""
    calls: list[Call] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    reply: str = ""

    @property
    def question(self) -> str:
        """What the reply asks, if it ends with a question, lists aside."""
        lines = [line for line in self.reply.splitlines() if line.strip() and not _LIST_LINE.match(line)]
        return lines[-1].strip() if lines and lines[-1].rstrip().endswith("?") else ""

    @property
    def is_counter_question(self) -> bool:
        """Whether the last thing we said was nothing but a question, so that nothing was done before it."""
        return bool(self.question) and len(_SENTENCE_END.findall(self.question)) == 1

    @property
    def made(self) -> Counter[tuple[str, str]]:
        """The calls already made, by name and arguments."""
        return Counter((call.name, call.text) for call in self.calls)


def exchanges_of(parts: Sequence[Part]) -> Sequence[Exchange]:
    """The conversation so far; the last exchange is the one to be answered."""
    exchanges = [Exchange()]
    for part in parts:
        match part:
            case Said(text=text):
                if exchanges[-1].reply:
                    exchanges.append(Exchange())
                _hear(exchanges[-1], text)
            case Replied(text=text, calls=()):
                exchanges[-1].reply = "\n".join(filter(None, (exchanges[-1].reply, text)))
            case Replied(calls=calls):
                exchanges[-1].calls += calls
            case Returned(text=text):
                exchanges[-1].results.append(text)
    if exchanges[-1].reply:
        exchanges.append(Exchange())
    return exchanges


def _hear(exchange: Exchange, text: str) -> None:
    lines = []
    for line in text.splitlines():
        note = _NOTE.match(line)
        if note:
            exchange.notes.append(note[1])
        else:
            lines.append(line)
    if words := "\n".join(lines).strip():
        exchange.messages.append(words)
