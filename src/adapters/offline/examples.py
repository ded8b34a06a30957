"""Examples of a tool as frames: words that stay, and holes where its arguments stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.offline.fields import Field, Kind
from adapters.offline.tokens import Sort, Token, tokens_of, words_in
from adapters.offline.words import is_light
from core.ai.tool import Example

_KIND_OF_SORT = {Sort.MONEY: Kind.MONEY, Sort.NUMBER: Kind.NUMBER, Sort.WHEN: Kind.WHEN}

Place = tuple[int, int]
"""From where to before where in a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """Where an argument stands. Without a `field`, an amount, number or time that is no argument."""

    kind: Kind
    field: str = ""


Element = str | Hole


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """An example without its arguments.

    `implied` are arguments that are not said; `fillers` the words that filled each hole; `is_question` if it asks.
    """

    language: str
    elements: tuple[Element, ...]
    implied: Mapping[str, Any]
    fillers: Mapping[str, tuple[str, ...]]
    is_question: bool

    @property
    def words(self) -> frozenset[str]:
        """The words that stay."""
        return frozenset(element for element in self.elements if isinstance(element, str))

    def lead(self, index: int) -> Sequence[str]:
        """The light words that stand right before an element."""
        start = index
        while start and isinstance(word := self.elements[start - 1], str) and is_light(word, self.language):
            start -= 1
        return [element for element in self.elements[start:index] if isinstance(element, str)]


def frame_of(example: Example, fields: Mapping[str, Field]) -> Frame:
    """The frame of an example of a tool with these arguments."""
    places = _places(example, fields)
    elements: dict[int, Element] = {
        start: Hole(kind=fields[name].kind, field=name) for name, (start, _) in places.items()
    }
    elements |= {
        token.start: _element(token)
        for token in tokens_of(example.utterance, example.language)
        if not any(_overlap((token.start, token.end), place) for place in places.values())
    }
    return Frame(
        language=example.language,
        elements=tuple(elements[start] for start in sorted(elements)),
        implied={name: value for name, value in example.arguments.items() if name in fields and name not in places},
        fillers={name: _words(example.utterance[start:end], example.language) for name, (start, end) in places.items()},
        is_question="?" in example.utterance,
    )


def _element(token: Token) -> Element:
    return token.word or Hole(kind=_KIND_OF_SORT[token.sort])


def _places(example: Example, fields: Mapping[str, Field]) -> dict[str, Place]:
    """Where each argument that is said stands; the longest are placed first."""
    said = {
        name: str(value)
        for name, value in example.arguments.items()
        if name in fields and fields[name].kind is not Kind.CHOICE and str(value)
    }
    places: dict[str, Place] = {}
    for name in sorted(said, key=lambda name: -len(said[name])):
        for place in _occurrences(said[name], example.utterance):
            if not any(_overlap(place, other) for other in places.values()):
                places[name] = place
                break
    return places


def _occurrences(value: str, utterance: str) -> Iterator[Place]:
    """Where `value` stands as whole words."""
    start = utterance.find(value)
    while start >= 0:
        end = start + len(value)
        if not utterance[start - 1 : start].isalnum() and not utterance[end : end + 1].isalnum():
            yield start, end
        start = utterance.find(value, start + 1)


def _overlap(one: Place, other: Place) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _words(text: str, language: str) -> tuple[str, ...]:
    return tuple(token.word or text[token.start : token.end] for token in words_in(text, 0, len(text), language))
