"""How an amount stands in a text: marks of currency around a number in digits or words, and cents behind it."""

import re
from dataclasses import dataclass, replace

from core.ai.slots.currencies import CODES, currency_of, is_code
from core.ai.slots.fold import Folded
from core.ai.slots.money.surroundings import counts
from core.ai.slots.numbers import SCALES, below_thousand

_SPACE = re.compile(r"[ \t]*")
_WORD = re.compile(r"[a-z]+")
# Groups of three behind spaces are one number, as in "1 234,56"; other separators stand between digits.
_DIGITS = re.compile(r"[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?(?![0-9a-z])|[0-9]+(?:[.,'][0-9]+)*")
_SIGN = re.compile(r"u\$s|[a-z]{1,3} ?\$|\$|s/\.?|[€£¥₡₦₩₪₫₱₲₴₹₺₽]")
_AND = re.compile(r" +(?:(e|y|and) +)?")
_AND_CENTS = re.compile(r" *(?:(?:e|y|and|com|con|with) +)?")
_AND_HALF = re.compile(r" +(?:e|y|and) +(?:a +)?(?:meio|meia|medio|media|half)(?![a-z0-9])")
# "149 con 99" is how Spanish says 149.99; "50 con 10 de propina" are two amounts.
_SPOKEN_POINT = re.compile(r" con ([0-9]{2})(?![0-9a-z]|[.,/:-][0-9]| de )")
_CENTS = re.compile(r" ?(?:centavos?|centimos?|cents?|ctvs?|pence)(?![a-z0-9])")
_UP_TO_THREE = re.compile(r"[0-9]{1,3}(?![0-9a-z]|[.,/:-][0-9])")
_FEW = re.compile(r"[0-9]{1,4}(?![0-9])")
_A_SCALE = re.compile(r"(?:a )?(?=(?:mil|thousand|million)(?![a-z0-9]))")
_OF = re.compile(r" +(?:de|of) +")

