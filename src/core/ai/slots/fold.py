"""Text made comparable: lower case, no accents, plain digits, one space between words."""

import unicodedata
from dataclasses import dataclass

from core.ai.slots.found import Found

# Neither marks on letters nor invisible characters make another word; a lone surrogate is no character at all.
_DROPPED = frozenset({"Mn", "Me", "Cf", "Cs"})
# What has a plain form that Unicode does not know.
_PLAIN = {"٫": ",", "٬": ".", "−": "-", "‐": "-", "‑": "-", "’": "'", "‘": "'"}  # noqa: RUF001


def fold(text: str) -> str:
    """`text` for comparing with other folded text; punctuation stays, space at both ends does not."""
    return " ".join("".join(map(_folded, text)).split())


@dataclass(frozen=True, slots=True)
class Folded:
    """A text folded for searching: space is left as it was, and every place leads back to the original."""

    original: str
    text: str
    origins: tuple[int, ...]
    """For each character of `text`, and for its end, where in `original` it comes from."""

    def found(self, start: int, end: int) -> Found:
        """The place in the original that `text[start:end]` comes from. The part must not be empty."""
        # Marks that belong to the last letter follow it.
        first, last = self.origins[start], max(self.origins[end - 1] + 1, self.origins[end])
        return Found(start=first, end=last, text=self.original[first:last])


def folded(text: str) -> Folded:
    """`text` folded, with the way back."""
    if text.isascii():
        return Folded(text, text.lower(), tuple(range(len(text) + 1)))
    characters: list[str] = []
    origins: list[int] = []
    for position, character in enumerate(text):
        plain = _folded(character)
        characters.append(plain)
        origins.extend([position] * len(plain))
    return Folded(text, "".join(characters), (*origins, len(text)))


def _folded(character: str) -> str:
    """What is left of one character: nothing, itself, or several.

    A digit of any script becomes its plain form. What stands for a number in another way stays as it is: `10²` is not
    102.
    """
    if character.isascii():
        return character.lower()
    if character in _PLAIN:
        return _PLAIN[character]
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    if any(map(str.isdigit, plain)):
        return character
    return "".join(each for each in plain if unicodedata.category(each) not in _DROPPED)
