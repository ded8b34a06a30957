"""Everyday words for times, typed with one slip of the finger."""

from functools import lru_cache

from core.ai.slots.slip import one_slip

# What people write most, and in haste. Months and weekdays in short letters are not here: too much is near them.
_KNOWN = tuple(
    word
    for words in (
        "hoje ontem anteontem amanha semana segunda terca quarta quinta sexta sabado domingo janeiro",
        "fevereiro setembro outubro novembro dezembro proxima proximo today yesterday tomorrow tonight monday",
        "tuesday wednesday thursday friday saturday sunday january february september october november",
        "december ayer anteayer manana lunes martes miercoles jueves viernes febrero septiembre octubre",
        "noviembre diciembre",
    )
    for word in words.split()
)

# Everyday words and names at one slip from one of those, which people mean as they write them.
_OTHERS = frozenset(
    word
    for words in (
        "acer amanda amanhe amer apanha aproxima aranha artes ater aver aye ayers ayes babado banana bayer",
        "cartes cerca coje contem cuarta domingao domingos dominio domino dunes dyer emana ferrero frida",
        "fridays funes hoe hoja hole home hone hope hose hove howe jueces lanes layer lines luces lunas lungs",
        "lures luzes manada mananas maneiro manha manna manzana marana mares marte martens martos mates mayer",
        "merca mondays mortes mueves myer nueves nunes obtem partes payer perca projimo proximal proximas",
        "proximos quanta quart quartas quarto quartz quieta quina quinoa quintal quintas quinto quinua quita",
        "runes sabados sabao sabido sacado safado salado saturdays secta seguida segundas segundo seita",
        "semanal semanas senta sesta seta sextas sexto sundae sundays sundry tamanha teca tera tercas terco",
        "teria terna terra thursdays toady toda todas todays tuerca tuesdays tunes turca unes vienes",
        "wednesdays yer",
    )
    for word in words.split()
)
_SHORTEST = 3


@lru_cache(maxsize=4096)
def meant(word: str) -> str:
    """The known word that folded `word` is one slip away from, else `word` itself."""
    if len(word) < _SHORTEST or word in _KNOWN or word in _OTHERS:
        return word
    return next((known for known in _KNOWN if one_slip(word, known)), word)
