"""Who writes in a chat: a name or a number, on WhatsApp or by SMS. A name alone always gets the same made-up number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from unicodedata import combining, normalize

from core.errors import Rejected
from core.identity.medium import Medium
from entrypoints.cli.visible import visible_name

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_WRITTEN = re.compile(r"(?:whatsapp:)?\+[0-9][0-9 ().-]*")
_BRAZILIAN = re.compile(r"(\+55)([0-9]{2})(9[0-9]{4})([0-9]{4})")
_LONGEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who writes, and how."""

    number: str
    name: str | None
    medium: Medium = Medium.WHATSAPP

    @property
    def address(self) -> str:
        """As the provider writes it."""
        return f"whatsapp:{self.number}" if self.medium is Medium.WHATSAPP else self.number

    @property
    def called(self) -> str:
        return visible_name(self.name or spelled(self.number))

    @property
    def title(self) -> str:
        how = "on WhatsApp" if self.medium is Medium.WHATSAPP else "by SMS"
        number = visible_name(spelled(self.number))
        return f"{self.called} {how} ({number})" if self.name else f"{number} {how}"

    def by(self, medium: Medium) -> "Person":
        return replace(self, medium=medium)

    @classmethod
    def at(cls, address: str, name: str | None) -> "Person":
        """The person of an address as the provider writes it."""
        medium = Medium.WHATSAPP if address.startswith("whatsapp:") else Medium.SMS
        return cls(number=address.removeprefix("whatsapp:"), name=name, medium=medium)


ANA = Person(number="+5511987654321", name="Ana")
"""Who writes unless somebody else is named."""


def found(words: str, known: Sequence[Person], medium: Medium) -> Person:
    """Who is meant by a name, a number, or both; somebody known if it can be. Raises `Rejected` with what to write."""
    written = _WRITTEN.search(words)
    name = " ".join((words[: written.start()] + words[written.end() :] if written else words).split())
    if name.startswith("whatsapp:") or len(name) > _LONGEST or not (name or written):
        raise Rejected("A person is named by a name of up to 40 letters, a number in full, or both: Bob +14155550123")
    everybody = (*known, ANA)
    if written is None:
        same = next((person for person in everybody if person.name and _folded(person.name) == _folded(name)), None)
        return same.by(medium) if same else Person(number=_made_up(name), name=name, medium=medium)
    number = re.sub(r"[^0-9+]", "", written[0].removeprefix("whatsapp:"))
    if not _NUMBER.fullmatch(number):
        raise Rejected(f"{number} is no number: it is written in full, with country and area, such as +5511987654321")
    called = next((person.name for person in everybody if person.number == number and person.name), None)
    return Person(number=number, name=name or called, medium=medium)


def spelled(number: str) -> str:
    """A number as people read it, where we know how they do."""
    return _BRAZILIAN.sub(r"\1 \2 \3-\4", number)


def _made_up(name: str) -> str:
    """A Brazilian mobile number, the same for a name at every time and on every machine."""
    return f"+55119{int.from_bytes(sha256(_folded(name).encode()).digest()[:8], 'big') % 100_000_000:08}"


def _folded(name: str) -> str:
    return "".join(char for char in normalize("NFKD", name.casefold()) if not combining(char))
