"""Which characters are one to a reader: a cut between them would show as two."""

import unicodedata


def joined(text: str, at: int, start: int) -> bool:
    """Whether the characters around `at` belong to one grapheme of `text` from `start` on."""
    before, after = text[at - 1], text[at]
    if before == "\u200d" or after == "\u200d" or unicodedata.category(after)[0] == "M":
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if "\u1160" <= after <= "\u11ff" and "\u1100" <= before <= "\u11ff":
        return True
    if _is_flag(after):
        first = at
        while first > start and _is_flag(text[first - 1]):
            first -= 1
        return (at - first) % 2 == 1
    return "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff"


def _is_flag(char: str) -> bool:
    """Regional indicators: two make a flag."""
    return "\U0001f1e6" <= char <= "\U0001f1ff"
