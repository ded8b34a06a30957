"""The styles of a reply and what each medium has for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.conversation.wording.smart import folded


class Style(StrEnum):
    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    marks: Mapping[Style, str]
    mono: str
    fold: Callable[[str], str]


WHATSAPP = Dialect(marks={Style.BOLD: "*", Style.ITALIC: "_", Style.STRIKE: "~"}, mono="```", fold=str)
SMS = Dialect(marks=dict.fromkeys(Style, ""), mono="", fold=folded)


def in_word(char: str) -> bool:
    """Letters and digits of scripts that put spaces between words (East Asian ones begin at U+2E80).

    Before one of them WhatsApp closes no mark, and behind one it opens none.
    """
    return char.isalnum() and char < "\u2e80"
