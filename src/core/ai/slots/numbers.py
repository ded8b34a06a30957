"""Numbers in words: Portuguese, English, Spanish, as they are said and not only as grammars have them."""

import re

_UNITS = {
    0: "zero cero",
    1: "um uma un uno una one",
    2: "dois duas dos two",
    3: "tres three",
    4: "quatro cuatro four",
    5: "cinco five",
    6: "seis six",
    7: "sete siete seven",
    8: "oito ocho eight",
    9: "nove nueve nine",
}
_TEENS = {
    10: "dez diez ten",
    11: "onze once eleven",
    12: "doze doce twelve",
    13: "treze trece thirteen",
    14: "quatorze catorze catorce fourteen",
    15: "quinze quince fifteen",
    16: "dezesseis dezasseis dieciseis sixteen",
    17: "dezessete dezassete diecisiete seventeen",
    18: "dezoito dieciocho eighteen",
    19: "dezenove dezanove diecinueve nineteen",
    21: "veintiuno veintiun veintiuna",
    22: "veintidos",
    23: "veintitres",
    24: "veinticuatro",
    25: "veinticinco",
    26: "veintiseis",
    27: "veintisiete",
    28: "veintiocho",
    29: "veintinueve",
}
_TENS = {
    20: "vinte veinte twenty",
    30: "trinta treinta thirty",
    40: "quarenta cuarenta forty fourty",
    50: "cinquenta cincoenta cincuenta fifty",
    60: "sessenta sesenta sixty",
    70: "setenta seventy",
    80: "oitenta ochenta eighty",
    90: "noventa ninety",
}
_HUNDREDS = {
    100: "cem cento cien ciento",
    200: "duzentos duzentas doscientos doscientas",
    300: "trezentos trezentas trescientos trescientas",
    400: "quatrocentos quatrocentas cuatrocientos cuatrocientas",
    500: "quinhentos quinhentas quinientos quinientas",
    600: "seiscentos seiscentas seiscientos seiscientas",
    700: "setecentos setecentas setecientos setecientas",
    800: "oitocentos oitocentas ochocientos ochocientas",
    900: "novecentos novecentas novecientos novecientas",
}
SCALES = {
    "mil": 10**3,
    "thousand": 10**3,
    "grand": 10**3,
    "k": 10**3,
    "milhao": 10**6,
    "milhoes": 10**6,
    "mi": 10**6,
    "million": 10**6,
    "millions": 10**6,
    "millon": 10**6,
    "millones": 10**6,
    "bilhao": 10**9,
    "bilhoes": 10**9,
    "billion": 10**9,
}
"""What multiplies the number before it. Spanish `billón` is a thousand times English `billion`: neither of its forms
is here."""

_AND = frozenset({"e", "y", "and"})
_HUNDRED = "hundred"


def _values(*tables: dict[int, str]) -> dict[str, int]:
    return {word: value for table in tables for value, words in table.items() for word in words.split()}


# What each kind of word may add to what was said before it: less than its last digit that counts.
_ROOM = (
    (_values(_UNITS), 1),
    (_values(_TEENS), 1),
    (_values(_TENS), 10),
    (_values(_HUNDREDS), 100),
)
_ROOMS = {word: (value, room) for values, room in _ROOM for word, value in values.items()}
NUMBER_WORDS = frozenset(_ROOMS)

_WORD = re.compile(r"[a-z]+")
_A_HUNDRED = re.compile(r"a hundred(?![a-z0-9_])")
_GAP = re.compile(r"(?: |-)+")


def below_thousand(text: str, start: int) -> tuple[int, int] | None:
    """The number in words at `start` of folded `text`, up to 999, and where it ends. Multiples of it are not read."""
    hundred = _A_HUNDRED.match(text, start)
    word = _word(text, start)
    if hundred is not None:
        value, room, end = 100, 100, hundred.end()
    elif word is not None and word[0] in _ROOMS:
        (value, room), end = _ROOMS[word[0]], word[1]
    else:
        return None
    while (more := _more(text, end, value, room)) is not None:
        value, room, end = more
    return value, end


def _more(text: str, end: int, value: int, room: int) -> tuple[int, int, int] | None:
    """The number with the next word added or multiplied in: its value, its room, its end."""
    word = _after(text, end)
    if word is not None and word[0] == _HUNDRED and value < 10:
        return value * 100, 100, word[1]
    if word is not None and word[0] in _AND:
        word = _after(text, word[1])
    if word is None or word[0] not in _ROOMS:
        return None
    added, left = _ROOMS[word[0]]
    return (value + added, left, word[1]) if 0 < added < room else None


def _after(text: str, end: int) -> tuple[str, int] | None:
    gap = _GAP.match(text, end)
    return None if gap is None else _word(text, gap.end())


def _word(text: str, start: int) -> tuple[str, int] | None:
    match = _WORD.match(text, start)
    if match is None or (match.end() < len(text) and (text[match.end()].isalnum() or text[match.end()] == "_")):
        return None
    return match[0], match.end()
