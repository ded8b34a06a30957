"""What the person wants now, as far as the conversation itself tells it: there is no other memory."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.offline.asking import is_question_about, may_be_ours
from adapters.offline.burst import Burst
from adapters.offline.history import Exchange, exchanges_of
from adapters.offline.repertoire import Repertoire
from adapters.offline.request import Request
from adapters.offline.understanding import Before, Understood, understand
from adapters.offline.words import LANGUAGES, LINKS
from core.ai.language import language_in
from core.ai.ports import Prompt

_DEFAULT = "en"
_SHORT = 40
"""Characters of a question that may go on with the one before."""
_FURTHEST = 4
"""Exchanges that are looked back: asked about the same thing so often, people begin anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the unanswered messages want. `language` is the one to answer in; `was_asked` if we had asked something."""

    exchange: Exchange
    understood: Understood
    language: str
    was_asked: bool

    @property
    def whole(self) -> Sequence[Request]:
        """The requests that lack nothing."""
        return [request for request in self.understood.requests if not request.missing]

    @property
    def open(self) -> Sequence[Request]:
        """The requests that lack something."""
        return [request for request in self.understood.requests if request.missing]


def wanted(prompt: Prompt, repertoire: Repertoire) -> Wanted:
    """What the person wants now."""
    exchanges = exchanges_of(prompt.parts)
    language = _language(prompt, exchanges)
    conversation = _Conversation(exchanges, repertoire, language)
    understood = conversation.understood(len(exchanges) - 1, _FURTHEST)
    was_asked = len(exchanges) > 1 and bool(exchanges[-2].question)
    return Wanted(exchange=exchanges[-1], understood=understood, language=language, was_asked=was_asked)


def _language(prompt: Prompt, exchanges: Sequence[Exchange]) -> str:
    """The person's language: as the prompt has it, else as their words tell, else that of the instructions."""
    heard = [message for exchange in exchanges for message in exchange.messages]
    asked = (prompt.language, language_in(exchanges[-1].messages), language_in(heard))
    return next(
        (language for language in (*asked, language_in([prompt.instructions])) if language in LANGUAGES), _DEFAULT
    )


@dataclass(frozen=True, slots=True)
class _Conversation:
    """Exchanges, each understood with what was left open before it."""

    exchanges: Sequence[Exchange]
    repertoire: Repertoire
    language: str

    def understood(self, at: int, furthest: int) -> Understood:
        """What the messages of this exchange want; `furthest` is how many exchanges may be looked back."""
        messages, last = self.exchanges[at].messages, self.exchanges[at - 1]
        if not (at and furthest and messages):
            return self._read(messages)
        if not (may_be_ours(last.question) or last.is_counter_question or self._may_refer(messages[0])):
            return self._read(messages)
        earlier = self.understood(at - 1, furthest - 1).requests
        left_open = [request for request in earlier if request.missing]
        if left_open and is_question_about(left_open[0], last.question):
            return self._completed(left_open, messages)
        before = Before(request=earlier[-1], asked=last.is_counter_question) if earlier else None
        return self._read(messages, before)

    def _completed(self, left_open: Sequence[Request], messages: Sequence[str]) -> Understood:
        """What was left open, with the answer to our question in it; without it, where something else is wanted.

        A request that was asked about is one that was cut over two messages.
        """
        first, *others = [request.text for request in left_open]
        completed = self._read([first, *messages, *others])
        if any(request.tool is left_open[0].tool and not request.missing for request in completed.requests):
            return completed
        anew = self._read(messages)
        return anew if anew.requests or anew.talk else completed

    def _read(self, messages: Sequence[str], before: Before | None = None) -> Understood:
        return understand(Burst(messages, self.repertoire, self.language), self.repertoire, before)

    def _may_refer(self, message: str) -> bool:
        """Whether it may go on with what was said before: `and yesterday?`"""
        first = message.split(maxsplit=1)[0].strip("¿¡,.").lower()
        return first in LINKS[self.language] or ("?" in message and len(message) < _SHORT)
