"""A text in parts of a size that the channel takes, cut where a reader would pause."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from core.conversation.wording.graphemes import joined
from core.conversation.wording.marks import in_word

LIMIT = 1600
"""Twilio's longest body (error 21617). It counts characters without saying which: we count UTF-16 units, the most."""
PARTS = 3
"""Parts of one reply before it is cut short."""

_HARD_SPACES = "\u00a0\u2007\u202f"
_ABBREVIATIONS = {"av", "dr", "dra", "etc", "mr", "mrs", "ms", "núm", "prof", "pág", "sr", "sra", "srta", "vs"}
_STOP = re.compile(r"(\w*)([.!?…])[\"'”’»)\]*_~]{0,4}\Z")
_MARKED = re.compile(r"```.*?```|[*_~\n]", re.DOTALL)
_WORD = 3
"""The worst rank of a cut that is not within marks."""


def split(text: str, limit: int = LIMIT, parts: int = PARTS, ellipsis: str = "…") -> tuple[str, ...]:
    """`text` in at most `parts` chunks of at most `limit` UTF-16 units, in order; () when it is only whitespace.

    Cuts at a paragraph, else a line, a sentence, a word; only then inside a word, between graphemes where one fits.
    Nothing is lost but whitespace at the ends and cuts. A fence or a pair of WhatsApp marks is cut only when it must
    be, and is then closed and opened again (from a limit of 64). A text that needs more chunks ends with `ellipsis` and
    loses the rest. ValueError for a limit below 2 or the ellipsis, or parts below 1.
    """
    if limit < max(2, len(ellipsis)) or parts < 1:
        raise ValueError("a chunk takes at least 2 UTF-16 units and the ellipsis, and there is at least 1")
    text = text.strip()
    return tuple(_chunks(_Ruler(text, marks=limit >= 64), limit, parts, ellipsis)) if text else ()


class _Span(NamedTuple):
    """Text between a pair of marks, these included, and what opens and closes them again."""

    start: int
    end: int
    opening: str
    closing: str

    def spoils(self, place: int) -> bool:
        """Whether a cut at `place` leaves a half of this fence without a line of code."""
        return self.opening == "```\n" and not self.start + 4 <= place < self.end - 4


class _Ruler:
    """A text with the UTF-16 length up to each position, and the spans that a cut there would cut, outermost first."""

    def __init__(self, text: str, *, marks: bool) -> None:
        self.text = text
        self.units = list(accumulate((2 if char > "\uffff" else 1 for char in text), initial=0))
        self.inside: list[tuple[_Span, ...]] = [()] * len(text)
        for span in sorted(_spans(text)) if marks else ():
            for at in range(span.start + 1, span.end):
                self.inside[at] += (span,)

    def length(self, start: int, end: int) -> int:
        return self.units[end] - self.units[start]

    def closing(self, at: int) -> str:
        return "".join(span.closing for span in reversed(self.inside[at]))

    def rank(self, place: int) -> int | None:
        """How good a cut is: 0 paragraph, 1 line, 2 sentence, 3 word, + 4 within marks; None where none should be."""
        text, spans = self.text, self.inside[place]
        if not text[place].isspace() or text[place] in _HARD_SPACES or any(span.spoils(place) for span in spans):
            return None
        within = 4 if spans else 0
        if text[place] == "\n":
            return within + (text[place + 1 : place + 2] != "\n")
        return within + (2 if _ends_sentence(text, place) else _WORD)

    def cut(self, at: int, room: int, least: int) -> int:
        """The best cut that leaves `least` to `room` units; an earlier one keeps a word or a marked span whole."""
        end = bisect_right(self.units, self.units[at] + room) - 1
        low = bisect_left(self.units, self.units[at] + least)
        places = [
            place
            for place in range(end, at, -1)
            if not self.inside[place] or self.length(at, place) + len(self.closing(place)) <= room
        ]
        ranks = {place: rank for place in places if (rank := self.rank(place)) is not None}
        best = min((place for place in ranks if place >= low), key=ranks.__getitem__, default=None)
        fits_next = any(at < span.start and self.length(*span[:2]) <= room for span in self.inside[end][:1])
        if best is None:
            best = next(iter(ranks), None)
        elif ranks[best] > _WORD and least <= room // 2 and fits_next:
            best = next((place for place in ranks if place < low and ranks[place] <= _WORD), best)
        if best is None:
            best = next((place for place in places if not joined(self.text, place, at)), max(places, default=at))
        return best

    def resume(self, cut: int) -> int:
        """Where the next chunk begins: after the space at the cut, but with the indent of a line of code."""
        at = len(self.text) - len(self.text[cut:].lstrip())
        in_code = any(span.opening == "```\n" for span in self.inside[cut])
        return (in_code and self.text.rfind("\n", cut, at) + 1) or at


def _spans(text: str) -> Iterator[_Span]:
    """Fences and pairs of marks; those of one mark do not overlap."""
    waiting: dict[str, int] = {}
    for found in _MARKED.finditer(text):
        mark, start, end = found[0], found.start(), found.end()
        before, after = text[max(start - 1, 0) : start], text[end : end + 1]
        if mark == "\n":
            waiting.clear()
        elif len(mark) > 1:
            opening = "```\n" if "\n" in mark else "```"
            yield _Span(start, end, opening, opening[::-1])
        elif mark in waiting and waiting[mark] + 1 < start and not before.isspace() and not in_word(after):
            yield _Span(waiting.pop(mark), end, mark, mark)
        elif not in_word(before) and not after.isspace():
            waiting[mark] = start


def _chunks(ruler: _Ruler, limit: int, parts: int, ellipsis: str) -> Iterator[str]:
    text, at, opening = ruler.text, 0, ""
    for left in range(parts, 0, -1):
        room, rest = limit - len(opening), ruler.length(at, len(text))
        if rest <= room:
            yield opening + text[at:]
            return
        if left == 1:
            cut = ruler.cut(at, room - len(ellipsis), room * 3 // 4)
            yield opening + text[at:cut].rstrip() + ruler.closing(cut) + ellipsis
            return
        needed = rest - limit * (left - 1)
        cut = ruler.cut(at, room, max(room // 2, needed if needed <= room else 0))
        yield opening + text[at:cut].rstrip() + ruler.closing(cut)
        opening = "".join(span.opening for span in ruler.inside[cut])
        at = ruler.resume(cut)


def _ends_sentence(text: str, at: int) -> bool:
    """Whether a sentence ends before `at`: a stop, perhaps behind a quote or mark, and not that of an abbreviation."""
    stop = _STOP.search(text, max(0, at - 12), at)
    if stop is None or stop[2] != ".":
        return stop is not None
    return len(stop[1]) > 1 and stop[1].casefold() not in _ABBREVIATIONS
