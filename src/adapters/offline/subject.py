"""Something that people may speak of: a tool, or a kind of small talk, with what its examples teach about it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.offline.examples import Frame, Hole, frame_of
from adapters.offline.fields import Field, Kind, fields_of
from adapters.offline.phrases import Talk
from core.ai.slots.fold import fold
from core.ai.tool import Effect, Example, Tool


class Subject:
    """`tool` is None for small talk, `talk` is None for a tool."""

    def __init__(self, examples: Iterable[Example], *, tool: Tool | None = None, talk: Talk | None = None) -> None:
        self.tool = tool
        self.talk = talk
        self.acts = tool is not None and tool.effect is not Effect.NONE
        self.fields: Mapping[str, Field] = {} if tool is None else fields_of(tool.arguments)
        self.frames: Sequence[Frame] = [frame_of(example, self.fields) for example in examples]
        self.languages = frozenset(frame.language for frame in self.frames)
        self.words = frozenset().union(*(frame.words for frame in self.frames))
        """All words of all its frames."""
        self.fillers = {field: self._fillers(field) for field in self.fields}
        """The words that arguments had, by field."""
        self.usual = self._usual()
        """The name or text that is said most often; empty if there is none."""
        self.longest = {field: self._longest(field) for field in self.fields}
        """How many words an argument had at most, by field."""
        self.leads = self._leads()
        """The words that led to an argument and how often, by field and language."""
        self.evidence = {field: self._evidence(field) for field in self.fields}
        """Words that only stood where an argument was implied to be this: by field, the word and the value."""

    def is_at_home(self, language: str, speaker: str) -> bool:
        """Whether its words in `language` are for who speaks `speaker`: also where there are none of their own."""
        return language == speaker or speaker not in self.languages

    def _fillers(self, field: str) -> frozenset[str]:
        return frozenset(word for frame in self.frames for word in frame.fillers.get(field, ()))

    def _usual(self) -> str:
        said = Counter(
            field
            for frame in self.frames
            for field in frame.fillers
            if self.fields[field].kind in (Kind.NAME, Kind.TEXT)
        )
        return max(said, key=said.__getitem__, default="")

    def _longest(self, field: str) -> int:
        return max((len(frame.fillers.get(field, ())) for frame in self.frames), default=0)

    def _leads(self) -> Mapping[tuple[str, str], Counter[str]]:
        leads: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for frame in self.frames:
            for index, element in enumerate(frame.elements):
                if isinstance(element, Hole):
                    leads[element.field, frame.language].update(frame.lead(index))
        return leads

    def _evidence(self, field: str) -> Mapping[str, Any]:
        values: defaultdict[str, list[Any]] = defaultdict(list)
        for frame in self.frames:
            value = frame.implied.get(field)
            # Where the value is named, nothing else in the example stands for it.
            names = frame.words & set(spoken(value))
            for word in names or frame.words.union(*frame.fillers.values()):
                values[word].append(value)
        return {
            word: those[0]
            for word, those in values.items()
            if those[0] is not None and all(each == those[0] for each in those)
        }


def spoken(value: Any) -> Sequence[str]:
    """The words that a value of an enumeration is called by."""
    return fold(str(value)).replace("_", " ").split()
