"""What becomes of words that stand between things found, and of those that nothing explains yet."""

from collections.abc import Sequence

from adapters.offline.alignment import Alignment
from adapters.offline.fields import Kind
from adapters.offline.segment import Segment


def give_back(alignment: Alignment) -> None:
    """What is in a hole but no part of the argument: what is not of the name, and words of the subject at the ends."""
    pattern, segment = alignment.pattern, alignment.segment
    for index in pattern.loose:
        tokens = alignment.holes.get(index, [])
        if pattern.kinds[index] is Kind.NAME:
            kept = list(segment.name_in(tokens))
        else:
            # Where a word of the pattern is missing, one beside it that other examples have says the same.
            own = pattern.about.words - pattern.about.fillers[pattern.field(index)]
            start = _said_twice(segment, tokens, own) if alignment.lacks_word(index - 1) else 0
            end = _said_twice(segment, tokens[::-1], own) if alignment.lacks_word(index + 1) else 0
            kept = tokens[start : len(tokens) - end]
        if len(kept) < len(tokens) and any(segment.says(token) for token in kept):
            alignment.holes[index] = kept
            alignment.left += [token for token in tokens if token not in kept]


def _said_twice(segment: Segment, tokens: Sequence[int], own: frozenset[str]) -> int:
    """How many of the tokens at the beginning are words of `own`, or light words before one of them."""
    taken = 0
    for count, token in enumerate(tokens, 1):
        if not segment.light[token]:
            if segment.tokens[token].word not in own:
                break
            taken = count
    return taken


def fill_from_left(alignment: Alignment) -> None:
    """A hole with nothing in its place takes the longest stretch that nothing explains.

    What is written like a name goes where a name is wanted, also if the pattern has no hole for it.
    """
    pattern, segment = alignment.pattern, alignment.segment
    named = {pattern.field(index) for index in pattern.holes} | alignment.fields.keys()
    names = [each.name for each in pattern.about.fields.values() if each.kind is Kind.NAME and each.name not in named]
    for index in pattern.loose:
        run = max(_runs(alignment), key=len, default=[])
        if index in alignment.holes or not run:
            continue
        if names and pattern.kinds[index] is Kind.TEXT and run[0] > 0 and segment.is_capital(run[0]):
            alignment.fields[names.pop()] = run
        else:
            alignment.holes[index] = run
            alignment.moved.add(index)
        alignment.left = [token for token in alignment.left if token not in run]


def _runs(alignment: Alignment) -> Sequence[list[int]]:
    """Stretches of unexplained tokens that stand together, without the light words around them."""
    segment = alignment.segment
    runs: list[list[int]] = []
    for token in sorted(alignment.left):
        if runs and token == runs[-1][-1] + 1:
            runs[-1].append(token)
        elif segment.says(token):
            runs.append([token])
    for run in runs:
        while segment.light[run[-1]]:
            run.pop()
    return runs


def fill_with_familiar(alignment: Alignment) -> None:
    """A word that was this argument in an example is so again, where the pattern has no hole for it.

    Who asks names what it is about: there a word that nobody knows is this name too.
    """
    about, segment = alignment.pattern.about, alignment.segment
    holes = {alignment.pattern.field(index) for index in alignment.pattern.holes}
    asks = not about.acts and (segment.asks or any(segment.questions))
    for name, familiar in about.fillers.items() if alignment.left else ():
        if name in holes or name in alignment.fields or about.fields[name].kind not in (Kind.NAME, Kind.TEXT):
            continue
        own = familiar - about.words
        is_guessed = asks and name == about.usual and about.fields[name].kind is Kind.TEXT
        tokens = [
            at
            for at in alignment.left
            if (segment.tokens[at].word in own and segment.says(at)) or (is_guessed and segment.is_strange(at))
        ]
        if tokens:
            alignment.fields[name] = tokens
            alignment.left = [token for token in alignment.left if token not in tokens]
