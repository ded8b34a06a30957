"""The words for days, months, hours and periods in Portuguese, English and Spanish, folded."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

_T = TypeVar("_T")


class Which(Enum):
    """Which one of what comes again and again."""

    PLAIN = "plain"
    THIS = "this"
    LAST = "last"
    BEFORE_LAST = "before last"
    NEXT = "next"


class Unit(Enum):
    """How long something is."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    WEEKEND = "weekend"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Part(Enum):
    """A part of the day, by its first hour and the hour after its last."""

    DAWN = (0, 6)
    MORNING = (6, 12)
    AFTERNOON = (12, 18)
    EVENING = (18, 24)


def _by_phrase(table: Mapping[_T, str]) -> dict[str, _T]:
    return {phrase.strip(): value for value, phrases in table.items() for phrase in phrases.split(",")}


DAYS = _by_phrase(
    {
        0: "hoje, hj, oje, today, 2day, hoy, hoje mesmo, hoy mismo",
        -1: "ontem, ontm, yesterday, yday, ystd, ayer, ayr",
        -2: "anteontem, antes de ontem, antontem, anti ontem, anteayer, antes de ayer, antier, "
        "antiayer, the day before yesterday, day before yesterday",
        1: "amanha, amnha, amanh, amanhan, tomorrow, tommorow, tommorrow, tomorow, tmrw, tmr, 2moro, manana, mnana",
        2: "depois de amanha, dps de amanha, depois d amanha, pasado manana, the day after tomorrow, "
        "day after tomorrow",
    }
)
"""By how many days from today."""

WEEKDAYS = _by_phrase(
    {
        0: "segunda, segunda feira, 2 a feira, monday, lunes",
        1: "terca, terca feira, 3 a feira, tuesday, tues, martes",
        2: "quarta, quarta feira, 4 a feira, wednesday, wensday, wendsday, wednsday, weds, miercoles",
        3: "quinta, quinta feira, 5 a feira, thursday, thurs, jueves",
        4: "sexta, sexta feira, 6 a feira, friday, viernes",
        5: "sabado, saturday",
        6: "domingo, sunday",
    }
)
SHORT_WEEKDAYS = _by_phrase({0: "seg, mon", 1: "tue", 2: "qua, wed", 3: "qui, thu, thur", 4: "fri"})
"""Only behind a word that announces a day: several are everyday words."""

MONTHS = _by_phrase(
    {
        1: "janeiro, january, enero",
        2: "fevereiro, february, febrero",
        3: "marco, march, marzo",
        4: "abril, april",
        5: "maio, may, mayo",
        6: "junho, june, junio",
        7: "julho, july, julio",
        8: "agosto, august",
        9: "setembro, september, septiembre, setiembre",
        10: "outubro, october, octubre",
        11: "novembro, november, noviembre",
        12: "dezembro, december, diciembre",
    }
)
SHORT_MONTHS = _by_phrase(
    {
        1: "jan, ene",
        2: "fev, feb",
        3: "mar",
        4: "abr, apr",
        5: "mai",
        6: "jun",
        7: "jul",
        8: "ago, aug",
        9: "set, sep, sept",
        10: "out, oct",
        11: "nov",
        12: "dez, dec, dic",
    }
)
"""Only beside the number of a day."""
NAMES_TOO = frozenset({"marco", "march", "april", "may", "mayo", "june", "julio", "august"})
"""Months that are people, verbs and sauces as well: alone in a sentence they are not taken for months."""
WORDS_TOO = frozenset({"ago", "set", "out"})
"""Short months that need more than the number of a day before them."""

UNITS = _by_phrase(
    {
        Unit.DAY: "dia, dias, day, days",
        Unit.WEEK: "semana, semanas, week, weeks",
        Unit.WEEKEND: "fim de semana, fds, final de semana, weekend, fin de semana, finde",
        Unit.MONTH: "mes, meses, month, months",
        Unit.QUARTER: "trimestre, trimestres, quarter, quarters",
        Unit.YEAR: "ano, anos, year, years",
    }
)
SMALL_UNITS = _by_phrase(
    {
        Unit.MINUTE: "min, mins, minuto, minutos, minute, minutes",
        Unit.HOUR: "h, hr, hrs, hs, hora, horas, hour, hours",
    }
)

