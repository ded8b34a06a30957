"""What is said when there is nothing to call: results, questions, small talk, honest words where none of it helps."""

from collections.abc import Sequence

from adapters.offline.asking import question
from adapters.offline.dialogue import Wanted
from adapters.offline.phrases import Talk
from adapters.offline.repertoire import Repertoire
from adapters.offline.sayings import SAYINGS, listed
from core.ai.ports import Prompt

_MOST_EXAMPLES = 2
_MOST_ABILITIES = 3
_NOT_DONE = "Not done:"
_UNKNOWN = "It is not known"


def words_for(prompt: Prompt, wanted: Wanted, repertoire: Repertoire) -> str:
    """The answer in words."""
    said = [_result(each, wanted.language) for each in wanted.exchange.results]
    said += _unheard(wanted)
    if wanted.open:
        said.append(question(wanted.open[0], wanted.language))
    if not said:
        said = _without_results(prompt, wanted, repertoire)
    return "\n".join([prompt.greeting, *said] if prompt.greeting else said)


def _without_results(prompt: Prompt, wanted: Wanted, repertoire: Repertoire) -> list[str]:
    """What is left to say where nothing was done and nothing is asked back."""
    sayings = SAYINGS[wanted.language]
    if wanted.whole and not prompt.may_call:
        return [sayings.not_now]
    if wanted.understood.talk:
        return _small_talk(prompt, wanted, repertoire)
    return [f"{sayings.not_understood} {_abilities(prompt, repertoire, wanted.language)}"]


def _result(text: str, language: str) -> str:
    """What a tool answered; what the assistant says of a call that failed is meant for a model, not for a person."""
    sayings = SAYINGS[language]
    if text.startswith(_UNKNOWN):
        return sayings.unknown_outcome
    if not text.startswith(_NOT_DONE):
        return text
    # The reason is in English.
    why = text.removeprefix(_NOT_DONE).strip()
    return sayings.failed_because.format(why=why) if language == "en" else sayings.failed


def _unheard(wanted: Wanted) -> Sequence[str]:
    """What came along and cannot be understood, each kind once."""
    unheard = SAYINGS[wanted.language].unheard
    kinds = dict.fromkeys(note.partition(" ")[0].strip(",") for note in wanted.exchange.notes)
    return [unheard[kind] for kind in kinds if kind in unheard]


def _small_talk(prompt: Prompt, wanted: Wanted, repertoire: Repertoire) -> list[str]:
    """An answer to each kind of small talk, once."""
    sayings, talk = SAYINGS[wanted.language], dict.fromkeys(wanted.understood.talk)
    said = []
    if Talk.GREETING in talk and not prompt.greeting:
        said.append(sayings.hello)
    if Talk.IDENTITY in talk:
        said.append(sayings.identity)
    if talk.keys() & {Talk.GREETING, Talk.IDENTITY, Talk.ABILITIES}:
        return [*said, _abilities(prompt, repertoire, wanted.language)]
    if Talk.DROP in talk and not wanted.was_asked:
        return [sayings.nothing_to_drop]
    return [sayings.small_talk[each] for each in talk]


def _abilities(prompt: Prompt, repertoire: Repertoire, language: str) -> str:
    """What the tools do and how one may ask for it; honest words if there are none."""
    sayings = SAYINGS[language]
    if not repertoire.tools:
        return sayings.no_skills
    sentences = []
    if prompt.abilities:
        abilities = listed(prompt.abilities[:_MOST_ABILITIES], sayings.between)
        sentences.append(sayings.can.format(abilities=abilities))
    if examples := _examples(repertoire, language):
        sentences.append(sayings.for_example.format(examples=listed(examples, sayings.between)))
    return " ".join(sentences)


def _examples(repertoire: Repertoire, language: str) -> Sequence[str]:
    """How one may ask for the first tools, in the person's language if they have examples in it."""
    shown = []
    for tool in repertoire.tools:
        own = [each for each in tool.examples if each.language == language] or list(tool.examples)
        shown += [f"“{each.utterance}”" for each in own[:1]]
    return shown[:_MOST_EXAMPLES]
