"""Text from others, as a terminal may have it: shown, and never obeyed."""

from unicodedata import category

TAB = "    "


def visible(text: str) -> str:
    """The text without characters that a terminal would obey instead of show."""
    lines = text.replace("\r\n", "\n").replace("\t", TAB)
    return "".join(char if char == "\n" or not _is_control(char) else "\N{REPLACEMENT CHARACTER}" for char in lines)


def visible_name(name: str) -> str:
    """A name, which people give themselves, in one line of such text."""
    return " ".join(visible(name).split())


def _is_control(char: str) -> bool:
    """Control characters, and those that turn the direction of what follows; joiners of emoji are neither."""
    return category(char) == "Cc" or char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
