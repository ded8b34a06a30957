"""A stretch of what somebody wrote, prepared for being compared with many patterns."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from adapters.offline.fields import EXACT, Kind
from adapters.offline.repertoire import Repertoire
from adapters.offline.spelling import Likenesses
from adapters.offline.tokens import TAKEN_BACK, Sort, Token
from adapters.offline.words import CONDITIONS, DENIALS, PARTICLES, QUESTIONS, REQUESTS, TAKING_BACK_IF_SET_OFF, is_light

STRANGE = 0.35
"""What it costs to leave a word unexplained that nobody knows."""

_LIGHT = 0.05
_GRAVE = 1.0
"""An amount, or a denial."""
_SURE = 0.85
"""How like a known word must be for being taken for it."""

_TAKEN_BACK = 0.9
"""How surely a `no` at the beginning takes something back where no comma follows, but nothing that it could deny."""

_CODE = frozenset("{}[]")
_CURRENCY = re.compile(r"[^\d\s.,]")
_NONE: Likenesses = {}


class Segment:
    """Tokens of a text. What is said of each of them is told by its position."""

    def __init__(
        self,
        text: str,
        tokens: Sequence[Token],
        repertoire: Repertoire,
        language: str,
        *,
        before: str,
        after: str,
        opens: bool,
    ) -> None:
        """`before` and `after` are the signs that stand around these tokens of `text`; they may open a message."""
        self.text = text
        self.tokens = tokens
        self.language = language
        self.asks = "?" in after
        """Whether a question mark ends it."""
        self.is_code = not _CODE.isdisjoint(before + text[tokens[0].start : tokens[-1].end] + after)
        """Whether it looks like something that is not said to people: what is written like a call is none."""
        self._repertoire = repertoire
        lexicon = repertoire.lexicon(language)
        self.meanings = [lexicon.like(token.word) if token.word else _NONE for token in tokens]
        """The known words that each token may be meant as."""
        self.light = [bool(token.word) and is_light(token.word, language) for token in tokens]
        """Whether it says little."""
        goes_on = len(tokens) > 1 and (self.light[1] or not tokens[1].word)
        if opens and goes_on and (tokens[0].word,) in TAKING_BACK_IF_SET_OFF[language]:
            self.meanings[0] = {**self.meanings[0], TAKEN_BACK: _TAKEN_BACK}
        self.denies = [token.word in DENIALS[language] for token in tokens]
        """Whether it says that something is not so."""

    @cached_property
    def places(self) -> Mapping[str, Sequence[tuple[int, float]]]:
        """Where each known word may stand, and how surely."""
        places: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, meanings in enumerate(self.meanings):
            for word, likeness in meanings.items():
                places[word].append((at, likeness))
        return places

    def found(self, kind: Kind | None) -> Sequence[int]:
        """Where something of this exact kind stands, in order."""
        return self._found[kind]

    @cached_property
    def _found(self) -> Mapping[Kind | None, Sequence[int]]:
        return {
            kind: [at for at, token in enumerate(self.tokens) if token.sort in sorts] for kind, sorts in EXACT.items()
        }

    @cached_property
    def sure(self) -> Sequence[frozenset[str]]:
        """The known words that each token is taken for."""
        return [
            frozenset(word for word, likeness in meanings.items() if likeness >= _SURE) for meanings in self.meanings
        ]

    @cached_property
    def known(self) -> Sequence[float]:
        """How much each token tells in one pattern or another."""
        return [max((self._repertoire.weight(word, self.language) for word in sure), default=0.0) for sure in self.sure]

    @cached_property
    def costs(self) -> Sequence[float]:
        """What it costs a pattern to leave each token unexplained."""
        return [self._cost(at, token) for at, token in enumerate(self.tokens)]

    @cached_property
    def questions(self) -> Sequence[bool]:
        """Whether it is a word that asks."""
        questions = QUESTIONS[self.language]
        return [
            token.word in questions or not questions.isdisjoint(sure)
            for token, sure in zip(self.tokens, self.sure, strict=True)
        ]

    @property
    def is_supposed(self) -> bool:
        """Whether it is only supposed: `if I spend 50`."""
        return self.tokens[0].word in CONDITIONS[self.language]

    @property
    def only_asks(self) -> bool:
        """Whether it is a question, and not a request that is put as one."""
        return self.asks and all(token.word not in REQUESTS[self.language] for token in self.tokens)

    def text_of(self, at: int) -> str:
        """A token as it was written."""
        return self.text[self.tokens[at].start : self.tokens[at].end]

    def says(self, at: int) -> bool:
        """Whether it can be a name or a text by itself."""
        sort = self.tokens[at].sort
        return sort is Sort.WHEN or (
            sort is Sort.WORD and not (self.light[at] or self.denies[at] or self.questions[at])
        )

    def is_strange(self, at: int) -> bool:
        """Whether it is a word that nobody knows."""
        return self.tokens[at].sort is Sort.WORD and not (self.light[at] or self.denies[at] or self.sure[at])

    def is_written_as_money(self, at: int) -> bool:
        """Whether an amount names its currency, so that it cannot be a count of anything else."""
        token = self.tokens[at]
        return token.sort is Sort.MONEY and _CURRENCY.search(self.text, token.start, token.end) is not None

    def is_capital(self, at: int) -> bool:
        """Whether it begins as names are written."""
        return self.text[self.tokens[at].start].isupper()

    def name_in(self, tokens: Sequence[int]) -> Sequence[int]:
        """Where there are capital letters, the name is what begins with them and what links them; else all of it."""
        start = next((at for at, token in enumerate(tokens) if self.is_capital(token)), None)
        return tokens if start is None else tokens[start : self.end_of_name(tokens, start)]

    def end_of_name(self, tokens: Sequence[int], start: int) -> int:
        """Of a name that begins at `start` of the tokens, where it ends: after the capitals, and what links them."""
        end = start + 1
        for at in range(end, len(tokens)):
            if self.is_capital(tokens[at]):
                end = at + 1
            elif self.tokens[tokens[at]].word not in PARTICLES:
                break
        return end

    def _cost(self, at: int, token: Token) -> float:
        if token.sort is Sort.MONEY or self.denies[at]:
            return _GRAVE
        if self.light[at] or self.questions[at]:
            return _LIGHT
        return STRANGE if self.sure[at].isdisjoint(self._repertoire.skilled) else max(STRANGE, self.known[at])
