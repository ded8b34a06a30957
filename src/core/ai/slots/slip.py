"""One slip of the finger on a phone: a letter too many, too few, another one, or two that changed places."""


def one_slip(word: str, known: str) -> bool:
    """Whether `word` is `known`, typed with exactly one slip."""
    if abs(len(word) - len(known)) > 1:
        return False
    at = next((at for at, (one, other) in enumerate(zip(word, known, strict=False)) if one != other), None)
    if at is None:
        return len(word) != len(known)
    rest, known_rest = word[at:], known[at:]
    return (
        rest[1:] == known_rest[1:]
        or rest[1:] == known_rest
        or rest == known_rest[1:]
        or (rest[:2] == known_rest[1::-1] and rest[2:] == known_rest[2:])
    )
