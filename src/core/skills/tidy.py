"""What people and models write, made fit to be kept: one line, of bounded length, without invisible tricks."""

LONGEST_TEXT = 200
LONGEST_NAME = 80

_JOINER = "\u200d"


def tidy(text: str, longest: int = LONGEST_TEXT) -> str:
    """`text` on one line and at most `longest` characters; what cannot be seen is a space, but emoji stay whole."""
    seen = "".join(char if char.isprintable() or char == _JOINER else " " for char in text)
    return " ".join(seen.split())[:longest].rstrip()
