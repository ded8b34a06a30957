"""From a burst of messages to what is wanted: where one request ends and the next begins, and what each of them is."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import inf

from adapters.offline.burst import Burst
from adapters.offline.match import Match
from adapters.offline.matching import best
from adapters.offline.phrases import Talk
from adapters.offline.repertoire import Repertoire
from adapters.offline.request import Request, amend, go_on, request_of

_WIDEST = 4
"""Cuts that one request may run over."""
_STRETCH = 0.15
"""What every further stretch costs: whatever can be said in one is meant as one."""
_UNREAD, _UNREAD_WORD, _UNREAD_MOST = 0.2, 0.1, 0.6
"""What it costs to understand nothing of a stretch: by itself, for each word of it, and at most."""
_INCOMPLETE = 0.5
"""What it costs that something must be asked."""
_WITHOUT_DOUBT = 0.8
"""The ratio from which a stretch stands for itself."""
_SAME_BREATH = 0.2
"""What speaks for going on with the last request in the same message."""
_TAKEN_BACK, _REFERRING = 2.5, 1.0
"""What speaks for a correction of the last request, and for an answer or question about one of earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a burst says, in order. `value` is how well it is explained like this."""

    value: float = 0.0
    requests: tuple[Request, ...] = ()
    talk: tuple[Talk, ...] = ()
    last: Request | None = None
    """The request that ended right here, if one did: what follows may go on with it or take it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The last request of the burst before, which this one may refer to. `asked`: we asked something about it."""

    request: Request
    asked: bool


_NOWHERE = Understood(value=-inf)
"""Where no reading ends."""


def understand(burst: Burst, repertoire: Repertoire, before: Before | None = None) -> Understood:
    """The reading of the whole burst that explains most of it."""
    if burst.is_sign:
        return Understood(talk=(Talk.ASSENT,))
    cuts = burst.cuts
    reading = _Reading(burst, repertoire, before)
    whole = [reading.is_whole(start, end) for start, end in pairwise(cuts)]
    best_to = [Understood()]
    for end in range(1, len(cuts)):
        options = (
            option
            for start in range(max(0, end - _WIDEST), end)
            # What holds several requests that are whole is not one.
            if sum(whole[start:end]) <= 1 or end - start == 1
            for option in reading.options(best_to[start], cuts[start], cuts[end])
        )
        best_to.append(max(options, key=lambda option: option.value, default=_NOWHERE))
    return best_to[-1]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One burst being read, stretch by stretch."""

    burst: Burst
    repertoire: Repertoire
    before: Before | None
    _matches: dict[tuple[int, int], Match | None] = field(default_factory=dict)

    def is_whole(self, start: int, end: int) -> bool:
        """Whether these tokens are without doubt a request that lacks nothing."""
        match = self._match(start, end)
        request = request_of(match, "") if match is not None and match.ratio >= _WITHOUT_DOUBT else None
        return request is not None and not request.missing

    def options(self, so_far: Understood, start: int, end: int) -> Iterator[Understood]:
        """What the tokens from `start` to `end` may be, after what was understood so far."""
        if so_far.value == -inf:
            return
        here = replace(so_far, value=so_far.value - _STRETCH, last=None)
        yield from self._unread(here, start, end)
        yield from self._by_itself(here, so_far.last, start, end)
        if so_far.last is not None:
            yield from self._about(so_far.last, here, start, end)
        elif self.before is not None and start == 0:
            yield from self._referring(self.before, here, end)

    def _unread(self, here: Understood, start: int, end: int) -> Iterator[Understood]:
        """Something that is not understood; only where the text itself parts it from the rest."""
        if self.burst.is_parted(start) and self.burst.is_parted(end):
            words = sum(not light for light in self.burst.segment(start, end).light)
            yield replace(here, value=here.value - min(_UNREAD_MOST, _UNREAD + _UNREAD_WORD * words))

    def _by_itself(self, here: Understood, last: Request | None, start: int, end: int) -> Iterator[Understood]:
        match = self._match(start, end)
        if match is None:
            return
        talk = match.pattern.about.talk
        if talk is not None:
            yield replace(here, value=here.value + match.gain, talk=(*here.talk, talk))
        elif request := request_of(match, self.burst.stretch(start, end)):
            is_one_breath = not self.burst.begins_message(start)
            yield _with(here, request.after(last) if last is not None and is_one_breath else request)

    def _match(self, start: int, end: int) -> Match | None:
        if (start, end) not in self._matches:
            segment = self.burst.segment(self.burst.after_links(start, end), end)
            self._matches[start, end] = best(self.repertoire, segment)
        return self._matches[start, end]

    def _about(self, last: Request, here: Understood, start: int, end: int) -> Iterator[Understood]:
        """Something that takes the last request back, or goes on with it."""
        first = self.burst.after_links(start, end)
        rest = self.burst.after_taking_back(first, end)
        text = self.burst.stretch(start, end)
        if rest == first:
            if request := go_on(last, self.burst.segment(first, end), text):
                if not self.burst.begins_message(start):
                    request = replace(request.after(last), gain=request.gain + _SAME_BREATH)
                yield _with(here, request)
        elif rest < end and (request := amend(last, self.burst.segment(rest, end), text)):
            requests = (*here.requests[:-1], request)
            yield replace(here, value=here.value + _TAKEN_BACK, requests=requests, last=request)

    def _referring(self, before: Before, here: Understood, end: int) -> Iterator[Understood]:
        """Something about what was asked for earlier: the answer to a question, or another question of the kind."""
        first = self.burst.after_links(0, end)
        segment, text = self.burst.segment(first, end), self.burst.stretch(0, end)
        looks_up = not before.request.pattern.about.acts and (first > 0 or segment.asks)
        if before.asked or looks_up:
            if request := amend(before.request, segment, text):
                yield _with(here, replace(request, gain=_REFERRING))
        elif first > 0 and (request := go_on(before.request, segment, text)):
            yield _with(here, request)


def _with(here: Understood, request: Request) -> Understood:
    value = here.value + request.gain - (_INCOMPLETE if request.missing else 0.0)
    return replace(here, value=value, requests=(*here.requests, request), last=request)
