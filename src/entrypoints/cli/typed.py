"""What a line that somebody types in a chat means: words to send, or a command."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from core.identity.medium import Medium


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Send these, one right after the other."""

    texts: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """Send a file, with a text if there is one."""

    path: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Be:
    """Be somebody else."""

    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class On:
    """Write on this medium from now on."""

    medium: Medium


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Show the last messages once more."""

    count: int


@dataclass(frozen=True, slots=True)
class People:
    """List who has written."""


@dataclass(frozen=True, slots=True)
class Help:
    """Say what can be typed."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """It is none of these; `why` says what to type."""

    why: str


Entry = Say | Attach | Be | On | Look | People | Help | Quit | Unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command as the help shows it."""

    name: str
    arguments: str
    about: str

    @property
    def usage(self) -> str:
        return f"/{self.name} {self.arguments}".rstrip()


COMMANDS = (
    Command(name="as", arguments="NAME or +NUMBER", about="be somebody else; a name gets a number of its own"),
    Command(name="people", arguments="", about="who has written so far"),
    Command(name="whatsapp", arguments="", about="write on WhatsApp"),
    Command(name="sms", arguments="", about="write by SMS"),
    Command(name="burst", arguments="ONE | TWO | THREE", about="send several at once, as pasted lines are"),
    Command(name="image", arguments="PATH | WORDS", about="send a file, with words if you like"),
    Command(name="history", arguments="[HOW MANY]", about="show what was said before"),
    Command(name="help", arguments="", about="show this"),
    Command(name="quit", arguments="", about="leave, as Ctrl-D and Ctrl-C do"),
)

_NAMES = {command.name: command for command in COMMANDS}
_OTHER_NAMES = {"file": "image", "exit": "quit", "h": "help", "?": "help", "wa": "whatsapp", "who": "people"}
_LOOK = 20


def understood(text: str) -> Entry:
    """What is meant. Several lines at once are several messages; `//` begins a message that begins with `/`."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 or not text.lstrip().startswith("/"):
        return Say(texts=lines)
    if lines[0].startswith("//"):
        return Say(texts=[lines[0][1:]])
    word, _, rest = lines[0][1:].partition(" ")
    return _command(word, rest.strip())


def matching(beginning: str) -> Sequence[Command]:
    """The commands that a line could become."""
    if not re.fullmatch(r"/[a-z]*", beginning):
        word = beginning[1:].partition(" ")[0]
        return [_NAMES[word]] if beginning.startswith("/") and word in _NAMES else []
    return [command for command in COMMANDS if command.name.startswith(beginning[1:])]


def _command(word: str, rest: str) -> Entry:
    name = _OTHER_NAMES.get(word.casefold(), word.casefold())
    match name:
        case "as" if rest:
            return Be(who=rest)
        case "burst" if texts := [part.strip() for part in rest.split("|") if part.strip()]:
            return Say(texts=texts)
        case "image" if rest:
            path, _, words = rest.partition("|")
            return Attach(path=path.strip(), text=words.strip())
        case "history" if not rest or (rest.isdecimal() and len(rest) < 6):
            return Look(count=int(rest or _LOOK))
        case "sms" | "whatsapp" if not rest:
            return On(medium=Medium(name))
        case "people" if not rest:
            return People()
        case "help":
            return Help()
        case "quit" if not rest:
            return Quit()
    if name in _NAMES:
        return Unclear(why=f"It is written {_NAMES[name].usage}")
    near = get_close_matches(name, [*_NAMES, *_OTHER_NAMES], 1)
    meant = f"Did you mean /{near[0]}?" if near else "/help lists the commands."
    return Unclear(why=f"There is no /{word}. {meant} To send it as it is, write //{word}")