BEFORE = _by_phrase(
    {
        Which.THIS: "este, esta, esse, essa, neste, nesta, nesse, nessa, deste, desta, desse, dessa, ese, esa, this, "
        "of this, current",
        Which.LAST: "ultimo, ultima, last, past, previous",
        Which.BEFORE_LAST: "penultimo, penultima",
        Which.NEXT: "proximo, proxima, prox, next, coming, upcoming",
    }
)
"""What stands before a unit, a weekday or a month."""
AFTER = _by_phrase(
    {
        Which.THIS: "atual, corrente, actual, agora, en curso",
        Which.LAST: "passado, passada, pasado, pasada, anterior, que passou, que paso, ultimo, ultima",
        Which.BEFORE_LAST: "retrasado, retrasada, antepasado, antepasada, before last",
        Which.NEXT: "que vem, q vem, que viene, seguinte, siguiente, proximo, proxima, entrante",
    }
)
"""What stands behind it."""
LASTS = frozenset({"ultimos", "ultimas", "last", "past", "previous"})
NEXTS = frozenset({"proximos", "proximas", "next"})

CLOCKS = _by_phrase(
    {
        12: "meio dia, mediodia, noon, midday",
        0: "meia noite, medianoche, midnight",
    }
)
AT = frozenset({"as", "at", "a las", "a la", "pelas", "por volta das"})
"""What stands before an hour."""
PARTS = _by_phrase(
    {
        Part.DAWN: "de madrugada, da madrugada, a madrugada, na madrugada, madrugada, de la madrugada, before dawn",
        Part.MORNING: "de manha, da manha, pela manha, a manha, na manha, manha, cedo, por la manana, de la manana, "
        "a la manana, en la manana, in the morning, morning, temprano",
        Part.AFTERNOON: "a tarde, da tarde, de tarde, na tarde, pela tarde, tarde, por la tarde, de la tarde, "
        "a la tarde, en la tarde, in the afternoon, afternoon",
        Part.EVENING: "a noite, da noite, de noite, na noite, pela noite, noite, por la noche, de la noche, "
        "a la noche, en la noche, noche, in the evening, evening, at night, night",
    }
)
"""What stands beside a day, or an hour."""
PARTS_ALONE = _by_phrase(
    {
        Part.DAWN: "de madrugada",
        Part.MORNING: "de manha, pela manha, por la manana, in the morning",
        Part.AFTERNOON: "de tarde, pela tarde, por la tarde, in the afternoon",
        Part.EVENING: "de noite, pela noite, por la noche, in the evening, at night",
    }
)
"""What needs no day beside it."""
PARTS_OF_TODAY = _by_phrase(
    {
        Part.DAWN: "esta madrugada, essa madrugada, nesta madrugada",
        Part.MORNING: "esta manha, essa manha, nesta manha, esta manana, this morning, hoje cedo",
        Part.AFTERNOON: "esta tarde, essa tarde, nesta tarde, this afternoon",
        Part.EVENING: "esta noite, essa noite, nesta noite, esta noche, this evening, tonight, tonite, 2nite",
    }
)
LAST_NIGHT = frozenset({"last night", "anoche", "noite passada"})

PAST_BEFORE = frozenset({"ha", "faz", "hace", "tem"})
PAST_AFTER = frozenset({"atras", "ago", "back", "earlier"})
FUTURE_BEFORE = frozenset({"em", "in", "en", "daqui", "daqui a", "dentro de", "within", "after"})
FUTURE_AFTER = frozenset({"from now", "later"})
HALF_AN_HOUR = frozenset({"meia hora", "media hora", "half an hour", "half hour", "half a hour"})
AND_A_HALF = frozenset({"e meia", "e meio", "y media", "y medio", "and a half"})

