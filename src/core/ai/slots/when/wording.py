"""How each language says times."""

from dataclasses import dataclass

from core.ai.slots.when.lexicon import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Patterns are filled in the order that their names say."""

    months: tuple[str, ...]
    near: dict[int, str]
    """Days, by how far they are from today."""
    day_of_month: str
    day_of_month_of_year: str
    on: str
    """A day that is not near, behind a verb."""
    behind: str
    """The same behind a preposition."""
    since: str
    from_to: str
    first_to_last_of_month: str
    in_month: str
    in_month_of_year: str
    in_year: str
    at: str
    at_one: str
    parts: dict[Part, str]
    near_parts: dict[Part, str]
    parts_of_today: dict[Part, str]
    weeks: dict[int, str]
    months_near: dict[int, str]
    years: dict[int, str]
    always: str


_PT_PARTS = {
    Part.DAWN: "{0} de madrugada",
    Part.MORNING: "{0} de manhã",
    Part.AFTERNOON: "{0} à tarde",
    Part.EVENING: "{0} à noite",
}
_ES_PARTS = {
    Part.DAWN: "{0} de madrugada",
    Part.MORNING: "{0} por la mañana",
    Part.AFTERNOON: "{0} por la tarde",
    Part.EVENING: "{0} por la noche",
}

WORDINGS = {
    "pt": Wording(
        months=(
            *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
            *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
        ),
        near={-2: "anteontem", -1: "ontem", 0: "hoje", 1: "amanhã", 2: "depois de amanhã"},
        day_of_month="{0} de {1}",
        day_of_month_of_year="{0} de {1} de {2}",
        on="em {0}",
        behind="{0}",
        since="desde {0}",
        from_to="de {0} a {1}",
        first_to_last_of_month="de {0} a {1} de {2}",
        in_month="em {0}",
        in_month_of_year="em {0} de {1}",
        in_year="em {0}",
        at="{0} às {1}",
        at_one="{0} à {1}",
        parts=_PT_PARTS,
        near_parts=_PT_PARTS,
        parts_of_today=_PT_PARTS,
        weeks={-1: "na semana passada", 0: "esta semana", 1: "na semana que vem"},
        months_near={-1: "no mês passado", 0: "este mês", 1: "no mês que vem"},
        years={-1: "no ano passado", 0: "este ano", 1: "no ano que vem"},
        always="desde o começo",
    ),
    "en": Wording(
        months=(
            *("January", "February", "March", "April", "May", "June"),
            *("July", "August", "September", "October", "November", "December"),
        ),
        near={-1: "yesterday", 0: "today", 1: "tomorrow"},
        day_of_month="{1} {0}",
        day_of_month_of_year="{1} {0}, {2}",
        on="on {0}",
        behind="{0}",
        since="since {0}",
        from_to="from {0} to {1}",
        first_to_last_of_month="from {2} {0} to {1}",
        in_month="in {0}",
        in_month_of_year="in {0} {1}",
        in_year="in {0}",
        at="{0} at {1}",
        at_one="{0} at {1}",
        parts={
            Part.DAWN: "{0} before dawn",
            Part.MORNING: "{0} in the morning",
            Part.AFTERNOON: "{0} in the afternoon",
            Part.EVENING: "{0} in the evening",
        },
        near_parts={
            Part.DAWN: "{0} before dawn",
            Part.MORNING: "{0} morning",
            Part.AFTERNOON: "{0} afternoon",
            Part.EVENING: "{0} evening",
        },
        parts_of_today={
            Part.DAWN: "{0} before dawn",
            Part.MORNING: "this morning",
            Part.AFTERNOON: "this afternoon",
            Part.EVENING: "this evening",
        },
        weeks={-1: "last week", 0: "this week", 1: "next week"},
        months_near={-1: "last month", 0: "this month", 1: "next month"},
        years={-1: "last year", 0: "this year", 1: "next year"},
        always="since the beginning",
    ),
    "es": Wording(
        months=(
            *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
            *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
        ),
        near={-2: "anteayer", -1: "ayer", 0: "hoy", 1: "mañana", 2: "pasado mañana"},
        day_of_month="{0} de {1}",
        day_of_month_of_year="{0} de {1} de {2}",
        on="el {0}",
        behind="el {0}",
        since="desde {0}",
        from_to="desde {0} hasta {1}",
        first_to_last_of_month="del {0} al {1} de {2}",
        in_month="en {0}",
        in_month_of_year="en {0} de {1}",
        in_year="en {0}",
        at="{0} a las {1}",
        at_one="{0} a la {1}",
        parts=_ES_PARTS,
        near_parts=_ES_PARTS,
        parts_of_today=_ES_PARTS,
        weeks={-1: "la semana pasada", 0: "esta semana", 1: "la semana que viene"},
        months_near={-1: "el mes pasado", 0: "este mes", 1: "el mes que viene"},
        years={-1: "el año pasado", 0: "este año", 1: "el año que viene"},
        always="desde el principio",
    ),
}
