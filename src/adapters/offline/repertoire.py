"""All that can be understood with a set of tools: a pattern for each example, weights learned from all of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

from adapters.offline.examples import Element, Frame, Hole
from adapters.offline.fields import EXACT, Kind
from adapters.offline.phrases import HEARD, Talk
from adapters.offline.spelling import Lexicon
from adapters.offline.subject import Subject
from adapters.offline.words import QUESTIONS, is_light
from core.ai.tool import Example, Tool

_WEIGHTS: Mapping[Kind, float] = {
    Kind.MONEY: 1.0,
    Kind.NUMBER: 0.7,
    Kind.WHEN: 0.4,
    Kind.NAME: 0.5,
    Kind.TEXT: 0.4,
    Kind.CHOICE: 0.0,
}
_LEAST = 0.1
_LIGHT, _LIGHT_IN_TALK = 0.15, 0.5
"""Of the weight that a word would have if it said something. Small talk is made of little words."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pattern:
    """A frame and what it stands for. Everything about its elements is told by their index."""

    about: Subject
    language: str
    frame: Frame
    elements: tuple[Element, ...]
    kinds: tuple[Kind | None, ...]
    """None: a word."""
    weights: tuple[float, ...]
    """How much each element tells."""
    words_tell: float
    """What its words tell together."""
    holes: tuple[int, ...]
    """The elements that are arguments."""
    loose: tuple[int, ...]
    """The holes for names and free text."""
    is_bare: bool
    """Whether none of its words says what is wanted: there are only arguments and light words."""

    @property
    def asks_by_word(self) -> bool:
        """Whether one of its words asks."""
        return not QUESTIONS.get(self.language, frozenset()).isdisjoint(self.frame.words)

    def field(self, index: int) -> str:
        """The argument that this element is; empty if it is none."""
        element = self.elements[index]
        return element.field if isinstance(element, Hole) else ""


def subjects_of(tools: Sequence[Tool]) -> Iterator[Subject]:
    """What people may speak of, one after the other: each takes some milliseconds to learn from its examples."""
    yield from (Subject(tool.examples, tool=tool) for tool in tools)
    yield from (Subject(_small_talk(talk), talk=talk) for talk in Talk)


class Repertoire:
    """What these tools' examples and small talk make understandable."""

    def __init__(self, tools: Sequence[Tool], subjects: Sequence[Subject]) -> None:
        self.tools = tuple(tools)
        self._subjects = len(subjects)
        self._spread = Counter(word for subject in subjects for word in subject.words)
        self.skilled = frozenset().union(*(subject.words for subject in subjects if subject.tool is not None))
        """The words of the tools."""
        self.patterns: Sequence[Pattern] = [
            self._pattern(subject, frame) for subject in subjects for frame in _different(subject.frames)
        ]
        self.bare = [pattern for pattern in self.patterns if pattern.is_bare]
        self.with_word: defaultdict[str, list[tuple[Pattern, float]]] = defaultdict(list)
        """The patterns that have a word, each with what it tells there."""
        for pattern in self.patterns:
            for element, weight in dict(zip(pattern.elements, pattern.weights, strict=True)).items():
                if isinstance(element, str):
                    self.with_word[element].append((pattern, weight))
        self._lexicons: dict[str, Lexicon] = {}

    def lexicon(self, language: str) -> Lexicon:
        """The words that may be meant by who speaks this language; made when somebody does."""
        if language not in self._lexicons:
            spelt = (each.frame.words for each in self.patterns if each.about.is_at_home(each.language, language))
            self._lexicons[language] = Lexicon(self._spread, frozenset().union(*spelt))
        return self._lexicons[language]

    def weight(self, word: str, language: str, light: float = _LIGHT) -> float:
        """How much a known word tells: one that many subjects have tells little, and a light one only a part of it."""
        spread = self._spread.get(word, 1)
        weight = max(_LEAST, log((1 + self._subjects) / spread) / log(1 + self._subjects))
        return weight * light if is_light(word, language) else weight

    def _pattern(self, subject: Subject, frame: Frame) -> Pattern:
        light = _LIGHT if subject.talk is None else _LIGHT_IN_TALK
        kinds = tuple(None if isinstance(each, str) else each.kind for each in frame.elements)
        holes = tuple(index for index, each in enumerate(frame.elements) if isinstance(each, Hole) and each.field)
        return Pattern(
            about=subject,
            language=frame.language,
            frame=frame,
            elements=frame.elements,
            kinds=kinds,
            weights=tuple(
                self.weight(each, frame.language, light) if isinstance(each, str) else _WEIGHTS[each.kind]
                for each in frame.elements
            ),
            words_tell=sum(self.weight(word, frame.language, light) for word in frame.words),
            holes=holes,
            loose=tuple(index for index in holes if kinds[index] not in EXACT),
            is_bare=bool(holes) and all(is_light(word, frame.language) for word in frame.words),
        )


def _small_talk(talk: Talk) -> Iterable[Example]:
    return (Example(language=language, utterance=phrase, arguments={}) for language, phrase in HEARD[talk])


def _different(frames: Iterable[Frame]) -> Iterable[Frame]:
    """One of each: examples that differ in their arguments alone make one pattern."""
    return {(frame.language, frame.elements, repr(frame.implied)): frame for frame in frames}.values()