SINCE = frozenset(
    {"desde", "since", "a partir de", "a partir do", "a partir da", "a contar de", "starting", "starting on"}
)
OPENS = frozenset(
    {"de", "do", "da", "from", "between", "entre", "del", "desde", "dos dias", "entre os dias", "entre os", "os dias"}
)
GOES_ON = frozenset(
    {
        *(
            "a",
            "ao",
            "ate",
            "ate o",
            "ate a",
            "to",
            "and",
            "e",
            "y",
            "al",
            "a la",
            "hasta",
            "hasta el",
            "until",
            "till",
        ),
        *("through", "-", "–"),
    }
)
ORDINALS = frozenset({"primeiro", "primero", "first"})
"""The first of a month, in words."""
ENGLISH_BEFORE = frozenset({"on", "by", "until", "till"})
"""What tells that "3/12" is in March."""
ARTICLES = frozenset({"o", "a", "el", "la", "the", "dia", "o dia", "el dia", "the day", "on", "no dia"})
ALL = frozenset(
    {
        *("desde sempre", "all time", "of all time", "desde siempre", "desde o comeco", "desde o inicio", "since ever"),
        *("since the beginning", "since the start", "desde el principio", "desde el comienzo", "desde el inicio"),
        *("ate hoje", "ate agora", "ate o momento", "hasta hoy", "hasta ahora", "until now", "till now", "until today"),
        *("so far", "to date", "de todos os tempos", "todo o periodo", "todo o historico", "todo el historial"),
    }
)
SO_FAR = frozenset(
    {"ate hoje", "ate agora", "ate o momento", "hasta hoy", "hasta ahora", "until now", "so far", "to date"}
)
"""What adds nothing to a period named beside it."""
ALL_IF_ALONE = frozenset({"tudo", "sempre", "todo", "siempre", "all", "everything", "ever", "always", "toda a vida"})
STARTS_OF = frozenset(
    {
        *("inicio do", "inicio da", "inicio de", "inicio del", "comeco do", "comeco da", "comeco de", "start of"),
        *("start of the", "beginning of", "beginning of the", "comienzo del", "comienzo de", "principio del"),
        *("principio de", "principios de", "primeiro dia do", "primeiro dia da", "primer dia del", "first day of the"),
    }
)
ENDS_OF = frozenset(
    {
        *("fim do", "fim da", "fim de", "final do", "final da", "final de", "final del", "fin del", "fin de"),
        *("fines de", "finales de", "end of", "end of the", "ultimo dia do", "ultimo dia da", "ultimo dia del"),
        *("last day of the",),
    }
)
"""The first and the last day of a week, a month, a year."""
OF_THE = _by_phrase(
    {
        Unit.WEEK: "na semana, da semana, de la semana, of the week",
        Unit.MONTH: "no mes, do mes, del mes, en el mes, of the month",
        Unit.YEAR: "no ano, do ano, del ano, en el ano, of the year",
    }
)
"""This one, although nobody says "this"."""
NOW = frozenset({"agora", "agora mesmo", "ja", "now", "right now", "ahora", "ahora mismo", "ya"})

FIRST_WORDS = frozenset(
    phrase.split()[0]
    for phrases in (
        *(DAYS, WEEKDAYS, SHORT_WEEKDAYS, MONTHS, SHORT_MONTHS, UNITS, BEFORE, LASTS, NEXTS, CLOCKS, AT, PARTS),
        *(PARTS_OF_TODAY, LAST_NIGHT, PAST_BEFORE, FUTURE_BEFORE, HALF_AN_HOUR, SINCE, OPENS, ARTICLES, ALL),
        *(ALL_IF_ALONE, STARTS_OF, ENDS_OF, OF_THE, NOW, ORDINALS, ENGLISH_BEFORE),
        ("ao", "al", "an", "os", "los", "dias"),
    )
    for phrase in phrases
)
"""What a phrase for a time may begin with, numbers aside."""