# "rs" behind a number is laughter.
_BEFORE_ONLY = frozenset({"rs", "bs"})
# Apart from their number these are other words: "mi" is "my", "m" is metres.
_GLUED = {"mi": 10**6, "m": 10**6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What stands in a text up to before `end`."""

    end: int
    written: str
    """Digits with their separators, which only the currency can explain, or the digits of what words say."""
    in_words: bool = False
    times: int = 1
    more: int = 0
    """What is added once `written` is multiplied."""
    marks: tuple[str, ...] = ()
    cents: int = 0

    @property
    def bare(self) -> bool:
        """A whole number without anything that makes it money: it may be the number of anything."""
        return not self.marks and not self.cents and self.times == 1 and self.written.isdigit()


def writing_at(source: Folded, start: int) -> Writing | None:
    """The longest amount at `start`; whether it is a possible one is not asked."""
    text = source.text
    before = _mark_before(source, start)
    number = _number(text, start) if before is None else _number(text, before.end)
    if number is None:
        return None
    if before is not None:
        number = replace(number, marks=(before.text,))
    elif (only := _CENTS.match(text, number.end)) is not None and _FEW.fullmatch(number.written):
        return replace(number, end=only.end(), written="0", cents=int(number.written))
    writing = _with_cents(text, _marked(source, _scaled(text, number)))
    return None if writing.end == number.end and number.written == "" else _bounded(text, writing)


def _bounded(text: str, writing: Writing) -> Writing | None:
    glued = writing.end < len(text) and (text[writing.end].isalnum() or text[writing.end] == "_")
    return None if glued else writing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    text: str
    end: int


def _mark_before(source: Folded, start: int) -> _Mark | None:
    mark = _sign(source.text, start) or _code(source, start)
    word = _WORD.match(source.text, start)
    if mark is None and word is not None and word[0] in _BEFORE_ONLY:
        mark = _Mark(text=word[0], end=word.end())
    return None if mark is None else replace(mark, end=_after_space(source.text, mark.end))


def _sign(text: str, start: int) -> _Mark | None:
    match = _SIGN.match(text, start)
    if match is None or currency_of(mark := match[0].replace(" ", ""), "") is None:
        return None
    return _Mark(text=mark, end=match.end())


def _code(source: Folded, start: int) -> _Mark | None:
    word = _WORD.match(source.text, start)
    if word is None or not is_code(word[0], source.found(word.start(), word.end()).text):
        return None
    return _Mark(text=word[0], end=word.end())


def _name(text: str, start: int) -> _Mark | None:
    word = _WORD.match(text, start)
    if word is None or word[0].upper() in CODES or currency_of(word[0], "") is None:
        return None
    # "10 rs" is ten and laughter, "10rs" is money.
    if word[0] in _BEFORE_ONLY and text[start - 1] == " ":
        return None
    return _Mark(text=word[0], end=word.end())


def _number(text: str, start: int) -> Writing | None:
    digits = _DIGITS.match(text, start)
    if digits is not None:
        return Writing(end=digits.end(), written=digits[0])
    words = below_thousand(text, start)
    if words is not None:
        return Writing(end=words[1], written=str(words[0]), in_words=True)
    alone = _A_SCALE.match(text, start)
    return None if alone is None else Writing(end=alone.end(), written="1", in_words=True)


def _scaled(text: str, number: Writing) -> Writing:
    """With "mil", "k", "million" behind it, and what smaller numbers follow: "2 mil e quinhentos"."""
    times, end = _scales(text, number.end, glued_too=bool(number.marks) and not number.in_words)
    if times == 1:
        return number
    half = _AND_HALF.match(text, end)
    if half is not None:
        return replace(number, end=half.end(), times=times, more=times // 2)
    more, smallest = 0, times
    while (rest := _rest(text, end)) is not None:
        scale, rest_end = _scales(text, rest[1], glued_too=False)
        if scale >= smallest:
            break
        more, smallest, end = more + rest[0] * scale, scale, rest_end
        if scale == 1:
            break
    return replace(number, end=end, times=times, more=more)


def _scales(text: str, end: int, *, glued_too: bool) -> tuple[int, int]:
    times = 1
    while (word := _WORD.match(text, _after_space(text, end))) is not None:
        apart = word.start() > end
        scale = SCALES.get(word[0]) or (None if apart else _GLUED.get(word[0]))
        if scale is None or (word[0] == "m" and not glued_too):
            break
        times, end = times * scale, word.end()
    return times, end


def _rest(text: str, end: int) -> tuple[int, int] | None:
    """A number up to 999 that goes on with the one before `end`; without "and" digits must be three."""
    link = _AND.match(text, end)
    if link is None:
        return None
    digits, words = _UP_TO_THREE.match(text, link.end()), below_thousand(text, link.end())
    if digits is not None and (link[1] or len(digits[0]) == 3):
        value, after = int(digits[0]), digits.end()
    elif words is not None:
        value, after = words
    else:
        return None
    return None if counts(text, link.end(), after) else (value, after)


def _marked(source: Folded, writing: Writing) -> Writing:
    """With the currency behind it."""
    text = source.text
    of = _OF.match(text, writing.end) if writing.times > 1 else None
    start = of.end() if of is not None else _after_space(text, writing.end)
    mark = _sign(text, start) or _code(source, start) or _name(text, start)
    if mark is None:
        return writing
    if not mark.text.isalpha() and _DIGITS.match(text, _after_space(text, mark.end)):
        return writing  # The sign belongs to the next number.
    return replace(writing, end=mark.end, marks=(*writing.marks, mark.text))


def _with_cents(text: str, writing: Writing) -> Writing:
    if writing.bare and (spoken := _SPOKEN_POINT.match(text, writing.end)) is not None:
        after = _after_space(text, spoken.end())
        if not (_name(text, after) or _sign(text, after) or counts(text, spoken.start(1), spoken.end())):
            return replace(writing, end=spoken.end(), cents=int(spoken[1]))
    if not writing.marks or writing.times > 1:
        return writing
    half = _AND_HALF.match(text, writing.end)
    if half is not None:
        return replace(writing, end=half.end(), cents=50)
    link = _AND_CENTS.match(text, writing.end)
    if link is None:
        return writing
    digits, words = _FEW.match(text, link.end()), below_thousand(text, link.end())
    if digits is not None:
        value, end = int(digits[0]), digits.end()
    elif words is not None:
        value, end = words
    else:
        return writing
    named = _CENTS.match(text, end)
    if named is not None and 0 < value < 100:
        return replace(writing, end=named.end(), cents=value)
    return _with_unnamed_cents(text, writing, value, end)


def _with_unnamed_cents(text: str, writing: Writing, value: int, end: int) -> Writing:
    """ "5 reais e 50": two digits that nothing else claims, behind the currency's name."""
    link = _AND.match(text, writing.end)
    if link is None or not link[1] or not writing.marks[-1].isalpha() or not 10 <= value < 100:
        return writing
    digits = _UP_TO_THREE.match(text, link.end())
    follows = _name(text, _after_space(text, end)) or _sign(text, _after_space(text, end))
    scale, _ = _scales(text, end, glued_too=False)
    if (digits is None and text[link.end()].isdigit()) or follows or scale > 1 or counts(text, link.end(), end):
        return writing
    return replace(writing, end=end, cents=value)


def _after_space(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return start if match is None else match.end()
